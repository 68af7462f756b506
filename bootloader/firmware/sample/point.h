/* From the 32 bytes of an Ed25519 public key to what ed25519_verify wants. For keys that arrive in the field, as that of a
 * lease does; keys known beforehand come with their point (ed25519.h). */
#ifndef POINT_H
#define POINT_H

#include "../ed25519.h"

/* Fills by with the key and its point -A. Returns SUITE_YES, or another value when the bytes are no canonical encoding of a
 * point of the curve (RFC 8032, section 5.1.3), or the point is of small order: anybody could sign for it.
 * Public input only. About 2 M cycles, 200 bytes of stack; uses the field's registers. */
u32 ed25519_key_from(ed25519_key *by, const u8 *bytes);

#endif
