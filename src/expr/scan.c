/* Chooses the scans by processor; see scan.h. */
#include "expr/scan.h"

#include <string.h>

const ozi_scan *
ozi_scan_get(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
        __builtin_cpu_supports("popcnt")) {
        return &ozi_scan_avx2;
    }
#endif
    return &ozi_scan_plain;
}

const ozi_scan *
ozi_scan_by_name(const char *name)
{
    const ozi_scan *best = ozi_scan_get();
    if (strcmp(name, best->name) == 0) {
        return best;
    }
    return strcmp(name, ozi_scan_plain.name) == 0 ? &ozi_scan_plain : NULL;
}
