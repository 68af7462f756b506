/*
 * Words shared by the whole suite. Holds no code.
 *
 * Contract of every routine of the suite, unless its header says otherwise:
 *  - little-endian ARMv6-M, AAPCS registers, no global constructor, no heap;
 *  - u32 pointers are aligned to 4, byte pointers are not;
 *  - one caller at a time: state is static, nothing may be called from an interrupt;
 *  - constant time in every secret: neither a branch nor an address depends on one;
 *  - nothing is wiped by the callee. Stack, field_registers and sha512_state still hold secrets on
 *    return; whoever ends the session wipes the whole of RAM but the code that wipes it.
 */
#ifndef SUITE_H
#define SUITE_H

#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef int32_t i32;
typedef uint64_t u64;

/* "Yes" of x25519, ed25519_verify and aead_open. Far from 0, 1 and all ones, so that a skipped
 * instruction or a cleared register does not read as yes. Any other value is "no". */
#define SUITE_YES 0x3CA5965Au

/* Byte loops; the compiler calls them too. No alignment is asked for, ranges must not overlap. */
void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);

/* 0 when both ranges are equal, else 1 to 255. The time depends on bytes alone. */
u32 memory_difference(const void *a, const void *b, u32 bytes);

#endif
