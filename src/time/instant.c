#include "time/instant.h"

#include <math.h>

static const int64_t NS_PER_SECOND = 1000000000;
static const int64_t NS_PER_MICROSECOND = 1000;

static const double FINE_SECONDS = 8388608.0; /* 2^23: less, and a double knows the ns */
static const double MICROSECONDS_MAX = 9223372036854774.0; /* of what int64 ns can hold */

bool
ozi_instant_of_int64(int64_t seconds, int64_t *ns)
{
    return !__builtin_mul_overflow(seconds, NS_PER_SECOND, ns);
}

bool
ozi_instant_of_float64(double seconds, int64_t *ns)
{
    if (fabs(seconds) < FINE_SECONDS) {
        *ns = (int64_t)rint(seconds * 1e9);
        return true;
    }
    double microseconds = rint(seconds * 1e6);
    if (!(fabs(microseconds) <= MICROSECONDS_MAX)) { /* nor a NaN */
        return false;
    }
    *ns = (int64_t)microseconds * NS_PER_MICROSECOND;
    return true;
}
