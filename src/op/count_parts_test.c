/* count_parts, and the count that takes what it gives: together as the count alone. */
#include "op/count_parts.h"

#include "kit/steps.h"

static void
draw(steps *s)
{
    steps_source(s, "in");
    steps_step_of(s, "parts", "in", &ozi_op_count_parts, STEPS_END);
    steps_collect(s, "parts");
}

static void
keeps_rows_until_it_is_flushed(steps *s)
{
    draw(s);
    steps_push(s, "'b':1 'a':1 'b':1");
    steps_expect(s, "");
    steps_push(s, "'b':1");
    steps_flush(s);
    steps_expect_sorted(s, "'a':('a', 1) 'b':('b', 3)");
    steps_push(s, "'a':1");
    steps_flush(s);
    steps_expect(s, "'a':('a', 1)");
}

static void
gives_all_at_the_end(steps *s)
{
    draw(s);
    steps_push(s, "1:0 (1, 2):0 'a rather long key':0 None:0 1:0");
    steps_end(s);
    steps_expect_sorted(s, "'a rather long key':('a rather long key', 1) (1, 2):((1, 2), 1) "
                           "1:(1, 2) None:(None, 1)");
    steps_expect_ended(s, "parts", true);
}

static void
gives_on_as_far_as_is_taken(steps *s)
{
    draw(s);
    steps_hold(s, "parts", 1);
    steps_push(s, "1:0 2:0 3:0 4:0 5:0");
    steps_end(s);
    steps_let_go(s, "parts");
    steps_expect_sorted(s, "1:(1, 1) 2:(2, 1) 3:(3, 1) 4:(4, 1) 5:(5, 1)");
}

static void
lets_rows_without_keys_through(steps *s)
{
    draw(s);
    steps_push(s, "7 'a':1 8");
    steps_expect(s, "7 8");
    steps_end(s);
    steps_expect(s, "'a':('a', 1)");
}

static void
parts_make_the_whole(steps *s)
{
    steps_source(s, "in");
    steps_step_of(s, "parts", "in", &ozi_op_count_parts, STEPS_END);
    steps_step_of(s, "count", "parts", oz_operator_find("count")->combiner->whole,
                  SETTING_TEXT("emit", "final"), STEPS_END);
    steps_collect(s, "count");
    steps_push(s, "'b':1 'a':1 5 'b':1 6");
    steps_flush(s);
    steps_push(s, "'b':1 'c':1");
    steps_end(s);
    steps_expect_sorted(s, "('a', 1) ('b', 3) ('c', 1) 2");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS_TEST(keeps_rows_until_it_is_flushed), STEPS_TEST(gives_all_at_the_end),
        STEPS_TEST(gives_on_as_far_as_is_taken),    STEPS_TEST(lets_rows_without_keys_through),
        STEPS_TEST(parts_make_the_whole),
    };
    return cmocka_run_group_tests_name("op/count_parts", tests, NULL, NULL);
}
