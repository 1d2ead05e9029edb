/* The PostgreSQL sink where there is no server. tests/python/test_sql.py runs it against one. */
#include "conformance/fake_engine.h"

extern const oz_operator ozi_op_postgres_sink;

static void
check(const char *where, const char *said)
{
    fake_engine engine;
    oz_error error;
    fake_engine_init(&engine, oz_io_system());
    assert_null(fake_try_open(&engine, &ozi_op_postgres_sink, -1, &error, FAKE_TEXT("where", where),
                              FAKE_TEXT("table", "t"), FAKE_TEXT("columns", "a"), FAKE_END));
    assert_int_equal(error.status, OZ_IO);
    assert_non_null(strstr(error.text, said));
    assert_null(strstr(error.text, "secret"));
    fake_engine_free(&engine);
}

static void
test_no_server(void **state)
{
    (void)state;
    check("host=127.0.0.1 port=1 password=secret", "port 1 failed: Connection refused");
    check("host=/nowhere password=secret", "/nowhere/.s.PGSQL.5432\" failed: No such file");
    check("no such=thing", "PostgreSQL, table 't': missing \"=\" after \"no\"");
    check("colour=red", "invalid connection option \"colour\"");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_server)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
