/* Writes the Zipf text of the word count: gen_text LINES [SEED] >text
 *
 * 200,000 words, the word of rank r with weight floor(2^40 / r); 12 words a line with single
 * blanks. Rank r is spelt with 1 + floor(log2 r) / 2 letters, so frequent words are short. Integers
 * only: the text is the same on every machine. 2,900,000 lines make 200,044,820 bytes. */
#include <stdio.h>
#include <stdlib.h>

#include "draw.h"

#define RANKS 200000
#define WORDS_A_LINE 12
#define WORD_MAX 10
#define GUIDE_BITS 16

struct vocabulary {
    uint64_t upto[RANKS + 1];        /* upto[r]: weight of ranks 1 to r */
    uint32_t guide[1 << GUIDE_BITS]; /* the rank at which the search for a draw may start */
    char text[RANKS + 1][WORD_MAX];
    uint8_t length[RANKS + 1];
};

static uint64_t
place(const struct vocabulary *v, uint64_t value)
{
    return (uint64_t)(((unsigned __int128)value * v->upto[RANKS]) >> 64);
}

static void
spell(struct vocabulary *v, uint32_t rank)
{
    unsigned log2 = 31u - (unsigned)__builtin_clz(rank);
    uint8_t length = (uint8_t)(1 + log2 / 2);
    uint64_t x = (uint64_t)rank * 7368787, limit = 1;
    for (unsigned i = 0; i < length; i++) {
        limit *= 26;
    }
    x %= limit;
    for (unsigned i = 0; i < length; i++) {
        v->text[rank][i] = (char)('a' + x % 26);
        x /= 26;
    }
    v->length[rank] = length;
}

static void
vocabulary_init(struct vocabulary *v)
{
    v->upto[0] = 0;
    for (uint32_t rank = 1; rank <= RANKS; rank++) {
        v->upto[rank] = v->upto[rank - 1] + ((uint64_t)1 << 40) / rank;
        spell(v, rank);
    }
    uint32_t rank = 1;
    for (uint64_t i = 0; i < (uint64_t)1 << GUIDE_BITS; i++) {
        while (v->upto[rank] <= place(v, i << (64 - GUIDE_BITS))) {
            rank++;
        }
        v->guide[i] = rank;
    }
}

/* The smallest rank whose running weight passes the draw. */
static uint32_t
pick(const struct vocabulary *v, uint64_t value)
{
    uint64_t guide = value >> (64 - GUIDE_BITS);
    uint64_t u = place(v, value);
    uint32_t low = v->guide[guide];
    uint32_t high = guide + 1 < (uint64_t)1 << GUIDE_BITS ? v->guide[guide + 1] : RANKS;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (v->upto[middle] > u) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

int
main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: gen_text LINES [SEED] >text\n");
        return 2;
    }
    uint64_t lines = strtoull(argv[1], NULL, 10);
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    static struct vocabulary v;
    vocabulary_init(&v);
    uint64_t word = 0;
    for (uint64_t line = 0; line < lines; line++) {
        for (unsigned i = 0; i < WORDS_A_LINE; i++, word++) {
            uint32_t rank = pick(&v, draw(draw_key(seed, word), 0, 0));
            fwrite(v.text[rank], 1, v.length[rank], stdout);
            putchar(i + 1 < WORDS_A_LINE ? ' ' : '\n');
        }
    }
    return fflush(stdout) != 0 || ferror(stdout) ? 1 : 0;
}
