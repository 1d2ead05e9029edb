/*
 * Scans: the loops over bytes that decide how fast text runs.
 *
 * They work on bitmaps with one bit for each byte of a stretch of text, 64 bytes a block, the first
 * byte lowest. So a loop has no branch that depends on a single byte:
 *
 *   text     T h e _ c a t \n s a t     (_ a blank; \n lies between two rows)
 *   words    1 1 1 0 1 1 1 0  1 1 1 0
 *   starts   1 0 0 0 1 0 0 0  1 0 0 0
 *   rank     0 1 1 1 1 2 2 2  2 3 3 3   how many starts lie before: words of a row by subtraction
 *
 * A bitmap has size / 64 + 1 blocks: one bit more than there are bytes, always 0, for the word
 * that ends with the text. Nothing is read beyond `size`. The functions exist once for each kind of
 * processor (scan_avx2.c, scan_plain.c) and are chosen when the program runs.
 */
#ifndef OUZEL_EXPR_SCAN_H
#define OUZEL_EXPR_SCAN_H

#include "ouzel/batch.h"

/* Views that may be written behind the last one: the loops store several at a time. */
enum { OZI_SCAN_SLACK = 8 };

enum ozi_scan_found {
    OZI_SCAN_LETTER = 1,
    OZI_SCAN_WIDE = 2, /* a byte beyond ASCII */
};

typedef struct ozi_scan {
    const char *name; /* "avx2" */

    /*
     * Marks the bytes that are not ASCII white space in `words`, those beyond ASCII in `wide`, and
     * in `suspects` at least those where other white space begins; true when any are beyond ASCII.
     */
    bool (*mark_words)(const char *data, size_t size, uint64_t *words, uint64_t *wide,
                       uint64_t *suspects);
    /* Marks the bytes that are the ASCII character `byte`, and those beyond ASCII likewise. */
    bool (*mark_byte)(const char *data, size_t size, char byte, uint64_t *marks, uint64_t *wide);
    /* The first bit of each run of ones. */
    void (*starts)(const uint64_t *words, size_t blocks, uint64_t *starts);
    /* How many bits lie before each block; returns how many there are. */
    int64_t (*rank)(const uint64_t *bits, size_t blocks, uint32_t *before);
    /* The runs of ones as views with `flags`; writes up to OZI_SCAN_SLACK more. */
    void (*emit_words)(const char *data, const uint64_t *words, const uint64_t *starts,
                       size_t blocks, uint32_t flags, oz_view *views);
    /* What lies between the marks, and before the first, as views; the same slack. */
    void (*emit_fields)(const char *data, const uint64_t *marks, size_t blocks, uint32_t flags,
                        oz_view *views);
    /*
     * counts[i]: the bits from the end of row i - 1 (or the beginning) to the end of row i, the bit
     * at the end itself only if `with_end`. All rows lie in the text at `data`, in order.
     */
    void (*count_rows)(const oz_view *rows, int64_t count, const char *data, const uint64_t *bits,
                       const uint32_t *before, bool with_end, int32_t *counts);

    /* Which of ozi_scan_found there is, LETTER being the 26 from `first` ('A' or 'a') on. */
    unsigned (*find)(const char *data, size_t size, char first);
    /* Copies, with those letters turned into the other case. */
    void (*flip_letters)(char *target, const char *source, size_t size, char first);
} ozi_scan;

/* The fastest that this processor can run. */
const ozi_scan *
ozi_scan_get(void);

/* One of them by name, for tests and benches; NULL when there is none of that name here. */
const ozi_scan *
ozi_scan_by_name(const char *name);

extern const ozi_scan ozi_scan_plain;
#ifdef __x86_64__
extern const ozi_scan ozi_scan_avx2;
#endif

static inline size_t
ozi_scan_blocks(size_t size)
{
    return size / 64 + 1;
}

#endif
