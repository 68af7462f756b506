/*
 * What an STM32G0 does once after reset, from flash: debug port, clock, options, link, random numbers.
 * No wait here has a bound but the one on the random numbers: a chip whose clock does not settle gives no
 * answer, and the host's deadline says so.
 */
#include "chips/chip.h"
#include "resident.h"

typedef struct {
  u32 address, value;
} setting;

/* In order; each is written, then read until all of its bits are set. */
static const setting settings[] = {
  /* P-43: no debugger (DBG_SWEN = 0 in ACR_RUNNING); SWDIO and SWCLK become analog pins, as all others are. */
  { FLASH + 0x00, ACR_RUNNING },
  { RCC + 0x34, IOPENR_ALL },
  { GPIO(0) + GPIO_MODER, 0xffffffff },
  /* The wait states are in force already: the clock may rise (RM0444, 3.3.4). */
  { RCC + 0x0c, PLLCFGR_64_MHZ },
  { RCC + 0x00, RCC_CR_HSION | RCC_CR_PLLON | RCC_CR_PLLRDY },
  { RCC + 0x08, RCC_CFGR_SW_PLL | RCC_CFGR_SW_PLL << 3 },
  { RCC + 0x38, AHBENR_FLASH | AHBENR_RNG },
  { RCC + 0x3c, APBENR1_USART2 | APBENR1_DBG },
  { RCC + 0x40, APBENR2_USART1 },
  { RCC + 0x54, CCIPR_RNG_HSI16 },
  /* Faults lead to RAM (end.S): page 0 is going to be erased and then holds the image's vectors. */
  { SCB_VTOR, RAM_VECTORS },
  /* One tick for each millisecond; polled, never an interrupt. */
  { SYST_RVR, 64000 - 1 },
  { SYST_CVR, 0 },
  { SYST_CSR, 5 },
};

void chip_start(void)
{
  for (const setting *s = settings; s < settings + sizeof settings / sizeof *settings; s++) {
    REGISTER(s->address) = s->value;
    while (s->value & ~REGISTER(s->address))
      ;
  }
}

/* Words from FLASH to FLASH_OPTR, FLASH_WRP1AR, FLASH_WRP1BR, FLASH_SECR (P-18). */
static const u8 option_registers[4] = { 0x20 / 4, 0x2c / 4, 0x30 / 4, 0x80 / 4 };

void chip_describe(hello_reply *self)
{
  volatile u32 *flash = (volatile u32 *)FLASH;
  NEAR(flash);
  self->options[0] = flash[0x20 / 4];
  self->options[1] = flash[0x2c / 4];
  self->options[2] = flash[0x30 / 4];
  self->options[3] = flash[0x80 / 4];
  u8 rdp = self->options[0];
  self->lock = rdp == 0xaa ? 0 : rdp == 0xcc ? 2 : 1;
  /* The pins are analog: chip_start() waited for it. */
  self->debug = !(flash[0] & ACR_DBG_SWEN);
  self->entropy = 1;
  self->family = CHIP_FAMILY;
  self->flash_kb = FLASH_SIZE_KB;
  self->chip_id = DBG_IDCODE & 0xfff;
  /* P-4: 12 bytes in memory order; the rest is zero from the start. */
  memcpy(self->uid, (const void *)UNIQUE_ID, 12);
}

void chip_set_options(const hello_reply *self)
{
  /* P-42: the flag stays until the next power-on reset. */
  if (RCC_CSR & CSR_OBLRSTF)
    return;
  volatile u32 *flash = (volatile u32 *)FLASH;
  NEAR(flash);
  flash_unlock();
  flash[0x0c / 4] = 0x08192a3b; /* OPTKEYR */
  flash[0x0c / 4] = 0x4c5d6e7f;
  /* The lock level speaks for the RDP byte: 0xbb is level 1, 0xcc level 2. Level 0 is never written. */
  u32 rdp = 0xaa + 0x11 * installed.lock_level;
  for (u32 i = 4; i--;) {
    u32 mask = installed.options.mask[i], in_force = self->options[i];
    u32 word = in_force ^ ((in_force ^ installed.options.value[i]) & mask);
    if (i == 0)
      word = (word & ~0xffu) | rdp;
    flash[option_registers[i]] = word;
  }
  flash_run(CR_OPTSTRT);
  flash[0x14 / 4] = CR_OBL_LAUNCH;
  for (;;)
    ;
}

/* Sets one pin to an alternate function; after reset it is an analog pin (MODER 3, AFR 0). */
static void use_pin(u32 pin)
{
  u32 port = pin >> 4, at = pin & 15;
  port = GPIO(port);
  REGISTER(port + GPIO_MODER) ^= 1u << at * 2;
  REGISTER(port + GPIO_AFR + (at >> 3) * 4) |= (u32)installed.alternate << (at & 7) * 4;
}

void chip_open_link(void)
{
  use_pin(installed.tx_pin);
  use_pin(installed.rx_pin);
  u32 usart = installed.uart == 2 ? USART2 : USART1;
  link_usart = usart;
  REGISTER(usart + USART_BRR) = (64000000 + 115200 / 2) / 115200;
  REGISTER(usart + USART_CR1) = USART_CR1_RUN;
}

u32 chip_random(u32 *words)
{
  RNG_CR = RNG_CR_RNGEN;
  u32 last = 0, patience = 1 << 16;
  for (u32 i = 0; i < 16;) {
    u32 status = RNG_SR;
    /* P-24: an error flag, or nothing for about 20 ms. */
    if (status & RNG_SR_ERRORS || !--patience)
      return 0;
    if (!(status & RNG_SR_DRDY))
      continue;
    words[i] = RNG_DR;
    /* P-24: two equal words in a row; a first word of 0 is as bad. */
    if (words[i] == last)
      return 0;
    last = words[i++];
  }
  return SUITE_YES;
}
