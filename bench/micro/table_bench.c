/*
 * How fast are VALUE tables? Counts of int keys, against a C table written for just that (the one
 * of ceilings/keyed.c: 16 bytes an entry, half full, huge pages, prefetch, doubled at once).
 *
 *     table_bench KEYS EVENTS [ROUNDS] [BATCH_ROWS]
 *
 * Draws are made outside the clock, batch by batch; growth is inside. The clock is CPU time, so
 * that busy neighbours cost caches only. The forms take turns, and the median round of each is
 * printed. Memory of the machine is touched once before. Build, from the top of the tree:
 *
 *     gcc -std=c11 -D_GNU_SOURCE -O2 -Iinclude -Isrc -o build/table_bench \
 *         bench/micro/table_bench.c $(ls src/{base,batch,state}/[a-z]*.c | grep -v _test.c) -lm
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../ceilings/clock.h"
#include "../ceilings/draw.h"
#include "state/table_inline.h"

enum { BATCH_MAX = 65536, ROUNDS_MAX = 99, AHEAD = 16, WARM_BYTES = 1 << 30 };
static const size_t huge_bytes = (size_t)1 << 21;

static struct {
    uint64_t keys;
    size_t events;
    size_t rows;
} options = {.rows = 8192};

static int64_t column[BATCH_MAX];
static oz_key keys[BATCH_MAX];
static uint64_t hashes[BATCH_MAX];

static void
fail(const char *what)
{
    perror(what);
    exit(1);
}

/* What the engine's allocator should do for large blocks: whole huge pages. */
static void *
huge_resize(void *self, void *pointer, size_t old_size, size_t size)
{
    if (pointer == NULL && size >= huge_bytes) {
        void *memory = aligned_alloc(huge_bytes, (size + huge_bytes - 1) / huge_bytes * huge_bytes);
        if (memory != NULL) {
            madvise(memory, size, MADV_HUGEPAGE);
        }
        return memory;
    }
    return oz_alloc_default()->resize(self, pointer, old_size, size);
}

static const oz_alloc huge_alloc = {.resize = huge_resize};

/* ---- the C table ----------------------------------------------------------------------------- */

struct entry {
    int64_t key;
    uint64_t count; /* 0: the slot is empty */
};

static struct {
    struct entry *entries;
    unsigned bits;
    size_t used;
} plain;

static struct entry *
plain_allocate(unsigned bits)
{
    size_t bytes = sizeof(struct entry) << bits;
    void *memory = aligned_alloc(huge_bytes, bytes < huge_bytes ? huge_bytes : bytes);
    if (memory == NULL) {
        fail("table_bench");
    }
    madvise(memory, bytes, MADV_HUGEPAGE);
    return memset(memory, 0, bytes);
}

static inline size_t
plain_slot(int64_t key)
{
    return ((uint64_t)key * DRAW_GOLDEN) >> (64 - plain.bits);
}

static inline struct entry *
plain_find(int64_t key)
{
    size_t slot = plain_slot(key);
    size_t mask = ((size_t)1 << plain.bits) - 1;
    while (plain.entries[slot].count != 0 && plain.entries[slot].key != key) {
        slot = (slot + 1) & mask;
    }
    return &plain.entries[slot];
}

static void
plain_grow(void)
{
    struct entry *old = plain.entries;
    size_t slots = (size_t)1 << plain.bits++;
    plain.entries = plain_allocate(plain.bits);
    for (size_t i = 0; i < slots; i++) {
        if (old[i].count != 0) {
            *plain_find(old[i].key) = old[i];
        }
    }
    free(old);
}

static void
plain_batch(void *context)
{
    (void)context;
    for (size_t i = 0; i < options.rows; i++) {
        if (i + AHEAD < options.rows) {
            __builtin_prefetch(&plain.entries[plain_slot(column[i + AHEAD])], 1);
        }
        struct entry *entry = plain_find(column[i]);
        plain.used += entry->count == 0;
        entry->key = column[i];
        entry->count++;
        if (plain.used * 2 > (size_t)1 << plain.bits) {
            plain_grow();
        }
    }
}

/* ---- ours ------------------------------------------------------------------------------------ */

static inline oz_status
add_one(void *context, int64_t row, void *value, bool is_new)
{
    (void)context;
    (void)row;
    (void)is_new;
    ++*(int64_t *)value;
    return OZ_OK;
}

static void
many_batch(void *table)
{
    int64_t done;
    if (ozi_table_update_many(table, keys, hashes, 0, (int64_t)options.rows, add_one, NULL,
                              &done) != OZ_OK) {
        fail("ozi_table_update_many");
    }
}

/* What an operator pays that calls the public function row by row. */
static void
put_batch(void *table)
{
    for (size_t i = 0; i < options.rows; i++) {
        void *value;
        bool is_new;
        if (oz_table_put(table, &keys[i], hashes[i], &value, &is_new) != OZ_OK) {
            fail("oz_table_put");
        }
        ++*(int64_t *)value;
    }
}

