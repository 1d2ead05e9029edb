/* Options: every kind, its bounds and default, and what is said about what does not fit. */
#include "kit/steps.h"

#include "base/alloc_testing.h"
#include "op/options.h"

typedef struct all_options {
    int64_t whole;
    double number;
    int64_t wait;
    const char *text;
    int64_t choice;
    oz_function *function;
    oz_scalar value;
    bool truth;
} all_options;

#define OPTION(name_, kind_, ...)                                                                  \
    {                                                                                              \
        .name = #name_, .kind = (kind_), .offset = offsetof(all_options, name_), __VA_ARGS__       \
    }

static const oz_option OPTIONS[] = {
    OPTION(truth, OZ_OPTION_BOOL, .by_default = "true"),
    OPTION(whole, OZ_OPTION_INT64, .by_default = "-7", .minimum = -10, .maximum = 10),
    OPTION(number, OZ_OPTION_FLOAT64, .by_default = "2.5", .minimum = 0, .maximum = 100),
    OPTION(wait, OZ_OPTION_DURATION, .by_default = "0.25", .minimum = 0, .maximum = 9e9),
    OPTION(text, OZ_OPTION_STRING, .by_default = "utf-8"),
    OPTION(choice, OZ_OPTION_CHOICE, .by_default = "second", .choices = "first|second|third"),
    OPTION(function, OZ_OPTION_FUNCTION, .by_default = NULL),
    OPTION(value, OZ_OPTION_OBJECT, .by_default = NULL),
    {.name = NULL},
};
static const oz_operator OP = {.name = "all",
                               .options = OPTIONS,
                               .options_size = sizeof(all_options)};

#define WITH(...)                                                                                  \
    (const oz_setting[]){__VA_ARGS__}, sizeof((oz_setting[]){__VA_ARGS__}) / sizeof(oz_setting)

static all_options *
made(const oz_setting *settings, size_t count)
{
    void *options = NULL;
    oz_error error = {.status = OZ_OK};
    if (ozi_options_new(oz_alloc_default(), &text_object_class, &OP, settings, (uint32_t)count,
                        &options, &error) != OZ_OK) {
        fail_msg("%s", error.text);
    }
    return options;
}

static void
forget(all_options *options)
{
    void *held = options;
    ozi_options_free(oz_alloc_default(), &text_object_class, &OP, &held);
    assert_null(held);
    assert_int_equal(text_object_live, 0);
}

#define assert_refused(message, ...)                                                               \
    do {                                                                                           \
        void *refused = NULL;                                                                      \
        oz_error error = {.status = OZ_OK};                                                        \
        assert_int_equal(ozi_options_new(oz_alloc_default(), &text_object_class, &OP,              \
                                         WITH(__VA_ARGS__), &refused, &error),                     \
                         OZ_INVALID);                                                              \
        assert_null(refused);                                                                      \
        assert_string_equal(error.text, "operator \"all\": " message);                             \
    } while (0)

static void
have_the_values_of_their_defaults(void **state)
{
    (void)state;
    all_options *options = made(NULL, 0);
    assert_true(options->truth);
    assert_int_equal(options->whole, -7);
    assert_true(options->number == 2.5);
    assert_int_equal(options->wait, 250000000);
    assert_string_equal(options->text, "utf-8");
    assert_int_equal(options->choice, 1);
    assert_null(options->function);
    assert_int_equal(options->value.kind, OZ_SCALAR_NULL);
    forget(options);
}

