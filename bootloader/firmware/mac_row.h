/* The one multiplier of the suite: Curve25519's field, the order of its group and Poly1305 share it. */
#ifndef MAC_ROW_H
#define MAC_ROW_H

#include "suite.h"

/* t[0..n-1] += a * b[0..n-1]; returns the carry word. t may equal b. n >= 1.
 * 33 n + 30 cycles (Cortex-M0+), 20 bytes of stack, constant time where MUL is. */
u32 mac_row(u32 *t, const u32 *b, u32 a, u32 n);

/* mac_row with n = 4 and n = 8. */
u32 mac_row4(u32 *t, const u32 *b, u32 a);
u32 mac_row8(u32 *t, const u32 *b, u32 a);

#endif
