/*
 * What SQL sinks share: the rows of an epoch wait here, and are written in one transaction once the
 * epoch holds.
 *
 *     rows -> chunks of 256 KiB -> table 0, saved with the epoch
 *                 |  commit: the epoch holds
 *                 v
 *             an errand, aside: begin, is it written already?, rows, the number of the epoch, end
 *
 * The number is in the same transaction as the rows, so an epoch is there once, however often it is
 * tried: when the connection was lost while the transaction ended, and after a crash, the database
 * says whether it did. What may pass (no connection, a lock, a full disk) is tried again until
 * `patience` is over; anything else fails the step, and nothing of the epoch is written.
 *
 * Without a state folder rows are written by the thread of the instance, in transactions of their
 * own: when a chunk is full, a second after its first row, and at the end.
 */
#ifndef OUZEL_CONNECTORS_SQL_OUTBOX_H
#define OUZEL_CONNECTORS_SQL_OUTBOX_H

#include "base/vec.h"
#include "ouzel/op.h"
#include "sql/database.h"

typedef struct ozi_sql_options {
    const char *where;
    const char *table;
    const char *columns;
    const char *key;
    const char *create;
    int64_t patience;
    int64_t pending_max;
} ozi_sql_options;

/* The rows of the option table of such a sink, behind that of where the database is. */
#define OZI_SQL_OPTIONS                                                                            \
    {.name = "table",                                                                              \
     .kind = OZ_OPTION_STRING,                                                                     \
     .offset = offsetof(ozi_sql_options, table),                                                   \
     .by_default = "required",                                                                     \
     .help = "into which rows go: NAME or SCHEMA.NAME"},                                           \
        {.name = "columns",                                                                        \
         .kind = OZ_OPTION_STRING,                                                                 \
         .offset = offsetof(ozi_sql_options, columns),                                             \
         .by_default = "required",                                                                 \
         .help = "its columns that rows fill, with commas between"},                               \
        {.name = "key",                                                                            \
         .kind = OZ_OPTION_STRING,                                                                 \
         .offset = offsetof(ozi_sql_options, key),                                                 \
         .by_default = "",                                                                         \
         .help = "columns that are unique: a row replaces the one with the same; none: rows are "  \
                 "added"},                                                                         \
        {.name = "create",                                                                         \
         .kind = OZ_OPTION_STRING,                                                                 \
         .offset = offsetof(ozi_sql_options, create),                                              \
         .by_default = "",                                                                         \
         .help = "SQL that is run first, such as CREATE TABLE IF NOT EXISTS"},                     \
        {.name = "patience",                                                                       \
         .kind = OZ_OPTION_DURATION,                                                               \
         .offset = offsetof(ozi_sql_options, patience),                                            \
         .by_default = "30",                                                                       \
         .minimum = 0,                                                                             \
         .maximum = 1e9,                                                                           \
         .help = "for so long it is tried again what may pass, before the step fails"},            \
    {                                                                                              \
        .name = "pending_max", .kind = OZ_OPTION_INT64,                                            \
        .offset = offsetof(ozi_sql_options, pending_max), .by_default = "33554432", .minimum = 1,  \
        .maximum = 1 << 30,                                                                        \
        .help = "bytes of rows that wait for an epoch before one is asked for out of turn"         \
    }

/* The tables of such a sink. */
#define OZI_SQL_TABLES                                                                             \
    {.name = "rows",                                                                               \
     .kind = OZ_TABLE_LIST,                                                                        \
     .help = "those of epochs that are not in the database, as cells, in chunks"},                 \
    {                                                                                              \
        .name = "epoch", .kind = OZ_TABLE_VALUE, .fields = {OZ_FIELD_INT64, OZ_FIELD_INT64},       \
        .help = "the last one with such rows, and the last one that is written"                    \
    }

enum { OZI_SQL_ROWS, OZI_SQL_TRANSACTIONS, OZI_SQL_RETRIES };
#define OZI_SQL_COUNTERS                                                                           \
    {"rows", "rows", "given to the database"},                                                     \
        {"transactions", "transactions", "that were ended"},                                       \
    {                                                                                              \
        "retries", "attempts", "that failed for what may pass, and were made again"                \
    }

struct ozi_sql_writer;
typedef struct ozi_sql_outbox {
    oz_bytes building; /* the chunk that is being filled */
    int64_t building_rows;
    ozi_vec chunks; /* full ones, as oz_bytes */
    size_t pending; /* bytes of all of them */
    ozi_sql_shape shape;
    size_t prepared; /* so many of the chunks are of the epoch that was prepared */
    bool has_asked;  /* for a checkpoint */
    bool is_timed;
    struct ozi_sql_writer *writer; /* what an errand may touch */
} ozi_sql_outbox;

/*
 * Connects, and leaves what is to be settled of epochs before this life. What is wrong with the
 * table is told at once.
 */
oz_status
ozi_sql_open(ozi_sql_outbox *outbox, oz_context *context, const ozi_database *database,
             oz_error *error);
oz_step
ozi_sql_on_batch(void *outbox, oz_context *context, uint32_t input, const oz_batch *batch);
oz_step
ozi_sql_on_timer(void *outbox, oz_context *context, int64_t id);
oz_step
ozi_sql_on_flush(void *outbox, oz_context *context);
oz_step
ozi_sql_on_end(void *outbox, oz_context *context, uint32_t input, uint32_t open_inputs);
void
ozi_sql_close(void *outbox, oz_context *context);
int64_t
ozi_sql_rows_held(const void *outbox);

extern const oz_sink_verbs ozi_sql_verbs;

#endif
