/*
 * Looking into a state folder: what its job has written, whether it runs or not, and without its
 * program. All files of the epoch that holds are read and their checksums verified; nothing in the
 * folder is changed.
 *
 *     oz_inspection *found;
 *     if (oz_inspect("state", NULL, &found, &error) == OZ_OK) {
 *         for (uint32_t i = 0; i < found->step_count; i++) {
 *             printf("%s\n", found->steps[i].id);
 *         }
 *         oz_inspection_free(&found);
 *     }
 */
#ifndef OUZEL_INSPECT_H
#define OUZEL_INSPECT_H

#include "ouzel/alloc.h"
#include "ouzel/io.h"
#include "ouzel/object.h"
#include "ouzel/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A file of the epoch that holds. */
typedef struct oz_inspected_file {
    const char *name; /* in the folder */
    uint32_t worker;
    uint64_t size; /* bytes */
} oz_inspected_file;

/* A table of a step, with its entries, to be read by the functions of table.h. */
typedef struct oz_inspected_table {
    char *name;
    oz_table_decl decl; /* its kind, whether it is keyed, and its fields */
    oz_table *table;
} oz_inspected_table;

/* How far a source has read a partition. */
typedef struct oz_inspected_position {
    char *partition;
    int64_t position;
} oz_inspected_position;

/* A step on one worker. */
typedef struct oz_inspected_step {
    uint32_t worker;
    char *id; /* its name, or those of the steps above it: "in/map.0/count.0" */
    char *op;
    bool has_ended;
    bool is_elsewhere;    /* it stands on another worker, and has nothing here */
    int64_t watermark_ns; /* that it has passed on; INT64_MIN: none */
    oz_inspected_table *tables;
    uint32_t table_count;
    oz_inspected_position *positions;
    uint32_t position_count;
} oz_inspected_step;

typedef struct oz_inspection {
    uint64_t job;        /* drawn when it began */
    uint64_t generation; /* how often it was started */
    uint64_t epoch;      /* that holds; 0: none */
    bool has_ended;      /* the input has, and all of it was dealt with */
    uint32_t workers;    /* that wrote the epoch */
    const oz_inspected_file *files;
    uint32_t file_count;
    const oz_inspected_step *steps; /* worker by worker, in the order drawn */
    uint32_t step_count;
} oz_inspection;

typedef struct oz_inspect_options {
    const oz_alloc *alloc;          /* NULL: malloc */
    const oz_io *io;                /* NULL: the system */
    const oz_object_class *objects; /* of what the tables hold; NULL: they hold none */
} oz_inspect_options;

/*
 * NOT_FOUND: there is no such folder, or no job has run in it. REFUSED: it belongs to somebody
 * else, or others may look into it. CORRUPT: a file is damaged, or of another version. UNSUPPORTED:
 * a table holds objects, and there is no class for them. `options` may be NULL.
 */
OZ_MUST_USE OZ_API oz_status
oz_inspect(const char *path, const oz_inspect_options *options, oz_inspection **out,
           oz_error *error);
/* NULL is allowed; sets it to NULL. */
OZ_API void
oz_inspection_free(oz_inspection **inspection);

#ifdef __cplusplus
}
#endif

#endif
