/* ChaCha20 and Poly1305 put together as RFC 8439 says (contract: chacha20poly1305.h). */
#include "chacha20poly1305.h"
#include "mac_row.h"

void chacha20_rounds(u32 *x);
void poly1305_block(u32 *sum_and_r, const u32 *block);

/* One message being worked on: Poly1305's accumulator and r, as poly1305_block knows them, and 64 bytes of key
 * stream. */
typedef struct {
  u32 sum[5];
  u32 r[4];
  u32 stream[16];
} work;

/* RFC 8439, section 2.3: the next 64 bytes of key stream. */
static void next_block(work *w, aead *with)
{
  static const u32 sigma[4] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
  const u32 *input = (const u32 *)with;
  memcpy(with->constant, sigma, sizeof sigma);
  memcpy(w->stream, input, sizeof w->stream);
  chacha20_rounds(w->stream);
  for (u32 i = 0; i < 16; i++)
    w->stream[i] += input[i];
  with->counter++;
}

/* Section 2.6: block 0 gives r, clamped, and s, which stays in stream[4..7]. */
static void begin(work *w, aead *with)
{
  with->counter = 0;
  next_block(w, with);
  memset(w->sum, 0, sizeof w->sum);
  for (u32 i = 0; i < 4; i++)
    w->r[i] = w->stream[i] & (i ? 0x0ffffffc : 0x0fffffff);
}

/* Text or associated data: the last block is filled up with zeros. */
static void absorb(work *w, const u8 *text, u32 bytes)
{
  while (bytes) {
    u32 block[4] = { 0, 0, 0, 0 };
    u32 some = bytes < 16 ? bytes : 16;
    memcpy(block, text, some);
    poly1305_block(w->sum, block);
    text += some;
    bytes -= some;
  }
}

/* The tag over associated data and ciphertext, into sum[0..3]. The sum is reduced in full by adding 5 and
 * looking for 2^130, then s is added. */
static void authenticate(work *w, aead *with, const u8 *text, u32 bytes)
{
  begin(w, with);
  absorb(w, with->associated, with->associated_bytes);
  absorb(w, text, bytes);
  u32 counts[4] = { with->associated_bytes, 0, bytes, 0 };
  poly1305_block(w->sum, counts);

  /* sum + 5 * (sum + 5 >> 130) mod 2^128: 2^130 - 5 is taken away as often as it fits. r has served. */
  u32 plus_five[4];
  memcpy(plus_five, w->sum, 16);
  memset(w->r, 0, 16);
  w->r[0] = 5;
  u32 fits = (w->sum[4] + mac_row4(plus_five, w->r, 1)) >> 2;
  mac_row4(w->sum, w->r, fits);
  mac_row4(w->sum, w->stream + 4, 1);
}

/* Section 2.4: the key stream from block 1 on. */
static void encrypt(work *w, aead *with, u8 *text, u32 bytes)
{
  with->counter = 1;
  for (u32 i = 0; i < bytes; i++) {
    if (i % 64 == 0)
      next_block(w, with);
    text[i] ^= ((u8 *)w->stream)[i % 64];
  }
}

void aead_seal(aead *with, u8 *text, u32 bytes)
{
  work w;
  encrypt(&w, with, text, bytes);
  authenticate(&w, with, text, bytes);
  memcpy(text + bytes, w.sum, AEAD_TAG_BYTES);
}

/* The one place that says whether a tag is right. */
__attribute__((noinline)) u32 decide_tag(const u32 *computed, const u8 *received)
{
  return SUITE_YES ^ memory_difference(computed, received, AEAD_TAG_BYTES);
}

u32 aead_open(aead *with, u8 *text, u32 bytes)
{
  work w;
  authenticate(&w, with, text, bytes);
  u32 answer = decide_tag(w.sum, text + bytes);
  if (answer == SUITE_YES)
    encrypt(&w, with, text, bytes);
  return answer;
}
