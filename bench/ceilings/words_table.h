/* The tables of words_fast.c: counts per word, short words inline. */
#ifndef OZ_BENCH_WORDS_TABLE_H
#define OZ_BENCH_WORDS_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "words.h"

/* Counts the words of a text that end before the given positions, the first beginning at *start;
 * leaves in *start where the next one begins. Up to 16 bytes past a word are read. Returns the
 * words seen. */
size_t
table_count(const uint8_t *text, const uint32_t *ends, size_t count, uint32_t *start);

size_t
table_distinct(void);

#endif
