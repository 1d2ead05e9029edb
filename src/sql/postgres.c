/*
 * PostgreSQL, by libpq of the machine.
 *
 * The types and numbers below are those of libpq-fe.h and postgres_ext.h, which are part of its
 * binary interface; so the header is not needed to build, nor the library to run without it.
 *
 * Rows go by COPY in its text form: the table's own types read them. With a key they go into a
 * temporary table first, and from there the last row of each key goes into the table. Upserts need
 * PostgreSQL 9.5.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "batch/print.h"
#include "sql/sql_text.h"

/* ---- the library ----------------------------------------------------------------------------- */

enum {
    CONNECTED = 0,
    RESULT_COMMAND = 1,
    RESULT_TUPLES = 2,
    RESULT_COPY_IN = 4,
    FIELD_STATE = 'C',
    FIELD_MESSAGE = 'M',
    FIELD_DETAIL = 'D',
    FIELD_CONTEXT = 'W',
};

typedef struct postgres_functions {
    void *(*connect)(const char *const *names, const char *const *values, int expand);
    int (*status)(const void *server);
    const char *(*message)(const void *server);
    void (*finish)(void *server);
    void (*on_notice)(void *server, void (*process)(void *context, const char *text),
                      void *context);
    void *(*exec)(void *server, const char *sql);
    void *(*exec_params)(void *server, const char *sql, int count, const unsigned *types,
                         const char *const *values, const int *lengths, const int *formats,
                         int result_format);
    int (*result_status)(const void *result);
    const char *(*result_field)(const void *result, int field);
    const char *(*value)(const void *result, int row, int column);
    int (*rows)(const void *result);
    void (*clear)(void *result);
    int (*copy_data)(void *server, const char *data, int size);
    int (*copy_end)(void *server, const char *failure);
    void *(*next_result)(void *server);
} postgres_functions;

#define NAMED(symbol, member)                                                                      \
    {                                                                                              \
        symbol, offsetof(postgres_functions, member)                                               \
    }
static const ozi_library_name NAMES[] = {
    NAMED("PQconnectdbParams", connect),
    NAMED("PQstatus", status),
    NAMED("PQerrorMessage", message),
    NAMED("PQfinish", finish),
    NAMED("PQsetNoticeProcessor", on_notice),
    NAMED("PQexec", exec),
    NAMED("PQexecParams", exec_params),
    NAMED("PQresultStatus", result_status),
    NAMED("PQresultErrorField", result_field),
    NAMED("PQgetvalue", value),
    NAMED("PQntuples", rows),
    NAMED("PQclear", clear),
    NAMED("PQputCopyData", copy_data),
    NAMED("PQputCopyEnd", copy_end),
    NAMED("PQgetResult", next_result),
    {NULL, 0},
};
static const char *const FILES[] = {"libpq.so.5", "libpq.so", NULL};

/* ---- a connection ---------------------------------------------------------------------------- */

typedef struct connection {
    postgres_functions call;
    const ozi_sql_target *target;
    void *server;
    ozi_text copy;   /* COPY ... FROM STDIN */
    ozi_text upsert; /* INSERT ... SELECT; empty without a key */
    oz_bytes lines;  /* of a chunk, on their way out */
    int64_t number;  /* of the next row */
    bool is_copying;
} connection;

/*
 * What may pass: no connection (08), a rollback for the sake of others (40), no room (53), locks
 * (55P03), an operator who shuts down (57P). See "PostgreSQL Error Codes" in its manual.
 */
static bool
passes(const char *state)
{
    return strncmp(state, "08", 2) == 0 || strncmp(state, "40", 2) == 0 ||
           strncmp(state, "53", 2) == 0 || strcmp(state, "55P03") == 0 ||
           strncmp(state, "57P", 3) == 0;
}

static int
text_length(const char *text)
{
    return text == NULL ? 0 : (int)strcspn(text, "\n");
}

/* What the server says of a command, or the library of the connection. */
static oz_status
failed(const connection *to, const void *result, oz_error *error)
{
    const char *table = to->target->table;
    const char *state = result == NULL ? NULL : to->call.result_field(result, FIELD_STATE);
    if (state == NULL || to->call.status(to->server) != CONNECTED) {
        const char *message = to->call.message(to->server);
        return oz_error_set(error, OZ_IO, "PostgreSQL, table '%s': %.*s", table,
                            (int)strcspn(message, "\n"), message);
    }
    const char *message = to->call.result_field(result, FIELD_MESSAGE);
    const char *detail = to->call.result_field(result, FIELD_DETAIL);
    const char *context = to->call.result_field(result, FIELD_CONTEXT);
    return oz_error_set(error, passes(state) ? OZ_IO : OZ_REFUSED,
                        "PostgreSQL, table '%s': %.*s%s%.*s%s%.*s (%s)", table,
                        text_length(message), message == NULL ? "" : message,
                        detail == NULL ? "" : "; ", text_length(detail),
                        detail == NULL ? "" : detail, context == NULL ? "" : "; ",
                        text_length(context), context == NULL ? "" : context, state);
}

