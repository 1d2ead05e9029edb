/*
 * What sources of bytes share: their options for records, and how what a reader found goes on.
 */
#ifndef OUZEL_CONNECTORS_INPUT_H
#define OUZEL_CONNECTORS_INPUT_H

#include "batch/rows.h"
#include "codecs/reader.h"
#include "ouzel/op.h"

/* How bytes become records; the member of an options struct. */
typedef struct ozi_format {
    const char *framing;
    const char *encoding;
    int64_t record_max;
} ozi_format;

/* The rows of the option table for a member `format` of `struct_type`. */
#define OZI_FORMAT_OPTIONS(struct_type, framing_default, record_max_default)                       \
    {.name = "framing",                                                                            \
     .kind = OZ_OPTION_STRING,                                                                     \
     .offset = offsetof(struct_type, format.framing),                                              \
     .by_default = framing_default,                                                                \
     .help = "how records are told apart: lines, raw, u8, u16, u32, u64, or u16le, u32le, u64le"}, \
        {.name = "encoding",                                                                       \
         .kind = OZ_OPTION_STRING,                                                                 \
         .offset = offsetof(struct_type, format.encoding),                                         \
         .by_default = "auto",                                                                     \
         .help = "utf-8, ascii, latin-1 or bytes; auto: utf-8 for lines, bytes for the others"},   \
    {                                                                                              \
        .name = "record_max", .kind = OZ_OPTION_INT64,                                             \
        .offset = offsetof(struct_type, format.record_max), .by_default = record_max_default,      \
        .minimum = 1, .maximum = OZ_RECORD_MAX_LIMIT,                                              \
        .help = "bytes that a record may have at most"                                             \
    }

/* The codec and encoding of `format`; INVALID or UNSUPPORTED says what does not fit. */
oz_status
ozi_format_find(const ozi_format *format, const oz_codec **codec, oz_encoding *encoding,
                oz_error *error);
/* What positions count: "line" or "record". */
const char *
ozi_format_unit(const oz_codec *codec);
/* The end of bind: one column of the type that `format` gives. */
oz_status
ozi_format_bind(const ozi_format *format, oz_schema *output, oz_error *error);

/*
 * Emits the ROWS that a reader found on port 0, as a batch from `origin` with positions counted
 * from 1, and drops them. The answer is oz_emit's.
 */
oz_step
ozi_input_emit(oz_context *context, const oz_origin *origin, ozi_records *records);
/* Hands the FAULT that a reader found to the policy of the node, and drops it. */
oz_step
ozi_input_fault(oz_context *context, const oz_origin *origin, const ozi_reader *reader,
                ozi_records *records);

/* Emits it on `port` instead, if that is read, and drops it: nobody fails for what a peer sent. */
oz_step
ozi_input_dead(oz_context *context, uint32_t port, const oz_origin *origin, ozi_records *records);

/* What poll returns after that answer of oz_emit; NEED means: go on. */
static inline oz_step
ozi_input_answer(oz_step answer)
{
    return answer == OZ_WAIT ? OZ_MORE : answer;
}

#endif
