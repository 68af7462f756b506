/* The target's half of Noise NK (PROTOCOL section 6), from flash. Both work on the frame received last. */
#ifndef HANDSHAKE_H
#define HANDSHAKE_H

#include "wire.h"

/* Opens the ticket (P-13 to P-18) and writes message 1 to answer.body; calls fail() if it is not good. */
void make_message1(void);

/* Opens message 2 into granted, up and down; calls fail() if it is not authentic. */
void take_message2(void);

/* serve.c: 0 when these options and this lock level are in force. */
u32 options_differ(const option_words *want, u32 lock_level);

#endif
