/* SHA-512 (FIPS 180-4) and HMAC-SHA-512 (RFC 2104). One hash runs at a time: the state is static. */
#ifndef SHA512_H
#define SHA512_H

#include "suite.h"

#define SHA512_BYTES 64
#define SHA512_BLOCK_BYTES 128

/* Computes the constants; once, before the first hash. About 9 M cycles. They are public. */
void sha512_prepare(void);
extern u64 sha512_constants[80], sha512_initial[8];

void sha512_begin(void);
/* Any number of bytes, in pieces of any size; in all below 2^29. */
void sha512_add(const void *data, u32 bytes);
/* Writes 64 bytes. The next call must be sha512_begin. One block of 128 bytes: 22,000 cycles, 260 bytes of stack. */
void sha512_end(u8 *out);

/* The key is at most 128 bytes (a longer one would have to be hashed first: no caller has one). It must stay
 * unchanged up to hmac_end; out, 64 bytes, must not overlap it. sha512_add gives the text between the two. */
void hmac_begin(const u8 *key, u32 key_bytes);
void hmac_end(const u8 *key, u32 key_bytes, u8 *out);

#endif
