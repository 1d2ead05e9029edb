/*
 * Batches: what flows.
 *
 * A batch is an immutable set of columns of equal length. Columns and batches are counted by
 * reference; whoever holds one last releases it. A batch of one row may live on the stack (an
 * element that is pushed costs no allocation): its count is OZ_ON_STACK, and retaining it copies it
 * to the heap. So the rule for everybody is the same:
 *
 *   a batch that is passed to you is yours to read until you return;
 *   to keep it longer, oz_batch_retain() it, and release what that returned.
 *
 * A parameter that takes ownership is a pointer to a pointer, which comes back NULL, whether the
 * call succeeds or not.
 *
 * The structs are open so that an operator's inner loop is a loop over plain pointers. Read them;
 * only the functions below and the builders write them.
 */
#ifndef OUZEL_BATCH_H
#define OUZEL_BATCH_H

#include "ouzel/alloc.h"
#include "ouzel/object.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One line per type: name, and what `values` of its column points to. */
#define OZ_TYPE_TABLE(X)                                                                           \
    X(ANY, "nothing: only in a schema, the type is chosen batch by batch")                         \
    X(BOOL, "uint8_t, 0 or 1")                                                                     \
    X(INT64, "int64_t")                                                                            \
    X(FLOAT64, "double")                                                                           \
    X(TIME, "int64_t, nanoseconds since 1970-01-01 UTC")                                           \
    X(STRING, "oz_view, valid UTF-8")                                                              \
    X(BYTES, "oz_view")                                                                            \
    X(LIST, "int64_t offsets into children[0], length + 1 of them")                                \
    X(STRUCT, "nothing: the fields are the children")                                              \
    X(OBJECT, "oz_object")

#define OZ_TYPE_ENUM(name, text) OZ_##name,
typedef enum oz_type { OZ_TYPE_TABLE(OZ_TYPE_ENUM) OZ_TYPE_COUNT } oz_type;
#undef OZ_TYPE_ENUM

OZ_API const char *
oz_type_name(oz_type type);

enum { OZ_ON_STACK = 0 }; /* the reference count of a batch or column that is not on the heap */

/* A run of bytes that somebody else owns. */
typedef struct oz_view {
    const char *data;
    uint32_t size;
    uint32_t flags; /* OZ_VIEW_ASCII when known to be so */
} oz_view;
enum { OZ_VIEW_ASCII = 1 };

/* ---- buffers: reference-counted bytes that views point into ---------------------------------- */

typedef struct oz_buffer oz_buffer;

/* `size` bytes, followed by OZ_BUFFER_SLACK readable ones so that kernels may load whole words. */
enum { OZ_BUFFER_SLACK = 64 };
OZ_API oz_buffer *
oz_buffer_new(const oz_alloc *alloc, size_t size);
/* Foreign memory (no slack): `release(context)` is called once, by the thread that lets go last. */
OZ_API oz_buffer *
oz_buffer_wrap(const oz_alloc *alloc, const void *data, size_t size, void (*release)(void *context),
               void *context);
OZ_API char *
oz_buffer_data(oz_buffer *buffer);
OZ_API size_t
oz_buffer_size(const oz_buffer *buffer);
OZ_API oz_buffer *
oz_buffer_retain(oz_buffer *buffer);
/* Gives up `*buffer` (NULL is allowed) and sets it to NULL. Any thread. */
OZ_API void
oz_buffer_release(oz_buffer **buffer);
/* True when this is the only reference: the owner may write into it again. */
OZ_API bool
oz_buffer_is_sole(const oz_buffer *buffer);

/* ---- columns --------------------------------------------------------------------------------- */

typedef struct oz_column oz_column;
struct oz_column {
    uint32_t references; /* atomic; OZ_ON_STACK for one that must not be kept */
    oz_type type;
    int64_t length;
    const void *values;               /* see OZ_TYPE_TABLE */
    const uint8_t *validity;          /* bit i (from the lowest) set: row i is not NULL; or NULL */
    const oz_object_class *objects;   /* of OBJECT */
    const oz_column *const *children; /* of LIST (1) and STRUCT */
    const char *const *child_names;   /* of STRUCT */
    uint32_t child_count;
    uint32_t pin_count;
    oz_buffer *const *pins; /* what keeps the views alive; a pin may hold `values` itself */
    const oz_alloc *alloc;
};

static inline bool
oz_column_is_null(const oz_column *column, int64_t row)
{
    return column->validity != NULL && (column->validity[row >> 3] >> (row & 7) & 1) == 0;
}

OZ_API const oz_column *
oz_column_retain(const oz_column *column); /* NULL when a copy was needed and memory is out */
OZ_API void
oz_column_release(const oz_column **column);
/* The value of a row, borrowed. LIST and STRUCT have none: INVALID. */
OZ_API oz_status
oz_column_scalar(const oz_column *column, int64_t row, oz_scalar *out);
/* The rows `indices[0..count)`, in that order; an index may repeat. */
OZ_API oz_status
oz_column_take(const oz_column *column, const int32_t *indices, int64_t count,
               const oz_column **out);
