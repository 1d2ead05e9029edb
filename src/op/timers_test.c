/* Timers: in order of time, then of setting; moving and cancelling; against a plain list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/alloc_testing.h"
#include "op/timers.h"

static int nodes[4];

static void
assert_pop(ozi_timers *timers, int64_t now_ns, int node, int64_t id)
{
    ozi_timer timer;
    assert_true(ozi_timers_pop(timers, now_ns, UINT64_MAX, &timer));
    assert_ptr_equal(timer.node, &nodes[node]);
    assert_int_equal(timer.id, id);
}

static void
set(ozi_timers *timers, int node, int64_t id, int64_t at_ns)
{
    assert_int_equal(ozi_timers_set(timers, &nodes[node], id, at_ns), OZ_OK);
}

static void
fire_in_order_of_time_and_then_of_setting(void **state)
{
    (void)state;
    ozi_timers timers;
    ozi_timer timer;
    ozi_timers_init(&timers, oz_alloc_default());
    assert_int_equal(ozi_timers_next(&timers), INT64_MAX);
    assert_false(ozi_timers_pop(&timers, INT64_MAX, UINT64_MAX, &timer));
    set(&timers, 0, 1, 20);
    set(&timers, 1, 1, 10);
    set(&timers, 0, 2, 10);
    set(&timers, 2, -5, 30);
    assert_int_equal(ozi_timers_next(&timers), 10);
    assert_false(ozi_timers_pop(&timers, 9, UINT64_MAX, &timer));
    assert_pop(&timers, 15, 1, 1);
    assert_pop(&timers, 15, 0, 2);
    assert_false(ozi_timers_pop(&timers, 15, UINT64_MAX, &timer));
    assert_pop(&timers, 100, 0, 1);
    assert_pop(&timers, 100, 2, -5);
    assert_int_equal(ozi_timers_next(&timers), INT64_MAX);
    ozi_timers_destroy(&timers);
}

static void
move_when_set_again_and_can_be_cancelled(void **state)
{
    (void)state;
    ozi_timers timers;
    ozi_timer timer;
    ozi_timers_init(&timers, oz_alloc_default());
    set(&timers, 0, 1, 10);
    set(&timers, 0, 1, 30);
    assert_int_equal(ozi_timers_next(&timers), 30);
    set(&timers, 0, 1, 20);
    assert_int_equal(ozi_timers_next(&timers), 20);
    assert_int_equal(timers.live, 1);
    set(&timers, 0, 2, 5);
    ozi_timers_cancel(&timers, &nodes[0], 2);
    ozi_timers_cancel(&timers, &nodes[0], 3);
    ozi_timers_cancel(&timers, &nodes[1], 1);
    assert_int_equal(ozi_timers_next(&timers), 20);
    assert_pop(&timers, 20, 0, 1);
    assert_false(ozi_timers_pop(&timers, 1000, UINT64_MAX, &timer));
    ozi_timers_destroy(&timers);
}

static void
set_meanwhile_wait_for_the_next_round(void **state)
{
    (void)state;
    ozi_timers timers;
    ozi_timer timer;
    ozi_timers_init(&timers, oz_alloc_default());
    set(&timers, 0, 1, 10);
    uint64_t stamp = ozi_timers_stamp(&timers);
    set(&timers, 0, 2, 10);
    assert_true(ozi_timers_pop(&timers, 10, stamp, &timer));
    assert_int_equal(timer.id, 1);
    assert_false(ozi_timers_pop(&timers, 10, stamp, &timer));
    assert_true(ozi_timers_pop(&timers, 10, ozi_timers_stamp(&timers), &timer));
    ozi_timers_destroy(&timers);
}

static void
are_forgotten_with_their_node(void **state)
{
    (void)state;
    ozi_timers timers;
    ozi_timers_init(&timers, oz_alloc_default());
    for (int id = 0; id < 50; id++) {
        set(&timers, id % 2, id, 100 - id);
    }
    ozi_timers_forget(&timers, &nodes[0]);
    assert_false(ozi_timers_has(&timers, &nodes[0]));
    assert_true(ozi_timers_has(&timers, &nodes[1]));
    assert_int_equal(timers.live, 25);
    for (int id = 49; id > 0; id -= 2) {
        assert_pop(&timers, 1000, 1, id);
    }
    ozi_timers_destroy(&timers);
}

static void
leave_few_stale_entries_when_moved(void **state)
{
    (void)state;
    ozi_timers timers;
    ozi_timers_init(&timers, oz_alloc_default());
    set(&timers, 1, 7, 50);
    for (int64_t i = 0; i < 10000; i++) {
        set(&timers, 0, 0, 1000 - i % 900);
        assert_in_range(ozi_heap_count(&timers.heap), 1, 24);
    }
    assert_pop(&timers, 50, 1, 7);
    ozi_timers_destroy(&timers);
}

/* The same as a list that is searched. */
enum { MODEL_TIMERS = 64, MODEL_STEPS = 20000 };

