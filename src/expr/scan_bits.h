/*
 * The scans over bitmaps, written once. Each platform file includes this and compiles the bodies
 * for its processor: what differs are the instructions for counting and finding bits.
 */
#ifndef OUZEL_EXPR_SCAN_BITS_H
#define OUZEL_EXPR_SCAN_BITS_H

#include "expr/scan.h"

#define OZI_SCAN_BODY static inline __attribute__((always_inline))

/* The place of the lowest bit; 64 when there is none. */
OZI_SCAN_BODY unsigned
lowest(uint64_t bits)
{
    return bits != 0 ? (unsigned)__builtin_ctzll(bits) : 64;
}

OZI_SCAN_BODY unsigned
population(uint64_t bits)
{
    return (unsigned)__builtin_popcountll(bits);
}

/* Bits [0, count) set; count < 64. */
OZI_SCAN_BODY uint64_t
below(size_t count)
{
    return (UINT64_C(1) << count) - 1;
}

OZI_SCAN_BODY void
body_starts(const uint64_t *words, size_t blocks, uint64_t *starts)
{
    uint64_t carry = 0;
    for (size_t block = 0; block < blocks; block++) {
        uint64_t word = words[block];
        starts[block] = word & ~(word << 1 | carry);
        carry = word >> 63;
    }
}

OZI_SCAN_BODY int64_t
body_rank(const uint64_t *bits, size_t blocks, uint32_t *before)
{
    uint32_t total = 0;
    for (size_t block = 0; block < blocks; block++) {
        before[block] = total;
        total += population(bits[block]);
    }
    return total;
}

/*
 * Four at a time, wanted or not: a branch on the exact number would be mispredicted in every block.
 * What is written too much is overwritten by the next block, or lies in the slack.
 */
OZI_SCAN_BODY void
open_words(const char *base, uint64_t starts, unsigned count, oz_view *views)
{
    for (unsigned done = 0; done < count; done += 4) {
        for (unsigned i = 0; i < 4; i++) {
            views[done + i].data = base + lowest(starts);
            starts &= starts - 1;
        }
    }
}

OZI_SCAN_BODY void
close_words(const char *base, uint64_t ends, unsigned count, uint32_t flags, oz_view *views)
{
    for (unsigned done = 0; done < count; done += 4) {
        for (unsigned i = 0; i < 4; i++) {
            oz_view *view = &views[done + i];
            view->size = (uint32_t)((uintptr_t)base + lowest(ends) - (uintptr_t)view->data);
            view->flags = flags;
            ends &= ends - 1;
        }
    }
}

OZI_SCAN_BODY void
body_emit_words(const char *data, const uint64_t *words, const uint64_t *starts, size_t blocks,
                uint32_t flags, oz_view *views)
{
    oz_view *closing = views;
    uint64_t carry = 0;
    for (size_t block = 0; block < blocks; block++, data += 64) {
        unsigned count = population(starts[block]);
        open_words(data, starts[block], count, views);
        views += count;
        uint64_t word = words[block];
        uint64_t ends = ~word & (word << 1 | carry);
        carry = word >> 63;
        count = population(ends);
        close_words(data, ends, count, flags, closing);
        closing += count;
    }
}

OZI_SCAN_BODY void
body_emit_fields(const char *data, const uint64_t *marks, size_t blocks, uint32_t flags,
                 oz_view *views)
{
    const char *start = data;
    for (size_t block = 0; block < blocks; block++, data += 64) {
        uint64_t bits = marks[block];
        unsigned count = population(bits);
        const char *next = bits == 0 ? start : data + 64 - __builtin_clzll(bits);
        for (unsigned done = 0; done < count; done += 4) {
            for (unsigned i = 0; i < 4; i++) {
                const char *end = data + lowest(bits);
                views[done + i] = (oz_view){start, (uint32_t)(end - start), flags};
                start = end + 1;
                bits &= bits - 1;
            }
        }
        views += count;
        start = next;
    }
}

OZI_SCAN_BODY void
body_count_rows(const oz_view *rows, int64_t count, const char *data, const uint64_t *bits,
                const uint32_t *before, bool with_end, int32_t *counts)
{
    uint32_t previous = 0;
    for (int64_t i = 0; i < count; i++) {
        size_t end = (size_t)(rows[i].data - data) + rows[i].size;
        uint32_t rank = before[end / 64] + population(bits[end / 64] & below(end % 64));
        rank += with_end;
        counts[i] = (int32_t)(rank - previous);
        previous = rank;
    }
}

/* The functions that have no faster form than the bodies above, under the names of a table. */
#define OZI_SCAN_BITS(target)                                                                      \
    target static void starts(const uint64_t *words, size_t blocks, uint64_t *bits)                \
    {                                                                                              \
        body_starts(words, blocks, bits);                                                          \
    }                                                                                              \
    target static int64_t rank(const uint64_t *bits, size_t blocks, uint32_t *before)              \
    {                                                                                              \
        return body_rank(bits, blocks, before);                                                    \
    }                                                                                              \
    target static void emit_words(const char *data, const uint64_t *words, const uint64_t *first,  \
                                  size_t blocks, uint32_t flags, oz_view *views)                   \
    {                                                                                              \
        body_emit_words(data, words, first, blocks, flags, views);                                 \
    }                                                                                              \
    target static void emit_fields(const char *data, const uint64_t *marks, size_t blocks,         \
                                   uint32_t flags, oz_view *views)                                 \
    {                                                                                              \
        body_emit_fields(data, marks, blocks, flags, views);                                       \
    }                                                                                              \
    target static void count_rows(const oz_view *rows, int64_t count, const char *data,            \
                                  const uint64_t *bits, const uint32_t *before, bool with_end,     \
                                  int32_t *counts)                                                 \
    {                                                                                              \
        body_count_rows(rows, count, data, bits, before, with_end, counts);                        \
    }

#endif
