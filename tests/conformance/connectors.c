/*
 * Connectors under the real engine: whole graphs from one end to the other, over a simulated world
 * whose clock, files and sockets the test owns, with every call of that world failing in turn.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "connectors/collected.h"
#include "kit/sim_io.h"
#include "ouzel/engine.h"

#define TEXT(name_, text_)                                                                         \
    {                                                                                              \
        .name = name_, .value =                                                                    \
        {.kind = OZ_SCALAR_STRING,                                                                 \
         .size = (uint32_t)strlen(text_),                                                          \
         .as.data = text_ }                                                                        \
    }
#define INT(name_, number_)                                                                        \
    {                                                                                              \
        .name = name_, .value = {.kind = OZ_SCALAR_INT64, .as.int64 = number_ }                    \
    }
#define BOOL(name_, truth_)                                                                        \
    {                                                                                              \
        .name = name_, .value = {.kind = OZ_SCALAR_BOOL, .as.boolean = truth_ }                    \
    }
#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof *(array)))

typedef struct job {
    sim_io *sim;
    ozi_alloc_counting counting;
    oz_graph *graph;
    oz_instance *instance;
    oz_error error;
} job;

static void
job_init(job *it, sim_io *sim)
{
    memset(it, 0, sizeof *it);
    it->sim = sim;
    ozi_alloc_counting_init(&it->counting, oz_alloc_default());
    it->graph = oz_graph_new(&it->counting.alloc, NULL);
    assert_non_null(it->graph);
}

/* Adds a step that reads port `output` of `above` (negative: a source); returns its number. */
static int
add(job *it, const char *name, int above, uint32_t output, oz_policy policy,
    const oz_setting *settings, uint32_t count)
{
    oz_edge edge = {.node = above < 0 ? 0 : (uint32_t)above, .output = output};
    oz_node_spec spec = {.op = oz_operator_find(name),
                         .policy = policy,
                         .edges = &edge,
                         .edge_count = above < 0 ? 0 : 1,
                         .settings = settings,
                         .setting_count = count};
    uint32_t node;
    assert_non_null(spec.op);
    if (oz_graph_add(it->graph, &spec, &node, &it->error) != OZ_OK) {
        fail_msg("%s", it->error.text);
    }
    return (int)node;
}

static oz_status
job_open(job *it)
{
    const oz_run_options options = {.io = sim_io_table(it->sim), .batch_rows = 100, .seed = 1};
    oz_status status = oz_graph_seal(it->graph, &it->error);
    if (status == OZ_OK) {
        status = oz_instance_new(it->graph, &options, &it->instance, &it->error);
    }
    if (status == OZ_OK) {
        oz_enter(it->instance);
    }
    return status;
}

/* Until there is nothing to do without the clock or a descriptor. */
static oz_step
settle(job *it)
{
    oz_step step;
    int rounds = 0;
    do {
        step = oz_step_once(it->instance);
        assert_true(++rounds < 100000); /* it would spin */
    } while (step == OZ_MORE);
    return step;
}

/* To the end, or until nothing can happen any more. */
static oz_step
run(job *it)
{
    for (int i = 0; i < 1000; i++) {
        oz_step step = settle(it);
        if (step != OZ_WAIT) {
            return step;
        }
        (void)!oz_wait(it->instance, INT64_C(1000000000));
    }
    return OZ_WAIT;
}

static void
job_close(job *it)
{
    if (it->instance != NULL) {
        oz_leave(it->instance);
        oz_instance_free(&it->instance);
    }
    oz_graph_free(&it->graph);
    assert_int_equal(it->counting.live_count, 0);
}

/* ---- files -------------------------------------------------------------------------------------
 */

static void
build_copy(job *it)
{
    const oz_setting from[] = {TEXT("path", "part-*"), INT("chunk", 5)};
    const oz_setting to[] = {TEXT("path", "out")};
    (void)add(it, "text_sink", add(it, "files", -1, 0, OZ_POLICY_FAIL, from, COUNT(from)), 0,
              OZ_POLICY_FAIL, to, COUNT(to));
}

static void
put_parts(sim_io *sim)
{
    sim_io_put(sim, "part-2", "on\nthe mat", 10);
    sim_io_put(sim, "part-1", "the cat\nsat\n", 12);
}

static void
copied(sim_io *sim)
{
    size_t size;
    const char *data = sim_io_get(sim, "out", &size);
    assert_non_null(data);
    assert_int_equal(size, 23);
    assert_memory_equal(data, "the cat\nsat\non\nthe mat\n", 23);
}

