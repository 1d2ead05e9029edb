/*
 * Reading event times from a column: TIME as it is, numbers as seconds since 1970-01-01 UTC, and
 * objects as what they stand for, or as a function of the host language turns them into nanoseconds
 * (a datetime).
 */
#ifndef OUZEL_TIME_READ_H
#define OUZEL_TIME_READ_H

#include "ouzel/function.h"

typedef struct ozi_time_reader {
    const oz_column *column;
    oz_function *convert; /* an object to its nanoseconds, INT64; or NULL */
    const oz_alloc *alloc;
    oz_error *error;
} ozi_time_reader;

/*
 * The times of the rows from `row` on, into `times[row]` and so on. `*end` is the first row whose
 * time cannot be told (BAD_RECORD, or a failure of the machine), else the length of the column.
 */
oz_status
ozi_times_read(const ozi_time_reader *reader, int64_t row, int64_t *times, int64_t *end);

#endif
