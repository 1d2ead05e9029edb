/* Cuts stretches of rows by the bitmaps of scan.h; see pieces.h. */
#include "expr/pieces.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "batch/column.h"
#include "expr/scan.h"

enum { BLOCKS_ON_STACK = OZI_STRETCH_MAX / 64 + 1 };

/* The bitmaps of one stretch: on the stack, unless it is one long row. */
typedef struct marks {
    uint64_t *words; /* or fields: the separators */
    uint64_t *wide;
    uint64_t *starts; /* before they are known: where white space beyond ASCII may begin */
    uint32_t *before;
    const oz_alloc *alloc;
    size_t heap_bytes; /* all of them in one block at `words`; 0: on the stack */
    uint64_t few[3 * BLOCKS_ON_STACK];
    uint32_t few_before[BLOCKS_ON_STACK];
} marks;

static oz_status
marks_open(marks *marks, const oz_alloc *alloc, size_t blocks)
{
    marks->alloc = alloc;
    marks->heap_bytes = 0;
    marks->words = marks->few;
    marks->before = marks->few_before;
    if (blocks > BLOCKS_ON_STACK) {
        marks->heap_bytes = blocks * (3 * sizeof(uint64_t) + sizeof(uint32_t));
        marks->words = ozi_alloc_new(alloc, marks->heap_bytes);
        if (marks->words == NULL) {
            return OZ_NO_MEMORY;
        }
        marks->before = (uint32_t *)(void *)(marks->words + 3 * blocks);
    }
    marks->wide = marks->words + blocks;
    marks->starts = marks->wide + blocks;
    return OZ_OK;
}

static void
marks_close(marks *marks)
{
    if (marks->heap_bytes != 0) {
        ozi_alloc_free(marks->alloc, marks->words, marks->heap_bytes);
    }
}

static void
clear_bits(uint64_t *bits, size_t begin, size_t end)
{
    for (size_t at = begin; at < end; at++) {
        bits[at / 64] &= ~(UINT64_C(1) << at % 64);
    }
}

/* Takes white space beyond ASCII out of `words`. It lies inside a row: so does every character. */
static void
clear_wide_spaces(const ozi_stretch *stretch, const uint64_t *suspects, uint64_t *words)
{
    for (size_t block = 0; block < ozi_scan_blocks(stretch->size); block++) {
        for (uint64_t left = suspects[block]; left != 0; left &= left - 1) {
            size_t at = block * 64 + (size_t)__builtin_ctzll(left);
            size_t size = ozi_utf8_space(stretch->data + at, stretch->size - at);
            clear_bits(words, at, at + size);
        }
    }
}

/* What lies between rows belongs to no word. */
static void
clear_gaps(const ozi_stretch *stretch, uint64_t *words)
{
    size_t end = stretch->rows[0].size;
    for (int64_t i = 1; i < stretch->count; i++) {
        size_t begin = (size_t)(stretch->rows[i].data - stretch->data);
        clear_bits(words, end, begin);
        end = begin + stretch->rows[i].size;
    }
}

/* A row ends a field wherever it ends. */
static void
mark_row_ends(const ozi_stretch *stretch, uint64_t *fields)
{
    for (int64_t i = 0; i < stretch->count; i++) {
        const oz_view *row = &stretch->rows[i];
        size_t end = (size_t)(row->data - stretch->data) + row->size;
        fields[end / 64] |= UINT64_C(1) << end % 64;
    }
}

/* Flags the views that hold no byte beyond ASCII. */
static void
flag_ascii(const ozi_stretch *stretch, const uint64_t *wide, oz_view *views, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        size_t at = (size_t)(views[i].data - stretch->data);
        size_t end = at + views[i].size;
        uint64_t found = 0;
        for (; at < end; at += 64 - at % 64) {
            uint64_t bits = wide[at / 64] >> at % 64;
            size_t left = end - at;
            found |= left < 64 ? bits & ((UINT64_C(1) << left) - 1) : bits;
        }
        views[i].flags = found == 0 ? OZ_VIEW_ASCII : 0;
    }
}

/* ---- the growing result ---------------------------------------------------------------------- */

oz_status
ozi_pieces_reserve(ozi_pieces *pieces, int64_t more)
{
    int64_t needed = pieces->count + more + OZI_SCAN_SLACK;
    if (needed <= pieces->capacity) {
        return OZ_OK;
    }
    void *values = pieces->views;
    oz_status status = OZ_OK;
    if (values == NULL) {
        values = oz_values_new(pieces->alloc, OZ_STRING, needed);
        pieces->capacity = needed;
        status = values == NULL ? OZ_NO_MEMORY : OZ_OK;
    } else {
        status = ozi_values_grow(&values, OZ_STRING, &pieces->capacity, needed);
    }
    pieces->views = values;
    return status;
}