static void
test_copy(void **state)
{
    (void)state;
    job it;
    sim_io *sim = sim_io_new(1);
    job_init(&it, sim);
    put_parts(sim);
    build_copy(&it);
    assert_int_equal(job_open(&it), OZ_OK);
    assert_int_equal(run(&it), OZ_DONE);
    assert_int_equal(oz_instance_counter(it.instance, 0, "bytes"), 22);
    job_close(&it);
    copied(sim);
    assert_int_equal(sim_io_open_handles(sim), 0);
    sim_io_free(sim);
}

/* Each call of the world fails once: an error that names the file, or the right result. */
static void
copy_in_bad_world(sim_io *sim, void *context)
{
    (void)context;
    job it;
    job_init(&it, sim);
    put_parts(sim);
    build_copy(&it);
    oz_status status = job_open(&it);
    oz_step step = status == OZ_OK ? run(&it) : OZ_FAILED;
    oz_error error = status == OZ_OK ? *oz_instance_error(it.instance) : it.error;
    job_close(&it);
    if (step == OZ_DONE) {
        copied(sim);
    } else {
        assert_int_equal(step, OZ_FAILED);
        assert_non_null(strpbrk(error.text, "'"));
        assert_non_null(strstr(error.text, "Input/output error"));
    }
}

static void
test_copy_with_failing_io(void **state)
{
    (void)state;
    assert_true(sim_io_fail_each(copy_in_bad_world, NULL, EIO) > 10);
}

/* The same for each allocation. */
static void
test_copy_with_failing_memory(void **state)
{
    (void)state;
    oz_step step = OZ_FAILED;
    for (uint64_t n = 1; step != OZ_DONE; n++) {
        job it;
        sim_io *sim = sim_io_new(1);
        job_init(&it, sim);
        put_parts(sim);
        build_copy(&it);
        it.counting.fail_at = it.counting.calls + n;
        step = job_open(&it) == OZ_OK ? run(&it) : OZ_FAILED;
        job_close(&it);
        if (step == OZ_DONE) {
            copied(sim);
            assert_true(n > 10);
        }
        assert_int_equal(sim_io_open_handles(sim), 0);
        sim_io_free(sim);
    }
}

static void
test_dead_letters(void **state)
{
    (void)state;
    job it;
    ozi_collected good;
    ozi_collected dead;
    char text[100];
    sim_io *sim = sim_io_new(1);
    ozi_collected_init(&good, oz_alloc_default());
    ozi_collected_init(&dead, oz_alloc_default());
    job_init(&it, sim);
    sim_io_put(sim, "in", "one\ntw\xFF\nthree\nmuch too long\nfive\n", 33);
    const oz_setting from[] = {TEXT("path", "in"), INT("record_max", 5)};
    const oz_setting into_good[] = {{.name = "into", .function = &good.function}};
    const oz_setting into_dead[] = {{.name = "into", .function = &dead.function}};
    int source = add(&it, "files", -1, 0, OZ_POLICY_DEAD_LETTER, from, COUNT(from));
    (void)add(&it, "collect", source, 0, OZ_POLICY_FAIL, into_good, 1);
    (void)add(&it, "collect", source, 1, OZ_POLICY_FAIL, into_dead, 1);
    assert_int_equal(job_open(&it), OZ_OK);
    assert_int_equal(run(&it), OZ_DONE);
    assert_int_equal(good.rows, 3);
    assert_int_equal(dead.rows, 2);
    (void)ozi_collected_print(&good, text, sizeof text);
    assert_non_null(strstr(text, "three"));
    assert_int_equal(dead.batches[1]->rows->positions[0], 4);
    assert_string_equal(dead.batches[1]->rows->origin->name, "in");
    ozi_collected_clear(&good);
    ozi_collected_clear(&dead);
    job_close(&it);
    sim_io_free(sim);
}

/* A slow sink holds the source back, and the clock alone lets it go on. */
static void
test_slow_sink(void **state)
{
    (void)state;
    job it;
    ozi_collected got;
    sim_io *sim = sim_io_new(1);
    const oz_io *io = sim_io_table(sim);
    ozi_collected_init(&got, oz_alloc_default());
    job_init(&it, sim);
    const oz_setting script[] = {TEXT("script", "1\n2\n!pause 1\n3\n4\n5\n"), TEXT("type", "int")};
    const oz_setting slow[] = {INT("delay", 2), {.name = "into", .function = &got.function}};
    (void)add(&it, "slow_sink", add(&it, "scripted", -1, 0, OZ_POLICY_FAIL, script, 2), 0,
              OZ_POLICY_FAIL, slow, 2);
    assert_int_equal(job_open(&it), OZ_OK);
    int64_t begin_ns = io->now_ns(io->self);
    assert_int_equal(settle(&it), OZ_WAIT);
    assert_int_equal(got.rows, 2);
    assert_int_equal(run(&it), OZ_DONE);
    assert_int_equal(got.rows, 5);
    assert_true(got.ended);
    /* 2 rows of 2 s, then the pause of 1 s, then 3 rows. */
    assert_in_range(io->now_ns(io->self) - begin_ns, INT64_C(10900000000), INT64_C(12000000000));
    ozi_collected_clear(&got);
    job_close(&it);
    sim_io_free(sim);
}

