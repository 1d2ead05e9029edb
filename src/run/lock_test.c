/* The lock: one holder at a time, who may take it again; nobody who waits is forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "run/lock.h"

static void
can_be_taken_again_by_its_holder(void **state)
{
    (void)state;
    ozi_lock lock;
    ozi_lock_init(&lock);
    ozi_lock_take(&lock);
    assert_true(ozi_lock_try(&lock));
    ozi_lock_take(&lock);
    assert_int_equal(lock.depth, 3);
    ozi_lock_give(&lock);
    ozi_lock_give(&lock);
    assert_true(atomic_load(&lock.owner) != 0);
    ozi_lock_give(&lock);
    assert_true(atomic_load(&lock.owner) == 0);
    ozi_lock_destroy(&lock);
}

/* ---- several threads ------------------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 20000 };

typedef struct shared {
    ozi_lock lock;
    int64_t count;         /* guarded by the lock */
    _Atomic int64_t tries; /* that found it taken */
} shared;

static void *
try_once(void *argument)
{
    shared *common = argument;
    if (ozi_lock_try(&common->lock)) {
        ozi_lock_give(&common->lock);
    } else {
        (void)atomic_fetch_add(&common->tries, 1);
    }
    return NULL;
}

static void
is_refused_to_others_who_only_try(void **state)
{
    (void)state;
    pthread_t thread;
    shared common = {.count = 0};
    ozi_lock_init(&common.lock);
    ozi_lock_take(&common.lock);
    assert_int_equal(pthread_create(&thread, NULL, try_once, &common), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(atomic_load(&common.tries), 1);
    ozi_lock_give(&common.lock);
    assert_int_equal(pthread_create(&thread, NULL, try_once, &common), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(atomic_load(&common.tries), 1);
    ozi_lock_destroy(&common.lock);
}

static void *
count_up(void *argument)
{
    shared *common = argument;
    for (int i = 0; i < ROUNDS; i++) {
        ozi_lock_take(&common->lock);
        if (i % 16 == 0) {
            ozi_lock_take(&common->lock);
            common->count++;
            ozi_lock_give(&common->lock);
        } else {
            common->count++;
        }
        ozi_lock_give(&common->lock);
    }
    return NULL;
}

static void
lets_one_thread_in_at_a_time(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    shared common = {.count = 0};
    ozi_lock_init(&common.lock);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, &common), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(common.count, THREADS * ROUNDS);
    assert_int_equal(atomic_load(&common.lock.waiting), 0);
    ozi_lock_destroy(&common.lock);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(can_be_taken_again_by_its_holder),
        cmocka_unit_test(is_refused_to_others_who_only_try),
        cmocka_unit_test(lets_one_thread_in_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