/* Whether the result has that status; it is let go of. */
static oz_status
expect(const connection *to, void *result, int status, oz_error *error)
{
    oz_status answer = OZ_OK;
    if (result == NULL || to->call.result_status(result) != status) {
        answer = failed(to, result, error);
    }
    to->call.clear(result);
    return answer;
}

static oz_status
run(const connection *to, const char *sql, oz_error *error)
{
    return expect(to, to->call.exec(to->server, sql), RESULT_COMMAND, error);
}

static oz_status
run_built(const connection *to, const ozi_text *sql, oz_error *error)
{
    return ozi_text_is_cut(sql) ? oz_error_set(error, OZ_NO_MEMORY, "out of memory")
                                : run(to, sql->data, error);
}

/* ---- COPY ------------------------------------------------------------------------------------ */

static oz_status
copy_begin(connection *to, oz_error *error)
{
    if (ozi_text_is_cut(&to->copy)) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    oz_status status = expect(to, to->call.exec(to->server, to->copy.data), RESULT_COPY_IN, error);
    to->is_copying = status == OZ_OK;
    return status;
}

static oz_status
copy_end(connection *to, oz_error *error)
{
    to->is_copying = false;
    if (to->call.copy_end(to->server, NULL) < 0) {
        return failed(to, NULL, error);
    }
    oz_status status = expect(to, to->call.next_result(to->server), RESULT_COMMAND, error);
    void *more = to->call.next_result(to->server);
    while (more != NULL) {
        to->call.clear(more);
        more = to->call.next_result(to->server);
    }
    return status;
}

static void
put(oz_bytes *lines, const char *data, size_t size)
{
    memcpy(lines->data + lines->end, data, size);
    lines->end += size;
}

/* Text with what COPY takes for its own behind a backslash. */
static void
put_text(oz_bytes *lines, const char *data, size_t size)
{
    char *to = lines->data + lines->end;
    for (size_t i = 0; i < size; i++) {
        char character = data[i];
        bool is_special =
            character == '\\' || character == '\n' || character == '\r' || character == '\t';
        if (is_special) {
            *to++ = '\\';
            character = character == '\n'   ? 'n'
                        : character == '\r' ? 'r'
                        : character == '\t' ? 't'
                                            : '\\';
        }
        *to++ = character;
    }
    lines->end = (size_t)(to - lines->data);
}

/* bytea in its hex form; the backslash in front is one of the text. */
static void
put_bytes(oz_bytes *lines, const char *data, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    put(lines, "\\\\x", 3);
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)data[i];
        const char pair[2] = {digits[byte >> 4], digits[byte & 15]};
        put(lines, pair, sizeof pair);
    }
}

static void
put_number(oz_bytes *lines, const oz_scalar *cell)
{
    char buffer[64];
    ozi_text text;
    ozi_text_init(&text, buffer, sizeof buffer);
    if (cell->kind == OZ_SCALAR_FLOAT64 && isinf(cell->as.float64)) {
        ozi_text_string(&text, cell->as.float64 < 0 ? "-Infinity" : "Infinity");
    } else {
        ozi_scalar_print(cell, NULL, &text);
    }
    put(lines, buffer, text.size);
}

static oz_status
put_cell(oz_bytes *lines, const oz_scalar *cell)
{
    bool is_text = cell->kind == OZ_SCALAR_STRING || cell->kind == OZ_SCALAR_BYTES;
    OZ_TRY(oz_bytes_reserve(lines, 64 + (is_text ? 2 * (size_t)cell->size : 0)));
    switch (cell->kind) {
    case OZ_SCALAR_NULL:
        put(lines, "\\N", 2);
        break;
    case OZ_SCALAR_BOOL:
        put(lines, cell->as.boolean ? "t" : "f", 1);
        break;
    case OZ_SCALAR_STRING:
        put_text(lines, cell->as.data, cell->size);
        break;
    case OZ_SCALAR_BYTES:
        put_bytes(lines, cell->as.data, cell->size);
        break;
    default:
        put_number(lines, cell);
        break;
    }
    return OZ_OK;
}

