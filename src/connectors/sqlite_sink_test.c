/* The SQLite sink: rows without a state folder, what it says of mistakes, memory that runs out. */
#include "conformance/fake_engine.h"
#include "conformance/scratch.h"

#include "base/alloc_testing.h"
#include "sql/database.h"

extern const oz_operator ozi_op_sqlite_sink;

/* ---- asking the database --------------------------------------------------------------------- */

typedef struct functions {
    int (*open)(const char *path, void **base);
    int (*exec)(void *base, const char *sql, int (*row)(void *, int, char **, char **),
                void *context, char **message);
    int (*close)(void *base);
} functions;

enum { ROWS_MAX = 1024 };

static int
add_row(void *context, int count, char **values, char **names)
{
    (void)names;
    for (int i = 0; i < count; i++) {
        size_t size = strlen(context);
        (void)snprintf((char *)context + size, ROWS_MAX - size, "%s%s",
                       values[i] == NULL ? "NULL" : values[i], i + 1 < count ? "," : ";");
    }
    return 0;
}

/* Runs SQL; the rows that it gives, "1,cat;2,NULL;". */
static const char *
ask(const char *path, const char *sql)
{
    static char rows[ROWS_MAX];
    static const char *const files[] = {"libsqlite3.so.0", NULL};
    static const ozi_library_name names[] = {
        {"sqlite3_open", offsetof(functions, open)},
        {"sqlite3_exec", offsetof(functions, exec)},
        {"sqlite3_close", offsetof(functions, close)},
        {NULL, 0},
    };
    functions call;
    oz_error error;
    void *base;
    assert_int_equal(ozi_library_load(files, "libsqlite3-0", names, &call, &error), OZ_OK);
    assert_int_equal(call.open(path, &base), 0);
    rows[0] = '\0';
    assert_int_equal(call.exec(base, sql, add_row, rows, NULL), 0);
    assert_int_equal(call.close(base), 0);
    return rows;
}

/* ---- the tests ------------------------------------------------------------------------------- */

static const char *path;

#define SINK(columns_, key_)                                                                       \
    FAKE_TEXT("where", path), FAKE_TEXT("table", "t"), FAKE_TEXT("columns", columns_),             \
        FAKE_TEXT("key", key_), FAKE_END

/* Rows of a number and a word; two of them have the same number. */
static oz_step
deliver(oz_context *sink)
{
    static const int64_t numbers[] = {1, 2, 1};
    static const oz_view words[] = {{"the", 3, 0}, {"cat", 3, 0}, {"sat", 3, 0}};
    const oz_column number = {.type = OZ_INT64, .length = 3, .values = numbers};
    const oz_column word = {.type = OZ_STRING, .length = 3, .values = words};
    const oz_column *columns[] = {&number, &word};
    const oz_batch batch = {.column_count = 2, .row_count = 3, .columns = columns};
    return fake_deliver(sink, &batch);
}

static void
test_rows(void **state)
{
    (void)state;
    scratch files;
    fake_engine engine;
    scratch_init(&files);
    path = scratch_path(&files, "out.db");
    (void)ask(path, "CREATE TABLE t (n INTEGER PRIMARY KEY, word TEXT)");
    fake_engine_init(&engine, oz_io_system());
    oz_context *sink = fake_open(&engine, &ozi_op_sqlite_sink, SINK("n, word", "n"));
    assert_int_equal(deliver(sink), OZ_NEED);
    assert_int_equal(sink->op->rows_held(sink->state), 3);
    assert_string_equal(ask(path, "SELECT * FROM t"), "");
    fake_advance(&engine, INT64_C(1000000000)); /* a second after the first of them */
    assert_string_equal(ask(path, "SELECT * FROM t"), "1,sat;2,cat;");
    assert_int_equal(sink->op->rows_held(sink->state), 0);
    fake_close(sink);
    sink = fake_open(&engine, &ozi_op_sqlite_sink, SINK("n,word", ""));
    assert_int_equal(deliver(sink), OZ_NEED);
    assert_int_equal(fake_end(sink), OZ_FAILED);
    assert_non_null(strstr(sink->error.text, "row 1 of the epoch, (1, 'the'): UNIQUE constraint"));
    assert_string_equal(ask(path, "SELECT * FROM t"), "1,sat;2,cat;");
    fake_engine_free(&engine);
    (void)remove(path);
}

static void
check_mistake(const char *columns, const char *key, const char *said)
{
    fake_engine engine;
    oz_error error;
    fake_engine_init(&engine, oz_io_system());
    assert_null(fake_try_open(&engine, &ozi_op_sqlite_sink, -1, &error, SINK(columns, key)));
    assert_non_null(strstr(error.text, said));
    fake_engine_free(&engine);
}

static void
test_mistakes(void **state)
{
    (void)state;
    scratch files;
    scratch_init(&files);
    path = scratch_path(&files, "out.db");
    check_mistake("a", "", "no such table: t");
    check_mistake(" ", "", "columns and key are names with commas between");
    check_mistake("a,,", "b", "the key 'b' is none of the columns");
    (void)remove(path);
    path = "/nowhere/out.db";
    check_mistake("a", "", "SQLite '/nowhere/out.db', opening: unable to open database file");
}

static oz_status
run_once(const oz_alloc *alloc)
{
    fake_engine engine;
    oz_error error;
    fake_engine_init(&engine, oz_io_system());
    engine.counting.fail_at = ((const ozi_alloc_counting *)alloc->self)->fail_at;
    oz_context *sink = fake_try_open(&engine, &ozi_op_sqlite_sink, -1, &error, SINK("n,word", "n"));
    oz_status status = error.status;
    if (sink != NULL && (deliver(sink) == OZ_FAILED || fake_end(sink) == OZ_FAILED)) {
        status = sink->error.status;
    }
    ((ozi_alloc_counting *)alloc->self)->calls = engine.counting.calls;
    fake_engine_free(&engine);
    return status;
}

/* Memory of the engine, that is: what the library wants is another matter. */
static void
test_memory_runs_out(void **state)
{
    (void)state;
    scratch files;
    scratch_init(&files);
    path = scratch_path(&files, "out.db");
    (void)ask(path, "CREATE TABLE t (n INTEGER PRIMARY KEY, word TEXT)");
    assert_true(ozi_alloc_fail_each(run_once) > 4);
    (void)remove(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