/* ---- sockets -----------------------------------------------------------------------------------
 */

static void
build_echo(job *it, int64_t sessions)
{
    const oz_setting serve[] = {TEXT("host", "127.0.0.1"), INT("port", 7010), BOOL("listen", true),
                                INT("sessions", sessions)};
    (void)add(it, "reply", add(it, "tcp_source", -1, 0, OZ_POLICY_FAIL, serve, COUNT(serve)), 0,
              OZ_POLICY_FAIL, NULL, 0);
}

/* Sends a text and reads as many bytes back; false when the world does not let it. */
static bool
talk(job *it, int64_t socket, const char *text)
{
    const oz_io *io = sim_io_table(it->sim);
    char heard[100];
    int64_t size = (int64_t)strlen(text);
    if (io->send(io->self, socket, text, (size_t)size) != size || settle(it) != OZ_WAIT) {
        return false;
    }
    int64_t got = io->receive(io->self, socket, heard, sizeof heard);
    if (got == size) {
        assert_memory_equal(heard, text, (size_t)size);
    }
    return got == size;
}

static void
test_echo(void **state)
{
    (void)state;
    job it;
    sim_io *sim = sim_io_new(1);
    const oz_io *io = sim_io_table(sim);
    job_init(&it, sim);
    build_echo(&it, 2);
    assert_int_equal(job_open(&it), OZ_OK);
    int64_t sockets[2];
    for (int i = 0; i < 2; i++) {
        sockets[i] = io->connect(io->self, "127.0.0.1", 7010, 0);
        assert_true(sockets[i] >= 0);
    }
    assert_int_equal(settle(&it), OZ_WAIT);
    for (int i = 0; i < 10; i++) {
        assert_true(talk(&it, sockets[i % 2], "the cat\nsat\n"));
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(io->close(io->self, sockets[i]), 0);
    }
    assert_int_equal(run(&it), OZ_DONE);
    assert_int_equal(oz_instance_counter(it.instance, 0, "connections"), 2);
    job_close(&it);
    assert_int_equal(sim_io_open_handles(sim), 0);
    sim_io_free(sim);
}

/* What has been sent when the drain begins and was read is answered, and then all is closed. */
static void
test_drain(void **state)
{
    (void)state;
    job it;
    char heard[100];
    sim_io *sim = sim_io_new(1);
    const oz_io *io = sim_io_table(sim);
    job_init(&it, sim);
    build_echo(&it, 0);
    assert_int_equal(job_open(&it), OZ_OK);
    int64_t socket = io->connect(io->self, "127.0.0.1", 7010, 0);
    assert_int_equal(settle(&it), OZ_WAIT);
    assert_true(talk(&it, socket, "before\n"));
    assert_int_equal(oz_drain(it.instance), OZ_NEED);
    assert_int_equal(run(&it), OZ_DONE);
    job_close(&it);
    assert_int_equal(io->receive(io->self, socket, heard, sizeof heard), 0);
    assert_int_equal(io->close(io->self, socket), 0);
    assert_int_equal(sim_io_open_handles(sim), 0);
    sim_io_free(sim);
}

/* Whatever call fails, the job fails with a message or goes on; it never hangs or leaks. */
static void
echo_in_bad_world(sim_io *sim, void *context)
{
    (void)context;
    job it;
    const oz_io *io = sim_io_table(sim);
    job_init(&it, sim);
    build_echo(&it, 0);
    if (job_open(&it) == OZ_OK) {
        int64_t socket = io->connect(io->self, "127.0.0.1", 7010, 0);
        oz_step step = settle(&it);
        if (socket >= 0) {
            (void)(talk(&it, socket, "one\n") && talk(&it, socket, "two\n"));
            (void)io->close(io->self, socket);
        }
        step = step == OZ_FAILED ? step : settle(&it);
        if (step == OZ_FAILED) {
            assert_true(oz_instance_error(it.instance)->text[0] != '\0');
        }
    } else {
        assert_true(it.error.text[0] != '\0');
    }
    job_close(&it);
}