static void
take_what_is_given(void **state)
{
    (void)state;
    char text[] = "latin-1";
    all_options *options = made(
        WITH(SETTING_BOOL("truth", false), SETTING_INT("whole", 10), SETTING_SECONDS("number", 0.5),
             SETTING_INT("wait", 2), SETTING_TEXT("text", text), SETTING_TEXT("choice", "third"),
             SETTING_FUNCTION("function", add_one), SETTING_TEXT("value", text)));
    memset(text, 'x', sizeof text - 1); /* it was copied */
    assert_false(options->truth);
    assert_int_equal(options->whole, 10);
    assert_true(options->number == 0.5);
    assert_int_equal(options->wait, 2000000000);
    assert_string_equal(options->text, "latin-1");
    assert_int_equal(options->choice, 2);
    assert_ptr_equal(options->function, &add_one);
    assert_int_equal(add_one.references, 2);
    assert_int_equal(options->value.kind, OZ_SCALAR_STRING);
    assert_memory_equal(options->value.as.data, "latin-1", 7);
    forget(options);
    assert_int_equal(add_one.references, 1);
}

static void
take_an_int_for_a_number(void **state)
{
    (void)state;
    all_options *options = made(WITH(SETTING_INT("number", 3)));
    assert_true(options->number == 3.0);
    forget(options);
}

static void
retain_objects(void **state)
{
    (void)state;
    oz_object object = text_object_new("(1, 2)");
    all_options *options = made(WITH(SETTING("value", OZ_SCALAR_OBJECT, object, object)));
    text_object_class.release(object);
    assert_string_equal(text_object_text(options->value.as.object), "(1, 2)");
    forget(options);
}

static void
take_long_durations(void **state)
{
    (void)state;
    all_options *options = made(WITH(SETTING_SECONDS("wait", 8.9e9)));
    assert_true(options->wait > 8000000000000000000);
    forget(options);
}

static void
refuse_wrong_types(void **state)
{
    (void)state;
    assert_refused("option \"truth\" takes true or false", SETTING_INT("truth", 1));
    assert_refused("option \"whole\" takes a whole number", SETTING_SECONDS("whole", 1.0));
    assert_refused("option \"whole\" takes a whole number", SETTING_BOOL("whole", true));
    assert_refused("option \"number\" takes a number", SETTING_TEXT("number", "1"));
    assert_refused("option \"wait\" takes a number of seconds", SETTING_TEXT("wait", "1s"));
    assert_refused("option \"wait\" takes a number of seconds",
                   SETTING_SECONDS("wait", __builtin_nan("")));
    assert_refused("option \"text\" takes a text without NUL", SETTING_INT("text", 1));
    assert_refused(
        "option \"text\" takes a text without NUL",
        ((oz_setting){.name = "text",
                      .value = {.kind = OZ_SCALAR_STRING, .size = 3, .as.data = "a\0b"}}));
    assert_refused("option \"choice\" takes one of first|second|third",
                   SETTING_TEXT("choice", "sec"));
    assert_refused("option \"choice\" takes one of first|second|third", SETTING_INT("choice", 1));
    assert_refused("option \"function\" takes a function", SETTING_INT("function", 1));
}

static void
refuse_numbers_out_of_bounds(void **state)
{
    (void)state;
    assert_refused("option \"whole\" must be from -10 to 10, not 11", SETTING_INT("whole", 11));
    assert_refused("option \"whole\" must be from -10 to 10, not -11", SETTING_INT("whole", -11));
    assert_refused("option \"number\" must be from 0 to 100, not -0.5",
                   SETTING_SECONDS("number", -0.5));
    assert_refused("option \"wait\" must be from 0 to 9e+09, not -1", SETTING_SECONDS("wait", -1));
    forget(made(WITH(SETTING_INT("whole", -10), SETTING_SECONDS("number", 100.0))));
}

static void
refuse_unknown_names_and_names_given_twice(void **state)
{
    (void)state;
    assert_refused("there is no option \"colour\"", SETTING_INT("colour", 1));
    assert_refused("option \"whole\" is given twice", SETTING_INT("whole", 1),
                   SETTING_INT("whole", 2));
}

