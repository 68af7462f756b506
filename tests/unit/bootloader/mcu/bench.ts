/**
 * A work bench for tests of the model: makes microcontrollers with seeded randomness and lets their own core read and
 * write single addresses, as firmware would.
 *
 * @module
 */
import { ok } from "node:assert/strict";
import { CallError, Mcu, type McuOptions } from "../../../../bootloader/mcu/mod.ts";

export const FLASH = 0x08000000;
export const RAM = 0x20000000;
/** Registers of the flash controller. */
export const R = {
  ACR: 0x40022000,
  KEYR: 0x40022008,
  OPTKEYR: 0x4002200c,
  SR: 0x40022010,
  CR: 0x40022014,
  ECCR: 0x40022018,
  OPTR: 0x40022020,
  WRP1AR: 0x4002202c,
} as const;
export const SR = {
  EOP: 1,
  PROGERR: 8,
  WRPERR: 16,
  PGAERR: 32,
  SIZERR: 64,
  PGSERR: 128,
  OPTVERR: 0x8000,
  BSY1: 1 << 16,
  CFGBSY: 1 << 18,
} as const;
export const CR = {
  PG: 1,
  PER: 2,
  MER1: 4,
  STRT: 1 << 16,
  OPTSTRT: 1 << 17,
  FSTPG: 1 << 18,
  EOPIE: 1 << 24,
  OBL_LAUNCH: 1 << 27,
  OPTLOCK: 1 << 30,
  LOCK: (1 << 31) >>> 0,
} as const;

/** Test tap code in SRAM: four loads and stores of each width, as `op; bx lr`. */
const TAPS = { ldr: 0x6800, str: 0x6001, ldrh: 0x8800, strh: 0x8001, ldrb: 0x7800, strb: 0x7001 } as const;
const TAP_AT = 0x1000;

/** A repeatable source of bytes. */
export function seeded(seed: number): (length: number) => Uint8Array {
  let state = seed | 0;
  return (length) =>
    Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state >>> 24;
    });
}

/** Makes a chip without power; its UID is 01 02 ... 0c. */
export function makeMcu(options: Partial<McuOptions> = {}): Mcu {
  const uid = Uint8Array.from({ length: 12 }, (_, i) => i + 1);
  return new Mcu({ chip: "stm32g0-8k", uid, random: seeded(1), ...options });
}

/** Makes a chip that has power and a program (an endless loop) in its first page. */
export function makeRunning(options: Partial<McuOptions> = {}): Mcu {
  const mcu = makeMcu(options);
  mcu.plantFlash(0, program([0xe7fe]));
  mcu.powerOn();
  return mcu;
}

/** Vectors (stack at the end of SRAM, every handler 0x08000041) and code at 0x08000040. */
export function program(
  code: readonly number[],
  handlers: Readonly<Record<number, number>> = {},
): Uint8Array {
  const words = new Uint32Array(16).fill(FLASH + 0x41);
  words[0] = RAM + 0x2000;
  for (const [number, address] of Object.entries(handlers)) words[Number(number)] = address;
  const bytes = new Uint8Array(64 + 2 * code.length);
  bytes.set(new Uint8Array(words.buffer));
  bytes.set(halfwords(code), 64);
  return bytes;
}

/** Halfwords as bytes. */
export function halfwords(code: readonly number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(code).buffer);
}

/** Words as bytes. */
export function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

/** The core loads or stores at an address from code in SRAM. @throws {CallError} where the access faults */
export function tap(mcu: Mcu, kind: keyof typeof TAPS, address: number, value = 0): number {
  mcu.plantRam(TAP_AT, halfwords([TAPS[kind], kind.startsWith("ld") ? 0x4770 : 0x4770]));
  // Loads leave their value in r0: ldr r0,[r0]; stores are str r1,[r0].
  return mcu.call(RAM + TAP_AT, [address | 0, value | 0], { maxCycles: 10_000_000 }).r0;
}

/** The core reads a word. */
export function peek(mcu: Mcu, address: number): number {
  return tap(mcu, "ldr", address);
}

/** The core writes a word. */
export function poke(mcu: Mcu, address: number, value: number): void {
  tap(mcu, "str", address, value);
}

/** True when the core's access faults. */
export function faults(mcu: Mcu, kind: keyof typeof TAPS, address: number, value = 0): boolean {
  try {
    tap(mcu, kind, address, value);
    return false;
  } catch (error) {
    ok(error instanceof CallError);
    return true;
  }
}

/** Opens FLASH_CR. */
export function unlock(mcu: Mcu): void {
  poke(mcu, R.KEYR, 0x45670123);
  poke(mcu, R.KEYR, 0xcdef89ab);
}

/** Opens the option registers too. */
export function unlockOptions(mcu: Mcu): void {
  unlock(mcu);
  poke(mcu, R.OPTKEYR, 0x08192a3b);
  poke(mcu, R.OPTKEYR, 0x4c5d6e7f);
}

/** Waits until BSY1 is clear and answers the status; looks every 5 us at first, then every 50 us. */
export function settle(mcu: Mcu): number {
  for (let i = 0; i < 10_000; i++) {
    const status = peek(mcu, R.SR);
    if ((status & SR.BSY1) === 0) return status;
    mcu.run({ nanos: i < 40 ? 5_000 : 50_000 });
  }
  throw new Error("BSY1 stays set");
}

/** Programs one double word by the rules and answers the status. */
export function programDoubleWord(mcu: Mcu, address: number, low: number, high: number): number {
  poke(mcu, R.CR, CR.PG);
  poke(mcu, address, low);
  poke(mcu, address + 4, high);
  return settle(mcu);
}

/** Erases one page by the rules and answers the status. */
export function erasePage(mcu: Mcu, page: number): number {
  poke(mcu, R.CR, CR.PER | (page << 3) | CR.STRT);
  const status = settle(mcu);
  poke(mcu, R.CR, 0);
  return status;
}

/** Writes the option word by the rules; it is in force only after an option load. */
export function writeOptr(mcu: Mcu, optr: number): number {
  unlockOptions(mcu);
  poke(mcu, R.OPTR, optr);
  poke(mcu, R.CR, CR.OPTSTRT);
  return settle(mcu);
}

/** Switches the supply off and on. */
export function powerCycle(mcu: Mcu): void {
  mcu.powerOff();
  mcu.run({ nanos: 1_000_000 });
  mcu.powerOn();
}
