/* Three tables, by the length of the word: up to 8 bytes, up to 16 (both open addressing, keys
 * inline), longer (chains; rare). Most words are short and frequent, so the first table is kept
 * dense: four entries of 16 bytes a cache line.
 *
 * A key is the word padded with blanks, which no word contains, and stored XOR blanks: zero is
 * empty. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "words_table.h"

#ifdef __BMI2__
#include <immintrin.h>
#endif

#define GROUP 256
#define BLANKS 0x2020202020202020u
#define FACTOR 0x9E3779B97F4A7C15u
#define HUGE_BYTES ((size_t)1 << 21)

struct narrow {
    uint64_t key;
    uint64_t count;
};

struct wide {
    uint64_t key[2];
    uint64_t count;
    uint64_t unused; /* two entries a cache line, none across two */
};

struct longer {
    struct longer *next;
    uint64_t count;
    size_t length;
    char text[];
};

static struct narrow *narrow;
static struct wide *wide;
static struct longer *longer[1 << 16];
static unsigned narrow_bits, wide_bits; /* log2 of the slots */
static size_t narrow_used, wide_used, longer_used;

static void
fail(const char *what)
{
    perror(what);
    exit(1);
}

/* Zeroed memory in huge pages: with small ones a large table is bound by address translation. */
static void *
allocate(size_t bytes)
{
    if (bytes < HUGE_BYTES) {
        bytes = HUGE_BYTES;
    }
    void *memory = aligned_alloc(HUGE_BYTES, bytes);
    if (!memory) {
        fail("words_fast");
    }
    madvise(memory, bytes, MADV_HUGEPAGE);
    return memset(memory, 0, bytes);
}

/* The first bytes of a text, 8 at most, as a key. */
static inline uint64_t
load(const uint8_t *text, uint32_t length)
{
    uint64_t value;
    memcpy(&value, text, sizeof value);
    value ^= BLANKS;
#ifdef __BMI2__
    return _bzhi_u64(value, length * 8);
#else
    return length < 8 ? value & (((uint64_t)1 << length * 8) - 1) : value;
#endif
}

static inline size_t
narrow_slot(uint64_t key)
{
    return (key * FACTOR) >> (64 - narrow_bits);
}

static inline size_t
wide_slot(uint64_t low, uint64_t high)
{
    return ((low * FACTOR ^ high) * FACTOR) >> (64 - wide_bits);
}

static struct narrow *
narrow_find(uint64_t key, size_t slot)
{
    while (narrow[slot].key != key && narrow[slot].key) {
        slot = (slot + 1) & (((size_t)1 << narrow_bits) - 1);
    }
    return &narrow[slot];
}

static struct wide *
wide_find(uint64_t low, uint64_t high, size_t slot)
{
    while ((wide[slot].key[0] != low || wide[slot].key[1] != high) && wide[slot].key[0]) {
        slot = (slot + 1) & (((size_t)1 << wide_bits) - 1);
    }
    return &wide[slot];
}

static void
narrow_reserve(size_t more)
{
    if ((narrow_used + more) * 2 < (size_t)1 << narrow_bits) {
        return;
    }
    struct narrow *old = narrow;
    size_t slots = old ? (size_t)1 << narrow_bits : 0;
    narrow_bits = old ? narrow_bits + 1 : 18;
    narrow = allocate(sizeof *narrow << narrow_bits);
    for (size_t i = 0; i < slots; i++) {
        if (old[i].key) {
            *narrow_find(old[i].key, narrow_slot(old[i].key)) = old[i];
        }
    }
    free(old);
}

static void
wide_reserve(size_t more)
{
    if ((wide_used + more) * 2 < (size_t)1 << wide_bits) {
        return;
    }
    struct wide *old = wide;
    size_t slots = old ? (size_t)1 << wide_bits : 0;
    wide_bits = old ? wide_bits + 1 : 16;
    wide = allocate(sizeof *wide << wide_bits);
    for (size_t i = 0; i < slots; i++) {
        if (old[i].key[0]) {
            *wide_find(old[i].key[0], old[i].key[1], wide_slot(old[i].key[0], old[i].key[1])) =
                old[i];
        }
    }
    free(old);
}

static void
count_longer(const uint8_t *text, size_t length)
{
    uint64_t hash = length;
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ text[i]) * FACTOR;
    }
    struct longer **at = &longer[hash >> 48];
    while (*at && ((*at)->length != length || memcmp((*at)->text, text, length) != 0)) {
        at = &(*at)->next;
    }
    if (!*at) {
        *at = calloc(1, sizeof **at + length);
        if (!*at) {
            fail("words_fast");
        }
        (*at)->length = length;
        memcpy((*at)->text, text, length);
        longer_used++;
    }
    (*at)->count++;
}

