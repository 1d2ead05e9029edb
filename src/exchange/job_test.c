/* Tests of job.c: making and joining, lanes that do not overlap, wake-ups, records that kill. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "exchange/job.h"

enum { WORKERS = 3 };

typedef struct crew {
    oz_job *host;
    oz_job *workers[WORKERS];
} crew;

static void
gather(crew *made)
{
    int64_t bells[WORKERS];
    assert_int_equal(oz_job_new(NULL, WORKERS, 0, &made->host, NULL), OZ_OK);
    for (uint32_t i = 0; i < WORKERS; i++) {
        bells[i] = oz_job_bell(made->host, i);
    }
    for (uint32_t i = 0; i < WORKERS; i++) {
        assert_int_equal(oz_job_join(NULL, oz_job_file(made->host), bells, i, &made->workers[i],
                                     NULL),
                         OZ_OK);
    }
}

static void
part(crew *made)
{
    for (uint32_t i = 0; i < WORKERS; i++) {
        oz_job_free(&made->workers[i]);
    }
    oz_job_free(&made->host);
}

static void
workers_see_one_job(void **state)
{
    (void)state;
    crew made;
    gather(&made);
    assert_int_equal(oz_job_workers(made.workers[1]), WORKERS);
    assert_true(ozi_job_leads(made.workers[0]));
    assert_false(ozi_job_leads(made.workers[1]));
    assert_int_equal(made.workers[2]->block->seed, made.host->block->seed);
    assert_true(made.host->block->seed != 0);
    oz_job_stop(made.host);
    assert_int_equal(atomic_load(&made.workers[2]->block->must_stop), 1);
    atomic_store(&ozi_job_slot(made.workers[1])->phase, OZ_WORKER_FAILED);
    memcpy(ozi_job_slot(made.workers[1])->message, "it broke", 9);
    oz_worker_status status;
    oz_job_status(made.host, 1, &status);
    assert_int_equal(status.phase, OZ_WORKER_FAILED);
    assert_string_equal(status.message, "it broke");
    oz_job_status(made.host, 0, &status);
    assert_int_equal(status.phase, OZ_WORKER_STARTING);
    assert_string_equal(status.message, "");
    part(&made);
}

static void
what_is_no_job_is_refused(void **state)
{
    (void)state;
    crew made;
    oz_job *job;
    oz_error error;
    const int64_t bells[WORKERS] = {-1, -1, -1};
    gather(&made);
    assert_int_equal(oz_job_new(NULL, 0, 0, &job, &error), OZ_INVALID);
    assert_string_equal(error.text, "a job has 1 to 256 workers, not 0");
    assert_int_equal(oz_job_new(NULL, 257, 0, &job, &error), OZ_INVALID);
    assert_int_equal(oz_job_join(NULL, oz_job_file(made.host), bells, WORKERS, &job, &error),
                     OZ_INVALID);
    assert_int_equal(oz_job_join(NULL, 0, bells, 0, &job, &error), OZ_INVALID);
    assert_string_equal(error.text, "descriptor 0 is not the memory of a job with a worker 0");
    assert_int_equal(oz_job_bell(made.host, WORKERS), -1);
    part(&made);
}

/* Every lane is filled with its own number; then all still have it. */
static void
lanes_do_not_overlap(void **state)
{
    (void)state;
    crew made;
    gather(&made);
    const uint32_t counts[] = {1, 2, 3, 7, OZI_EXCHANGES_MAX};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        oz_job *job = made.workers[0];
        assert_int_equal(ozi_job_divide(job, counts[c], NULL), OZ_OK);
        assert_true(job->lane_room >= OZI_LANE_MIN);
        assert_int_equal(job->lane_room & (job->lane_room - 1), 0);
        for (uint32_t at = 0; at < WORKERS * WORKERS * counts[c]; at++) {
            ozi_lane *lane = ozi_job_lane(job, at / counts[c] / WORKERS, at / counts[c] % WORKERS,
                                          at % counts[c]);
            lane->tail = lane->head = at;
            memset(lane->bytes, (int)at, job->lane_room);
        }
        for (uint32_t at = 0; at < WORKERS * WORKERS * counts[c]; at++) {
            ozi_lane *lane = ozi_job_lane(job, at / counts[c] / WORKERS, at / counts[c] % WORKERS,
                                          at % counts[c]);
            assert_int_equal(lane->tail, at);
            assert_int_equal((unsigned char)lane->bytes[0], (unsigned char)at);
            assert_int_equal((unsigned char)lane->bytes[job->lane_room - 1], (unsigned char)at);
        }
    }
    oz_error error;
    assert_int_equal(ozi_job_divide(made.host, OZI_EXCHANGES_MAX + 1, &error), OZ_INVALID);
    part(&made);
}

