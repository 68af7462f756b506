/**
 * What a board is after a power cut: one of the states of D§7, read from the board's file and from what a chip made of
 * it does when power comes back. Asks no agent and believes no answer but the chip's own behaviour.
 *
 * @module
 */
import assert from "node:assert/strict";
import { bootloaderFor } from "../../bootloader/firmware/mod.ts";
import { Mcu, readBoard } from "../../bootloader/mcu/mod.ts";
import { encodeFrame, FRAME_TYPES, FrameDecoder, helloReplyLayout } from "../../bootloader/wire/mod.ts";
import { PADS } from "./_site.ts";

const FLASH = 0x0800_0000;
/** Flash of the chip, in bytes. */
export const FLASH_BYTES = 8192;
const PAGE_BYTES = 2048;
const WORD_BYTES = 8;
const MILLISECOND = 1_000_000;
/** A start needs the check over the bootloader (about 35 ms at 16 MHz) and what follows until the link is open. */
const START_MS = 150;
/** Windows of the image that no debugger may see: 16 bytes with at least 8 different values. */
const WINDOW = { bytes: 16, values: 8 };

/**
 * The states of D§7, and two beside them: what a cut within an option write may leave, and a complete chip whose firmware
 * a cut within the unlock has erased in part (no host can take its start address away first: flash is closed to it).
 */
export const STATES = [
  "blank",
  "installing",
  "restartable",
  "silent",
  "complete",
  "options torn",
  "partly erased",
] as const;
/** A name of {@linkcode STATES}. */
export type State = typeof STATES[number];

/** What the board of this delivery holds before and after. */
export interface Truth {
  /** 8 kB: the bootloader with this ticket's install block, the rest erased. */
  readonly bootloader: Uint8Array;
  /** 8 kB: the image with this device's personal region. */
  readonly image: Uint8Array;
  /** Where the core goes when the start-up gives up. */
  readonly stop: number;
}

/** What was found; `faults` is empty unless a promise is broken. */
export interface Finding {
  readonly state: State | "none of them";
  readonly faults: readonly string[];
}

/** Judges one board; `unlocking`: power was cut within the unlock of a locked chip. */
export function judge(board: Uint8Array, truth: Truth, unlocking = false): Finding {
  const seen = look(board, truth);
  const found = stateOf(seen, truth);
  const state = found === "none of them" && unlocking && isPartlyErased(seen, truth)
    ? "partly erased"
    : found;
  const faults = [...leaks(seen, truth)];
  if (state === "none of them") faults.push(`in no state of D§7: ${describe(seen)}`);
  if (seen.mixture) faults.push(`starts in a mixture: ${describe(seen)}`);
  if (state !== "installing" && state !== "restartable" && seen.operations > 0) {
    faults.push(`changes its own flash when power comes back: ${describe(seen)}`);
  }
  return { state, faults };
}

/** What can be seen of a board. */
interface Seen {
  readonly flash: Uint8Array;
  readonly optionsTorn: boolean;
  readonly level: 0 | 1 | 2;
  /** Where the core is some time after power-on. */
  readonly core: "stopped" | "firmware" | "handler" | "bootloader" | "elsewhere";
  /** Lock level in HELLO_REPLY, null without an answer. */
  readonly hello: number | null;
  /** The core entered the start-up in page 0 though it is not whole and words of the image are about. */
  readonly mixture: boolean;
  /** Flash operations after power-on. */
  readonly operations: number;
  /** What a debugger reads, attached under reset and while the core runs; null: nothing. */
  readonly read: readonly (Uint8Array | null)[];
  readonly pc: number;
}

/** A chip made of the board's file alone: it remembers nothing else. */
function chipOf(board: Uint8Array): Mcu {
  const { uid } = readBoard(board);
  const copy = board.slice();
  const store = { load: () => copy, write: () => {} };
  return new Mcu({
    chip: "stm32g0-8k",
    uid,
    random: (n) => new Uint8Array(n).fill(0x5c),
    wiring: PADS,
    store,
  });
}

