/**
 * Flash and option bytes of the STM32G0 through its own flash controller, by debug memory accesses alone
 * (RM0444 section 3.3 "FLASH functional description", 3.7 "FLASH registers"; register facts also in libopencm3
 * `stm32/g0/flash.h`). Knows registers; knows nothing of tickets or bootloaders.
 *
 * @module
 */
import { assert, Fault } from "../../bootloader/wire/mod.ts";
import type { DebugPort, Limits } from "./port.ts";
import { hexAddress, readWord, writeBytes, writeWord } from "./words.ts";

const FLASH_BASE = 0x0800_0000;
const WORD_BYTES = 8;

// Registers (RM0444 section 3.7).
const KEYR = 0x4002_2008;
const OPTKEYR = 0x4002_200c;
const SR = 0x4002_2010;
const CR = 0x4002_2014;
const OPTR = 0x4002_2020;

const KEYS = [0x4567_0123, 0xcdef_89ab] as const;
const OPTION_KEYS = [0x0819_2a3b, 0x4c5d_6e7f] as const;

const SR_BUSY = (1 << 16) | (1 << 18); // BSY1 | CFGBSY
/** OPERR, PROGERR, WRPERR, PGAERR, SIZERR, PGSERR, MISERR, FASTERR, RDERR, OPTVERR: written 1 to clear. */
const SR_ERRORS = 0x0000_c3fa;
const SR_NAMES: readonly (readonly [number, string])[] = [
  [1 << 1, "OPERR"],
  [1 << 3, "PROGERR"],
  [1 << 4, "WRPERR"],
  [1 << 5, "PGAERR"],
  [1 << 6, "SIZERR"],
  [1 << 7, "PGSERR"],
  [1 << 8, "MISERR"],
  [1 << 9, "FASTERR"],
  [1 << 14, "RDERR"],
  [1 << 15, "OPTVERR"],
];

const CR_PG = 1 << 0;
const CR_MER1 = 1 << 2;
const CR_STRT = 1 << 16;
const CR_OPTSTRT = 1 << 17;
const CR_OBL_LAUNCH = 1 << 27;
const CR_OPTLOCK = 1 << 30;
const CR_LOCK = 2 ** 31;

const RDP_MASK = 0xff;
const RDP_LEVEL_0 = 0xaa;

/** Pause between two looks at the busy flag, in milliseconds: a page erase takes 22 ms, a double word 85 us. */
const BUSY_POLL_MS = 1;

/** Opens the flash controller for changes and clears old errors. */
async function open(port: DebugPort, limits: Limits): Promise<void> {
  await waitIdle(port, limits);
  if (await readWord(port, CR, limits) >>> 31 === 1) {
    for (const value of KEYS) await writeWord(port, { address: KEYR, value }, limits);
  }
  if (await readWord(port, CR, limits) >>> 31 === 1) {
    throw new Fault("Cannot open the flash controller: it stays locked after both keys", {
      place: "probe",
      retry: true,
    });
  }
  await writeWord(port, { address: SR, value: SR_ERRORS }, limits);
}

async function close(port: DebugPort, limits: Limits): Promise<void> {
  await writeWord(port, { address: CR, value: CR_LOCK }, limits);
}

/** Waits until the controller is idle, at most until the deadline; then its errors, if any, are a fault. */
async function waitIdle(
  port: DebugPort,
  limits: Limits,
  doing = "wait for the flash controller",
): Promise<void> {
  const endMs = port.nowMs() + limits.deadlineMs;
  for (;;) {
    const status = await readWord(port, SR, limits);
    if ((status & SR_BUSY) === 0) return checkStatus(status, doing);
    if (port.nowMs() > endMs) {
      throw new Fault(`Cannot ${doing}: the flash controller is busy after ${limits.deadlineMs} ms`, {
        place: "probe",
        retry: true,
      });
    }
    await port.pause(BUSY_POLL_MS, limits.signal);
  }
}

function checkStatus(status: number, doing: string): void {
  // OPTVERR tells that option bytes loaded wrongly at power-on; it is judged with the options, not here.
  const errors = SR_NAMES.filter(([bit, name]) => (status & bit) !== 0 && name !== "OPTVERR");
  if (errors.length === 0) return;
  const names = errors.map(([, name]) => name).join(", ");
  throw new Fault(`Cannot ${doing}: the flash controller reports ${names}`, { place: "probe", retry: true });
}

/** Erases the whole main flash (RM0444 3.3.7 "mass erase"). */
export async function eraseAll(port: DebugPort, limits: Limits): Promise<void> {
  await open(port, limits);
  await writeWord(port, { address: CR, value: CR_MER1 }, limits);
  await writeWord(port, { address: CR, value: CR_MER1 | CR_STRT }, limits);
  await waitIdle(port, limits, "erase the chip");
  await close(port, limits);
}

/**
 * Programs `bytes` at `offset` from the start of flash, double word by double word (RM0444 3.3.8 "standard
 * programming"). Words that are all 0xFF are left erased: once programmed they could never be changed.
 */
export async function program(
  port: DebugPort,
  at: { readonly offset: number; readonly bytes: Uint8Array },
  limits: Limits,
): Promise<void> {
  // Half a double word would keep the controller waiting for the other half (CFGBSY).
  assert(
    at.offset % WORD_BYTES === 0 && at.bytes.length % WORD_BYTES === 0,
    "flash is programmed in double words",
  );
  await open(port, limits);
  await writeWord(port, { address: CR, value: CR_PG }, limits);
  for (let start = 0; start < at.bytes.length; start += WORD_BYTES) {
    const bytes = at.bytes.subarray(start, start + WORD_BYTES);
    if (bytes.every((byte) => byte === 0xff)) continue;
    const address = FLASH_BASE + at.offset + start;
    await writeBytes(port, { address, bytes }, limits);
    await waitIdle(port, limits, `program flash at ${hexAddress(address)}`);
  }
  await close(port, limits);
}

/**
 * Takes the read-out protection back from level 1 to 0, which erases all of flash (RM0444 3.5.2 "RDP level 1 to
 * 0"). The options are reloaded by OBL_LAUNCH, which resets the chip and may end the debug session: the caller
 * cycles power and reads the options again, since the write's own success proves nothing.
 */
export async function unlock(port: DebugPort, limits: Limits): Promise<void> {
  await open(port, limits);
  for (const value of OPTION_KEYS) await writeWord(port, { address: OPTKEYR, value }, limits);
  const options = await readWord(port, OPTR, limits);
  const value = ((options & ~RDP_MASK) | RDP_LEVEL_0) >>> 0;
  await writeWord(port, { address: OPTR, value }, limits);
  await writeWord(port, { address: CR, value: CR_OPTSTRT }, limits);
  await waitIdle(port, limits, "write the option bytes");
  const control = await readWord(port, CR, limits);
  if ((control & CR_OPTLOCK) !== 0) {
    throw new Fault("Cannot reload the option bytes: they are locked", { place: "probe", retry: true });
  }
  await port.write(CR, littleEndian(CR_OBL_LAUNCH), limits);
}

function littleEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
