/*
 * CRC-32C, the checksum of everything that is stored: it finds every burst of up to 32 wrong bits,
 * and is in the processors (SSE 4.2).
 *
 * The Castagnoli polynomial 0x1EDC6F41, reflected, as in RFC 3720, appendix B.4, from which the
 * vectors of the test are.
 */
#ifndef OUZEL_BASE_CRC_H
#define OUZEL_BASE_CRC_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of bytes that follow those of `before`; 0 for the first. */
uint32_t
ozi_crc(uint32_t before, const void *data, size_t size);

#endif
