/*
 * What the bootloader asks of a chip. Each family answers in a folder beside this file: registers.h, start.c
 * (runs from flash, before the first page is erased) and resident.c (runs from RAM, P-35).
 */
#ifndef CHIP_H
#define CHIP_H

#include "wire.h"

/* The block that the host patched into page 0 (PROTOCOL section 10). Gone once page 0 is erased. */
extern const install_block installed;

/* From flash, in this order. */

/* Shuts the debug port (P-43), raises the clock, starts the timer. */
void chip_start(void);
/* Fills what the chip knows of itself: lock, debug, entropy, family, flash_kb, chip_id, uid, options. */
void chip_describe(hello_reply *self);
/* Sets options and lock level of the install block and has them reloaded, which resets the chip: then it does
 * not return. Returns when it has been tried since power-on already (P-42). */
void chip_set_options(const hello_reply *self);
/* Opens the link on the pins that the install block names. */
void chip_open_link(void);
/* Writes 16 raw words of the random number generator; SUITE_YES if they pass the health test of P-24. */
u32 chip_random(u32 *words);

/* From RAM. */

#define FOREVER 0
/* Returns the next byte of the link, or -1 when none came for so many milliseconds (FOREVER: 49 days). */
i32 link_get(u32 milliseconds);
/* Sends one byte and waits until it has left. */
void link_put(u32 byte);
/* Throws away what came while nobody listened. */
void link_drain(void);

/* Offsets count from the start of flash; a flash word is 8 bytes. */
void flash_unlock(void);
/* Programs one flash word unless it is all ones (P-34) and returns 0 when it reads back as it should. */
u32 flash_write(u32 offset, const u32 *word);

/* Defined by the family's header: CHIP_FAMILY, CHIP_FLASH (address), CHIP_PAGE_BYTES, flash_erase_page(page), flash_erase_all(). */
#include "registers.h"

#endif
