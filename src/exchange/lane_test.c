/* Tests of lane.c: messages in order and whole, however small the lane and whoever is faster. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "base/alloc_testing.h"
#include "exchange/lane.h"

enum { ROOM = 4096, LONGEST = 20000, MESSAGES = 3000 };

typedef struct pair {
    ozi_lane *lane;
    ozi_lane_writer writer;
    ozi_lane_reader reader;
} pair;

static void
open_pair(pair *made, const oz_alloc *alloc)
{
    made->lane = aligned_alloc(OZI_LANE_LINE, sizeof *made->lane + ROOM);
    assert_non_null(made->lane);
    memset(made->lane, 0, sizeof *made->lane);
    ozi_lane_writer_init(&made->writer, alloc, made->lane, ROOM);
    ozi_lane_reader_init(&made->reader, alloc, made->lane, ROOM);
}

static void
close_pair(pair *made)
{
    ozi_lane_writer_free(&made->writer);
    ozi_lane_reader_free(&made->reader);
    free(made->lane);
}

/* Message `number`: its size and its bytes follow from the number. */
static size_t
size_of(uint32_t number)
{
    return number % 17 == 0 ? LONGEST - number : number * 7919 % 300;
}

static void
put(ozi_lane_writer *writer, uint32_t number)
{
    char byte = (char)number;
    assert_int_equal(ozi_lane_begin(writer, number), OZ_OK);
    for (size_t i = 0; i < size_of(number); i++) {
        assert_int_equal(ozi_lane_append(writer, &byte, 1), OZ_OK);
        byte = (char)(byte + 1);
    }
    ozi_lane_end(writer);
}

/* Takes the next message, which must be `number`; false: it is not there yet. */
static bool
take(ozi_lane_reader *reader, uint32_t number)
{
    uint32_t kind;
    const char *body;
    size_t size;
    oz_status status = ozi_lane_take(reader, &kind, &body, &size);
    if (status == OZ_NOT_FOUND) {
        return false;
    }
    assert_int_equal(status, OZ_OK);
    assert_int_equal(kind, number);
    assert_int_equal(size, size_of(number));
    for (size_t i = 0; i < size; i++) {
        assert_int_equal((unsigned char)body[i], (unsigned char)(number + i));
    }
    return true;
}

static void
messages_come_whole_and_in_order(void **state)
{
    (void)state;
    pair made;
    bool moved;
    uint32_t next = 0;
    open_pair(&made, oz_alloc_default());
    for (uint32_t number = 0; number < MESSAGES; number++) {
        put(&made.writer, number);
        while (!ozi_lane_flush(&made.writer, &moved)) {
            next += take(&made.reader, next);
        }
        if (number % 5 == 0) {
            while (take(&made.reader, next)) {
                next++;
            }
        }
    }
    while (take(&made.reader, next)) {
        next++;
    }
    assert_int_equal(next, MESSAGES);
    assert_false(ozi_lane_has_bytes(&made.reader));
    close_pair(&made);
}

static void
a_full_lane_asks_for_room_once(void **state)
{
    (void)state;
    pair made;
    bool moved;
    open_pair(&made, oz_alloc_default());
    put(&made.writer, 17 * 17); /* longer than the lane */
    assert_false(ozi_lane_flush(&made.writer, &moved));
    assert_true(moved);
    assert_false(ozi_lane_has_room(&made.writer));
    assert_false(ozi_lane_flush(&made.writer, &moved));
    assert_false(moved);
    assert_false(take(&made.reader, 17 * 17));
    assert_true(ozi_lane_must_wake_writer(&made.reader));
    assert_false(ozi_lane_must_wake_writer(&made.reader));
    assert_true(ozi_lane_has_room(&made.writer));
    close_pair(&made);
}

/* The reader answers for room that the writer uses at once: it must be asked again. */
static void
an_answer_does_not_stand_for_the_next_room(void **state)
{
    (void)state;
    pair made;
    bool moved;
    open_pair(&made, oz_alloc_default());
    put(&made.writer, 17 * 17);
    assert_false(ozi_lane_flush(&made.writer, &moved));
    assert_false(take(&made.reader, 17 * 17)); /* it has made room, and has not looked yet */
    assert_false(ozi_lane_flush(&made.writer, &moved));
    assert_true(moved);
    assert_true(ozi_lane_must_wake_writer(&made.reader)); /* for the room that is used by now */
    assert_false(ozi_lane_has_room(&made.writer));        /* as before it sleeps */
    assert_false(take(&made.reader, 17 * 17));
    assert_true(ozi_lane_must_wake_writer(&made.reader));
    close_pair(&made);
}

