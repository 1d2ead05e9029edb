/*
 * Packed streams: how tables and batches are written down, and handed to other processes.
 *
 *     block   | u32 size | u32 CRC-32C of the payload | payload, 1 to OZI_PACK_BLOCK bytes |
 *     end     | u32 0    | u32 CRC-32C of the checksums of all blocks |
 *
 * The payloads of all blocks together are the stream; what is packed may go on from one block to
 * the next. All numbers are little-endian. A stream that is cut, or in which a bit has changed, is
 * noticed before what it says is believed. Without checks the checksums are 0.
 *
 * The first failure is latched: those who pack or unpack many small things look once, at the end.
 * After a failure packing does nothing, and unpacking gives zeros. One thread.
 */
#ifndef OUZEL_BASE_PACK_H
#define OUZEL_BASE_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"

enum { OZI_PACK_BLOCK = 1 << 16, OZI_PACK_HEAD = 8 };

typedef struct ozi_pack {
    /* Takes a whole block with its head. */
    oz_status (*put)(void *context, const void *block, size_t size);
    void *context;
    const oz_alloc *alloc;
    char *block; /* OZI_PACK_HEAD + OZI_PACK_BLOCK bytes */
    size_t used; /* of the payload */
    uint32_t crc;
    bool is_unchecked; /* both sides have set it after init: in memory that they share */
    oz_status status;  /* the first failure */
} ozi_pack;

OZ_MUST_USE oz_status
ozi_pack_init(ozi_pack *pack, const oz_alloc *alloc,
              oz_status (*put)(void *context, const void *block, size_t size), void *context);
void
ozi_pack_bytes(ozi_pack *pack, const void *data, size_t size);
void
ozi_pack_u8(ozi_pack *pack, uint8_t value);
void
ozi_pack_u32(ozi_pack *pack, uint32_t value);
void
ozi_pack_u64(ozi_pack *pack, uint64_t value);
void
ozi_pack_i64(ozi_pack *pack, int64_t value);
/* Size and bytes of a string that ends with a NUL; NULL is told from "". */
void
ozi_pack_string(ozi_pack *pack, const char *string);
/* Latches a failure of who packs. */
void
ozi_pack_fail(ozi_pack *pack, oz_status status);
/* Writes what is left and the end, and frees the block. The latched status. */
OZ_MUST_USE oz_status
ozi_pack_finish(ozi_pack *pack);

/* Frees the block of one that is not finished, and is not to be. Safe on a zeroed struct. */
void
ozi_pack_drop(ozi_pack *pack);

typedef struct ozi_unpack {
    /* Gives exactly `size` bytes, or fails: CORRUPT when there are not so many. */
    oz_status (*get)(void *context, void *data, size_t size);
    void *context;
    const oz_alloc *alloc;
    char *block;
    size_t size; /* of the payload of this block */
    size_t used;
    uint32_t crc;
    bool ended;
    bool is_unchecked;
    oz_status status;
} ozi_unpack;

OZ_MUST_USE oz_status
ozi_unpack_init(ozi_unpack *unpack, const oz_alloc *alloc,
                oz_status (*get)(void *context, void *data, size_t size), void *context);
void
ozi_unpack_bytes(ozi_unpack *unpack, void *data, size_t size);
uint8_t
ozi_unpack_u8(ozi_unpack *unpack);
uint32_t
ozi_unpack_u32(ozi_unpack *unpack);
uint64_t
ozi_unpack_u64(ozi_unpack *unpack);
int64_t
ozi_unpack_i64(ozi_unpack *unpack);
/*
 * A number of things that follow, each of at least one byte: CORRUPT above `limit`, so that nobody
 * allocates what a damaged number says.
 */
uint64_t
ozi_unpack_count(ozi_unpack *unpack, uint64_t limit);
/*
 * A string of at most `limit` bytes in memory of `alloc`, with a NUL; NULL where NULL was packed,
 * and after a failure. `*size` (may be NULL) is its size without the NUL; free `size` + 1 bytes.
 */
char *
ozi_unpack_string(ozi_unpack *unpack, size_t limit, size_t *size);
void
ozi_unpack_fail(ozi_unpack *unpack, oz_status status);
/* CORRUPT unless the stream ends here. Frees the block; the latched status. */
OZ_MUST_USE oz_status
ozi_unpack_finish(ozi_unpack *unpack);

#endif
