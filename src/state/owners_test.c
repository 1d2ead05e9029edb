/* The shares of workers: even, and as alike as they can be when one comes or goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include "state/owners.h"

/* Each worker has 256 / workers groups, or one more. */
static void
test_shares_are_even(void **state)
{
    (void)state;
    for (uint32_t workers = 1; workers <= OZ_KEY_GROUPS; workers++) {
        uint32_t counts[OZ_KEY_GROUPS] = {0};
        ozi_owners owners;
        ozi_owners_init(&owners, workers);
        assert_int_equal(owners.workers, workers);
        for (uint32_t group = 0; group < OZ_KEY_GROUPS; group++) {
            assert_true(owners.of[group] < workers);
            counts[owners.of[group]]++;
        }
        for (uint32_t i = 0; i < workers; i++) {
            assert_in_range(counts[i], OZ_KEY_GROUPS / workers, OZ_KEY_GROUPS / workers + 1);
        }
    }
}

/* From any number to any larger one, what moves goes to those that are new. */
static void
test_only_what_must_moves(void **state)
{
    (void)state;
    for (uint32_t few = 1; few < OZ_KEY_GROUPS; few += few < 20 ? 1 : 7) {
        ozi_owners before;
        ozi_owners_init(&before, few);
        for (uint32_t many = few + 1; many <= OZ_KEY_GROUPS; many += many < 20 ? 1 : 5) {
            ozi_owners after;
            ozi_owners_init(&after, many);
            for (uint32_t group = 0; group < OZ_KEY_GROUPS; group++) {
                assert_true(after.of[group] == before.of[group] || after.of[group] >= few);
            }
        }
    }
}

static void
test_a_key_belongs_to_the_owner_of_its_group(void **state)
{
    (void)state;
    ozi_owners owners;
    ozi_owners_init(&owners, 3);
    for (uint64_t group = 0; group < OZ_KEY_GROUPS; group++) {
        assert_int_equal(ozi_owner_of(&owners, group << 56 | 12345), owners.of[group]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares_are_even),
        cmocka_unit_test(test_only_what_must_moves),
        cmocka_unit_test(test_a_key_belongs_to_the_owner_of_its_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