OZ_API oz_status
oz_column_slice(const oz_column *column, int64_t begin, int64_t end, const oz_column **out);
/* The same rows as OBJECT, boxed by `objects`; a column that is OBJECT already is retained. */
OZ_API oz_status
oz_column_to_objects(const oz_column *column, const oz_object_class *objects,
                     const oz_column **out);
/*
 * The reverse: a native column when every row of an OBJECT column is of one exact native type;
 * otherwise, and for other types, the column itself, retained.
 */
OZ_API oz_status
oz_column_to_native(const oz_column *column, const oz_column **out);

/* ---- builders -------------------------------------------------------------------------------- */

/*
 * Builds one column. A builder of type ANY starts as the type of its first value and becomes
 * OBJECT when a value does not fit (with `objects`; without them it reports INVALID).
 */
typedef struct oz_builder oz_builder;

OZ_API oz_builder *
oz_builder_new(const oz_alloc *alloc, oz_type type, const oz_object_class *objects);
OZ_API oz_status
oz_builder_reserve(oz_builder *builder, int64_t rows);
OZ_API oz_status
oz_builder_append(oz_builder *builder, const oz_scalar *value); /* copies bytes, retains objects */
OZ_API oz_status
oz_builder_append_null(oz_builder *builder);
OZ_API oz_status
oz_builder_append_int64(oz_builder *builder, int64_t value);
OZ_API oz_status
oz_builder_append_float64(oz_builder *builder, double value);
OZ_API oz_status
oz_builder_append_bool(oz_builder *builder, bool value);
OZ_API oz_status
oz_builder_append_string(oz_builder *builder, const char *data, size_t size); /* copies */
/*
 * A view without a copy; the buffers it points into must be pinned (each once is enough). A column
 * on the stack may have none: retain it first.
 */
OZ_API oz_status
oz_builder_append_view(oz_builder *builder, oz_view view);
OZ_API oz_status
oz_builder_pin(oz_builder *builder, oz_buffer *buffer);
OZ_API oz_status
oz_builder_pin_column(oz_builder *builder, const oz_column *column); /* all that it pins */
OZ_API oz_status
oz_builder_append_object(oz_builder *builder, oz_object *object); /* takes it */
OZ_API int64_t
oz_builder_length(const oz_builder *builder);
/* Hands the column out; the builder is empty again and may be used for the next one. */
OZ_API oz_status
oz_builder_finish(oz_builder *builder, const oz_column **out);
OZ_API void
oz_builder_free(oz_builder **builder);

/* A column over `count` objects in an array made by oz_objects_new; takes the array and them. */
OZ_API oz_object *
oz_objects_new(const oz_alloc *alloc, int64_t capacity);
OZ_API void
oz_objects_free(const oz_alloc *alloc, oz_object **objects, int64_t capacity); /* array only */
OZ_API oz_status
oz_column_of_objects(const oz_alloc *alloc, const oz_object_class *objects, oz_object **array,
                     int64_t capacity, int64_t count, const oz_column **out);
/* The same for numbers: `*values` is taken; oz_values_new made it (8 bytes a row; of BOOL 1). */
OZ_API void *
oz_values_new(const oz_alloc *alloc, oz_type type, int64_t capacity);
OZ_API void
oz_values_free(void **values); /* one that became no column; NULL is allowed */
OZ_API oz_status
oz_column_of_values(const oz_alloc *alloc, oz_type type, void **values, int64_t capacity,
                    int64_t count, const oz_column **out);

/* ---- keys ------------------------------------------------------------------------------------ */

/*
 * A key in canonical form: 16 bytes, so that tables of any key type are flat. Short strings and
 * numbers are inside; longer ones are pointed to. Byte 15 is an oz_key_kind; src/batch/key.h draws
 * the layouts. Keys that are equal in Python (1, 1.0, True; NaN and NaN) are equal here.
 */
typedef struct oz_key {
    uint64_t low;
    uint64_t high;
} oz_key;

/* ---- what rows carry beside their value ------------------------------------------------------ */

/* Where rows came from: the name that messages use, e.g. a path or "127.0.0.1:40112". */
typedef struct oz_origin {
    uint32_t references;
    uint32_t partition;
    uint64_t connection; /* of a socket source, for replies; else 0 */
    const char *name;
    const char *unit; /* of a position: "line", "byte", "message", "item" */
    const oz_alloc *alloc;
} oz_origin;

/*
 * The receipt of an input: row data holds it, and what is made of the rows does, too. When the last
 * holder lets go of it the input has been dealt with, and `done` is called, by whatever thread that
 * happens on: mostly the one that drives the instance.
 */
typedef struct oz_receipt oz_receipt;
struct oz_receipt {
    uint32_t references;
    void (*done)(oz_receipt *receipt);
};

