/*
 * Registers of the STM32G0 that the bootloader uses, with the names of the reference manual RM0444. Compared with public
 * tables: FLASH with libopencm3 (stm32/g0/flash.h) and ChibiOS (bit 10 of ACR is written as it is after reset), RCC with
 * the SVD of the STM32G030, RNGSEL and OBLRSTF with CMSIS. Not compared with silicon.
 */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "suite.h"

#define REGISTER(address) (*(volatile u32 *)(address))

#define CHIP_FAMILY 1
#define CHIP_FLASH 0x08000000u
#define CHIP_PAGE_BYTES 2048u

#define FLASH 0x40022000u
#define FLASH_ACR REGISTER(FLASH + 0x00)
#define FLASH_KEYR REGISTER(FLASH + 0x08)
#define FLASH_OPTKEYR REGISTER(FLASH + 0x0c)
#define FLASH_SR REGISTER(FLASH + 0x10)
#define FLASH_CR REGISTER(FLASH + 0x14)
/* Two wait states (needed above 48 MHz in range 1), prefetch, cache. Bit 10 is set after reset and kept. Not
 * set: DBG_SWEN (bit 18: no debugger; the value line has no such bit) and EMPTY (bit 16: this flash boots; a system
 * reset leaves it as it is). */
#define ACR_RUNNING 0x00000702u
#define ACR_LATENCY 7u
#define ACR_DBG_SWEN (1u << 18)
#define SR_BUSY (1u << 16 | 1u << 18)
#define SR_ERRORS 0x0000c3fbu
#define CR_PG (1u << 0)
#define CR_PER (1u << 1)
#define CR_MER1 (1u << 2)
#define CR_PNB_SHIFT 3
#define CR_STRT (1u << 16)
#define CR_OPTSTRT (1u << 17)
#define CR_OBL_LAUNCH (1u << 27)

/* Clears old errors, then does what cr says and waits for its end. The bits stay set: each use writes all. */
void flash_run(u32 cr);
#define flash_erase_page(page) flash_run(CR_STRT | CR_PER | (page) << CR_PNB_SHIFT)
#define flash_erase_all() flash_run(CR_STRT | CR_MER1)

#define RCC 0x40021000u
#define RCC_CR REGISTER(RCC + 0x00)
#define RCC_CFGR REGISTER(RCC + 0x08)
#define RCC_PLLCFGR REGISTER(RCC + 0x0c)
#define RCC_IOPENR REGISTER(RCC + 0x34)
#define RCC_AHBENR REGISTER(RCC + 0x38)
#define RCC_APBENR1 REGISTER(RCC + 0x3c)
#define RCC_APBENR2 REGISTER(RCC + 0x40)
#define RCC_CCIPR REGISTER(RCC + 0x54)
#define RCC_CSR REGISTER(RCC + 0x60)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CR_HSION (1u << 8)
#define RCC_CFGR_SW_PLL 2u
#define RCC_CFGR_SWS (7u << 3)
/* HSI16 / 1 x 8 / 2 = 64 MHz on output R. */
#define PLLCFGR_64_MHZ (1u << 29 | 1u << 28 | 8u << 8 | 2u)
/* Ports A, B, C, D, F: what every part of the family has. */
#define IOPENR_ALL 0x2fu
#define AHBENR_RNG (1u << 18)
#define AHBENR_FLASH (1u << 8)
#define APBENR1_USART2 (1u << 17)
#define APBENR1_DBG (1u << 27)
#define APBENR2_USART1 (1u << 14)
#define CCIPR_RNG_HSI16 (1u << 26)
#define CSR_OBLRSTF (1u << 25)

#define GPIO(port) (0x50000000u + 0x400u * (port))
#define GPIO_MODER 0x00u
#define GPIO_AFR 0x20u

#define USART1 0x40013800u
#define USART2 0x40004400u
#define USART_CR1 0x00u
#define USART_BRR 0x0cu
#define USART_ISR 0x1cu
#define USART_ICR 0x20u
#define USART_RDR 0x24u
#define USART_TDR 0x28u
#define USART_CR1_RUN (1u << 3 | 1u << 2 | 1u << 0)
#define USART_RXNE (1u << 5)
#define USART_TC (1u << 6)
#define USART_ERRORS 0x0fu

#define RNG_CR REGISTER(0x40025000u)
#define RNG_SR REGISTER(0x40025004u)
#define RNG_DR REGISTER(0x40025008u)
#define RNG_CR_RNGEN (1u << 2)
#define RNG_SR_DRDY (1u << 0)
#define RNG_SR_ERRORS 0x66u

#define SYST_CSR 0xe000e010u
#define SYST_RVR 0xe000e014u
#define SYST_CVR 0xe000e018u
#define SYST_CSR_COUNTFLAG (1u << 16)
#define SCB_VTOR 0xe000ed08u
/* Where end.S begins; a table has to lie at a multiple of 256. */
#define RAM_VECTORS 0x20000000u

#define DBG_IDCODE REGISTER(0x40015800u)
#define UNIQUE_ID 0x1fff7590u
#define FLASH_SIZE_KB (*(volatile u16 *)0x1fff75e0u)

#endif
