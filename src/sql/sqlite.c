/*
 * SQLite, by the library of the machine.
 *
 * The types and numbers below are those of sqlite3.h, which are the same in all versions of SQLite
 * 3; so the header is not needed to build, nor the library to run without it.
 * Upserts need SQLite 3.24 (2018).
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "batch/print.h"
#include "sql/sql_text.h"

/* ---- the library ----------------------------------------------------------------------------- */

enum {
    ROW = 100,
    DONE = 101,
    BUSY = 5,
    LOCKED = 6,
    IO_ERROR = 10,
    FULL = 13,
    OPEN_READWRITE = 2,
    OPEN_CREATE = 4,
};
static const intptr_t transient = -1; /* the library copies what is bound */

typedef struct sqlite_functions {
    int (*open)(const char *path, void **database, int flags, const char *vfs);
    int (*close)(void *database);
    int (*busy_timeout)(void *database, int ms);
    int (*exec)(void *database, const char *sql, void *callback, void *context, char **message);
    const char *(*message)(void *database);
    int (*prepare)(void *database, const char *sql, int size, void **statement, const char **tail);
    int (*finalize)(void *statement);
    int (*step)(void *statement);
    int (*reset)(void *statement);
    int64_t (*column_int64)(void *statement, int column);
    int (*bind_null)(void *statement, int at);
    int (*bind_int64)(void *statement, int at, int64_t value);
    int (*bind_double)(void *statement, int at, double value);
    int (*bind_text)(void *statement, int at, const char *text, int size, intptr_t lifetime);
    int (*bind_blob)(void *statement, int at, const void *bytes, int size, intptr_t lifetime);
} sqlite_functions;

#define NAMED(symbol, member)                                                                      \
    {                                                                                              \
        symbol, offsetof(sqlite_functions, member)                                                 \
    }
static const ozi_library_name NAMES[] = {
    NAMED("sqlite3_open_v2", open),
    NAMED("sqlite3_close_v2", close),
    NAMED("sqlite3_busy_timeout", busy_timeout),
    NAMED("sqlite3_exec", exec),
    NAMED("sqlite3_errmsg", message),
    NAMED("sqlite3_prepare_v2", prepare),
    NAMED("sqlite3_finalize", finalize),
    NAMED("sqlite3_step", step),
    NAMED("sqlite3_reset", reset),
    NAMED("sqlite3_column_int64", column_int64),
    NAMED("sqlite3_bind_null", bind_null),
    NAMED("sqlite3_bind_int64", bind_int64),
    NAMED("sqlite3_bind_double", bind_double),
    NAMED("sqlite3_bind_text", bind_text),
    NAMED("sqlite3_bind_blob", bind_blob),
    {NULL, 0},
};
static const char *const FILES[] = {"libsqlite3.so.0", "libsqlite3.so", NULL};

/* ---- a connection ---------------------------------------------------------------------------- */

enum { BUSY_MS = 1000, EPOCH_READ = 0, EPOCH_WRITE = 1, INSERT = 2, STATEMENTS = 3 };

typedef struct connection {
    sqlite_functions call;
    const ozi_sql_target *target;
    void *database;
    void *statements[STATEMENTS];
    int64_t row; /* of the epoch, for messages */
} connection;

/* What the library says, with what was done. */
static oz_status
failed(const connection *to, int code, const char *what, oz_error *error)
{
    int kind = code & 0xff;
    bool passes = kind == BUSY || kind == LOCKED || kind == IO_ERROR || kind == FULL;
    return oz_error_set(error, passes ? OZ_IO : OZ_REFUSED, "SQLite '%s', %s: %s",
                        to->target->where, what, to->call.message(to->database));
}

static oz_status
run(const connection *to, const char *sql, const char *what, oz_error *error)
{
    int code = to->call.exec(to->database, sql, NULL, NULL, NULL);
    return code == 0 ? OZ_OK : failed(to, code, what, error);
}

static oz_status
prepare(connection *to, int which, ozi_text *sql, oz_error *error)
{
    char what[160];
    (void)snprintf(what, sizeof what, "table '%.100s'", to->target->table);
    if (ozi_text_is_cut(sql)) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    int code = to->call.prepare(to->database, sql->data, -1, &to->statements[which], NULL);
    return code == 0 ? OZ_OK : failed(to, code, what, error);
}