static void
say_what_is_required(void **state)
{
    (void)state;
    static const oz_option required[] = {
        {.name = "whole", .kind = OZ_OPTION_INT64, .help = "how many"},
        {.name = NULL},
    };
    static const oz_option function[] = {
        {.name = "function",
         .kind = OZ_OPTION_FUNCTION,
         .by_default = "required",
         .help = "called with each row"},
        {.name = NULL},
    };
    oz_operator op = {.name = "some", .options = required, .options_size = sizeof(int64_t)};
    void *options = NULL;
    oz_error error;
    assert_int_equal(ozi_options_new(oz_alloc_default(), NULL, &op, NULL, 0, &options, &error),
                     OZ_INVALID);
    assert_string_equal(error.text, "operator \"some\": option \"whole\" is required: how many");
    op.options = function;
    assert_int_equal(ozi_options_new(oz_alloc_default(), NULL, &op, NULL, 0, &options, &error),
                     OZ_INVALID);
    assert_string_equal(error.text,
                        "operator \"some\": option \"function\" is required: called with each row");
}

static void
need_not_exist(void **state)
{
    (void)state;
    const oz_operator op = {.name = "none"};
    void *options = NULL;
    oz_error error;
    assert_int_equal(ozi_options_new(oz_alloc_default(), NULL, &op, NULL, 0, &options, &error),
                     OZ_OK);
    assert_null(options);
    assert_int_equal(ozi_options_new(oz_alloc_default(), NULL, &op, WITH(SETTING_INT("n", 1)),
                                     &options, &error),
                     OZ_INVALID);
    assert_string_equal(error.text, "operator \"none\": there is no option \"n\"");
}

static void
refuse_objects_without_a_class(void **state)
{
    (void)state;
    oz_object object = text_object_new("x");
    oz_error error;
    void *options = NULL;
    assert_int_equal(ozi_options_new(oz_alloc_default(), NULL, &OP,
                                     WITH(SETTING("value", OZ_SCALAR_OBJECT, object, object)),
                                     &options, &error),
                     OZ_INVALID);
    assert_non_null(strstr(error.text, "without a class of objects"));
    text_object_class.release(object);
}

static int
count_visits(oz_object object, void *context)
{
    (void)object;
    return ++*(int *)context > 0 ? 0 : 1;
}

static void
show_their_objects(void **state)
{
    (void)state;
    int visits = 0;
    oz_object object = text_object_new("x");
    all_options *options = made(WITH(SETTING("value", OZ_SCALAR_OBJECT, object, object)));
    text_object_class.release(object);
    assert_int_equal(ozi_options_visit(&OP, options, count_visits, &visits), 0);
    assert_int_equal(visits, 1);
    forget(options);
}

static oz_status
make_all(const oz_alloc *alloc)
{
    void *options = NULL;
    oz_error error = {.status = OZ_OK};
    oz_status status =
        ozi_options_new(alloc, &text_object_class, &OP,
                        WITH(SETTING_FUNCTION("function", add_one),
                             SETTING_TEXT("value", "a value"), SETTING_TEXT("text", "a text")),
                        &options, &error);
    ozi_options_free(alloc, &text_object_class, &OP, &options);
    return status;
}

static void
survive_without_memory(void **state)
{
    (void)state;
    assert_int_equal(ozi_alloc_fail_each(make_all), 3);
    assert_int_equal(add_one.references, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(have_the_values_of_their_defaults),
        cmocka_unit_test(take_what_is_given),
        cmocka_unit_test(take_an_int_for_a_number),
        cmocka_unit_test(retain_objects),
        cmocka_unit_test(take_long_durations),
        cmocka_unit_test(refuse_wrong_types),
        cmocka_unit_test(refuse_numbers_out_of_bounds),
        cmocka_unit_test(refuse_unknown_names_and_names_given_twice),
        cmocka_unit_test(say_what_is_required),
        cmocka_unit_test(need_not_exist),
        cmocka_unit_test(refuse_objects_without_a_class),
        cmocka_unit_test(show_their_objects),
        cmocka_unit_test(survive_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
