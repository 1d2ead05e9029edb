/*
 * Columns inside: how one is put together, and arrays that become one.
 *
 * A column is a single allocation, which it shares with its lists of children, names and pins:
 *
 *     +-----------+------+-----------------+--------------+-------------+---------------+
 *     | oz_column | size | children        | child_names  | pins        | text of names |
 *     +-----------+------+-----------------+--------------+-------------+---------------+
 *
 * `values` and `validity` lie in pinned buffers (buffer.h), never in that block. So columns that
 * show the same rows share them, and nothing but pins and children has to be released. An OBJECT
 * column has a handle in every row, also in those that are NULL.
 */
#ifndef OUZEL_BATCH_COLUMN_H
#define OUZEL_BATCH_COLUMN_H

#include "batch/pins.h"
#include "ouzel/batch.h"

/* What a new column keeps alive of the one that it was made of. */
typedef enum ozi_keep {
    OZI_KEEP_NOTHING,
    OZI_KEEP_TEXT, /* what views may point into */
    OZI_KEEP_ALL,  /* the values as well */
} ozi_keep;

/* A column on its way. What is "taken" belongs to the draft, and later to the column. */
typedef struct ozi_column_draft {
    oz_column column;           /* all but the reference count, children and pins */
    const oz_column **children; /* `column.child_count` of them, taken; the array is not */
    oz_buffer *values;          /* taken, or NULL */
    oz_buffer *validity;        /* taken, or NULL */
    const oz_column *like;      /* borrowed, or NULL: see `keep` */
    ozi_keep keep;
    const ozi_pins *pins; /* more to retain, or NULL */
} ozi_column_draft;

/* A draft of the same type, class, names and allocator as `column`, with nothing in it. */
ozi_column_draft
ozi_column_draft_like(const oz_column *column, int64_t length);

/* Makes the column. The draft is empty afterwards, also when memory is out. */
oz_status
ozi_column_seal(ozi_column_draft *draft, const oz_column **out);

/* Gives up a draft. */
void
ozi_column_draft_drop(ozi_column_draft *draft);

/* The end of a function that filled a draft: seals it, or drops it when `status` is not OK. */
oz_status
ozi_column_seal_if(oz_status status, ozi_column_draft *draft, const oz_column **out);

/* An array for the children of a draft, all NULL: on the stack unless they are many. */
typedef struct ozi_children {
    const oz_column **items;
    const oz_column *few[8];
    const oz_alloc *alloc;
    uint32_t count;
} ozi_children;

oz_status
ozi_children_open(ozi_children *children, const oz_alloc *alloc, uint32_t count);
void
ozi_children_close(ozi_children *children); /* the array only */

/* Room for `count` items of `item_size` bytes; `column.values` points to it. */
oz_status
ozi_column_draft_values(ozi_column_draft *draft, int64_t count, size_t item_size);

/* `*values`, an array of oz_values_new with the rows of the draft, is taken; cut if too large. */
void
ozi_column_draft_take(ozi_column_draft *draft, void **values);

/* Room for the validity of `count` rows, all NULL; `column.validity` points to it. */
oz_status
ozi_column_draft_validity(ozi_column_draft *draft, int64_t count);

/*
 * The views of a draft point into `like`. When that is a column on the stack which pins nothing,
 * their text is copied into a buffer of their own, added to `*text`: release it after the seal.
 */
oz_status
ozi_column_draft_own_text(ozi_column_draft *draft, ozi_pins *text);

/* The arrays of a draft, to be written. */
static inline void *
ozi_column_draft_array(const ozi_column_draft *draft)
{
    return (void *)(uintptr_t)draft->column.values;
}

static inline uint8_t *
ozi_column_draft_bits(const ozi_column_draft *draft)
{
    return (uint8_t *)(uintptr_t)draft->column.validity;
}

/* Bytes of a row in `values`: 0 for STRUCT and ANY; of LIST those of an offset. */
size_t
ozi_type_width(oz_type type);

/* The type of a column for scalars of a kind; ANY for NULL. */
oz_type
ozi_type_of_scalar(oz_scalar_kind kind);

static inline bool
ozi_type_is_text(oz_type type)
{
    return type == OZ_STRING || type == OZ_BYTES;
}

/* The row as a scalar that is not NULL; of a type that has scalars. The inner loops' accessor. */
void
ozi_column_value(const oz_column *column, int64_t row, oz_scalar *out);

/* The reverse: writes a scalar of the type of the draft; text is not copied. */
void
ozi_column_draft_store(ozi_column_draft *draft, int64_t row, const oz_scalar *scalar);

/* An array of oz_values_new with room for `capacity` rows grows to at least `needed`. */
oz_status
ozi_values_grow(void **values, oz_type type, int64_t *capacity, int64_t needed);

/*
 * A STRING or BYTES column over `*views`, an array of oz_values_new that is taken; it keeps alive
 * what `like` (may be NULL) and `pins` (may be NULL) do.
 */
oz_status
ozi_column_of_views(const oz_alloc *alloc, oz_type type, oz_view **views, int64_t count,
                    const oz_column *like, const ozi_pins *pins, const oz_column **out);

/* A LIST of `count` rows over `*offsets` (of oz_values_new for LIST, taken) and `*child` (taken).
 */
oz_status
ozi_column_of_lists(const oz_alloc *alloc, int64_t **offsets, int64_t count,
                    const oz_column **child, const oz_column **out);

/* A STRUCT of `count` columns of equal length, taken; `names` (may be NULL) are copied. */
oz_status
ozi_column_of_fields(const oz_alloc *alloc, const oz_column **children, const char *const *names,
                     uint32_t count, const oz_column **out);

/* `length` rows of a type that is neither LIST, STRUCT nor OBJECT, all NULL. */
oz_status
ozi_column_of_nulls(const oz_alloc *alloc, oz_type type, int64_t length, const oz_column **out);

/* Of the same type and class, and their children too, which have the same names? */
bool
ozi_column_same_shape(const oz_column *left, const oz_column *right);

#endif
