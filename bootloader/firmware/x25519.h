/* X25519 (RFC 7748). */
#ifndef X25519_H
#define X25519_H

#include "suite.h"

/* out = scalar * u, both 32 bytes; the scalar is clamped while it is read and left as it is; the top bit of
 * u is ignored; u = NULL stands for the base point 9. Returns SUITE_YES, or another value when out is all zero (a point of low order).
 * out may be scalar or u. About 8.4 M cycles, 180 bytes of stack. */
u32 x25519(u8 *out, const u8 *scalar, const u8 *u);

#endif
