/*
 * What sinks of bytes share: rows become bytes at once, and leave with as few calls as possible.
 *
 * An outlet is a buffer in front of a file or socket. What the other side does not take now stays
 * in the buffer; whether that means to wait, to try later or to give up is the sink's to say.
 */
#ifndef OUZEL_CONNECTORS_OUTLET_H
#define OUZEL_CONNECTORS_OUTLET_H

#include "codecs/writer.h"
#include "ouzel/op.h"

typedef struct ozi_outlet {
    const oz_io *io;
    const oz_codec *codec;
    int64_t file; /* -1: none yet */
    bool socket;
    bool watched;    /* for being writable */
    int64_t written; /* bytes that the other side has taken */
    size_t sent;     /* of a socket: so many of `bytes` were taken, but not their whole record */
    oz_bytes bytes;  /* from the first record on that was not taken as a whole */
} ozi_outlet;

/* The rows of an option table for a sink whose options struct has a member `framing`. */
#define OZI_FRAMING_OPTION(struct_type)                                                            \
    {                                                                                              \
        .name = "framing", .kind = OZ_OPTION_STRING, .offset = offsetof(struct_type, framing),     \
        .by_default = "lines",                                                                     \
        .help = "how records are told apart: lines, raw, u8, u16, u32, u64, u16le, u32le, u64le"   \
    }

/* The framing of a sink, and whether the columns that come can be written at all. */
oz_status
ozi_outlet_bind(const char *framing, const oz_schema *input, oz_error *error);
oz_status
ozi_outlet_init(ozi_outlet *outlet, oz_context *context, const char *framing, oz_error *error);
/* Appends the rows of `batch`; a bad one goes to the policy of the node. NEED or FAILED. */
oz_step
ozi_outlet_rows(ozi_outlet *outlet, oz_context *context, const oz_batch *batch);
/*
 * Writes as much as the other side takes: 0 when nothing is left, OZ_IO_AGAIN, or a negated errno.
 */
int64_t
ozi_outlet_push(ozi_outlet *outlet);
/* The connection is lost: the next one begins with the record that was cut. */
void
ozi_outlet_rewind(ozi_outlet *outlet);
/*
 * The same for a file: NEED when nothing is left; WAIT until it can take more (it is watched, with
 * token 0: call this from on_ready); DONE: the reader of a pipe has gone; FAILED: the message names
 * the file and how far it came.
 */
oz_step
ozi_outlet_flush(ozi_outlet *outlet, oz_context *context, const char *name);
/* Records that wait, one that was sent in part included. */
int64_t
ozi_outlet_rows_held(const ozi_outlet *outlet);
/* Drops what is waiting. */
void
ozi_outlet_forget(ozi_outlet *outlet);
/* Gives up the buffer and closes the file, unless it is a standard one. */
void
ozi_outlet_close(ozi_outlet *outlet);

#endif