function look(board: Uint8Array, truth: Truth): Seen {
  const { flash, options } = readBoard(board);
  const mcu = chipOf(board);
  mcu.powerOn();
  const { level, bootArea, lockup } = mcu.truth;
  const begins = mcu.truth.registers[15]!;
  const startsOld = bootArea === "flash" && !lockup && begins === vectorOf(truth.bootloader, 1);
  const codeWhole = same(flash, truth.bootloader, WORD_BYTES, PAGE_BYTES);
  const mixture = level > 0 && startsOld && !codeWhole && hasImage(flash, truth);
  const core = settle(mcu, truth);
  const pc = mcu.truth.registers[15]!;
  const hello = core === "bootloader" ? greet(mcu) : null;
  const operations = mcu.flashOperations;
  return {
    flash,
    optionsTorn: areTorn(options),
    level,
    core,
    hello,
    mixture,
    operations,
    read: readAll(board),
    pc,
  };
}

/** Lets the core run until it is plain what it does. */
function settle(mcu: Mcu, truth: Truth): Seen["core"] {
  const [firmware, handler] = [vectorOf(truth.image, 1), vectorOf(truth.image, 2)];
  for (let ms = 0; ms < START_MS; ms += 5) {
    const reason = mcu.run({ nanos: 5 * MILLISECOND });
    const pc = mcu.truth.registers[15]!;
    if (reason === "parked" || reason === "lockup" || pc === truth.stop) return "stopped";
    if (pc === firmware) return "firmware";
    if (pc === handler) return "handler";
  }
  return mcu.truth.registers[15]! >>> 24 === 0x20 ? "bootloader" : "elsewhere";
}

/** Says HELLO; returns the lock level of a whole answer. */
function greet(mcu: Mcu): number | null {
  mcu.uart.send(encodeFrame({ sequence: 1, type: FRAME_TYPES.HELLO, body: Uint8Array.of(1) }));
  mcu.run({ nanos: 20 * MILLISECOND });
  const [frame] = new FrameDecoder().push(mcu.uart.take());
  return frame?.type === FRAME_TYPES.HELLO_REPLY ? helloReplyLayout.decode(frame.body).lock : null;
}

/** Reads all of flash as a debugger does, once from a start under reset, once from a running chip. */
function readAll(board: Uint8Array): readonly (Uint8Array | null)[] {
  return [true, false].map((underReset) => {
    const mcu = chipOf(board);
    mcu.powerOn();
    if (!underReset) mcu.run({ nanos: MILLISECOND });
    if (!mcu.debug.attach({ underReset })) return null;
    const found = new Uint8Array(FLASH_BYTES).fill(0xff);
    let any = false;
    for (let at = 0; at < FLASH_BYTES; at += 4) {
      const word = mcu.debug.read(FLASH + at, 4);
      // What is closed at one word may be open at another: each is tried.
      if (!(word instanceof Uint8Array)) continue;
      found.set(word, at);
      any = true;
    }
    return any ? found : null;
  });
}

function stateOf(seen: Seen, truth: Truth): Finding["state"] {
  const { flash, level, core, hello } = seen;
  if (seen.optionsTorn) return core === "stopped" || core === "bootloader" ? "options torn" : "none of them";
  if (level === 0) {
    if (core === "firmware") return "none of them";
    return flash.every((byte) => byte === 0xff)
      ? "blank"
      : isInstalling(flash, truth)
      ? "installing"
      : "none of them";
  }
  if (same(flash, truth.image, 0, FLASH_BYTES)) return core === "firmware" ? "complete" : "none of them";
  if (same(flash, truth.bootloader, 0, FLASH_BYTES)) return hello === 1 ? "restartable" : "none of them";
  // The image is whole and verified but for its first word, whose bits fit no ECC: reading the vector is an NMI, and
  // what runs is the image's own handler. Nothing is started, nothing can be read.
  const torn = core === "handler" && same(flash, truth.image, WORD_BYTES, FLASH_BYTES);
  return core === "stopped" || torn ? "silent" : "none of them";
}