struct group {
    uint64_t narrow[GROUP];
    uint64_t wide[GROUP][2];
    uint32_t wide_start[GROUP], wide_length[GROUP];
    uint32_t narrow_slot[GROUP];
    uint32_t wide_slot[GROUP];
    size_t narrow_count, wide_count, longer_count;
};

/* Sorts words into the two queues. Both are written and one is kept: lengths cannot be predicted.
 * The line of a wide word is fetched in vain in the narrow table; asking first would cost more. */
static uint32_t
gather(struct group *g, const uint8_t *text, const uint32_t *ends, size_t count, uint32_t start)
{
    size_t n = 0, w = 0;
    g->longer_count = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t length = ends[i] - start;
        const uint8_t *word = text + start;
        start = ends[i] + 1;
        if (__builtin_expect(length > 16, 0)) {
            count_longer(word, length);
            g->longer_count++;
            continue;
        }
        uint64_t key = load(word, length);
        size_t slot = narrow_slot(key);
        __builtin_prefetch(&narrow[slot], 1);
        g->narrow[n] = key;
        g->narrow_slot[n] = (uint32_t)slot;
        g->wide_start[w] = (uint32_t)(word - text);
        g->wide_length[w] = length;
        n += length - 1 < 8;
        w += length > 8;
    }
    g->narrow_count = n;
    g->wide_count = w;
    return start;
}

/* The rest of the longer half of the words, and their lines. */
static void
prepare_wide(struct group *g, const uint8_t *text)
{
    for (size_t i = 0; i < g->wide_count; i++) {
        const uint8_t *word = text + g->wide_start[i];
        g->wide[i][0] = load(word, 8);
        g->wide[i][1] = load(word + 8, g->wide_length[i] - 8);
        g->wide_slot[i] = (uint32_t)wide_slot(g->wide[i][0], g->wide[i][1]);
        __builtin_prefetch(&wide[g->wide_slot[i]], 1);
    }
}

static void
count_group(struct group *g)
{
    for (size_t i = 0; i < g->narrow_count; i++) {
        struct narrow *e = narrow_find(g->narrow[i], g->narrow_slot[i]);
        if (__builtin_expect(!e->key, 0)) {
            e->key = g->narrow[i];
            narrow_used++;
        }
        e->count++;
    }
    for (size_t i = 0; i < g->wide_count; i++) {
        struct wide *e = wide_find(g->wide[i][0], g->wide[i][1], g->wide_slot[i]);
        if (__builtin_expect(!e->key[0], 0)) {
            e->key[0] = g->wide[i][0];
            e->key[1] = g->wide[i][1];
            wide_used++;
        }
        e->count++;
    }
}

size_t
table_count(const uint8_t *text, const uint32_t *ends, size_t count, uint32_t *start)
{
    static struct group g;
    size_t words = 0;
    for (size_t done = 0; done < count; done += GROUP) {
        size_t some = count - done < GROUP ? count - done : GROUP;
        narrow_reserve(GROUP);
        wide_reserve(GROUP);
        *start = gather(&g, text, ends + done, some, *start);
        prepare_wide(&g, text);
        count_group(&g);
        words += g.narrow_count + g.wide_count + g.longer_count;
    }
    return words;
}

size_t
table_distinct(void)
{
    return narrow_used + wide_used + longer_used;
}

static void
print_word(FILE *out, const char *text, size_t length, uint64_t count)
{
    fwrite(text, 1, length, out);
    fprintf(out, "\t%llu\n", (unsigned long long)count);
}

static void
print_key(FILE *out, const uint64_t *key, size_t bytes, uint64_t count)
{
    char text[16];
    for (size_t i = 0; i < bytes; i += 8) {
        uint64_t eight = key[i / 8] ^ BLANKS;
        memcpy(text + i, &eight, sizeof eight);
    }
    while (bytes && text[bytes - 1] == ' ') {
        bytes--;
    }
    print_word(out, text, bytes, count);
}

void
words_print(FILE *out)
{
    for (size_t i = 0; narrow && i < (size_t)1 << narrow_bits; i++) {
        if (narrow[i].key) {
            print_key(out, &narrow[i].key, sizeof narrow[i].key, narrow[i].count);
        }
    }
    for (size_t i = 0; wide && i < (size_t)1 << wide_bits; i++) {
        if (wide[i].key[0]) {
            print_key(out, wide[i].key, sizeof wide[i].key, wide[i].count);
        }
    }
    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++) {
        for (struct longer *word = longer[i]; word; word = word->next) {
            print_word(out, word->text, word->length, word->count);
        }
    }
}
