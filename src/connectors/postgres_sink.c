/*
 * postgres_sink: Writes rows into a table of PostgreSQL.
 *
 * in       rows of several columns, tuples or dicts; a single value where there is one column.
 *          Values are numbers, texts, bytes, truths, times and None
 * dead     rows that have none of these, or not the columns, under the policy dead_letter
 * time     rows are written when an epoch holds; without epochs, a second after the first of them.
 *          Watermarks end here.
 * state    the rows of epochs that are not in the database yet, at most about `pending_max` bytes:
 *          then an epoch ends before its time
 * counts   rows, transactions, retries
 *
 * Rows and the number of their epoch are written in one transaction; see sql_outbox.h. A row that
 * the table does not take fails the step, and nothing of its epoch is written.
 *
 * Example: postgres_sink(where="dbname=shop", table="counts", columns="word,n", key="word")
 *     in   ("the", 1) ("cat", 1) ("the", 2)
 *     the table has ("the", 2) ("cat", 1)
 */
#include "connectors/sql_outbox.h"

static const oz_option OPTIONS[] = {
    {.name = "where",
     .kind = OZ_OPTION_STRING,
     .offset = offsetof(ozi_sql_options, where),
     .by_default = "required",
     .is_secret = true,
     .help = "a connection string or URI of libpq"},
    OZI_SQL_OPTIONS,
    {.name = NULL},
};

static const oz_table_decl TABLES[] = {OZI_SQL_TABLES, {.name = NULL}};
static const oz_counter COUNTERS[] = {OZI_SQL_COUNTERS, {NULL, NULL, NULL}};

static oz_status
open(void *memory, oz_context *context, oz_error *error)
{
    return ozi_sql_open(memory, context, &ozi_postgres, error);
}

static const oz_port INPUTS[] = {
    {.name = "in", .routing = OZ_ROUTE_SINGLE, .help = "rows for the table"},
    {.name = NULL},
};
static const oz_port OUTPUTS[] = {{.name = "dead"}, {.name = NULL}};

const oz_operator ozi_op_postgres_sink = {
    .name = "postgres_sink",
    .summary = "Writes rows into a table of PostgreSQL.",
    .inputs = INPUTS,
    .outputs = OUTPUTS,
    .options = OPTIONS,
    .options_size = sizeof(ozi_sql_options),
    .tables = TABLES,
    .counters = COUNTERS,
    .state_version = 1,
    .state_size = sizeof(ozi_sql_outbox),
    .open = open,
    .on_batch = ozi_sql_on_batch,
    .on_timer = ozi_sql_on_timer,
    .on_flush = ozi_sql_on_flush,
    .on_end = ozi_sql_on_end,
    .close = ozi_sql_close,
    .rows_held = ozi_sql_rows_held,
    .sink = &ozi_sql_verbs,
    .guarantee = OZ_EXACTLY_ONCE,
};
