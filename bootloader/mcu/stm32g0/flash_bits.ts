/**
 * Registers, bits and keys of the flash controller of STM32G0 (RM0444 section 3.7, CMSIS header stm32g041xx.h).
 *
 * A table; knows no rule.
 *
 * @module
 */

/** FLASH_SR. */
export const SR = {
  EOP: 1 << 0,
  OPERR: 1 << 1,
  PROGERR: 1 << 3,
  WRPERR: 1 << 4,
  PGAERR: 1 << 5,
  SIZERR: 1 << 6,
  PGSERR: 1 << 7,
  OPTVERR: 1 << 15,
  BSY1: 1 << 16,
  CFGBSY: 1 << 18,
  ERRORS: 0x3f8,
  CLEARABLE: 0xc3fb,
} as const;
/** FLASH_CR. */
export const CR = {
  PG: 1 << 0,
  PER: 1 << 1,
  MER1: 1 << 2,
  STRT: 1 << 16,
  OPTSTRT: 1 << 17,
  FSTPG: 1 << 18,
  EOPIE: 1 << 24,
  ERRIE: 1 << 25,
  RDERRIE: 1 << 26,
  OBL_LAUNCH: 1 << 27,
  SEC_PROT: 1 << 28,
  OPTLOCK: 1 << 30,
  LOCK: 1 << 31,
  SETTINGS: 0x070003ff,
} as const;
/** FLASH_ACR. */
export const ACR = { RESET: 0x00040600, EMPTY: 1 << 16, DBG_SWEN: 1 << 18, WRITABLE: 0x00050f07 } as const;
/** FLASH_ECCR: detection, and both flags. */
export const [ECCD, ECC_FLAGS] = [1 << 31, 0xc0000000 | 0] as const;
/** Keys of FLASH_KEYR and FLASH_OPTKEYR (RM0444 3.3.6, 3.4.2). */
export const [KEY1, KEY2, OPTKEY1, OPTKEY2] = [0x45670123, 0xcdef89ab | 0, 0x08192a3b, 0x4c5d6e7f] as const;
/** Registers at which the two key sequences and the controls lie. */
export const AT = { ACR: 0x00, KEYR: 0x08, OPTKEYR: 0x0c, SR: 0x10, CR: 0x14, ECCR: 0x18 } as const;
