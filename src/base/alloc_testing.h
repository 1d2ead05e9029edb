/*
 * For tests only: runs a scenario with its first allocation failing, then its second, and so on
 * until none fails. A scenario builds, uses and frees something with the allocator it is given and
 * returns a status; it must return NO_MEMORY, and leak nothing, each time one of its allocations
 * fails. Include it after cmocka.h.
 */
#ifndef OUZEL_BASE_ALLOC_TESTING_H
#define OUZEL_BASE_ALLOC_TESTING_H

#include "base/alloc.h"

/* Far above what any scenario allocates: a scenario that never succeeds must end the test. */
enum { OZI_FAIL_EACH_MAX = 100000 };

/* Returns how many allocations the scenario makes when none fails. */
static inline uint64_t
ozi_alloc_fail_each(oz_status (*scenario)(const oz_alloc *alloc))
{
    for (uint64_t n = 1; n < OZI_FAIL_EACH_MAX; n++) {
        ozi_alloc_counting counting;
        ozi_alloc_counting_init(&counting, oz_alloc_default());
        counting.fail_at = n;
        oz_status status = scenario(&counting.alloc);
        assert_int_equal(counting.live_bytes, 0);
        assert_int_equal(counting.live_count, 0);
        if (counting.calls < n) {
            assert_int_equal(status, OZ_OK);
            return counting.calls;
        }
        assert_int_equal(status, OZ_NO_MEMORY);
    }
    fail_msg("the scenario never came to its end");
    return 0;
}

#endif