static void
what_is_given_up_does_not_cross(void **state)
{
    (void)state;
    pair made;
    bool moved;
    open_pair(&made, oz_alloc_default());
    put(&made.writer, 1);
    assert_int_equal(ozi_lane_begin(&made.writer, 99), OZ_OK);
    assert_int_equal(ozi_lane_append(&made.writer, "abc", 3), OZ_OK);
    ozi_lane_cancel(&made.writer);
    put(&made.writer, 2);
    assert_true(ozi_lane_flush(&made.writer, &moved));
    assert_true(take(&made.reader, 1));
    assert_true(take(&made.reader, 2));
    assert_false(take(&made.reader, 3));
    close_pair(&made);
}

static void
a_closed_lane_drops_what_is_pending(void **state)
{
    (void)state;
    pair made;
    bool moved;
    open_pair(&made, oz_alloc_default());
    put(&made.writer, 17);
    assert_false(ozi_lane_flush(&made.writer, &moved));
    ozi_lane_close(&made.reader);
    assert_true(ozi_lane_is_closed(&made.writer));
    assert_true(ozi_lane_has_room(&made.writer));
    assert_true(ozi_lane_flush(&made.writer, &moved));
    assert_false(moved);
    close_pair(&made);
}

static void
a_length_that_no_message_has_is_refused(void **state)
{
    (void)state;
    pair made;
    bool moved;
    uint32_t kind;
    const char *body;
    size_t size;
    open_pair(&made, oz_alloc_default());
    put(&made.writer, 1);
    assert_true(ozi_lane_flush(&made.writer, &moved));
    memset(made.lane->bytes, 0xff, 4);
    assert_int_equal(ozi_lane_take(&made.reader, &kind, &body, &size), OZ_CORRUPT);
    close_pair(&made);
}

/* A message that could not be made, or not be read, is made or read again. */
static oz_status
cross_once(const oz_alloc *alloc)
{
    pair made;
    bool moved;
    uint32_t kind;
    const char *body;
    size_t size;
    open_pair(&made, alloc);
    oz_status status = ozi_lane_begin(&made.writer, 3);
    if (status == OZ_OK) {
        ozi_lane_end(&made.writer);
        assert_true(ozi_lane_flush(&made.writer, &moved));
        status = ozi_lane_take(&made.reader, &kind, &body, &size);
        status = status == OZ_NO_MEMORY ? ozi_lane_take(&made.reader, &kind, &body, &size) : status;
    }
    close_pair(&made);
    return status;
}

static void
memory_may_run_out(void **state)
{
    (void)state;
    assert_true(ozi_alloc_fail_each(cross_once) >= 1);
}

/* ---- two threads ----------------------------------------------------------------------------- */

static void *
write_all(void *context)
{
    pair *made = context;
    bool moved;
    for (uint32_t number = 0; number < MESSAGES; number++) {
        put(&made->writer, number);
        if (number % 3 == 0) {
            while (!ozi_lane_flush(&made->writer, &moved)) {
                (void)sched_yield();
            }
        }
    }
    while (!ozi_lane_flush(&made->writer, &moved)) {
        (void)sched_yield();
    }
    return NULL;
}

static void
two_threads_agree(void **state)
{
    (void)state;
    pair made;
    pthread_t thread;
    open_pair(&made, oz_alloc_default());
    assert_int_equal(pthread_create(&thread, NULL, write_all, &made), 0);
    for (uint32_t next = 0; next < MESSAGES;) {
        if (take(&made.reader, next)) {
            next++;
        } else {
            (void)sched_yield();
        }
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    close_pair(&made);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_whole_and_in_order),
        cmocka_unit_test(a_full_lane_asks_for_room_once),
        cmocka_unit_test(an_answer_does_not_stand_for_the_next_room),
        cmocka_unit_test(what_is_given_up_does_not_cross),
        cmocka_unit_test(a_closed_lane_drops_what_is_pending),
        cmocka_unit_test(a_length_that_no_message_has_is_refused),
        cmocka_unit_test(memory_may_run_out),
        cmocka_unit_test(two_threads_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