static oz_status
prepare_insert(connection *to, oz_error *error)
{
    const ozi_sql_target *target = to->target;
    ozi_text sql;
    ozi_text_init_growing(&sql, oz_alloc_default(), OZI_SQL_TEXT_MAX);
    ozi_text_string(&sql, "INSERT INTO ");
    ozi_sql_name(&sql, target->table, true);
    ozi_text_string(&sql, " (");
    ozi_sql_names(&sql, "", target->columns, target->column_count);
    ozi_text_string(&sql, ") VALUES (");
    for (uint32_t i = 0; i < target->column_count; i++) {
        ozi_text_string(&sql, i == 0 ? "?" : ", ?");
    }
    ozi_text_string(&sql, ")");
    ozi_sql_conflict(&sql, target);
    oz_status status = prepare(to, INSERT, &sql, error);
    ozi_text_free(&sql);
    return status;
}

static oz_status
prepare_epochs(connection *to, oz_error *error)
{
    static const char *const SQL[] = {
        [EPOCH_READ] = "SELECT epoch FROM ouzel_epochs WHERE job = ? AND step = ?",
        [EPOCH_WRITE] = "INSERT INTO ouzel_epochs (job, step, epoch) VALUES (?, ?, ?)"
                        " ON CONFLICT (job, step) DO UPDATE SET epoch = excluded.epoch",
    };
    OZ_TRY(run(to,
               "CREATE TABLE IF NOT EXISTS ouzel_epochs (job TEXT NOT NULL, step TEXT NOT NULL,"
               " epoch INTEGER NOT NULL, PRIMARY KEY (job, step))",
               "table 'ouzel_epochs'", error));
    for (int i = EPOCH_READ; i <= EPOCH_WRITE; i++) {
        int code = to->call.prepare(to->database, SQL[i], -1, &to->statements[i], NULL);
        if (code == 0) {
            code = to->call.bind_text(to->statements[i], 1, to->target->job, -1, transient);
        }
        if (code == 0) {
            code = to->call.bind_text(to->statements[i], 2, to->target->step, -1, transient);
        }
        if (code != 0) {
            return failed(to, code, "table 'ouzel_epochs'", error);
        }
    }
    return OZ_OK;
}

static void
close_connection(void *memory)
{
    connection *to = memory;
    for (int i = 0; i < STATEMENTS; i++) {
        if (to->statements[i] != NULL) {
            (void)to->call.finalize(to->statements[i]);
        }
    }
    if (to->database != NULL) {
        (void)to->call.close(to->database);
    }
    ozi_alloc_free(oz_alloc_default(), to, sizeof *to);
}

static oz_status
connect(connection *to, oz_error *error)
{
    OZ_TRY(ozi_library_load(FILES, "libsqlite3-0", NAMES, &to->call, error));
    int code = to->call.open(to->target->where, &to->database, OPEN_READWRITE | OPEN_CREATE, NULL);
    if (code != 0) {
        return failed(to, code, "opening", error);
    }
    (void)to->call.busy_timeout(to->database, BUSY_MS);
    if (to->target->create != NULL) {
        OZ_TRY(run(to, to->target->create, "create", error));
    }
    if (to->target->job[0] != '\0') {
        OZ_TRY(prepare_epochs(to, error));
    }
    return prepare_insert(to, error);
}

