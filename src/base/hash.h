/*
 * Hashes, not cryptographic: fast, well spread in every bit, seeded.
 *
 * The values are part of the state format (a key's group is chosen by its hash and written down),
 * so they are the same on every machine and never change: hash_test.c pins some of them.
 *
 * The algorithm is the folded multiply: two words are multiplied to 128 bits and the halves are
 * combined by XOR, as in wyhash by Wang Yi (https://github.com/wangyi-fudan/wyhash, public domain),
 * from which the order of steps is taken too; the code is our own. The constants are words of the
 * fraction of pi, as in Blowfish (Schneier, 1993), those of them that are odd with about half of
 * their bits set. The multipliers of ozi_mix64 are from David Stafford's "Mix13", which Vigna's
 * SplitMix64 made known (https://prng.di.unimi.it/splitmix64.c, public domain).
 */
#ifndef OUZEL_BASE_HASH_H
#define OUZEL_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#ifndef __SIZEOF_INT128__
#error "Ouzel needs a 64-bit compiler with unsigned __int128 (gcc or clang)"
#endif
__extension__ typedef unsigned __int128 ozi_uint128;

#define OZI_HASH_PI_0 UINT64_C(0x243f6a8885a308d3)
#define OZI_HASH_PI_1 UINT64_C(0x082efa98ec4e6c89)
#define OZI_HASH_PI_2 UINT64_C(0x3f84d5b5b5470917)
#define OZI_HASH_PI_3 UINT64_C(0xc0ac29b7c97c50dd)

/* Mixes all bits of `value`; one to one, so that distinct values never collide. */
static inline uint64_t
ozi_mix64(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

/* The folded multiply: both halves of the 128-bit product, combined. */
static inline uint64_t
ozi_hash_fold(uint64_t left, uint64_t right)
{
    ozi_uint128 product = (ozi_uint128)left * right;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The hash of 16 bytes that are at hand as two words: a canonical key. */
static inline uint64_t
ozi_hash_pair(uint64_t seed, uint64_t low, uint64_t high)
{
    ozi_uint128 product = (ozi_uint128)(low ^ OZI_HASH_PI_1) * (high ^ seed ^ OZI_HASH_PI_2);
    return ozi_hash_fold((uint64_t)product ^ OZI_HASH_PI_0, (uint64_t)(product >> 64) ^ seed);
}

/* The hash of `size` bytes, none of which is read beyond; `data` may be NULL when size is 0. */
uint64_t
ozi_hash_bytes(uint64_t seed, const void *data, size_t size);

#endif
