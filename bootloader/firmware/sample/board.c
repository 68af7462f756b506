/*
 * Registers of the STM32G0 (RM0444: RCC, GPIO, USART, device electronic signature; Armv6-M: SysTick).
 * After reset the core runs at 16 MHz from HSI16 without wait states: nothing to set, and fast enough here.
 */
#include "board.h"

#define REGISTER(address) (*(volatile u32 *)(address))

#define RCC_IOPENR REGISTER(0x40021034)
#define RCC_IOPENR_GPIOAEN (1u << 0)
#define RCC_APBENR1 REGISTER(0x4002103c)
#define RCC_APBENR1_USART2EN (1u << 17)

#define GPIOA_MODER REGISTER(0x50000000)
#define GPIOA_ODR REGISTER(0x50000014)
#define GPIOA_AFRL REGISTER(0x50000020)
#define MODE(pin, mode) ((u32)(mode) << 2 * (pin))
#define FUNCTION(pin, function) ((u32)(function) << 4 * (pin))
#define OUTPUT 1
#define ALTERNATE 2
#define ANY_MODE 3
#define ANY_FUNCTION 15

#define USART2_CR1 REGISTER(0x40004400)
#define USART_CR1_UE (1u << 0)
#define USART_CR1_TE (1u << 3)
#define USART2_BRR REGISTER(0x4000440c)
#define USART2_ISR REGISTER(0x4000441c)
#define USART_ISR_TXE (1u << 7)
#define USART2_TDR REGISTER(0x40004428)

#define SYST_CSR REGISTER(0xe000e010)
#define SYST_CSR_ENABLE 1u
#define SYST_CSR_TICKINT 2u
#define SYST_CSR_CLKSOURCE 4u
#define SYST_RVR REGISTER(0xe000e014)
#define SYST_CVR REGISTER(0xe000e018)

#define UID_BASE 0x1fff7590

#define TX 2
#define RX 3
#define LAMP 5
#define BAUD 115200u

const u8 *board_uid(void)
{
  return (const u8 *)UID_BASE;
}

void board_begin(void)
{
  RCC_IOPENR |= RCC_IOPENR_GPIOAEN;
  RCC_APBENR1 |= RCC_APBENR1_USART2EN;
  /* The clocks arrive two cycles later; reading the register back takes longer than that. */
  (void)RCC_APBENR1;
  /* The functions first: a pin must not show another function on its way. */
  u32 functions = GPIOA_AFRL & ~(FUNCTION(TX, ANY_FUNCTION) | FUNCTION(RX, ANY_FUNCTION));
  GPIOA_AFRL = functions | FUNCTION(TX, 1) | FUNCTION(RX, 1);
  u32 modes = GPIOA_MODER & ~(MODE(TX, ANY_MODE) | MODE(RX, ANY_MODE) | MODE(LAMP, ANY_MODE));
  GPIOA_MODER = modes | MODE(TX, ALTERNATE) | MODE(RX, ALTERNATE) | MODE(LAMP, OUTPUT);
  /* The receiver stays off: nobody has to say anything to the sample. */
  USART2_BRR = (BOARD_CLOCK_HZ + BAUD / 2) / BAUD;
  USART2_CR1 = USART_CR1_TE | USART_CR1_UE;
}

void board_send(u8 byte)
{
  /* Bound: the byte before needs 87 us on the line, whether anybody listens or not. */
  while (!(USART2_ISR & USART_ISR_TXE))
    ;
  USART2_TDR = byte;
}

/* The SysTick exception. */
void board_tick(void)
{
  GPIOA_ODR ^= 1u << LAMP;
}

void board_blink(u32 cycles)
{
  SYST_RVR = cycles - 1;
  SYST_CVR = 0;
  SYST_CSR = SYST_CSR_CLKSOURCE | SYST_CSR_TICKINT | SYST_CSR_ENABLE;
  for (;;)
    __asm volatile("wfi");
}
