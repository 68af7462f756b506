/* X25519 by the Montgomery ladder of RFC 7748, section 5 (contract: x25519.h). */
#include "x25519.h"
#include "field.h"

/* Registers: 0 u, 1 X2, 2 Z2, 3 X3, 4 Z3, 5..8 scratch, 13 zero. */
static const u16 ladder_step[] = {
  ADD(5, 1, 2), SUB(6, 1, 2), ADD(7, 3, 4), SUB(8, 3, 4), /* A, B, C, D        */
  MUL(8, 8, 5), MUL(7, 7, 6),                             /* DA, CB            */
  MUL(5, 5, 5), MUL(6, 6, 6),                             /* AA, BB            */
  ADD(3, 8, 7), MUL(3, 3, 3),                             /* X3 = (DA + CB)^2  */
  SUB(4, 8, 7), MUL(4, 4, 4), MUL(4, 4, 0),               /* Z3 = u (DA - CB)^2 */
  MUL(1, 5, 6), SUB(6, 5, 6),                             /* X2 = AA BB, E     */
  MAD(2, 6, 5), MUL(2, 2, 6),                             /* Z2 = E (AA + 121665 E) */
  END,
};

/* Swaps (X2, Z2) and (X3, Z3) when mask is all ones, nothing when it is 0, in the same time. */
static void swap_points(u32 mask)
{
  u32 *a = field_registers[1], *b = field_registers[3];
  for (u32 i = 0; i < 2 * FIELD_WORDS; i++) {
    u32 difference = mask & (a[i] ^ b[i]);
    a[i] ^= difference;
    b[i] ^= difference;
  }
}

u32 x25519(u8 *out, const u8 *scalar, const u8 *u)
{
  field *r = field_registers;
  u32 swapped = 0;
  memset(r, 0, sizeof field_registers);
  r[0][0] = 9;
  if (u)
    memcpy(r[0], u, 32);
  r[0][7] &= 0x7fffffff;
  field_copy(r[3], r[0]);
  r[1][0] = r[4][0] = 1;
  for (i32 i = 254; i >= 0; i--) {
    u32 bit = scalar[i >> 3] >> (i & 7) & 1;
    /* Clamping: bit 254 is set, bits 0 to 2 are clear. */
    if (i == 254)
      bit = 1;
    if (i < 3)
      bit = 0;
    swap_points(-(bit ^ swapped));
    swapped = bit;
    field_run(ladder_step);
  }
  /* Bit 0 is clear: nothing is left swapped. */
  field_divide();
  memcpy(out, r[1], 32);
  /* 13 is still zero. A difference is 1 to 255; none gives 1 here. */
  return SUITE_YES ^ (memory_difference(r[1], r[13], 32) - 1) >> 31;
}
