/*
 * Batches in and out as Arrow: the C data interface and the C stream interface of Apache Arrow
 * (https://arrow.apache.org/docs/format/CDataInterface.html), which fix the structs below.
 *
 * What has the same layout on both sides is not copied: 64-bit integers, doubles, nanosecond
 * timestamps, validity, offsets of large lists, the text of strings.
 */
#ifndef OUZEL_ARROW_H
#define OUZEL_ARROW_H

#include "ouzel/batch.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif

/*
 * A batch out of `array`, which is taken (its `release` is NULL afterwards, also after a failure).
 * A struct (a record batch) gives one column for each field, named; any other array gives a batch
 * of one column without a name. The schema stays the caller's.
 *
 *     bool                                    BOOL
 *     int8 .. int64, uint8 .. uint64          INT64 (INVALID for a value that does not fit)
 *     float32, float64                        FLOAT64
 *     timestamp of any unit, date32, date64   TIME (the time zone is not kept)
 *     utf8, large_utf8, utf8_view             STRING (INVALID when it is not UTF-8)
 *     binary, large_, _view, fixed size       BYTES
 *     list, large_list                        LIST
 *     struct                                  STRUCT
 *     dictionary                              what its values are
 *     null                                    INT64, all of them NULL
 *
 * UNSUPPORTED for everything else, with the name of the column.
 */
OZ_API oz_status
oz_batch_import(const oz_alloc *alloc, const struct ArrowSchema *schema, struct ArrowArray *array,
                const oz_batch **out, oz_error *error);

/* The next batch of a stream with that schema; `*out` is NULL at its end. */
OZ_API oz_status
oz_batch_import_next(const oz_alloc *alloc, const struct ArrowSchema *schema,
                     struct ArrowArrayStream *stream, const oz_batch **out, oz_error *error);

/*
 * The batch as a struct array: STRING as large_utf8, BYTES as large_binary, LIST as large_list,
 * TIME as timestamp[ns] without a zone. OBJECT columns are exported when all their rows are of one
 * native type, else INVALID. A column without a name is called "value", or "column_0" and so on.
 * `schema` may be NULL. The caller releases both. The batch is kept as long as `array`.
 */
OZ_API oz_status
oz_batch_export(const oz_batch *batch, struct ArrowSchema *schema, struct ArrowArray *array,
                oz_error *error);

/*
 * `count` >= 1 batches as a stream of record batches, one each, which keeps them until it is
 * released. They must be of the same names and types; a column that is nothing but None somewhere
 * is NULL there. INVALID names the first column that differs.
 */
OZ_API oz_status
oz_batches_export(const oz_batch *const *batches, uint32_t count, struct ArrowArrayStream *out,
                  oz_error *error);

#ifdef __cplusplus
}
#endif

#endif
