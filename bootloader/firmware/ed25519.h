/* Verification of Ed25519 signatures (RFC 8032, section 5.1.7), for one key known beforehand. */
#ifndef ED25519_H
#define ED25519_H

#include "suite.h"

/* A point (x, y) of the curve, ready to be added: y - x, y + x, 2 d x y modulo p, each below p. */
typedef struct {
  u32 y_minus_x[8], y_plus_x[8], xy2d[8];
} ed25519_point;

/* A public key A: its 32 bytes and the point -A. Whoever writes the table answers for it: that both name the
 * same point, that it is on the curve and of prime order. Nothing here can check that in reasonable space. */
typedef struct {
  u8 key[32];
  ed25519_point minus;
} ed25519_key;

/* Returns SUITE_YES if signature (64 bytes) is valid for the message, another value if it is not.
 * Demands s < L and that the point recomputed has exactly the encoding R (no cofactor; a non-canonical
 * R or one of low order has no other chance than to be equal). All input is public: time varies.
 * About 11 M cycles, 530 bytes of stack; uses SHA-512. */
u32 ed25519_verify(const u8 *signature, const void *message, u32 message_bytes, const ed25519_key *by);

#endif
