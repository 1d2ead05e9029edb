/* What a word-counting program offers; words_main.c times it and prints its table. */
#ifndef OZ_BENCH_WORDS_H
#define OZ_BENCH_WORDS_H

#include <stdint.h>
#include <stdio.h>

struct words_result {
    uint64_t bytes;
    uint64_t words;
    uint64_t distinct;
};

/* Counts the words of a file; exits with a message when it cannot. */
struct words_result
words_count(const char *path);

/* Writes one line a word: word, tab, count; in any order. */
void
words_print(FILE *out);

#endif
