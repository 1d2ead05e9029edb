/* Pushing: an element has gone through everything on return, one row at a time. */
#include "kit/steps.h"

#include <stdio.h>

static void
goes_down_a_long_chain(steps *s)
{
    char name[16] = "in";
    char above[16];
    steps_source(s, "in");
    for (int i = 0; i < 50; i++) {
        memcpy(above, name, sizeof above);
        (void)snprintf(name, sizeof name, "m%d", i);
        steps_step(s, name, above, "map", SETTING_FUNCTION("function", add_one), STEPS_END);
    }
    steps_collect(s, name);
    steps_push(s, "1 2");
    steps_expect(s, "51 52");
}

static void
is_right_where_nobody_reads(steps *s)
{
    steps_source(s, "in");
    steps_push(s, "1 2 3");
    steps_expect_ended(s, "in", false);
    steps_end(s);
}

static void
says_when_there_is_no_room(steps *s)
{
    steps_source(s, "a");
    steps_source(s, "b");
    steps_step(s, "buffer", "a", "buffer", SETTING_INT("n", 1), STEPS_END);
    steps_collect(s, "buffer");
    steps_collect(s, "b");
    steps_hold(s, "buffer", 1);
    oz_instance *instance = steps_instance(s);
    oz_object object = text_object_of_int64(7);
    oz_one one;
    const oz_batch *row = oz_batch_one(&one, oz_alloc_default(), &text_object_class, object, NULL);
    if (instance != NULL && steps_is_plain(s)) {
        assert_int_equal(oz_push(instance, steps_node(s, "a"), row), OZ_WAIT);
        assert_int_equal(oz_push(instance, steps_node(s, "b"), row), OZ_NEED);
        assert_int_equal(oz_push(instance, steps_node(s, "a"), row), OZ_WAIT);
        assert_int_equal(oz_step_once(instance), OZ_WAIT);
        assert_int_equal(oz_push(instance, steps_node(s, "a"), row), OZ_WAIT);
        steps_expect_on(s, "b", "7");
        steps_let_go(s, "buffer");
        steps_expect_on(s, "buffer", "7 7 7");
        assert_int_equal(oz_push_end(instance, steps_node(s, "a")), OZ_NEED);
        assert_int_equal(oz_push(instance, steps_node(s, "a"), row), OZ_DONE);
    }
    text_object_class.release(object);
}

static void
flushes_every_step_that_holds_rows(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "pairs", "in", "partition", SETTING_INT("n", 2), STEPS_END);
    steps_step(s, "lists", "pairs", "timed_window", SETTING_SECONDS("interval", 9), STEPS_END);
    steps_collect(s, "lists");
    steps_push(s, "1 2 3");
    steps_flush(s);
    steps_expect(s, "[(1, 2), (3)]");
    steps_push(s, "4");
    steps_flush(s);
    steps_expect(s, "[(4)]");
    steps_flush(s);
    steps_expect(s, "");
}

static void
fails_until_it_is_forgiven(steps *s)
{
    steps_source(s, "in");
    steps_step(s, "map", "in", "map", SETTING_FUNCTION("function", fail_on_3), STEPS_END);
    steps_collect(s, "map");
    steps_push(s, "3");
    steps_push(s, "1");
    steps_expect(s, "");
    steps_expect_failure(s, "step \"map\"");
    steps_push(s, "1");
    steps_expect(s, "1");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(goes_down_a_long_chain),     STEPS_TEST(is_right_where_nobody_reads),
        STEPS_TEST(says_when_there_is_no_room), STEPS_TEST(flushes_every_step_that_holds_rows),
        STEPS_TEST(fails_until_it_is_forgiven),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