static void
test_echo_with_failing_io(void **state)
{
    (void)state;
    assert_true(sim_io_fail_each(echo_in_bad_world, NULL, ENOMEM) > 15);
}

/* From a file to a peer that comes late, is slow, and cuts everywhere. */
static void
test_to_late_peer(void **state)
{
    (void)state;
    enum { ROWS = 20000 };
    job it;
    sim_io *sim = sim_io_new(1);
    const oz_io *io = sim_io_table(sim);
    char address[OZ_IO_ADDRESS_MAX];
    static char lines[ROWS * 6];
    static char heard[ROWS * 6 + 1];
    for (int i = 0; i < ROWS; i++) {
        (void)snprintf(heard, sizeof heard, "%05d\n", i);
        memcpy(lines + i * 6, heard, 6);
    }
    sim_io_put(sim, "in", lines, sizeof lines);
    job_init(&it, sim);
    const oz_setting from[] = {TEXT("path", "in")};
    const oz_setting to[] = {TEXT("host", "127.0.0.1"), INT("port", 7011), INT("pending_max", 999)};
    (void)add(&it, "tcp_sink", add(&it, "files", -1, 0, OZ_POLICY_FAIL, from, COUNT(from)), 0,
              OZ_POLICY_FAIL, to, COUNT(to));
    assert_int_equal(job_open(&it), OZ_OK);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(settle(&it), OZ_WAIT);
        sim_io_advance(sim, INT64_C(1000000000));
    }
    oz_node_stats stats;
    oz_instance_stats(it.instance, 1, &stats);
    assert_in_range(stats.rows_in, 1, 300);
    const sim_io_link link = {.buffer_max = 500, .chunk_max = 7, .reset_after = -1};
    sim_io_set_link(sim, &link);
    int64_t listener = io->listen(io->self, "127.0.0.1", 7011, 1);
    sim_io_advance(sim, INT64_C(6000000000));
    assert_int_equal(settle(&it), OZ_WAIT);
    int64_t socket = io->accept(io->self, listener, address);
    size_t size = 0;
    for (oz_step step = OZ_WAIT; size < sizeof lines;) {
        int64_t got = io->receive(io->self, socket, heard + size, sizeof lines - size);
        size += got > 0 ? (size_t)got : 0;
        step = step == OZ_WAIT ? settle(&it) : step;
        assert_true(got > 0 || step == OZ_WAIT);
    }
    assert_memory_equal(heard, lines, sizeof lines);
    assert_int_equal(run(&it), OZ_DONE);
    job_close(&it);
    assert_int_equal(io->close(io->self, socket), 0);
    assert_int_equal(io->close(io->self, listener), 0);
    assert_int_equal(sim_io_open_handles(sim), 0);
    sim_io_free(sim);
}

static void
test_address_in_use(void **state)
{
    (void)state;
    job it;
    sim_io *sim = sim_io_new(1);
    const oz_io *io = sim_io_table(sim);
    int64_t other = io->listen(io->self, "127.0.0.1", 7010, 1);
    job_init(&it, sim);
    build_echo(&it, 0);
    assert_int_equal(job_open(&it), OZ_IO);
    assert_non_null(strstr(it.error.text, "tcp_source"));
    assert_non_null(
        strstr(it.error.text, "cannot listen on '127.0.0.1:7010': Address already in use"));
    job_close(&it);
    assert_int_equal(io->close(io->self, other), 0);
    assert_int_equal(sim_io_open_handles(sim), 0);
    sim_io_free(sim);
}

/* The error of a full disk names the step, the file and how far it came. */
static void
test_full_disk(void **state)
{
    (void)state;
    job it;
    sim_io *sim = sim_io_new(1);
    job_init(&it, sim);
    put_parts(sim);
    sim_io_set_disk_room(sim, 9);
    build_copy(&it);
    assert_int_equal(job_open(&it), OZ_OK);
    assert_int_equal(run(&it), OZ_FAILED);
    assert_non_null(strstr(oz_instance_error(it.instance)->text,
                           "cannot write to 'out' after 9 bytes: No space left on device"));
    job_close(&it);
    assert_int_equal(sim_io_open_handles(sim), 0);
    sim_io_free(sim);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_copy_with_failing_io),
        cmocka_unit_test(test_copy_with_failing_memory),
        cmocka_unit_test(test_dead_letters),
        cmocka_unit_test(test_slow_sink),
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_drain),
        cmocka_unit_test(test_echo_with_failing_io),
        cmocka_unit_test(test_to_late_peer),
        cmocka_unit_test(test_address_in_use),
        cmocka_unit_test(test_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