/* A line of each row; with a key its number comes first. */
static oz_status
put_rows(connection *to, ozi_cells rows, oz_error *error)
{
    oz_bytes *lines = &to->lines;
    lines->begin = lines->end = 0;
    while (rows.at < rows.end) {
        oz_status status = OZ_OK;
        oz_scalar cell = {.kind = OZ_SCALAR_INT64, .as.int64 = to->number++};
        bool is_numbered = to->target->key_count > 0;
        if (is_numbered) {
            status = put_cell(lines, &cell);
        }
        for (uint32_t i = 0; i < to->target->column_count && status == OZ_OK; i++) {
            if (!ozi_cells_next(&rows, &cell)) {
                return oz_error_set(error, OZ_CORRUPT, "rows that waited for '%s' are no cells",
                                    to->target->table);
            }
            if (i > 0 || is_numbered) {
                put(lines, "\t", 1); /* put_cell has left room */
            }
            status = put_cell(lines, &cell);
        }
        if (status != OZ_OK) {
            return oz_error_set(error, status, "out of memory");
        }
        put(lines, "\n", 1);
    }
    return OZ_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

static void
ignore_notice(void *context, const char *text)
{
    (void)context;
    (void)text;
}

static void
close_connection(void *memory)
{
    connection *to = memory;
    if (to->server != NULL) {
        to->call.finish(to->server);
    }
    ozi_text_free(&to->copy);
    ozi_text_free(&to->upsert);
    oz_bytes_free(&to->lines);
    ozi_alloc_free(oz_alloc_default(), to, sizeof *to);
}

/* A server that has gone without a word is given up after ten seconds. */
static oz_status
connect(connection *to, oz_error *error)
{
    static const char *const NAMES_OF[] = {"connect_timeout", "tcp_user_timeout",
                                           "application_name", "dbname", NULL};
    const char *const values[] = {"10", "10000", "ouzel", to->target->where, NULL};
    OZ_TRY(ozi_library_load(FILES, "libpq5", NAMES, &to->call, error));
    to->server = to->call.connect(NAMES_OF, values, 1);
    if (to->server == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    if (to->call.status(to->server) != CONNECTED) {
        return failed(to, NULL, error);
    }
    to->call.on_notice(to->server, ignore_notice, NULL);
    return run(to, "SET lock_timeout = '10s'", error);
}

/* Two that make it at the same time may be in each other's way: then it is there for the second. */
static oz_status
make_epochs(const connection *to, oz_error *error)
{
    static const char sql[] = "CREATE TABLE IF NOT EXISTS ouzel_epochs (job text NOT NULL,"
                              " step text NOT NULL, epoch bigint NOT NULL,"
                              " PRIMARY KEY (job, step))";
    void *found = to->call.exec(to->server, "SELECT epoch FROM ouzel_epochs LIMIT 0");
    bool is_there = to->call.result_status(found) == RESULT_TUPLES;
    to->call.clear(found);
    return is_there || run(to, sql, error) == OZ_OK ? OZ_OK : run(to, sql, error);
}

static oz_status
make_upsert(connection *to, oz_error *error)
{
    const ozi_sql_target *target = to->target;
    ozi_text make;
    ozi_text_init_growing(&make, oz_alloc_default(), OZI_SQL_TEXT_MAX);
    ozi_text_string(&make, "CREATE TEMPORARY TABLE ouzel_rows ON COMMIT DELETE ROWS AS"
                           " SELECT 0::bigint AS ouzel_row, ");
    ozi_sql_names(&make, "", target->columns, target->column_count);
    ozi_text_string(&make, " FROM ");
    ozi_sql_name(&make, target->table, true);
    ozi_text_string(&make, " WITH NO DATA");
    oz_status status = run_built(to, &make, error);
    ozi_text_free(&make);
    OZ_TRY(status);

    ozi_text *upsert = &to->upsert;
    ozi_text_string(upsert, "INSERT INTO ");
    ozi_sql_name(upsert, target->table, true);
    ozi_text_string(upsert, " (");
    ozi_sql_names(upsert, "", target->columns, target->column_count);
    ozi_text_string(upsert, ") SELECT DISTINCT ON (");
    ozi_sql_names(upsert, "", target->key, target->key_count);
    ozi_text_string(upsert, ") ");
    ozi_sql_names(upsert, "", target->columns, target->column_count);
    ozi_text_string(upsert, " FROM pg_temp.ouzel_rows ORDER BY ");
    ozi_sql_names(upsert, "", target->key, target->key_count);
    ozi_text_string(upsert, ", ouzel_row DESC");
    ozi_sql_conflict(upsert, target);
    return run_built(to, upsert, error);
}

static void
build_copy(connection *to)
{
    const ozi_sql_target *target = to->target;
    ozi_text_string(&to->copy, "COPY ");
    if (target->key_count > 0) {
        ozi_text_string(&to->copy, "pg_temp.ouzel_rows (ouzel_row, ");
    } else {
        ozi_sql_name(&to->copy, target->table, true);
        ozi_text_string(&to->copy, " (");
    }
    ozi_sql_names(&to->copy, "", target->columns, target->column_count);
    ozi_text_string(&to->copy, ") FROM STDIN");
}

static oz_status
set_up(connection *to, oz_error *error)
{
    OZ_TRY(connect(to, error));
    if (to->target->create != NULL) {
        OZ_TRY(run(to, to->target->create, error));
    }
    if (to->target->job[0] != '\0') {
        OZ_TRY(make_epochs(to, error));
    }
    if (to->target->key_count > 0) {
        OZ_TRY(make_upsert(to, error));
    }
    build_copy(to);
    OZ_TRY(copy_begin(to, error));
    return copy_end(to, error);
}

static oz_status
open_connection(const ozi_sql_target *target, void **out, oz_error *error)
{
    connection *to = ozi_alloc_zero(oz_alloc_default(), sizeof *to);
    if (to == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    to->target = target;
    to->lines.alloc = oz_alloc_default();
    ozi_text_init_growing(&to->copy, oz_alloc_default(), OZI_SQL_TEXT_MAX);
    ozi_text_init_growing(&to->upsert, oz_alloc_default(), OZI_SQL_TEXT_MAX);
    oz_status status = set_up(to, error);
    if (status != OZ_OK) {
        close_connection(to);
        to = NULL;
    }
    *out = to;
    return status;
}

/* ---- transactions ---------------------------------------------------------------------------- */

static oz_status
with_epoch(const connection *to, const char *sql, int count, int64_t epoch, int status,
           oz_error *error)
{
    char number[24];
    (void)snprintf(number, sizeof number, "%" PRId64, epoch);
    const char *const values[] = {to->target->job, to->target->step, number};
    return expect(to, to->call.exec_params(to->server, sql, count, NULL, values, NULL, NULL, 0),
                  status, error);
}

/* The row of the sink is made first, so that it can be locked. */
static oz_status
lock_epoch(const connection *to, int64_t *epoch, oz_error *error)
{
    const char *const values[] = {to->target->job, to->target->step};
    OZ_TRY(with_epoch(to,
                      "INSERT INTO ouzel_epochs (job, step, epoch) VALUES ($1, $2, 0)"
                      " ON CONFLICT DO NOTHING",
                      2, 0, RESULT_COMMAND, error));
    void *result = to->call.exec_params(
        to->server, "SELECT epoch FROM ouzel_epochs WHERE job = $1 AND step = $2 FOR UPDATE", 2,
        NULL, values, NULL, NULL, 0);
    if (to->call.result_status(result) == RESULT_TUPLES && to->call.rows(result) == 1) {
        int64_t read = 0;
        const char *digits = to->call.value(result, 0, 0);
        *epoch = sscanf(digits, "%" SCNd64, &read) == 1 ? read : 0;
    }
    return expect(to, result, RESULT_TUPLES, error);
}

static oz_status
begin(void *memory, int64_t *epoch, oz_error *error)
{
    connection *to = memory;
    *epoch = 0;
    OZ_TRY(run(to, "BEGIN", error));
    return to->target->job[0] == '\0' ? OZ_OK : lock_epoch(to, epoch, error);
}

static oz_status
write(void *memory, const ozi_cells *chunk, oz_error *error)
{
    connection *to = memory;
    if (!to->is_copying) {
        to->number = 0;
        OZ_TRY(copy_begin(to, error));
    }
    OZ_TRY(put_rows(to, *chunk, error));
    if (to->call.copy_data(to->server, to->lines.data, (int)oz_bytes_size(&to->lines)) < 0) {
        return failed(to, NULL, error);
    }
    return OZ_OK;
}

static oz_status
commit(void *memory, int64_t epoch, oz_error *error)
{
    connection *to = memory;
    if (to->is_copying) {
        OZ_TRY(copy_end(to, error));
        if (to->target->key_count > 0) {
            OZ_TRY(run_built(to, &to->upsert, error));
        }
    }
    if (to->target->job[0] != '\0') {
        OZ_TRY(with_epoch(to, "UPDATE ouzel_epochs SET epoch = $3 WHERE job = $1 AND step = $2", 3,
                          epoch, RESULT_COMMAND, error));
    }
    return run(to, "COMMIT", error);
}

static oz_status
rollback(void *memory, oz_error *error)
{
    return run(memory, "ROLLBACK", error);
}

const ozi_database ozi_postgres = {
    .name = "PostgreSQL",
    .open = open_connection,
    .close = close_connection,
    .begin = begin,
    .write = write,
    .commit = commit,
    .rollback = rollback,
};
