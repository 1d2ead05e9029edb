/*
 * The writer: from batches to bytes.
 *
 * A row is written when it is one value, and that value is text or bytes: STRING and BYTES columns
 * go to the codec as they lie in memory, and of an OBJECT column the rows that are text or bytes in
 * the host language. Anything else is a bad record, because only the user knows what it should look
 * like ("map(str)").
 */
#ifndef OUZEL_CODECS_WRITER_H
#define OUZEL_CODECS_WRITER_H

#include "ouzel/codec.h"

/*
 * Appends the rows of `batch` from `*row` on to `out`. BAD_RECORD: row `*row` cannot be written,
 * `error` says why, and the rows before it are in `out`; add one to `*row` to go on after it.
 */
oz_status
ozi_write_rows(const oz_codec *codec, const oz_batch *batch, int64_t *row, oz_bytes *out,
               oz_error *error);

#endif
