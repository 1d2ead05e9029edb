/*
 * Codecs: bytes to records and back.
 *
 * A codec finds records in a stretch of bytes and writes records as bytes. It knows nothing of
 * files, sockets, columns or text: decode is a function of the bytes alone, so that every cut of
 * the same input gives the same records, and a fuzzer can hold it.
 *
 *   connector reads --> [ bytes ] --> codec --> [ views ] --> text check --> [ column ] --> batch
 *
 * The records are views into the bytes that were read: nothing is copied. A record that goes on in
 * the next read is not reported yet; the reader (src/codecs/reader.h) moves its bytes to the front.
 *
 * What can be wrong with a record is a fault. It is never more than that one record: the codec has
 * stepped over it when it reports it, and whoever reads decides to skip it or to stop.
 */
#ifndef OUZEL_CODEC_H
#define OUZEL_CODEC_H

#include "ouzel/batch.h"

/* One line per fault: name, counter, and what a message says of the record. */
#define OZ_FAULT_TABLE(X)                                                                          \
    X(NONE, "none", "nothing is wrong")                                                            \
    X(LONG, "long_records", "is longer than the limit")                                            \
    X(TORN, "torn_records", "is cut off by the end of the input")                                  \
    X(TEXT, "bad_text", "is not valid text")

#define OZ_FAULT_ENUM(name, counter, text) OZ_FAULT_##name,
typedef enum oz_fault { OZ_FAULT_TABLE(OZ_FAULT_ENUM) OZ_FAULT_COUNT } oz_fault;
#undef OZ_FAULT_ENUM

enum {
    OZ_CODEC_STATE_MAX = 32,       /* bytes; a connection has one */
    OZ_RECORD_MAX_LIMIT = 1 << 30, /* no limit of a record may be set higher */
    OZ_RECORD_MAX_DEFAULT = 1 << 20,
};

/*
 * One call of decode. It reports either `count` records or, with `count` 0, at most one fault; so
 * records come out in order, and those before a fault are never lost. With neither, the bytes that
 * are there hold no whole record: call again with more.
 */
typedef struct oz_decode {
    /* In: bytes from the first one not consumed. `last`: nothing follows them. */
    const char *data;
    size_t size;
    bool last;
    size_t record_max; /* a record may have so many bytes, without header or separator */
    oz_view *views;    /* room for `room` records, at least 1 */
    int64_t room;

    /* Out. */
    int64_t count;
    size_t consumed; /* the next call begins so many bytes later */
    size_t needed;   /* how many bytes, from there on, the next record has at least; 0: unknown */
    oz_fault fault;
    oz_view bad;          /* what is at hand of the faulty record */
    uint64_t record_size; /* of a LONG one, when it is known */
} oz_decode;

/* Bytes on their way out, from data + begin to data + end. Zero but for `alloc` at first. */
typedef struct oz_bytes {
    const oz_alloc *alloc;
    char *data;
    size_t begin;
    size_t end;
    size_t capacity;
} oz_bytes;

typedef struct oz_codec oz_codec;
struct oz_codec {
    const char *name;    /* as the user writes it: "lines", "u32le" */
    const char *summary; /* one sentence */
    bool text;           /* records are UTF-8 unless told otherwise; else bytes */
    bool framed;         /* false: records are as they happen to be read, and mean nothing */
    uint32_t state_size; /* at most OZ_CODEC_STATE_MAX; zeroed is the state before any record */
    uint32_t header;     /* bytes of a record before its view */
    bool swapped;        /* of frames: the length is little endian */
    void (*decode)(const oz_codec *codec, void *state, oz_decode *call);
    /*
     * Appends records to `out`; `*done` of `count` were written. BAD_RECORD: the next one cannot be
     * written in this format, and `error` says why.
     */
    oz_status (*encode)(const oz_codec *codec, const oz_view *views, int64_t count, oz_bytes *out,
                        int64_t *done, oz_error *error);
};

/* The codec of that name, or NULL. */
OZ_API const oz_codec *
oz_codec_find(const char *name);
/* All of them, ended by NULL. */
OZ_API const oz_codec *const *
oz_codecs(void);
/*
 * How many records `size` bytes hold, a last unfinished one included; they begin where a record
 * does, or where decoding stands with `state`, which is not changed (NULL: zeroed). Without framing
 * that is 1, or 0 for no bytes.
 */
OZ_API int64_t
oz_codec_count(const oz_codec *codec, const void *state, const char *data, size_t size);
/* "long_records" for OZ_FAULT_LONG; and what to say of the record. Never NULL. */
OZ_API const char *
oz_fault_name(oz_fault fault);
OZ_API const char *
oz_fault_text(oz_fault fault);

/* ---- text ------------------------------------------------------------------------------------ */

/* How the bytes of a record become a STRING. */
typedef enum oz_encoding {
    OZ_ENCODING_NONE, /* they do not: BYTES */
    OZ_ENCODING_UTF8,
    OZ_ENCODING_ASCII,
    OZ_ENCODING_LATIN1,
} oz_encoding;

/*
 * By Python's names in any spelling ("UTF-8", "utf8", "latin_1", "iso-8859-1", "us-ascii"); "bytes"
 * is NONE and "auto" what the codec says. UNSUPPORTED: a name that is not known here; a host with
 * more encodings reads bytes and decodes itself.
 */
OZ_API oz_status
oz_encoding_find(const char *name, const oz_codec *codec, oz_encoding *out, oz_error *error);
/* "UTF-8", for messages. Never NULL. */
OZ_API const char *
oz_encoding_name(oz_encoding encoding);

/* ---- bytes on their way out ------------------------------------------------------------------ */

/* Makes room for `more` bytes at data + end. */
OZ_API oz_status
oz_bytes_reserve(oz_bytes *bytes, size_t more);
/* The first `size` bytes are dealt with. */
OZ_API void
oz_bytes_drop(oz_bytes *bytes, size_t size);
OZ_API void
oz_bytes_free(oz_bytes *bytes);

static inline size_t
oz_bytes_size(const oz_bytes *bytes)
{
    return bytes->end - bytes->begin;
}

#endif
