/* Ed25519 verification without decompression: R = s B + h (-A) and compare (contract: ed25519.h). */
#include "ed25519.h"
#include "field.h"
#include "mac_row.h"
#include "sha512.h"

/* 2^256 - 15 L, where L is the order of the base point: congruent to 2^256. */
static const u32 wrap_order[8] = {
  0x8d98951d, 0xd6ec3174, 0x737dcf70, 0xc6ef5bf4,
  0xfffffffe, 0xffffffff, 0xffffffff, 0x0fffffff,
};

static const ed25519_point base = {
  {
    0xd740913e, 0x9d103905, 0xd140beb3, 0xfd399f05,
    0x688f8a09, 0xa5c18434, 0x98f81267, 0x44fd2f92,
  },
  {
    0xf58c3b85, 0x2fbc93c6, 0xfb8c0e19, 0xcf932dc6,
    0x643d42c2, 0x270b4898, 0x33d4ba65, 0x07cf9d3a,
  },
  {
    0x877aaa68, 0xabc91205, 0xccaac49e, 0x26d9e823,
    0xdd43598c, 0x5a1b7dcb, 0x9f0c65a8, 0x6f117b68,
  },
};

/* Registers: 0 X, 1 Y, 2 Z, 3 T; 4..9 scratch; 10..12 the point to add; 13 zero.
 * T = E H is only needed by an addition and is left to it: each program ends with E in 8 and H in 7. */
static const u16 twice[] = {
  MUL(4, 0, 0), MUL(5, 1, 1), MUL(6, 2, 2), ADD(6, 6, 6), /* A, B, C = 2 Z^2   */
  ADD(7, 4, 5), ADD(8, 0, 1), MUL(8, 8, 8), SUB(8, 7, 8), /* H, E              */
  SUB(9, 4, 5), ADD(6, 6, 9),                             /* G, F              */
  MUL(0, 8, 6), MUL(1, 9, 7), MUL(2, 6, 9),
  END,
};
static const u16 plus[] = {
  MUL(3, 8, 7),                                           /* T                 */
  SUB(4, 1, 0), MUL(4, 4, 10), ADD(5, 1, 0), MUL(5, 5, 11), /* A, B            */
  MUL(6, 3, 12), ADD(9, 2, 2),                            /* C, D              */
  SUB(8, 5, 4), ADD(7, 5, 4), SUB(5, 9, 6), ADD(9, 9, 6), /* E, H, F, G        */
  MUL(0, 8, 5), MUL(1, 9, 7), MUL(2, 5, 9),
  END,
};
/* (x, y) to (-x, y). */
static const u16 negate[] = { ADD(9, 10, 13), ADD(10, 11, 13), ADD(11, 9, 13), SUB(12, 13, 12), END };

/* A scalar below 2^256 and three times it. Digit i of the non-adjacent form is bit i + 1 of the second less
 * bit i + 1 of the first: 0, 1 or -1, two thirds of them 0. And the point
 * it multiplies. */
typedef struct {
  u32 once[9], thrice[9];
  const ed25519_point *point;
} scalar;

u32 ed25519_verify(const u8 *signature, const void *message, u32 message_bytes, const ed25519_key *by)
{
  field *r = field_registers;
  scalar k[2];
  u32 hash[16];

  sha512_begin();
  sha512_add(signature, 32);
  sha512_add(by->key, 32);
  sha512_add(message, message_bytes);
  sha512_end((u8 *)hash);
  /* h modulo L, but not below it: any number below 2^256 serves. Each pass takes hash[i + 8] multiples of
   * 16 L from the number, so it ends. */
  for (i32 i = 7; i >= 0; i--)
    while (hash[i + 8])
      hash[i + 8] = mac_row8(hash + i, wrap_order, hash[i + 8]);
  memset(k, 0, sizeof k);
  k[0].point = &base;
  k[1].point = &by->minus;
  memcpy(k[1].once, hash, 32);

  /* s < L exactly when 15 s + (2^256 - 15 L) < 2^256. */
  memcpy(k[0].once, signature + 32, 32);
  memcpy(hash, wrap_order, 32);
  u32 wrong = mac_row8(hash, k[0].once, 15);

  for (scalar *s = k; s < k + 2; s++)
    s->thrice[8] = mac_row8(s->thrice, s->once, 3);
  memset(r, 0, sizeof field_registers);
  r[1][0] = r[2][0] = 1;
  for (i32 i = 256; i >= 0; i--) {
    field_run(twice);
    u32 at = (u32)(i + 1) >> 5, bit = 1u << ((i + 1) & 31);
    for (scalar *s = k; s < k + 2; s++) {
      u32 minus = s->once[at] & bit;
      if ((s->thrice[at] & bit) == minus)
        continue;
      memcpy(r[10], s->point, sizeof *s->point);
      if (minus)
        field_run(negate);
      field_run(plus);
    }
  }

  field_divide();
  r[1][7] |= r[0][0] << 31;
  return SUITE_YES ^ (wrong | memory_difference(r[1], signature, 32));
}