static void
bytes_on_their_way_are_seen(void **state)
{
    (void)state;
    crew made;
    gather(&made);
    assert_int_equal(ozi_job_divide(made.workers[0], 2, NULL), OZ_OK);
    assert_true(ozi_job_lanes_are_empty(made.workers[0]));
    ozi_lane *lane = ozi_job_lane(made.workers[0], 1, 2, 1);
    atomic_store(&lane->tail, 5);
    assert_false(ozi_job_lanes_are_empty(made.workers[0]));
    atomic_store(&lane->is_closed, 1);
    assert_true(ozi_job_lanes_are_empty(made.workers[0]));
    atomic_store(&lane->is_closed, 0);
    atomic_store(&lane->head, 5);
    assert_true(ozi_job_lanes_are_empty(made.workers[0]));
    part(&made);
}

static bool
was_rung(const oz_job *job, uint32_t worker)
{
    uint64_t count;
    return read((int)oz_job_bell(job, worker), &count, sizeof count) == sizeof count;
}

static void
who_is_asleep_is_woken_once(void **state)
{
    (void)state;
    crew made;
    gather(&made);
    ozi_job_wake(made.workers[0], 1);
    assert_false(was_rung(made.host, 1));
    atomic_store(&ozi_job_slot(made.workers[1])->is_asleep, 1);
    ozi_job_wake(made.workers[0], 1);
    assert_true(was_rung(made.host, 1));
    ozi_job_wake(made.workers[0], 1);
    assert_false(was_rung(made.host, 1));
    assert_false(ozi_job_was_told(made.workers[1]));
    atomic_store(&ozi_job_slot(made.workers[1])->is_asleep, 1);
    ozi_job_tell(made.workers[0]);
    assert_true(was_rung(made.host, 1));
    assert_false(was_rung(made.host, 2));
    assert_true(ozi_job_was_told(made.workers[1]));
    assert_false(ozi_job_was_told(made.workers[1]));
    part(&made);
}

/* Worker 1 is at a record: line `line` of a file, whose text has that hash. */
static void
stand_at(crew *made, uint32_t rows, int64_t line, uint64_t hash)
{
    ozi_job_slot(made->workers[1])->trace = (ozi_trace){.depth = 1,
                                                        .node = 3,
                                                        .rows = rows,
                                                        .position = line,
                                                        .origin = "in.txt",
                                                        .record = "x",
                                                        .hash = hash};
}

/* Two deaths at one place of the input, in one epoch; then any record of that text. */
static void
a_record_is_blamed_for_deaths_in_a_row(void **state)
{
    (void)state;
    const uint64_t hash = 77;
    const uint64_t other = 78;
    crew made;
    crew next;
    gather(&made);
    stand_at(&made, 2, 5, hash);
    assert_false(oz_job_blame(made.host, 1)); /* one of two: not known which */
    assert_false(oz_job_blame(made.host, 1));
    stand_at(&made, 1, 5, hash);
    assert_false(oz_job_blame(made.host, 1));
    atomic_store(&made.host->block->epoch, 1);
    assert_false(oz_job_blame(made.host, 1)); /* it had got past it in between */
    stand_at(&made, 1, 6, hash);
    assert_false(oz_job_blame(made.host, 1)); /* the same text elsewhere */
    assert_false(ozi_job_blames(made.host, 3, NULL));
    assert_true(oz_job_blame(made.host, 1));
    gather(&next);
    oz_job_follow(next.host, made.host);
    assert_true(ozi_job_blames(next.workers[2], 3, NULL));
    assert_true(ozi_job_blames(next.workers[2], 3, &hash));
    assert_false(ozi_job_blames(next.workers[2], 3, &other));
    assert_false(ozi_job_blames(next.workers[2], 4, &hash));
    for (uint64_t i = 100; i < 200; i++) { /* what may be chance makes room for others */
        stand_at(&next, 1, 1, i);
        assert_false(oz_job_blame(next.host, 1));
    }
    assert_true(ozi_job_blames(next.workers[2], 3, &hash));
    part(&made);
    part(&next);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_see_one_job),
        cmocka_unit_test(what_is_no_job_is_refused),
        cmocka_unit_test(lanes_do_not_overlap),
        cmocka_unit_test(bytes_on_their_way_are_seen),
        cmocka_unit_test(who_is_asleep_is_woken_once),
        cmocka_unit_test(a_record_is_blamed_for_deaths_in_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