OZ_API oz_receipt *
oz_receipt_retain(oz_receipt *receipt); /* NULL stays NULL */
OZ_API void
oz_receipt_release(oz_receipt **receipt);

/*
 * Row data: shared by all batches derived row for row from the same input. Every array has the
 * batch's row_count entries or is NULL. On the stack it has one entry, and keys point into pins.
 */
typedef struct oz_rows {
    uint32_t references;
    uint32_t pin_count;
    const int64_t *times;           /* event time, ns */
    const oz_key *keys;             /* after key_by */
    const uint64_t *hashes;         /* of the keys, seeded per job */
    const int64_t *positions;       /* in the origin */
    const oz_origin *origin;        /* one for the batch */
    oz_receipt *receipt;            /* one for the batch, or NULL */
    const oz_object_class *objects; /* of keys that are objects */
    oz_buffer *const *pins;         /* what long keys point into */
    const oz_column *key_column;    /* the column the keys were made from, or NULL */
    const oz_alloc *alloc;
} oz_rows;

OZ_API const oz_rows *
oz_rows_retain(const oz_rows *rows);
OZ_API void
oz_rows_release(const oz_rows **rows);

/* ---- batches --------------------------------------------------------------------------------- */

typedef struct oz_batch {
    uint32_t references;
    uint32_t column_count;
    int64_t row_count;
    const oz_column *const *columns;
    const char *const *names; /* of the columns, or NULL: then several columns are a tuple */
    const oz_rows *rows;      /* or NULL */
    const oz_alloc *alloc;
} oz_batch;

/* Room for a batch of one object on the stack; see oz_batch_one. */
typedef struct oz_one {
    oz_batch batch;
    oz_column column;
    const oz_column *columns[1];
    oz_object object;
} oz_one;

/*
 * A batch of one OBJECT row in `one`, borrowing `object` and `rows`: it lives until the function
 * that holds `one` returns.
 */
static inline const oz_batch *
oz_batch_one(oz_one *one, const oz_alloc *alloc, const oz_object_class *objects, oz_object object,
             const oz_rows *rows)
{
    one->object = object;
    one->column = (oz_column){.references = OZ_ON_STACK,
                              .type = OZ_OBJECT,
                              .length = 1,
                              .values = &one->object,
                              .objects = objects,
                              .alloc = alloc};
    one->columns[0] = &one->column;
    one->batch = (oz_batch){.references = OZ_ON_STACK,
                            .column_count = 1,
                            .row_count = 1,
                            .columns = one->columns,
                            .rows = rows,
                            .alloc = alloc};
    return &one->batch;
}

/*
 * A batch of `count` columns. Takes the columns (the array stays the caller's); retains `rows`
 * (may be NULL, else it must have as many entries); copies `names` (may be NULL).
 */
OZ_API oz_status
oz_batch_new(const oz_alloc *alloc, const oz_column **columns, const char *const *names,
             uint32_t count, const oz_rows *rows, const oz_batch **out);
/* NULL when a copy was needed (a stack batch) and memory is out. */
OZ_API const oz_batch *
oz_batch_retain(const oz_batch *batch);
OZ_API void
oz_batch_release(const oz_batch **batch);
OZ_API oz_status
oz_batch_take(const oz_batch *batch, const int32_t *indices, int64_t count, const oz_batch **out);
OZ_API oz_status
oz_batch_slice(const oz_batch *batch, int64_t begin, int64_t end, const oz_batch **out);
/* Batches of the same shape, one after another; types that differ become OBJECT by `objects`. */
OZ_API oz_status
oz_batch_concat(const oz_batch *const *batches, uint32_t count, const oz_object_class *objects,
                const oz_batch **out);
/*
 * A row as one object, a new reference: a dict of named columns, a tuple of several without names,
 * the value itself of a single one without a name.
 */
OZ_API oz_status
oz_batch_row_object(const oz_batch *batch, int64_t row, const oz_object_class *objects,
                    oz_object *out);
/* All rows so: an OBJECT column. */
OZ_API oz_status
oz_batch_to_objects(const oz_batch *batch, const oz_object_class *objects, const oz_column **out);
/* At most `capacity` bytes of `row` as text, for messages; returns what was needed. */
OZ_API size_t
oz_batch_print_row(const oz_batch *batch, int64_t row, char *buffer, size_t capacity);

/*
 * `batch` with keys made from column `column` (of the same length): canonical form and hash under
 * `seed`. INVALID for a key that is not hashable: `*bad_row` says which one.
 */
OZ_API oz_status
oz_batch_key_by(const oz_batch *batch, const oz_column *column, uint64_t seed, const oz_batch **out,
                int64_t *bad_row, oz_error *error);
/* The keys as a column: INT64 or STRING ... when all are of one kind, else OBJECT. */
OZ_API oz_status
oz_rows_key_column(const oz_rows *rows, int64_t count, const oz_object_class *objects,
                   const oz_column **out);

#ifdef __cplusplus
}
#endif
#endif
