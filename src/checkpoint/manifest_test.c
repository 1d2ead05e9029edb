/* Tests of manifest.c: what is printed is read again, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc.h"
#include "checkpoint/manifest.h"

typedef struct fixture {
    ozi_manifest manifest;
    ozi_manifest read;
    char text[OZI_MANIFEST_MAX];
    char again[OZI_MANIFEST_MAX];
    size_t size;
    oz_error error;
} fixture;

static int
set_up(void **state)
{
    *state = calloc(1, sizeof(fixture));
    return *state == NULL;
}

static int
tear_down(void **state)
{
    free(*state);
    return 0;
}

/* Workers with chains of so many files. */
static void
fill(ozi_manifest *manifest, const uint32_t *chains, uint32_t workers)
{
    memset(manifest, 0, sizeof *manifest);
    manifest->job = UINT64_C(0x9f3c2a5e77b01d42);
    manifest->generation = 3;
    manifest->epoch = workers == 0 ? 0 : 12;
    manifest->seed = 5;
    manifest->ended = workers == 2;
    manifest->workers = workers;
    for (uint32_t i = 0; i < workers; i++) {
        manifest->chains[i].count = chains[i];
        for (uint32_t j = 0; j < chains[i]; j++) {
            ozi_state_file *file = &manifest->chains[i].files[j];
            (void)snprintf(file->name, sizeof file->name, "state.%u.%u.3", i, 5 + j);
            file->size = UINT64_C(1) << (4 * j + 30);
            file->crc = 0xfffffff0U + j;
        }
    }
}

/* Printed, read, and printed again. */
static void
check_round_trip(fixture *f)
{
    f->size = ozi_manifest_print(&f->manifest, f->text, sizeof f->text);
    if (ozi_manifest_parse(f->text, f->size, &f->read, &f->error) != OZ_OK) {
        fail_msg("%s", f->error.text);
    }
    assert_int_equal(f->read.workers, f->manifest.workers);
    assert_int_equal(ozi_manifest_print(&f->read, f->again, sizeof f->again), f->size);
    assert_memory_equal(f->again, f->text, f->size);
}

/* Reads so many lines, with the right checksum behind them. */
static oz_status
read_lines(fixture *f, const char *lines)
{
    int size = snprintf(f->text, sizeof f->text, "%s", lines);
    size += snprintf(f->text + size, sizeof f->text - (size_t)size, "crc32c %08x\n",
                     ozi_crc(0, f->text, (size_t)size));
    return ozi_manifest_parse(f->text, (size_t)size, &f->read, &f->error);
}

#define HEAD "ouzel manifest 2\njob 1\ngeneration 1\nepoch 7\nseed 1\nended 0\n"

/* ---- tests ----------------------------------------------------------------------------------- */

static void
what_is_printed_is_read_again(void **state)
{
    fixture *f = *state;
    const uint32_t chains[] = {1, OZI_CHAIN_MAX, 2};
    for (uint32_t workers = 0; workers <= 3; workers++) {
        fill(&f->manifest, chains, workers);
        check_round_trip(f);
        for (uint32_t i = 0; i < workers; i++) {
            assert_int_equal(f->read.chains[i].count, chains[i]);
        }
    }
}

/* As many workers as there can be, with the longest lines. */
static void
the_largest_one_fits(void **state)
{
    fixture *f = *state;
    uint32_t chains[OZI_WORKERS_MAX];
    for (uint32_t i = 0; i < OZI_WORKERS_MAX; i++) {
        chains[i] = OZI_CHAIN_MAX;
    }
    fill(&f->manifest, chains, OZI_WORKERS_MAX);
    for (uint32_t i = 0; i < OZI_WORKERS_MAX; i++) {
        for (uint32_t j = 0; j < OZI_CHAIN_MAX; j++) {
            ozi_state_file *file = &f->manifest.chains[i].files[j];
            memset(file->name, 'x', OZI_STATE_NAME_MAX - 1);
            file->size = UINT64_MAX;
        }
    }
    check_round_trip(f);
    assert_true(f->size < OZI_MANIFEST_MAX);
}

static void
what_is_cut_off_or_changed_is_refused(void **state)
{
    fixture *f = *state;
    const uint32_t chains[] = {2, 1};
    fill(&f->manifest, chains, 2);
    f->size = ozi_manifest_print(&f->manifest, f->text, sizeof f->text);
    for (size_t size = 0; size < f->size; size++) {
        assert_int_equal(ozi_manifest_parse(f->text, size, &f->read, &f->error), OZ_CORRUPT);
    }
    for (size_t bit = 0; bit < f->size * 8; bit++) {
        char flip = (char)(1 << (bit % 8));
        f->text[bit / 8] ^= flip;
        assert_int_equal(ozi_manifest_parse(f->text, f->size, &f->read, &f->error), OZ_CORRUPT);
        f->text[bit / 8] ^= flip;
    }
}

/* With a checksum that is right: somebody else's, or of another version. */
static void
lines_that_are_none_of_ours_are_refused(void **state)
{
    fixture *f = *state;
    const char *const lines[] = {
        "ouzel manifest 1\njob 1\ngeneration 1\nepoch 7\nseed 1\nended 0\nstate 0 s 1 1\n",
        "ouzel manifest 3\njob 1\ngeneration 1\nepoch 7\nseed 1\nended 0\nstate 0 s 1 1\n",
        "another manifest\n",
        HEAD,                                  /* an epoch without state */
        HEAD "state 1 s 1 1\n",                /* no worker 0 */
        HEAD "state 0 s 1 1\nstate 2 s 1 1\n", /* no worker 1 */
        HEAD "state 0 s 1 1\nstate 1 s 1 1\nstate 0 t 1 1\n",
        HEAD "state 0 ../../s 1 1\n",
        HEAD "state 0 s 1\n",
        HEAD "state 0 s 1 1\nwhat\n",
        HEAD "state 0 a 1 1\nstate 0 b 1 1\nstate 0 c 1 1\nstate 0 d 1 1\nstate 0 e 1 1\n"
             "state 0 f 1 1\nstate 0 g 1 1\nstate 0 h 1 1\nstate 0 i 1 1\n", /* a long chain */
    };
    assert_int_equal(read_lines(f, HEAD "state 0 s 1 1\nstate 0 t 1 1\nstate 1 s 1 1\n"), OZ_OK);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (read_lines(f, lines[i]) != OZ_CORRUPT) {
            fail_msg("read nevertheless:\n%s", lines[i]);
        }
        bool is_version = i < 2;
        assert_int_equal(strstr(f->error.text, "this build reads version 2") != NULL, is_version);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_printed_is_read_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_largest_one_fits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_cut_off_or_changed_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_that_are_none_of_ours_are_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("checkpoint/manifest", tests, NULL, NULL);
}
