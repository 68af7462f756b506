/*
 * Arithmetic modulo p = 2^255 - 19, as a machine with fourteen 256-bit registers and a program of
 * half words. Values are any number below 2^256; field_divide ends with the one below p.
 */
#ifndef FIELD_H
#define FIELD_H

#include "suite.h"

#define FIELD_WORDS 8
#define FIELD_REGISTERS 14

typedef u32 field[FIELD_WORDS];

/* The registers: 448 bytes. Nothing is kept in them between two calls of x25519 and ed25519_verify,
 * so the linker may lay them over a buffer that is idle then. */
extern field field_registers[FIELD_REGISTERS];

/* Instructions: operation, destination, first and second source; each a register number. */
#define FIELD_OP(op, d, a, b) (u16)((op) << 12 | (d) << 8 | (a) << 4 | (b))
#define MUL(d, a, b) FIELD_OP(0, d, a, b)   /* d = a * b           */
#define MAD(d, a, b) FIELD_OP(1, d, a, b)   /* d = 121665 * a + b; d must not be a */
#define ADD(d, a, b) FIELD_OP(2, d, a, b)   /* d = a + b           */
#define SUB(d, a, b) FIELD_OP(3, d, a, b)   /* d = a - b           */
#define END FIELD_OP(4, 0, 0, 0)

/* Runs a program up to END. Constant time for one program. 140 bytes of stack. */
void field_run(const u16 *program);

/* d = a * b. d may be a or b. */
void field_multiply(u32 *d, const u32 *a, const u32 *b);

/* d = s, eight words. */
void field_copy(u32 *d, const u32 *s);

/* r += k, sign-extended; returns the carry: -1, 0 or 1. */
i32 field_nudge(u32 *r, i32 k);

/* Registers 0 and 1 = themselves / register 2, below p (a division by 0 gives 0). Uses up 3 and 4.
 * Constant time. */
void field_divide(void);

#endif
