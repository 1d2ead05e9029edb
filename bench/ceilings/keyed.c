/* Keyed count of integers: keyed KEYS EVENTS
 *
 * One open-addressing table with key and count inline, doubled at once when half full, and each
 * batch prefetched a few rows ahead. The clock runs over the updates, growth included; the keys are
 * drawn before. Also says how long the longest batch took: that is where growth shows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "clock.h"
#include "draw.h"

#define BATCH_ROWS 32768
#define AHEAD 16
#define FIRST_BITS 14
#define HUGE_BYTES ((size_t)1 << 21)

struct entry {
    int64_t key;
    uint64_t count; /* 0: the slot is empty */
};

struct table {
    struct entry *entries;
    unsigned bits; /* log2 of the slots */
    size_t used;
};

/* Zeroed memory in huge pages: with small ones a large table is bound by address translation. */
static struct entry *
allocate(unsigned bits)
{
    size_t bytes = sizeof(struct entry) << bits;
    void *memory = aligned_alloc(HUGE_BYTES, bytes < HUGE_BYTES ? HUGE_BYTES : bytes);
    if (!memory) {
        perror("keyed");
        exit(1);
    }
    madvise(memory, bytes, MADV_HUGEPAGE);
    return memset(memory, 0, bytes);
}

static inline size_t
slot_of(const struct table *t, int64_t key)
{
    return ((uint64_t)key * DRAW_GOLDEN) >> (64 - t->bits);
}

static inline struct entry *
find(const struct table *t, int64_t key)
{
    size_t slot = slot_of(t, key), mask = ((size_t)1 << t->bits) - 1;
    while (t->entries[slot].count && t->entries[slot].key != key) {
        slot = (slot + 1) & mask;
    }
    return &t->entries[slot];
}

static void
grow(struct table *t)
{
    struct table old = *t;
    t->bits++;
    t->entries = allocate(t->bits);
    for (size_t i = 0; i < (size_t)1 << old.bits; i++) {
        if (old.entries[i].count) {
            *find(t, old.entries[i].key) = old.entries[i];
        }
    }
    free(old.entries);
}

static void
count_row(struct table *t, int64_t key)
{
    struct entry *e = find(t, key);
    if (!e->count) {
        e->key = key;
        t->used++;
    }
    e->count++;
    if (t->used * 2 > (size_t)1 << t->bits) {
        grow(t);
    }
}

static void
count_batch(struct table *t, const int64_t *keys, size_t rows)
{
    size_t i = 0;
    for (; i + AHEAD < rows; i++) {
        __builtin_prefetch(&t->entries[slot_of(t, keys[i + AHEAD])], 1);
        count_row(t, keys[i]);
    }
    for (; i < rows; i++) {
        count_row(t, keys[i]);
    }
}

static uint64_t
digest(const struct table *t)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < (size_t)1 << t->bits; i++) {
        if (t->entries[i].count) {
            sum += draw_mix((uint64_t)t->entries[i].key + 1) * t->entries[i].count;
        }
    }
    return sum;
}

static int64_t *
draw_keys(uint64_t keys, size_t events)
{
    int64_t *column = malloc(events * sizeof *column);
    if (!column) {
        perror("keyed");
        exit(1);
    }
    for (size_t i = 0; i < events; i++) {
        column[i] = (int64_t)draw_below(draw(draw_key(1, i), 0, 0), keys);
    }
    return column;
}

int
main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: keyed KEYS EVENTS\n");
        return 2;
    }
    size_t events = strtoull(argv[2], NULL, 10);
    int64_t *column = draw_keys(strtoull(argv[1], NULL, 10), events);
    uint64_t longest = 0, start = clock_ns(CLOCK_MONOTONIC), before = start;
    double cpu = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
    struct table t = {.entries = allocate(FIRST_BITS), .bits = FIRST_BITS};
    for (size_t i = 0; i < events; i += BATCH_ROWS) {
        count_batch(&t, column + i, events - i < BATCH_ROWS ? events - i : BATCH_ROWS);
        uint64_t now = clock_ns(CLOCK_MONOTONIC);
        longest = now - before > longest ? now - before : longest;
        before = now;
    }
    cpu = clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("{\"seconds\": %.6f, \"cpu\": %.6f, \"events\": %zu, \"distinct\": %zu, "
           "\"digest\": \"%016llx\", \"longest_ms\": %.3f}\n",
           (double)(before - start) * 1e-9, cpu, events, t.used, (unsigned long long)digest(&t),
           (double)longest * 1e-6);
    return 0;
}