/** Nothing but the public bootloader, whole or in part: no bit is programmed that it does not program. */
function isInstalling(flash: Uint8Array, { bootloader }: Truth): boolean {
  return flash.every((byte, at) => (byte & bootloader[at]!) === bootloader[at]);
}

/** Locked, and nothing but the image with some bits erased. */
function isPartlyErased({ flash, level, optionsTorn }: Seen, { image }: Truth): boolean {
  return level > 0 && !optionsTorn && flash.every((byte, at) => (byte & image[at]!) === image[at]);
}

/** What a debugger may not see. */
function* leaks({ read }: Seen, truth: Truth): Generator<string> {
  const windows = windowsOf(truth.image);
  for (const [i, bytes] of read.entries()) {
    if (bytes === null) continue;
    const how = i === 0 ? "under reset" : "plain";
    if (!isInstalling(bytes, truth)) yield `a debugger (${how}) reads more than the public bootloader`;
    for (let at = 0; at + WINDOW.bytes <= bytes.length; at++) {
      if (bytes[at] === 0xff && bytes[at + 1] === 0xff) continue;
      if (!windows.has(key(bytes, at))) continue;
      yield `a debugger (${how}) reads the image at ${at}`;
      break;
    }
  }
}

const known = new WeakMap<Uint8Array, Set<string>>();

function windowsOf(image: Uint8Array): Set<string> {
  let windows = known.get(image);
  if (windows === undefined) {
    windows = new Set();
    for (let at = 0; at + WINDOW.bytes <= image.length; at++) {
      if (new Set(image.subarray(at, at + WINDOW.bytes)).size >= WINDOW.values) windows.add(key(image, at));
    }
    known.set(image, windows);
  }
  return windows;
}

function key(bytes: Uint8Array, at: number): string {
  return bytes.subarray(at, at + WINDOW.bytes).toHex();
}

/** Whether a double word of flash is the image's and not the bootloader's. */
function hasImage(flash: Uint8Array, { image, bootloader }: Truth): boolean {
  for (let at = 0; at < FLASH_BYTES; at += WORD_BYTES) {
    if (same(flash, image, at, at + WORD_BYTES) && !same(image, bootloader, at, at + WORD_BYTES)) return true;
  }
  return false;
}

/** Whether an option word and its complement disagree in the pairs that are registers (RM0444 3.4.1). */
function areTorn(options: Uint8Array): boolean {
  const view = new DataView(options.buffer, options.byteOffset, options.length);
  return [0, 1, 2, 3, 4, 5, 6, 14].some((pair) =>
    (view.getUint32(8 * pair, true) ^ view.getUint32(8 * pair + 4, true)) >>> 0 !== 0xffff_ffff
  );
}

/** Where an exception of this number begins: 1 is reset, 2 is NMI. */
function vectorOf(flash: Uint8Array, number: number): number {
  return (new DataView(flash.buffer, flash.byteOffset).getUint32(4 * number, true) & ~1) >>> 0;
}

/** Address of a symbol of the committed bootloader. */
export function addressOf(symbol: string): number {
  const found = bootloaderFor("stm32g0")?.symbols[symbol];
  assert.ok(found !== undefined, `the manifest has no symbol "${symbol}"`);
  return found[0];
}

function same(a: Uint8Array, b: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (a[at] !== b[at]) return false;
  return true;
}

function describe({ level, core, hello, pc, optionsTorn, operations }: Seen): string {
  const options = optionsTorn ? ", options torn" : "";
  return `level ${level}${options}, core ${core} at 0x${
    pc.toString(16)
  }, HELLO ${hello}, ${operations} operations`;
}
