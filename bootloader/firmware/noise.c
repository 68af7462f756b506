/* HKDF as Noise uses it: the three HMACs of its definition, in order (contract: noise.h). */
#include "noise.h"
#include "sha512.h"

/* out = HMAC(key, text || index), index 0 standing for none. */
static void hmac(u8 *out, const u8 *key, const u8 *text, u32 text_bytes, u8 index)
{
  hmac_begin(key, SHA512_BYTES);
  sha512_add(text, text_bytes);
  sha512_add(&index, index != 0);
  hmac_end(key, SHA512_BYTES, out);
}

void noise_hkdf(u8 *chaining_key, u8 *second, const u8 *input, u32 input_bytes)
{
  u8 temporary[SHA512_BYTES];
  hmac(temporary, chaining_key, input, input_bytes, 0);
  hmac(chaining_key, temporary, input, 0, 1);
  hmac(second, temporary, chaining_key, SHA512_BYTES, 2);
}
