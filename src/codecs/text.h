/*
 * Text: the bytes of records become STRING values.
 *
 * Records are found first, as bytes (in all encodings here a line feed is the byte 10 and nothing
 * else), and then checked together: a stretch that is ASCII costs one pass at memory speed.
 */
#ifndef OUZEL_CODECS_TEXT_H
#define OUZEL_CODECS_TEXT_H

#include "ouzel/codec.h"

/*
 * How many of `count` records, from the first on, are valid text; sets OZ_VIEW_ASCII where it
 * holds. When that is not all, `*bad_at` is where the next one goes wrong. `together`: the bytes
 * between the records may be checked with them (of lines they are separators, of frames lengths).
 */
int64_t
ozi_text_check(oz_encoding encoding, oz_view *views, int64_t count, bool together, size_t *bad_at);

/*
 * Turns Latin-1 records into UTF-8. Those that are ASCII stay where they are; the others move into
 * `*buffer`, a new one, which stays NULL when there are none.
 */
oz_status
ozi_text_from_latin1(const oz_alloc *alloc, oz_view *views, int64_t count, oz_buffer **buffer);

#endif
