/* Single values as text. */
#include <string.h>

#include "batch/print.h"

/* The civil date of a day counted from 1970-01-01, in the proleptic Gregorian calendar. */
static void
date_of_day(int64_t day, int64_t *year, int *month, int *day_of_month)
{
    enum { DAYS_PER_ERA = 146097, DAYS_BEFORE_EPOCH = 719468 }; /* eras begin at 0000-03-01 */
    day += DAYS_BEFORE_EPOCH;
    int64_t era = (day >= 0 ? day : day - DAYS_PER_ERA + 1) / DAYS_PER_ERA;
    int of_era = (int)(day - era * DAYS_PER_ERA);
    int year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted = (5 * of_year + 2) / 153; /* March is 0 */
    *day_of_month = of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = year_of_era + era * 400 + (*month <= 2);
}

/* A fraction of a second in nanoseconds, without the zeros at its end. */
static void
put_fraction(ozi_text *text, int64_t fraction)
{
    int digits = 9;
    for (; fraction > 0 && fraction % 10 == 0; digits--) {
        fraction /= 10;
    }
    if (fraction > 0) {
        ozi_text_format(text, ".%0*lld", digits, (long long)fraction);
    }
}

/* 2024-02-29T12:00:00.5Z */
static void
put_time(ozi_text *text, int64_t ns)
{
    const int64_t ns_per_second = 1000000000;
    const int64_t seconds_per_day = 86400;
    int64_t fraction = ns % ns_per_second;
    fraction += fraction < 0 ? ns_per_second : 0;
    int64_t seconds = (ns - fraction) / ns_per_second;
    if (ns < 0 && fraction > 0) {
        seconds = ns / ns_per_second - 1; /* ns - fraction may be below what int64_t holds */
    }
    int64_t of_day = seconds % seconds_per_day;
    of_day += of_day < 0 ? seconds_per_day : 0;
    int64_t year;
    int month;
    int day;
    date_of_day((seconds - of_day) / seconds_per_day, &year, &month, &day);
    ozi_text_format(text, "%04lld-%02d-%02dT%02d:%02d:%02d", (long long)year, month, day,
                    (int)(of_day / 3600), (int)(of_day / 60 % 60), (int)(of_day % 60));
    put_fraction(text, fraction);
    ozi_text_char(text, 'Z');
}

static void
put_bytes(ozi_text *text, const char *data, size_t size)
{
    ozi_text_string(text, "b'");
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)data[i];
        if (byte == '\\' || byte == '\'') {
            ozi_text_format(text, "\\%c", byte);
        } else if (byte < 32 || byte > 126) {
            ozi_text_format(text, "\\x%02x", byte);
        } else {
            ozi_text_char(text, (char)byte);
        }
    }
    ozi_text_char(text, '\'');
}

/* A long description is cut: messages have no room for it. */
static void
put_object(ozi_text *text, const oz_object_class *objects, oz_object object)
{
    char shown[1024];
    size_t needed = objects->print(object, shown, sizeof(shown));
    if (needed < sizeof(shown)) {
        ozi_text_bytes(text, shown, needed);
    } else {
        ozi_text_bytes(text, shown, sizeof(shown) - 1);
        ozi_text_string(text, "...");
    }
}

void
ozi_scalar_print(const oz_scalar *scalar, const oz_object_class *objects, ozi_text *text)
{
    switch (scalar->kind) {
    case OZ_SCALAR_NULL:
        ozi_text_string(text, "None");
        return;
    case OZ_SCALAR_BOOL:
        ozi_text_string(text, scalar->as.boolean ? "True" : "False");
        return;
    case OZ_SCALAR_INT64:
        ozi_text_int64(text, scalar->as.int64);
        return;
    case OZ_SCALAR_FLOAT64:
        ozi_text_float64(text, scalar->as.float64);
        return;
    case OZ_SCALAR_TIME:
        put_time(text, scalar->as.int64);
        return;
    case OZ_SCALAR_STRING:
        ozi_text_quoted(text, scalar->as.data, scalar->size, SIZE_MAX);
        return;
    case OZ_SCALAR_BYTES:
        put_bytes(text, scalar->as.data, scalar->size);
        return;
    case OZ_SCALAR_OBJECT:
        put_object(text, objects, scalar->as.object);
        return;
    }
}