oz_status
ozi_pieces_add(ozi_pieces *pieces, const char *data, size_t size, uint32_t flags)
{
    OZ_TRY(ozi_pieces_reserve(pieces, 1));
    pieces->views[pieces->count++] = (oz_view){data, (uint32_t)size, flags};
    return OZ_OK;
}

/*
 * Room for the pieces of a stretch. The first one tells how much the rest will need, give or take
 * an eighth; so the array seldom moves.
 */
static oz_status
reserve(ozi_pieces *pieces, const ozi_stretches *left, const ozi_stretch *stretch, int64_t more)
{
    int64_t guess = more;
    if (pieces->views == NULL && stretch->count > 0) {
        guess += (int64_t)((double)more * 1.125 * (double)left->count / (double)stretch->count);
    }
    return ozi_pieces_reserve(pieces, guess);
}

/* ---- words and fields: with no byte, a stretch is one row (two have a byte between them) ------
 */

static oz_status
cut_words(ozi_pieces *pieces, const ozi_stretches *left, const ozi_stretch *stretch,
          int32_t *counts)
{
    if (stretch->size == 0) {
        *counts = 0;
        return OZ_OK;
    }
    const ozi_scan *scan = ozi_scan_get();
    size_t blocks = ozi_scan_blocks(stretch->size);
    marks marks;
    OZ_TRY(marks_open(&marks, pieces->alloc, blocks));
    bool wide =
        scan->mark_words(stretch->data, stretch->size, marks.words, marks.wide, marks.starts);
    if (wide) {
        clear_wide_spaces(stretch, marks.starts, marks.words);
    }
    clear_gaps(stretch, marks.words);
    scan->starts(marks.words, blocks, marks.starts);
    int64_t count = scan->rank(marks.starts, blocks, marks.before);
    oz_status status = reserve(pieces, left, stretch, count);
    if (status == OZ_OK) {
        oz_view *views = pieces->views + pieces->count;
        scan->emit_words(stretch->data, marks.words, marks.starts, blocks, OZ_VIEW_ASCII, views);
        if (wide) {
            flag_ascii(stretch, marks.wide, views, count);
        }
        scan->count_rows(stretch->rows, stretch->count, stretch->data, marks.starts, marks.before,
                         false, counts);
        pieces->count += count;
    }
    marks_close(&marks);
    return status;
}

static oz_status
cut_fields(ozi_pieces *pieces, const ozi_stretches *left, const ozi_stretch *stretch, char byte,
           int32_t *counts)
{
    if (stretch->size == 0) {
        *counts = 1;
        return ozi_pieces_add(pieces, stretch->data, 0, OZ_VIEW_ASCII);
    }
    const ozi_scan *scan = ozi_scan_get();
    size_t blocks = ozi_scan_blocks(stretch->size);
    marks marks;
    OZ_TRY(marks_open(&marks, pieces->alloc, blocks));
    bool wide = scan->mark_byte(stretch->data, stretch->size, byte, marks.words, marks.wide);
    mark_row_ends(stretch, marks.words);
    int64_t count = scan->rank(marks.words, blocks, marks.before);
    oz_status status = reserve(pieces, left, stretch, count);
    if (status == OZ_OK) {
        oz_view *views = pieces->views + pieces->count;
        scan->emit_fields(stretch->data, marks.words, blocks, OZ_VIEW_ASCII, views);
        if (wide) {
            flag_ascii(stretch, marks.wide, views, count);
        }
        scan->count_rows(stretch->rows, stretch->count, stretch->data, marks.words, marks.before,
                         true, counts);
        pieces->count += count;
    }
    marks_close(&marks);
    return status;
}

oz_status
ozi_pieces_words(ozi_pieces *pieces, const ozi_input *input, int64_t *done)
{
    ozi_stretches stretches = ozi_stretches_of(input, input->count);
    ozi_stretch stretch;
    *done = 0;
    stretches.gap_min = 1;
    while (ozi_stretches_next(&stretches, &stretch) && stretch.size < INT32_MAX) {
        OZ_TRY(cut_words(pieces, &stretches, &stretch, pieces->counts + *done));
        *done += stretch.count;
    }
    return OZ_OK;
}

oz_status
ozi_pieces_fields(ozi_pieces *pieces, const ozi_input *input, char byte, int64_t *done)
{
    ozi_stretches stretches = ozi_stretches_of(input, input->count);
    ozi_stretch stretch;
    *done = 0;
    /* The byte between two rows is the mark of the first one's end. */
    stretches.gap_min = 1;
    stretches.gap_max = 1;
    while (ozi_stretches_next(&stretches, &stretch) && stretch.size < INT32_MAX) {
        OZ_TRY(cut_fields(pieces, &stretches, &stretch, byte, pieces->counts + *done));
        *done += stretch.count;
    }
    return OZ_OK;
}