static void
make_keys(void)
{
    for (size_t i = 0; i < options.rows; i++) {
        keys[i] = ozi_key_of_int64(column[i], OZI_KEY_SHOW_INT);
        hashes[i] = ozi_key_hash_inline(&keys[i], 1);
    }
}

/* The whole way from a column of integers. */
static void
both_batch(void *table)
{
    make_keys();
    many_batch(table);
}

/* ---- rounds ---------------------------------------------------------------------------------- */

struct result {
    double million; /* updates a second */
    double quiet; /* the same in the fastest batch of the second half: the others do not disturb */
    double longest; /* batch, ms */
    double bytes;   /* a key */
};

static struct result
measure(void (*batch)(void *), void *context)
{
    uint64_t total = 0, longest = 0, shortest = UINT64_MAX;
    for (size_t at = 0; at < options.events; at += options.rows) {
        for (size_t i = 0; i < options.rows; i++) {
            column[i] = (int64_t)draw_below(draw(draw_key(1, at + i), 0, 0), options.keys);
        }
        if (batch != both_batch) {
            make_keys();
        }
        uint64_t start = clock_ns(CLOCK_THREAD_CPUTIME_ID);
        batch(context);
        uint64_t spent = clock_ns(CLOCK_THREAD_CPUTIME_ID) - start;
        total += spent;
        shortest = at >= options.events / 2 && spent < shortest ? spent : shortest;
        longest = spent > longest ? spent : longest;
    }
    double events = (double)options.events;
    return (struct result){.million = events / (double)total * 1e3,
                           .quiet = (double)options.rows / (double)shortest * 1e3,
                           .longest = (double)longest * 1e-6};
}

static struct result
measure_plain(void (*batch)(void *))
{
    plain.bits = 14;
    plain.used = 0;
    plain.entries = plain_allocate(plain.bits);
    struct result result = measure(batch, NULL);
    result.bytes = (double)(sizeof(struct entry) << plain.bits) / (double)plain.used;
    free(plain.entries);
    return result;
}

static struct result
measure_table(void (*batch)(void *))
{
    static const oz_table_decl decl = {.name = "counts",
                                       .kind = OZ_TABLE_VALUE,
                                       .keyed = true,
                                       .fields = {OZ_FIELD_INT64, OZ_FIELD_END}};
    oz_table *table;
    if (ozi_table_new(&huge_alloc, NULL, &decl, &table) != OZ_OK) {
        fail("ozi_table_new");
    }
    struct result result = measure(batch, table);
    result.bytes = (double)oz_table_bytes(table) / (double)oz_table_count(table);
    ozi_table_free(&table);
    return result;
}

static int
by_speed(const void *left, const void *right)
{
    const struct result *a = left, *b = right;
    return a->million < b->million ? -1 : a->million > b->million;
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        struct result (*measure)(void (*batch)(void *));
        void (*batch)(void *);
    } forms[] = {{"C, prefetch", measure_plain, plain_batch},
                 {"update_many", measure_table, many_batch},
                 {"keys and update_many", measure_table, both_batch},
                 {"oz_table_put", measure_table, put_batch}};
    enum { FORMS = sizeof forms / sizeof *forms };
    static struct result results[FORMS][ROUNDS_MAX];
    if (argc < 3) {
        fprintf(stderr, "usage: table_bench KEYS EVENTS [ROUNDS] [BATCH_ROWS]\n");
        return 2;
    }
    options.keys = strtoull(argv[1], NULL, 10);
    options.events = strtoull(argv[2], NULL, 10);
    size_t rounds = argc > 3 ? strtoull(argv[3], NULL, 10) : 5;
    options.rows = argc > 4 ? strtoull(argv[4], NULL, 10) : options.rows;
    if (rounds < 1 || rounds > ROUNDS_MAX || options.rows < 1 || options.rows > BATCH_MAX) {
        return 2;
    }
    free(memset(huge_resize(NULL, NULL, 0, WARM_BYTES), 1, WARM_BYTES));
    for (size_t round = 0; round < rounds; round++) {
        for (size_t form = 0; form < FORMS; form++) {
            results[form][round] = forms[form].measure(forms[form].batch);
        }
    }
    for (size_t form = 0; form < FORMS; form++) {
        qsort(results[form], rounds, sizeof(struct result), by_speed);
        struct result *r = &results[form][rounds / 2];
        printf("%-22s %7.1f M/s (ratio %.2f; best round %.1f; fastest batch %.1f), longest batch "
               "%.2f ms, %.1f B/key\n",
               forms[form].name, r->million, r->million / results[0][rounds / 2].million,
               results[form][rounds - 1].million, r->quiet, r->longest, r->bytes);
    }
    return 0;
}
