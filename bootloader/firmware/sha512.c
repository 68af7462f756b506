/* SHA-512 around the compression in sha512_block.S, and HMAC over it (contract: sha512.h). */
#include "sha512.h"

/* The layout is known to sha512_block.S. */
static struct {
  u64 chain[8];
  u8 block[SHA512_BLOCK_BYTES] __attribute__((aligned(4)));
  u32 bytes;
} sha512_state;

/* Mixes the block into the chaining value; the block is used up as the message schedule. */
void sha512_block(void *state);

void sha512_begin(void)
{
  memcpy(sha512_state.chain, sha512_initial, sizeof sha512_initial);
  sha512_state.bytes = 0;
}

void sha512_add(const void *data, u32 bytes)
{
  const u8 *from = data;
  u32 at = sha512_state.bytes % SHA512_BLOCK_BYTES;
  sha512_state.bytes += bytes;
  while (bytes--) {
    sha512_state.block[at++] = *from++;
    if (at == SHA512_BLOCK_BYTES) {
      sha512_block(&sha512_state);
      at = 0;
    }
  }
}

/* 0x80, zeros up to 112 modulo 128 (through the next block when 112 is passed), the bit count in 16 bytes. */
void sha512_end(u8 *out)
{
  u32 bits = sha512_state.bytes * 8;
  u8 pad = 0x80;
  do {
    sha512_add(&pad, 1);
    pad = 0;
  } while (sha512_state.bytes % SHA512_BLOCK_BYTES != SHA512_BLOCK_BYTES - 16);
  u8 *count = sha512_state.block + SHA512_BLOCK_BYTES - 16;
  memset(count, 0, 12);
  *(u32 *)(count + 12) = __builtin_bswap32(bits);
  sha512_block(&sha512_state);
  for (u32 i = 0; i < SHA512_BYTES; i++)
    out[i] = ((u8 *)sha512_state.chain)[i ^ 7];
}

/* Starts a hash with the key, filled up with zeros to a block, under a mask. */
static void begin_with_key(const u8 *key, u32 key_bytes, u8 mask)
{
  sha512_begin();
  for (u32 i = 0; i < SHA512_BLOCK_BYTES; i++) {
    u8 masked = mask;
    if (i < key_bytes)
      masked ^= key[i];
    sha512_add(&masked, 1);
  }
}

void hmac_begin(const u8 *key, u32 key_bytes)
{
  begin_with_key(key, key_bytes, 0x36);
}

void hmac_end(const u8 *key, u32 key_bytes, u8 *out)
{
  sha512_end(out);
  begin_with_key(key, key_bytes, 0x5c);
  sha512_add(out, SHA512_BYTES);
  sha512_end(out);
}
