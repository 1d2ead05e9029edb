/*
 * The scans over bitmaps, written once. Each platform file includes this and so compiles them for
 * its processor: what differs are the instructions for counting and finding bits. Before, it
 * defines
 *
 *   OZI_SCAN_TARGET        the attribute that allows those instructions
 *   ozi_scan_lowest(bits)  the place of the lowest bit, without a branch; of none, anything
 */
#ifndef OUZEL_EXPR_SCAN_BITS_H
#define OUZEL_EXPR_SCAN_BITS_H

#include "expr/scan.h"

/*
 * Views are made several at a time, wanted or not: a branch on their exact number would be
 * mispredicted in every block, and a block of usual text holds ten to twelve words. What is too
 * much is overwritten by the next block, or is slack.
 */
enum { FIRST_VIEWS = 8, MORE_VIEWS = 4 };

OZI_SCAN_TARGET static inline unsigned
population(uint64_t bits)
{
    return (unsigned)__builtin_popcountll(bits);
}

/* Bits [0, count) set; count < 64. */
OZI_SCAN_TARGET static inline uint64_t
below(size_t count)
{
    return (UINT64_C(1) << count) - 1;
}

OZI_SCAN_TARGET static void
starts(const uint64_t *words, size_t blocks, uint64_t *first)
{
    uint64_t carry = 0;
    for (size_t block = 0; block < blocks; block++) {
        uint64_t word = words[block];
        first[block] = word & ~(word << 1 | carry);
        carry = word >> 63;
    }
}

OZI_SCAN_TARGET static int64_t
rank(const uint64_t *bits, size_t blocks, uint32_t *before)
{
    uint32_t total = 0;
    for (size_t block = 0; block < blocks; block++) {
        before[block] = total;
        total += population(bits[block]);
    }
    return total;
}

/* The words of a block that are not made yet: where they start, and where they end. */
typedef struct todo {
    const char *base;
    const char *start; /* of the next one, which may lie in an earlier block */
    uint64_t starts;   /* of the others */
    uint64_t ends;
} todo;

OZI_SCAN_TARGET static inline void
emit_some(todo *todo, unsigned count, uint32_t flags, oz_view *views)
{
    for (unsigned i = 0; i < count; i++) {
        const char *end = todo->base + ozi_scan_lowest(todo->ends);
        views[i] = (oz_view){todo->start, (uint32_t)(end - todo->start), flags};
        todo->ends &= todo->ends - 1;
        todo->start = todo->base + ozi_scan_lowest(todo->starts);
        todo->starts &= todo->starts - 1;
    }
}

/* The first when `choice` is 1, the second when it is 0, without a branch. */
OZI_SCAN_TARGET static inline const char *
choose(uint64_t choice, const char *first, const char *second)
{
    uintptr_t mask = (uintptr_t)0 - (uintptr_t)choice;
    return (const char *)(((uintptr_t)first & mask) | ((uintptr_t)second & ~mask));
}

OZI_SCAN_TARGET static void
emit_words(const char *data, const uint64_t *words, const uint64_t *firsts, size_t blocks,
           uint32_t flags, oz_view *views)
{
    const char *open = data; /* where the last word started */
    uint64_t carry = 0;      /* 1: it goes on in this block */
    for (size_t block = 0; block < blocks; block++, data += 64) {
        uint64_t word = words[block];
        uint64_t first = firsts[block];
        todo todo = {.base = data,
                     .start = choose(carry, open, data + ozi_scan_lowest(first)),
                     .starts = first & (first - (1 - carry)),
                     .ends = ~word & (word << 1 | carry)};
        unsigned count = population(todo.ends);
        emit_some(&todo, FIRST_VIEWS, flags, views);
        for (unsigned done = FIRST_VIEWS; done < count; done += MORE_VIEWS) {
            emit_some(&todo, MORE_VIEWS, flags, views + done);
        }
        views += count;
        carry = word >> 63;
        open = first == 0 ? open : data + 63 - __builtin_clzll(first);
    }
}

/* Returns where the next field starts. */
OZI_SCAN_TARGET static inline const char *
emit_some_fields(const char *base, const char *start, uint64_t *ends, unsigned count,
                 uint32_t flags, oz_view *views)
{
    for (unsigned i = 0; i < count; i++) {
        const char *end = base + ozi_scan_lowest(*ends);
        views[i] = (oz_view){start, (uint32_t)(end - start), flags};
        *ends &= *ends - 1;
        start = end + 1;
    }
    return start;
}

OZI_SCAN_TARGET static void
emit_fields(const char *data, const uint64_t *marks, size_t blocks, uint32_t flags, oz_view *views)
{
    const char *start = data;
    for (size_t block = 0; block < blocks; block++, data += 64) {
        uint64_t bits = marks[block];
        unsigned count = population(bits);
        const char *next = bits == 0 ? start : data + 64 - __builtin_clzll(bits);
        start = emit_some_fields(data, start, &bits, FIRST_VIEWS, flags, views);
        for (unsigned done = FIRST_VIEWS; done < count; done += MORE_VIEWS) {
            start = emit_some_fields(data, start, &bits, MORE_VIEWS, flags, views + done);
        }
        views += count;
        start = next;
    }
}

OZI_SCAN_TARGET static void
count_rows(const oz_view *rows, int64_t count, const char *data, const uint64_t *bits,
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

#endif
