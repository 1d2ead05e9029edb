/*
 * lines: records that end with a line feed.
 *
 *     t h e _ c a t \n   s a t \r \n   \n   o n
 *     '-----------'      '---'        ''    '-'     a last line needs no line feed
 *
 * A carriage return before the line feed belongs to the separator; one that stands alone is an
 * ordinary byte (Python's universal newlines would cut there). An empty line is an empty record.
 * Bytes after the last line feed are a record of their own at the end of the input.
 *
 * A line over the limit is one fault, reported as soon as it is known to be too long; the rest of
 * it is dropped as it comes. Written out, every record gets a line feed; one that holds a line feed
 * itself will be read as two.
 */
#include <string.h>

#include "codecs/codecs.h"

typedef struct lines_state {
    uint64_t scanned; /* bytes of an unfinished line in which there is no line feed */
    uint64_t skip;    /* 1: inside a line that was too long */
} lines_state;

/* Drops what is left of a line that was too long; false when it goes on. */
static bool
skip_rest(lines_state *state, oz_decode *call)
{
    const char *end = call->size == 0 ? NULL : memchr(call->data, '\n', call->size);
    call->consumed = end == NULL ? call->size : (size_t)(end + 1 - call->data);
    state->skip = end == NULL && !call->last;
    return end != NULL;
}

/* Whole lines up to the first that is too long; returns where the next one begins. */
static const char *
whole_lines(lines_state *state, oz_decode *call, const char *at, const char *stop)
{
    const char *scan = at + state->scanned;
    while (call->count < call->room) {
        const char *end = scan == stop ? NULL : memchr(scan, '\n', (size_t)(stop - scan));
        if (end == NULL) {
            break;
        }
        size_t size = (size_t)(end - at);
        size -= size > 0 && at[size - 1] == '\r';
        if (size > call->record_max) {
            break;
        }
        call->views[call->count++] = (oz_view){at, (uint32_t)size, 0};
        at = scan = end + 1;
    }
    return at;
}

/* The line at `at` is too long: reports it, and steps over as much of it as is there. */
static void
too_long(lines_state *state, oz_decode *call, const char *at, size_t left)
{
    const char *end = memchr(at, '\n', left);
    size_t size = end == NULL ? left : (size_t)(end - at);
    call->fault = OZ_FAULT_LONG;
    size_t shown = size < OZ_RECORD_MAX_LIMIT ? size : OZ_RECORD_MAX_LIMIT;
    call->bad = (oz_view){at, (uint32_t)shown, 0};
    call->record_size = end == NULL ? 0 : size;
    call->consumed += end == NULL ? left : size + 1;
    state->skip = end == NULL && !call->last;
}

/* What is left has no line feed, or is too long, or there was no room. */
static void
unfinished_line(lines_state *state, oz_decode *call, const char *at, size_t left)
{
    if (call->count == call->room) {
        return;
    }
    /* A carriage return at the end of what is there may be half of the separator. */
    size_t size = left - (left > 0 && at[left - 1] == '\r' && !call->last);
    bool found = size > call->record_max;
    if (found && call->count == 0) {
        too_long(state, call, at, left);
    } else if (!found && call->last && left > 0) {
        call->views[call->count++] = (oz_view){at, (uint32_t)left, 0};
        call->consumed += left;
    } else if (!found) {
        state->scanned = left;
    }
}

static void
lines_decode(const oz_codec *codec, void *memory, oz_decode *call)
{
    (void)codec;
    lines_state *state = memory;
    if (state->skip && !skip_rest(state, call)) {
        return;
    }
    const char *begin = call->data + call->consumed;
    const char *stop = call->data + call->size;
    const char *at = whole_lines(state, call, begin, stop);
    call->consumed += (size_t)(at - begin);
    state->scanned = 0;
    unfinished_line(state, call, at, (size_t)(stop - at));
}

static oz_status
lines_encode(const oz_codec *codec, const oz_view *views, int64_t count, oz_bytes *out,
             int64_t *done, oz_error *error)
{
    (void)codec;
    (void)error;
    size_t total = (size_t)count;
    for (int64_t i = 0; i < count; i++) {
        total += views[i].size;
    }
    *done = 0;
    OZ_TRY(oz_bytes_reserve(out, total));
    char *target = out->data + out->end;
    for (int64_t i = 0; i < count; i++) {
        target = ozi_copy_short(target, views[i].data, views[i].size);
        *target++ = '\n';
    }
    out->end += total;
    *done = count;
    return OZ_OK;
}

const oz_codec ozi_codec_lines = {
    .name = "lines",
    .summary = "Text lines; a line feed, alone or after a carriage return, ends each.",
    .text = true,
    .framed = true,
    .state_size = sizeof(lines_state),
    .decode = lines_decode,
    .encode = lines_encode,
};
