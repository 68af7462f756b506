/* The board under the sample: STM32G031/G041 as it comes out of a system reset. Polled output, one lamp. */
#ifndef BOARD_H
#define BOARD_H

#include "../suite.h"

/* Chip family of PROTOCOL section 4. */
#define BOARD_FAMILY 1
#define BOARD_UID_BYTES 12
#define BOARD_CLOCK_HZ 16000000u

/* The chip's unique ID, in memory order. */
const u8 *board_uid(void);

/* Sends bytes to the host: USART2, PA2, 115,200 baud 8N1. */
void board_begin(void);
void board_send(u8 byte);

/* Changes the lamp on PA5 each time the given number of clock cycles (up to 2^24) has passed, for ever. The core
 * sleeps in between. */
void board_blink(u32 cycles) __attribute__((noreturn));

#endif