static oz_status
open_connection(const ozi_sql_target *target, void **out, oz_error *error)
{
    connection *to = ozi_alloc_zero(oz_alloc_default(), sizeof *to);
    if (to == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    to->target = target;
    oz_status status = connect(to, error);
    if (status != OZ_OK) {
        close_connection(to);
        to = NULL;
    }
    *out = to;
    return status;
}

/* ---- transactions ---------------------------------------------------------------------------- */

static oz_status
begin(void *memory, int64_t *epoch, oz_error *error)
{
    connection *to = memory;
    *epoch = 0;
    to->row = 0;
    OZ_TRY(run(to, "BEGIN IMMEDIATE", "beginning a transaction", error));
    void *read = to->statements[EPOCH_READ];
    if (read == NULL) {
        return OZ_OK;
    }
    int code = to->call.step(read);
    if (code == ROW) {
        *epoch = to->call.column_int64(read, 0);
    }
    (void)to->call.reset(read);
    return code == ROW || code == DONE ? OZ_OK : failed(to, code, "reading the epoch", error);
}

static int
bind_time(const connection *to, int at, const oz_scalar *cell)
{
    char buffer[64];
    ozi_text text;
    ozi_text_init(&text, buffer, sizeof buffer);
    ozi_scalar_print(cell, NULL, &text);
    return to->call.bind_text(to->statements[INSERT], at, buffer, (int)text.size, transient);
}

static int
bind(const connection *to, int at, const oz_scalar *cell)
{
    void *insert = to->statements[INSERT];
    switch (cell->kind) {
    case OZ_SCALAR_BOOL:
        return to->call.bind_int64(insert, at, cell->as.boolean);
    case OZ_SCALAR_INT64:
        return to->call.bind_int64(insert, at, cell->as.int64);
    case OZ_SCALAR_FLOAT64:
        return to->call.bind_double(insert, at, cell->as.float64);
    case OZ_SCALAR_TIME:
        return bind_time(to, at, cell);
    /* Until the row is written the cells stay where they are: nothing is copied. */
    case OZ_SCALAR_STRING:
        return to->call.bind_text(insert, at, cell->as.data, (int)cell->size, 0);
    case OZ_SCALAR_BYTES:
        return to->call.bind_blob(insert, at, cell->as.data, (int)cell->size, 0);
    default:
        return to->call.bind_null(insert, at);
    }
}

/* "row 3 of the epoch, (1, 'cat')" */
static void
describe(const connection *to, ozi_cells row, char *what, size_t room)
{
    ozi_text text;
    oz_scalar cell;
    ozi_text_init(&text, what, room);
    ozi_text_format(&text, "table '%.100s', row %lld of the epoch, (", to->target->table,
                    (long long)to->row);
    for (uint32_t i = 0; i < to->target->column_count && ozi_cells_next(&row, &cell); i++) {
        ozi_text_string(&text, i == 0 ? "" : ", ");
        ozi_scalar_print(&cell, NULL, &text);
    }
    ozi_text_string(&text, ")");
}

static oz_status
write_row(connection *to, ozi_cells *rows, oz_error *error)
{
    const ozi_cells row = *rows;
    oz_scalar cell;
    int code = 0;
    to->row++;
    for (uint32_t i = 0; i < to->target->column_count && code == 0; i++) {
        if (!ozi_cells_next(rows, &cell)) {
            return oz_error_set(error, OZ_CORRUPT, "rows that waited for '%s' are no cells",
                                to->target->where);
        }
        code = bind(to, (int)i + 1, &cell);
    }
    if (code == 0) {
        code = to->call.step(to->statements[INSERT]);
    }
    oz_status status = OZ_OK;
    if (code != DONE) {
        char what[256];
        describe(to, row, what, sizeof what);
        status = failed(to, code, what, error);
    }
    (void)to->call.reset(to->statements[INSERT]);
    return status;
}

static oz_status
write(void *memory, const ozi_cells *chunk, oz_error *error)
{
    ozi_cells rows = *chunk;
    while (rows.at < rows.end) {
        OZ_TRY(write_row(memory, &rows, error));
    }
    return OZ_OK;
}

static oz_status
commit(void *memory, int64_t epoch, oz_error *error)
{
    connection *to = memory;
    void *write_epoch = to->statements[EPOCH_WRITE];
    if (write_epoch != NULL) {
        int code = to->call.bind_int64(write_epoch, 3, epoch);
        code = code == 0 ? to->call.step(write_epoch) : code;
        if (code != DONE) {
            return failed(to, code, "writing the epoch", error);
        }
        (void)to->call.reset(write_epoch);
    }
    return run(to, "COMMIT", "ending the transaction", error);
}

static oz_status
rollback(void *memory, oz_error *error)
{
    return run(memory, "ROLLBACK", "ending the transaction", error);
}

const ozi_database ozi_sqlite = {
    .name = "SQLite",
    .open = open_connection,
    .close = close_connection,
    .begin = begin,
    .write = write,
    .commit = commit,
    .rollback = rollback,
};
