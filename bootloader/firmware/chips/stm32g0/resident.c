/* What an STM32G0 needs to the end, from RAM: the link's bytes, the flash controller. */
#include "chips/chip.h"
#include "resident.h"

/* Not secret, and needed in FAIL. */
u32 link_usart __attribute__((section(".bss.kept")));

i32 link_get(u32 milliseconds)
{
  for (;;) {
    if (REGISTER(link_usart + USART_ISR) & USART_RXNE)
      return REGISTER(link_usart + USART_RDR);
    /* Bound: the ticks asked for. */
    if (REGISTER(SYST_CSR) & SYST_CSR_COUNTFLAG && !--milliseconds)
      return -1;
  }
}

void link_put(u32 byte)
{
  REGISTER(link_usart + USART_TDR) = byte;
  while (!(REGISTER(link_usart + USART_ISR) & USART_TC))
    ;
}

void link_drain(void)
{
  REGISTER(link_usart + USART_ICR) = USART_ERRORS;
  (void)REGISTER(link_usart + USART_RDR);
}

void flash_unlock(void)
{
  FLASH_KEYR = 0x45670123;
  FLASH_KEYR = 0xcdef89ab;
}

void flash_run(u32 cr)
{
  FLASH_SR = SR_ERRORS;
  /* What to do first, then the bit that starts it (RM0444, 3.3.7). */
  FLASH_CR = cr & ~(CR_STRT | CR_OPTSTRT);
  FLASH_CR = cr;
  /* No bound: a controller that stays busy gives no answer, and the host's deadline says so. */
  while (FLASH_SR & SR_BUSY)
    ;
}

u32 flash_write(u32 offset, const u32 *word)
{
  volatile u32 *at = (volatile u32 *)(CHIP_FLASH + offset);
  u32 low = word[0], high = word[1];
  /* P-34: a word of ones is left erased. On this chip it could not even be made zero afterwards. */
  if (~(low & high)) {
    flash_run(CR_PG);
    at[0] = low;
    at[1] = high;
    while (FLASH_SR & SR_BUSY)
      ;
  }
  return (at[0] ^ low) | (at[1] ^ high);
}
