/* Tests of status.c: names, messages, context, and cuts at the right place. */
#include "ouzel/status.h"

#include <setjmp.h>
#include <stdint.h>
#include <string.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

static void
names_come_from_the_table(void **state)
{
    (void)state;
    assert_string_equal(oz_status_name(OZ_OK), "OK");
    assert_string_equal(oz_status_name(OZ_INVALID), "INVALID");
    assert_string_equal(oz_status_name(OZ_UNSUPPORTED), "UNSUPPORTED");
    assert_string_equal(oz_status_name(OZ_STATUS_COUNT), "UNKNOWN");
    assert_string_equal(oz_status_name((oz_status)-1), "UNKNOWN");
}

static void
set_fills_and_returns_the_status(void **state)
{
    (void)state;
    oz_error error;
    assert_int_equal(oz_error_set(&error, OZ_IO, "%s: %d", "file", 7), OZ_IO);
    assert_int_equal(error.status, OZ_IO);
    assert_string_equal(error.text, "file: 7");
    assert_int_equal(oz_error_set(NULL, OZ_FULL, "nobody reads this"), OZ_FULL);
}

static void
context_goes_in_front(void **state)
{
    (void)state;
    oz_error error;
    (void)oz_error_set(&error, OZ_NOT_FOUND, "no such file");
    assert_int_equal(oz_error_context(&error, "step '%s'", "read"), OZ_NOT_FOUND);
    assert_int_equal(oz_error_context(&error, "graph"), OZ_NOT_FOUND);
    assert_string_equal(error.text, "graph: step 'read': no such file");
    assert_int_equal(oz_error_context(NULL, "nobody"), OZ_OK);
}

static void
own_text_may_be_an_argument(void **state)
{
    (void)state;
    oz_error error;
    (void)oz_error_set(&error, OZ_IO, "inner");
    (void)oz_error_set(&error, OZ_IO, "outer <%s>", error.text);
    assert_string_equal(error.text, "outer <inner>");
}

static void
long_text_is_cut_between_characters(void **state)
{
    (void)state;
    char text[2 * OZ_ERROR_TEXT_MAX];
    for (size_t shift = 0; shift < 4; shift++) {
        /* `shift` letters, then U+20AC (three bytes) for ever: the cut falls everywhere in it. */
        memset(text, 'a', shift);
        for (size_t at = shift; at + 4 < sizeof text; at += 3) {
            memcpy(text + at, "\xE2\x82\xAC", 4);
        }
        oz_error error;
        (void)oz_error_set(&error, OZ_IO, "%s", text);
        size_t size = strlen(error.text);
        assert_in_range(size, OZ_ERROR_TEXT_MAX - 3, OZ_ERROR_TEXT_MAX - 1);
        assert_int_equal((size - shift) % 3, 0);
        (void)oz_error_context(&error, "%s", text);
        assert_int_equal((strlen(error.text) - shift) % 3, 0);
    }
}

static void
text_of_exactly_the_room_is_not_cut(void **state)
{
    (void)state;
    char text[OZ_ERROR_TEXT_MAX + 1];
    memset(text, 'x', sizeof text);
    text[OZ_ERROR_TEXT_MAX - 1] = '\0';
    oz_error error;
    (void)oz_error_set(&error, OZ_IO, "%s", text);
    assert_int_equal(strlen(error.text), OZ_ERROR_TEXT_MAX - 1);
    text[OZ_ERROR_TEXT_MAX - 1] = 'x';
    text[OZ_ERROR_TEXT_MAX] = '\0';
    (void)oz_error_set(&error, OZ_IO, "%s", text);
    assert_int_equal(strlen(error.text), OZ_ERROR_TEXT_MAX - 1);
}

static oz_status
try_it(oz_status status, oz_error *error)
{
    OZ_TRY_CONTEXT(status, error, "trying %d", 1);
    OZ_TRY(status == OZ_OK ? OZ_CLOSED : OZ_OK);
    return OZ_OK;
}

static void
try_returns_early(void **state)
{
    (void)state;
    oz_error error;
    (void)oz_error_set(&error, OZ_IO, "cause");
    assert_int_equal(try_it(OZ_IO, &error), OZ_IO);
    assert_string_equal(error.text, "trying 1: cause");
    assert_int_equal(try_it(OZ_OK, &error), OZ_CLOSED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_come_from_the_table),
        cmocka_unit_test(set_fills_and_returns_the_status),
        cmocka_unit_test(context_goes_in_front),
        cmocka_unit_test(own_text_may_be_an_argument),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(text_of_exactly_the_room_is_not_cut),
        cmocka_unit_test(try_returns_early),
    };
    return cmocka_run_group_tests_name("base/status", tests, NULL, NULL);
}