typedef struct model {
    int64_t at_ns[MODEL_TIMERS]; /* -1: not set; timer i is id i / 4 of node i % 4 */
    uint64_t order[MODEL_TIMERS];
    uint64_t next_order;
} model;

static int
model_first(const model *list)
{
    int first = -1;
    for (int i = 0; i < MODEL_TIMERS; i++) {
        if (list->at_ns[i] >= 0 &&
            (first < 0 || list->at_ns[i] < list->at_ns[first] ||
             (list->at_ns[i] == list->at_ns[first] && list->order[i] < list->order[first]))) {
            first = i;
        }
    }
    return first;
}

static void
model_step(model *list, ozi_timers *timers, uint64_t random)
{
    int i = (int)(random % MODEL_TIMERS);
    int64_t at_ns = (int64_t)(random >> 8) % 50;
    int first = model_first(list);
    ozi_timer timer;
    switch (random >> 40 & 3) {
    case 0:
        ozi_timers_cancel(timers, &nodes[i % 4], i / 4);
        list->at_ns[i] = -1;
        break;
    case 1:
        if (ozi_timers_pop(timers, at_ns, UINT64_MAX, &timer)) {
            assert_true(first >= 0 && list->at_ns[first] == timer.at_ns);
            assert_ptr_equal(timer.node, &nodes[first % 4]);
            assert_int_equal(timer.id, first / 4);
            list->at_ns[first] = -1;
        } else {
            assert_true(first < 0 || list->at_ns[first] > at_ns);
        }
        break;
    default:
        set(timers, i % 4, i / 4, at_ns);
        list->at_ns[i] = at_ns;
        list->order[i] = list->next_order++;
    }
}

static void
behave_as_a_list_that_is_searched(void **state)
{
    (void)state;
    model list = {.next_order = 0};
    ozi_timers timers;
    uint64_t random = 7;
    ozi_timers_init(&timers, oz_alloc_default());
    memset(list.at_ns, 0xff, sizeof list.at_ns);
    for (int i = 0; i < MODEL_STEPS; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        model_step(&list, &timers, random >> 16);
        int first = model_first(&list);
        assert_int_equal(ozi_timers_next(&timers), first < 0 ? INT64_MAX : list.at_ns[first]);
        assert_true(ozi_heap_check(&timers.heap) && ozi_map_check(&timers.index));
    }
    ozi_timers_destroy(&timers);
}

static oz_status
set_and_move_many(const oz_alloc *alloc)
{
    ozi_timers timers;
    oz_status status = OZ_OK;
    ozi_timers_init(&timers, alloc);
    for (int64_t i = 0; i < 200 && status == OZ_OK; i++) {
        status = ozi_timers_set(&timers, &nodes[i % 3], i % 40, i);
    }
    ozi_timers_destroy(&timers);
    return status;
}

static void
survive_without_memory(void **state)
{
    (void)state;
    assert_in_range(ozi_alloc_fail_each(set_and_move_many), 5, 100);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fire_in_order_of_time_and_then_of_setting),
        cmocka_unit_test(move_when_set_again_and_can_be_cancelled),
        cmocka_unit_test(set_meanwhile_wait_for_the_next_round),
        cmocka_unit_test(are_forgotten_with_their_node),
        cmocka_unit_test(leave_few_stale_entries_when_moved),
        cmocka_unit_test(behave_as_a_list_that_is_searched),
        cmocka_unit_test(survive_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
