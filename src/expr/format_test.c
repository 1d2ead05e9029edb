/* Tests of format.c: templates, str and repr, strings joined. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "expr/kernel_testing.h"

#define INTS(...) column_of(OZ_INT64, LIST_OF(__VA_ARGS__))

static void
a_templates(void **state)
{
    (void)state;
    assert_starmap("str.format", lines("the\nof\n"), INTS(T_INT(40), T_INT(-7), T_INT(0)),
                   LIST_OF(T_TEXT("{} => {}")), "'the => 40'\n'of => -7'\n' => 0'\n");
    assert_starmap("str.format", lines("a"), INTS(T_INT(1)), LIST_OF(T_TEXT("{1}{0}{1}")),
                   "'1a1'\n");
    assert_map("str.format", lines("a\nlonger than sixteen bytes"), LIST_OF(T_TEXT("<{}>")),
               "'<a>'\n'<longer than sixteen bytes>'\n");
    assert_map("str.format", lines("a"), LIST_OF(T_TEXT("{{}}{}{{")), "'{}a{'\n");
    assert_map("str.format", lines("a"), LIST_OF(T_TEXT("}}{{")), "'}{'\n");
    assert_map("str.format", lines("a"), LIST_OF(T_TEXT("")), "''\n");
    assert_map("str.format", lines("\xc3\xa9"), LIST_OF(T_TEXT("\xe2\x82\xac{}")),
               "'\xe2\x82\xac\xc3\xa9'\n");
}

static void
b_templates_for_the_host(void **state)
{
    (void)state;
    const char *const templates[] = {"{",        "}",     "{:>5}", "{!r}",    "{x}",
                                     "{0.real}", "{} {}", "{1}",   "{}{0}",   "{0}{}",
                                     "{ }",      "a}b",   "{{}",   "{99999}", "{[0]}"};
    for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++) {
        const oz_scalar argument = {.kind = OZ_SCALAR_STRING,
                                    .size = (uint32_t)strlen(templates[i]),
                                    .as.data = templates[i]};
        assert_map("str.format", lines("a"), &argument, 1, "INVALID");
    }
    assert_map("str.format", lines("a"), NOTHING, "INVALID");
    assert_map("str.format", column_of(OZ_BYTES, LIST_OF(T_BYTES("a"))), LIST_OF(T_TEXT("{}")),
               "INVALID");
}

static void
c_values(void **state)
{
    (void)state;
    assert_map("str", INTS(T_INT(0), T_INT(INT64_MIN), T_NULL), NOTHING,
               "'0'\n'-9223372036854775808'\nhost\n");
    assert_map("str", column_of(OZ_BOOL, LIST_OF(T_BOOL(true), T_BOOL(false))), NOTHING,
               "'True'\n'False'\n");
    assert_map("repr", column_of(OZ_FLOAT64, LIST_OF(T_FLOAT(1.5), T_FLOAT(1e16), T_FLOAT(-0.0))),
               NOTHING, "'1.5'\nhost\n'-0.0'\n");
    assert_map("str", lines("a\n\xc3\xa9"), NOTHING, "'a'\n'\xc3\xa9'\n");
    assert_filter("str", lines("a\n"), NOTHING, "True\nFalse\n");
    assert_filter("str", INTS(T_INT(0)), NOTHING, "True\n");
}

static void
d_joined(void **state)
{
    (void)state;
    assert_map("operator.add", lines("a\n"), LIST_OF(T_TEXT("!")), "'a!'\n'!'\n");
    assert_map("operator.radd", lines("a\n"), LIST_OF(T_TEXT("!")), "'!a'\n'!'\n");
    assert_map("operator.add", lines("a"), LIST_OF(T_TEXT("")), "'a'\n");
    assert_starmap("operator.add", lines("a\n"), lines("b\nc"), NOTHING, "'ab'\n'c'\n");
    assert_starmap("operator.concat", lines("a"), lines("b"), NOTHING, "'ab'\n");
    assert_map("operator.add", lines("a"), NOTHING, "INVALID");
    assert_map("operator.add", lines("a"), LIST_OF(T_INT(1)), "INVALID");
    assert_starmap("operator.add", lines("a"), INTS(T_INT(1)), NOTHING, "INVALID");
}

static void
e_flags(void **state)
{
    (void)state;
    const oz_column *column = lines("a\n\xc3\xa9");
    const oz_batch *batch = NULL;
    const oz_scalar template = T_TEXT("-{}");
    assert_ok(test_batch(&column, &batch));
    oz_call call = {.batch = batch, .stop = 2, .alloc = oz_alloc_default()};
    assert_ok(oz_kernel_find("str.format", OZ_CALL_MAP, OZ_STRING)->run(&template, 1, &call, NULL));
    const oz_view *views = call.column->values;
    assert_int_equal(views[0].flags, OZ_VIEW_ASCII);
    assert_int_equal(views[1].flags, 0);
    oz_column_release(&call.column);
    oz_batch_release(&batch);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_templates), cmocka_unit_test(b_templates_for_the_host),
        cmocka_unit_test(c_values),    cmocka_unit_test(d_joined),
        cmocka_unit_test(e_flags),
    };
    return cmocka_run_group_tests_name("expr/format", tests, NULL, NULL);
}
