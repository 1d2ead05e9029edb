/* Word count as a C programmer writes it first: a loop over bytes, an open-addressing table of
 * pointers into an arena; no vector code, no prefetch. The yardstick by which ceilings of other
 * machines scale. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "words.h"

#define CHUNK_BYTES (1 << 16)
#define WORD_MAX 4096
#define ARENA_BYTES (1 << 20)

struct entry {
    const char *text;
    uint64_t hash;
    uint64_t count;
    size_t length;
};

static struct entry *table;
static size_t slots, used;
static char *arena;
static size_t arena_left;
static unsigned char lower[256]; /* the byte in lower case; a blank for white space */

static void *
allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory) {
        perror("words_plain");
        exit(1);
    }
    return memory;
}

static const char *
keep(const char *text, size_t length)
{
    if (length > arena_left) {
        arena = allocate(1, ARENA_BYTES);
        arena_left = ARENA_BYTES;
    }
    char *copy = arena;
    memcpy(copy, text, length);
    arena += length;
    arena_left -= length;
    return copy;
}

static void
grow(void)
{
    struct entry *old = table;
    size_t old_slots = slots;
    slots = slots ? slots * 2 : 1 << 14;
    table = allocate(slots, sizeof *table);
    for (size_t i = 0; i < old_slots; i++) {
        if (old[i].text) {
            size_t slot = old[i].hash & (slots - 1);
            while (table[slot].text) {
                slot = (slot + 1) & (slots - 1);
            }
            table[slot] = old[i];
        }
    }
    free(old);
}

static void
add(const char *text, size_t length, uint64_t hash)
{
    if (used * 2 >= slots) {
        grow();
    }
    hash ^= hash >> 32;
    size_t slot = hash & (slots - 1);
    for (struct entry *e = &table[slot]; e->text; e = &table[slot]) {
        if (e->hash == hash && e->length == length && memcmp(e->text, text, length) == 0) {
            e->count++;
            return;
        }
        slot = (slot + 1) & (slots - 1);
    }
    table[slot] = (struct entry){keep(text, length), hash, 1, length};
    used++;
}

static void
make_lower(void)
{
    for (int c = 0; c < 256; c++) {
        int space = (c >= 9 && c <= 13) || (c >= 28 && c <= 32);
        int upper = c >= 'A' && c <= 'Z';
        lower[c] = (unsigned char)(space ? ' ' : upper ? c + 32 : c);
    }
}

struct words_result
words_count(const char *path)
{
    static unsigned char chunk[CHUNK_BYTES];
    static char word[WORD_MAX];
    struct words_result result = {0};
    const uint64_t start = 14695981039346656037u;
    uint64_t hash = start;
    size_t length = 0;
    int file = open(path, O_RDONLY);
    if (file < 0) {
        perror(path);
        exit(1);
    }
    make_lower();
    for (ssize_t got; (got = read(file, chunk, sizeof chunk)) > 0; result.bytes += (uint64_t)got) {
        for (ssize_t i = 0; i < got; i++) {
            unsigned char c = lower[chunk[i]];
            if (c != ' ') {
                if (length == WORD_MAX) {
                    fprintf(stderr, "words_plain: a word longer than %d bytes\n", WORD_MAX);
                    exit(1);
                }
                word[length++] = (char)c;
                hash = (hash ^ c) * 1099511628211u;
            } else if (length) {
                add(word, length, hash);
                result.words++;
                length = 0;
                hash = start;
            }
        }
    }
    if (length) {
        add(word, length, hash);
        result.words++;
    }
    close(file);
    result.distinct = used;
    return result;
}

void
words_print(FILE *out)
{
    for (size_t i = 0; i < slots; i++) {
        if (table[i].text) {
            fwrite(table[i].text, 1, table[i].length, out);
            fprintf(out, "\t%llu\n", (unsigned long long)table[i].count);
        }
    }
}
