/* TIME values as Python objects: datetime in UTC, which is exact to the microsecond. */
#include "objects.h"

#include <datetime.h>

enum { SECONDS_PER_DAY = 86400 };

/* A day since 1970-01-01 as a date of the Gregorian calendar, for any year. */
static void
civil_of(int64_t day, int64_t *year, int *month, int *day_of_month)
{
    int64_t shifted = day + 719468; /* since 0000-03-01, so that leap days end the year */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * of_year + 2) / 153;
    *day_of_month = (int)(of_year - (153 * month_from_march + 2) / 5 + 1);
    *month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

/* Rounds down, also before 1970. */
static int64_t
floor_div(int64_t value, int64_t by, int64_t *rest)
{
    int64_t whole = value / by - (value % by < 0);
    *rest = value - whole * by;
    return whole;
}

PyObject *
pyoz_from_time(int64_t time_ns)
{
    if (PyDateTimeAPI == NULL) {
        PyDateTime_IMPORT;
        if (PyDateTimeAPI == NULL) {
            return NULL;
        }
    }
    int64_t ns, second, year;
    int month, day;
    int64_t days = floor_div(floor_div(time_ns, 1000000000, &ns), SECONDS_PER_DAY, &second);
    civil_of(days, &year, &month, &day);
    return PyDateTimeAPI->DateTime_FromDateAndTime((int)year, month, day, (int)(second / 3600),
                                                   (int)(second / 60 % 60), (int)(second % 60),
                                                   (int)(ns / 1000), PyDateTime_TimeZone_UTC,
                                                   PyDateTimeAPI->DateTimeType);
}
