/* Key derivation of the Noise protocol framework, revision 34, section 4.3, with SHA-512. */
#ifndef NOISE_H
#define NOISE_H

#include "suite.h"

/* HKDF with two outputs: chaining_key and second become the first and second 64 bytes derived from the
 * old chaining_key and the input. second may be input; neither may overlap chaining_key. About 330,000 cycles, 420 bytes
 * of stack. */
void noise_hkdf(u8 *chaining_key, u8 *second, const u8 *input, u32 input_bytes);

#endif
