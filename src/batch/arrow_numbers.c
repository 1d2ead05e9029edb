/* Arrow numbers, times, booleans and NULLs as columns. */
#include <string.h>

#include "batch/arrow_read.h"
#include "batch/bits.h"

#define WIDEN(name, type)                                                                          \
    void ozi_arrow_widen_##name(int64_t *target, const void *source, int64_t offset,               \
                                int64_t length)                                                    \
    {                                                                                              \
        const type *values = (const type *)source + offset;                                        \
        for (int64_t i = 0; i < length; i++) {                                                     \
            target[i] = values[i];                                                                 \
        }                                                                                          \
    }
WIDEN(int8, int8_t)
WIDEN(int16, int16_t)
WIDEN(int32, int32_t)
WIDEN(int64, int64_t)
WIDEN(uint8, uint8_t)
WIDEN(uint16, uint16_t)
WIDEN(uint32, uint32_t)
#undef WIDEN

/* The first value; an array without rows may have no buffer. */
static const void *
first_value(const ozi_arrow_part *part, size_t width)
{
    const char *values = part->array->buffers[1];
    return values == NULL ? NULL : values + (size_t)part->offset * width;
}

oz_status
ozi_arrow_read_words(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    draft->column.values = first_value(part, sizeof(int64_t));
    ozi_arrow_lend(part, draft);
    return OZ_OK;
}

oz_status
ozi_arrow_read_integers(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    OZ_TRY(ozi_column_draft_values(draft, part->length, sizeof(int64_t)));
    if (part->length > 0) {
        part->format->widen(ozi_column_draft_array(draft), part->array->buffers[1], part->offset,
                            part->length);
    }
    return OZ_OK;
}

oz_status
ozi_arrow_read_uint64(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    const uint64_t *values = first_value(part, sizeof(uint64_t));
    for (int64_t i = 0; i < part->length; i++) {
        if (values[i] > INT64_MAX && ozi_arrow_is_valid(draft, i)) {
            return oz_error_set(part->import->error, OZ_INVALID,
                                "row %lld: %llu is beyond the range of INT64", (long long)i,
                                (unsigned long long)values[i]);
        }
    }
    return ozi_arrow_read_words(part, draft);
}

oz_status
ozi_arrow_read_times(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    OZ_TRY(ozi_arrow_read_integers(part, draft));
    int64_t *times = ozi_column_draft_array(draft);
    for (int64_t i = 0; i < part->length; i++) {
        int64_t unscaled = times[i];
        if (!__builtin_mul_overflow(unscaled, part->format->scale, &times[i])) {
            continue;
        }
        if (ozi_arrow_is_valid(draft, i)) {
            return oz_error_set(part->import->error, OZ_INVALID,
                                "row %lld: the time %lld is beyond the years 1677 to 2262",
                                (long long)i, (long long)unscaled);
        }
        times[i] = 0;
    }
    return OZ_OK;
}

oz_status
ozi_arrow_read_floats(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    const float *values = first_value(part, sizeof(float));
    OZ_TRY(ozi_column_draft_values(draft, part->length, sizeof(double)));
    double *target = ozi_column_draft_array(draft);
    for (int64_t i = 0; i < part->length; i++) {
        target[i] = (double)values[i];
    }
    return OZ_OK;
}

oz_status
ozi_arrow_read_bools(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    const uint8_t *bits = part->array->buffers[1];
    OZ_TRY(ozi_column_draft_values(draft, part->length, 1));
    uint8_t *target = ozi_column_draft_array(draft);
    for (int64_t i = 0; i < part->length; i++) {
        target[i] = ozi_bits_get(bits, part->offset + i);
    }
    return OZ_OK;
}

oz_status
ozi_arrow_read_nulls(const ozi_arrow_part *part, ozi_column_draft *draft)
{
    OZ_TRY(ozi_column_draft_values(draft, part->length, sizeof(int64_t)));
    memset(ozi_column_draft_array(draft), 0, (size_t)part->length * sizeof(int64_t));
    return ozi_column_draft_validity(draft, part->length);
}
