/**
 * What a station does with a chip through its probe: identify, read, erase, program, unlock, power, each under a
 * deadline. Built from a driver's port and the chip table; knows no ticket and no bootloader (D§9).
 *
 * @module
 */
import { identifyChip, supportedFamilies, type SupportedFamily } from "../../bootloader/chips/mod.ts";
import { Defect, parseUid, type Uid } from "../../bootloader/wire/mod.ts";
import type { AttachMode, DebugPort, Limits, Reading, TransferSink } from "./port.ts";
import * as stm32g0 from "./stm32g0_flash.ts";
import { hexAddress, readBytes, readWord } from "./words.ts";

/** A chip as it was found. */
export interface FoundChip {
  readonly family: SupportedFamily;
  /** Name of the chip, e.g. `stm32g0-8k`: family and flash size. */
  readonly name: string;
  readonly chipId: number;
  readonly flashKb: number;
  readonly uid: Uid;
  /** Bytes of RAM. */
  readonly ramBytes: number;
  /** Every option register that is judged, by name; the four words of P-18 are among them. */
  readonly options: Readonly<Record<string, number>>;
  /** Lock level in force (P-18). */
  readonly lock: 0 | 1 | 2;
}

/** What `identify` gives; `unknown` says what was read instead. */
export type Identity = { readonly found: FoundChip } | { readonly unknown: string };

/** One probe as a station uses it. Every method throws {@linkcode Fault} when probe or chip fail on the way. */
export interface Probe {
  readonly name: string;
  /** Milliseconds of the probe's time; see {@linkcode DebugPort}. */
  nowMs(): number;
  /** Switches the supply off, long enough that RAM is forgotten, and on again. */
  cyclePower(signal: AbortSignal): Promise<void>;
  powerOff(signal: AbortSignal): Promise<void>;
  attach(mode: AttachMode, signal: AbortSignal): Promise<"answers" | "no-answer">;
  detach(signal: AbortSignal): Promise<void>;
  /** Reads who the attached chip is; changes nothing. */
  identify(signal: AbortSignal): Promise<Identity>;
  /** Reads the whole flash. */
  readFlash(chip: FoundChip, signal: AbortSignal): Promise<Reading>;
  /** Tries to read flash at several places: readable as soon as one of them is. */
  tryFlash(chip: FoundChip, signal: AbortSignal): Promise<"readable" | "closed">;
  /** Tries to read RAM at several places: readable as soon as one of them is. */
  tryRam(chip: FoundChip, signal: AbortSignal): Promise<"readable" | "closed">;
  /** Erases the whole flash of an unlocked chip. */
  erase(signal: AbortSignal): Promise<void>;
  /** Programs bytes at an offset from the start of flash; both multiples of the flash word. All-0xFF words stay erased. */
  program(at: { readonly offset: number; readonly bytes: Uint8Array }, signal: AbortSignal): Promise<void>;
  /** Takes read-out protection back, which erases the chip. Power has to be cycled afterwards. */
  unlock(signal: AbortSignal): Promise<void>;
  /** Registers the one receiver of the data of every memory transfer, or none. */
  observe(sink: TransferSink | null): void;
}

/** Deadlines in milliseconds of the probe's time, several times what a slow adapter needs. */
const DEADLINES = { power: 2_000, attach: 2_000, transfer: 2_000, flashRead: 20_000, busy: 2_000 } as const;

/** Distance of the places at which RAM is tried. */
const RAM_STEP_BYTES = 1024;

/** Returns the probe over a driver's port. */
export function createProbe(port: DebugPort): Probe {
  const within = (deadlineMs: number, signal: AbortSignal): Limits => ({ deadlineMs, signal });
  let dpidr = 0;
  return {
    name: port.name,
    nowMs: () => port.nowMs(),
    async cyclePower(signal) {
      await port.power(false, within(DEADLINES.power, signal));
      await port.power(true, within(DEADLINES.power, signal));
    },
    powerOff: (signal) => port.power(false, within(DEADLINES.power, signal)),
    async attach(mode, signal) {
      const answer = await port.attach(mode, within(DEADLINES.attach, signal));
      if (answer === "no-answer") return answer;
      dpidr = answer.dpidr;
      return "answers";
    },
    detach: (signal) => port.detach(within(DEADLINES.attach, signal)),
    identify: (signal) => identify(port, dpidr, within(DEADLINES.transfer, signal)),
    readFlash: ({ family, flashKb }, signal) =>
      port.read(family.chips.flash.base, flashKb * 1024, within(DEADLINES.flashRead, signal)),
    tryFlash({ family, flashKb }, signal) {
      const { base, pageBytes } = family.chips.flash;
      const range = { start: base, bytes: flashKb * 1024, step: pageBytes };
      return tryRange(port, range, within(DEADLINES.transfer, signal));
    },
    tryRam({ family, ramBytes }, signal) {
      const range = { start: family.chips.ram.base, bytes: ramBytes, step: RAM_STEP_BYTES };
      return tryRange(port, range, within(DEADLINES.transfer, signal));
    },
    erase: (signal) => stm32g0.eraseAll(port, within(DEADLINES.busy, signal)),
    program: (at, signal) => stm32g0.program(port, at, within(DEADLINES.busy, signal)),
    unlock: (signal) => stm32g0.unlock(port, within(DEADLINES.busy, signal)),
    observe: (sink) => port.observe(sink),
  };
}

async function identify(port: DebugPort, dpidr: number, limits: Limits): Promise<Identity> {
  const [first] = supportedFamilies;
  if (first === undefined) throw new Defect("the chip table is empty");
  // DBG_IDCODE has its place in each family; with more than one family the first that answers there and fits is it.
  const idcode = await port.read(first.chips.debug.idcodeAddress, 4, limits);
  if ("closed" in idcode) return { unknown: `DPIDR ${hexAddress(dpidr)}, no DBG_IDCODE` };
  const word = new DataView(idcode.data.buffer, idcode.data.byteOffset).getUint32(0, true);
  const chip = identifyChip({ dpidr, idcode: word });
  if (chip === undefined) return { unknown: `DPIDR ${hexAddress(dpidr)}, DBG_IDCODE ${hexAddress(word)}` };
  const { family, devId, part } = chip;
  const { uid, flashSizeAddress, optionRegisters, judgedRegisters } = family.chips;
  const flashKb = await readWord(port, flashSizeAddress, limits) & 0xffff;
  if (flashKb === 0 || flashKb > (part?.flashKbMax ?? 0)) return { unknown: `a flash of ${flashKb} kB` };
  const id = await readBytes(port, { address: uid.address, length: uid.bytes }, limits);
  const options: Record<string, number> = {};
  for (const { name, address } of [...optionRegisters, ...judgedRegisters]) {
    options[name] = await readWord(port, address, limits);
  }
  return {
    found: {
      family,
      name: `${family.chips.name}-${flashKb}k`,
      chipId: devId,
      flashKb,
      ramBytes: part?.ramBytes ?? 0,
      uid: parseUid(id.toHex()),
      options,
      lock: family.lockLevel(options[optionRegisters[0].name] ?? 0),
    },
  };
}

/** Reads a word at the start of each step and the last word of the range; the first that is given decides. */
async function tryRange(
  port: DebugPort,
  range: { readonly start: number; readonly bytes: number; readonly step: number },
  limits: Limits,
): Promise<"readable" | "closed"> {
  const places = [range.bytes - 4];
  for (let at = 0; at < range.bytes; at += range.step) places.push(at);
  for (const at of places) {
    const reading = await port.read(range.start + at, 4, limits);
    if ("data" in reading) return "readable";
  }
  return "closed";
}
