/* Decompression of a point (contract: point.h). */
#include "point.h"
#include "../field.h"

/* The curve's d, and a square root of -1. */
static const field curve_d = {
  0x135978a3, 0x75eb4dca, 0x4141d8ab, 0x00700a4d,
  0x7779e898, 0x8cc74079, 0x2b6ffe73, 0x52036cee,
};
static const field root_of_minus_one = {
  0x4a0ea0b0, 0xc4ee1b27, 0xad2fe478, 0x2f431806,
  0x3dfbd7a7, 0x2b4d0099, 0x4fc1df0b, 0x2b832480,
};

/* Registers: 0 x, 1 y as they are divided; 2 one; 5 y; 7 d; 9 u; 10 v; 11 u v^3; 12 u v^7; 13 its power, later x. */
static const u16 ratio[] = {
  MUL(8, 5, 5), SUB(9, 8, 2), MUL(10, 8, 7), ADD(10, 10, 2), /* u = y^2 - 1, v = d y^2 + 1 */
  MUL(11, 10, 10), MUL(11, 11, 10), MUL(12, 11, 11),         /* v^3, v^6                   */
  MUL(12, 12, 10), MUL(12, 12, 9), MUL(11, 11, 9),
  END,
};
static const u16 square[] = { MUL(13, 13, 13), END };
static const u16 step[] = { MUL(13, 13, 12), END };
/* x = u v^3 (u v^7)^((p - 5) / 8); v x^2 - u and v x^2 + u. */
static const u16 candidate[] = {
  MUL(13, 13, 11), MUL(8, 13, 13), MUL(8, 8, 10), SUB(0, 8, 9), ADD(1, 8, 9),
  END,
};
/* x to -x; register 6 is zero. */
static const u16 negate[] = { SUB(0, 6, 0), END };
/* The point (-x, y). */
static const u16 addend[] = {
  ADD(8, 1, 0), SUB(9, 1, 0), MUL(10, 0, 1), MUL(10, 10, 7), ADD(10, 10, 10), SUB(10, 6, 10),
  END,
};

/* x y (x^2 + y^2): zero for the eight points of small order and no other (the double of one of order 8 has y = 0). */
static const u16 smallness[] = {
  MUL(8, 0, 0), MUL(9, 1, 1), ADD(8, 8, 9), MUL(8, 8, 1), MUL(0, 8, 0),
  END,
};

static u32 is_zero(const u32 *number)
{
  u32 found = 0;
  for (u32 at = 0; at < FIELD_WORDS; at++)
    found |= number[at];
  return found == 0;
}

/* Register 13 = register 12 ^ (2^252 - 3): 250 bits of one, a zero, a one. */
static void raise(void)
{
  field *r = field_registers;
  field_copy(r[13], r[12]);
  for (u32 bit = 250; bit--;) {
    field_run(square);
    /* The last one square belongs to the zero. */
    if (bit)
      field_run(step);
  }
  field_run(square);
  field_run(step);
}

u32 ed25519_key_from(ed25519_key *by, const u8 *bytes)
{
  field *r = field_registers;
  memset(r, 0, sizeof field_registers);
  memcpy(r[5], bytes, 32);
  u32 sign = r[5][7] >> 31;
  r[5][7] &= 0x7fffffff;
  r[2][0] = 1;
  field_copy(r[7], curve_d);
  field_run(ratio);
  raise();
  field_run(candidate);
  field_divide();
  u32 wrong = 0;
  if (!is_zero(r[0])) {
    /* v x^2 = -u is mended by the root of -1; anything else has no root. */
    wrong = !is_zero(r[1]);
    field_multiply(r[13], r[13], root_of_minus_one);
  }
  field_copy(r[0], r[13]);
  field_copy(r[1], r[5]);
  field_divide();
  /* A y that was p or above is another spelling of a point. A sign of zero is one too, but of small order (below). */
  wrong |= memory_difference(r[1], r[5], 32);
  if ((r[0][0] & 1) != sign)
    field_run(negate);
  field_run(addend);
  memcpy(by->key, bytes, 32);
  field_copy(by->minus.y_minus_x, r[8]);
  field_copy(by->minus.y_plus_x, r[9]);
  field_copy(by->minus.xy2d, r[10]);
  field_run(smallness);
  field_divide();
  return SUITE_YES ^ (wrong | is_zero(r[0]));
}
