/* The Arrow formats that can be read, one line each. */
#include <string.h>

#include "batch/arrow_read.h"

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define NS_PER_DAY (86400 * NS_PER_S)

static const ozi_arrow_format formats[] = {
    {"n", OZ_INT64, 0, 0, ozi_arrow_read_nulls, NULL, 0},
    {"b", OZ_BOOL, 2, 0, ozi_arrow_read_bools, NULL, 0},
    {"c", OZ_INT64, 2, 0, ozi_arrow_read_integers, ozi_arrow_widen_int8, 0},
    {"C", OZ_INT64, 2, 0, ozi_arrow_read_integers, ozi_arrow_widen_uint8, 0},
    {"s", OZ_INT64, 2, 0, ozi_arrow_read_integers, ozi_arrow_widen_int16, 0},
    {"S", OZ_INT64, 2, 0, ozi_arrow_read_integers, ozi_arrow_widen_uint16, 0},
    {"i", OZ_INT64, 2, 0, ozi_arrow_read_integers, ozi_arrow_widen_int32, 0},
    {"I", OZ_INT64, 2, 0, ozi_arrow_read_integers, ozi_arrow_widen_uint32, 0},
    {"l", OZ_INT64, 2, 0, ozi_arrow_read_words, NULL, 0},
    {"L", OZ_INT64, 2, 0, ozi_arrow_read_uint64, NULL, 0},
    {"f", OZ_FLOAT64, 2, 0, ozi_arrow_read_floats, NULL, 0},
    {"g", OZ_FLOAT64, 2, 0, ozi_arrow_read_words, NULL, 0},
    {"tsn:", OZ_TIME, 2, 0, ozi_arrow_read_words, NULL, 0},
    {"tsu:", OZ_TIME, 2, 0, ozi_arrow_read_times, ozi_arrow_widen_int64, NS_PER_US},
    {"tsm:", OZ_TIME, 2, 0, ozi_arrow_read_times, ozi_arrow_widen_int64, NS_PER_MS},
    {"tss:", OZ_TIME, 2, 0, ozi_arrow_read_times, ozi_arrow_widen_int64, NS_PER_S},
    {"tdD", OZ_TIME, 2, 0, ozi_arrow_read_times, ozi_arrow_widen_int32, NS_PER_DAY},
    {"tdm", OZ_TIME, 2, 0, ozi_arrow_read_times, ozi_arrow_widen_int64, NS_PER_MS},
    {"u", OZ_STRING, 3, 0, ozi_arrow_read_text, NULL, 0},
    {"U", OZ_STRING, 3, 0, ozi_arrow_read_large_text, NULL, 0},
    {"vu", OZ_STRING, 3, 0, ozi_arrow_read_text_views, NULL, 0},
    {"z", OZ_BYTES, 3, 0, ozi_arrow_read_text, NULL, 0},
    {"Z", OZ_BYTES, 3, 0, ozi_arrow_read_large_text, NULL, 0},
    {"vz", OZ_BYTES, 3, 0, ozi_arrow_read_text_views, NULL, 0},
    {"w:", OZ_BYTES, 2, 0, ozi_arrow_read_fixed, NULL, 0},
    {"+l", OZ_LIST, 2, 1, ozi_arrow_read_list, ozi_arrow_widen_int32, 0},
    {"+L", OZ_LIST, 2, 1, ozi_arrow_read_large_list, NULL, 0},
    {"+s", OZ_STRUCT, 1, OZI_ARROW_ANY_CHILDREN, ozi_arrow_read_fields, NULL, 0},
};

static bool
is_format(const ozi_arrow_format *format, const char *name)
{
    size_t size = strlen(format->name);
    if (format->name[size - 1] == ':') {
        return strncmp(format->name, name, size) == 0;
    }
    return strcmp(format->name, name) == 0;
}

const ozi_arrow_format *
ozi_arrow_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (is_format(&formats[i], name)) {
            return &formats[i];
        }
    }
    return NULL;
}
