/**
 * The truth about a finished board, read from its file after every process has ended: what is in flash, whether the
 * chip starts the firmware, whether it is locked, whether its certificate holds. Asks neither agent nor authority.
 *
 * @module
 */
import { verifyCertificate } from "../../authority/owner/mod.ts";
import { type ChipName, CHIPS, Mcu, readBoard } from "../../bootloader/mcu/mod.ts";
import { uidOf } from "../../bootloader/wire/mod.ts";

/** What the demo knows of the firmware, from the owner's file itself. */
export interface ExpectedImage {
  /** Whole flash, gaps and tail 0xFF. */
  readonly image: Uint8Array;
  readonly personal: { readonly offset: number; readonly length: number };
  /** The product's certificate key, 32 bytes. */
  readonly certificateKey: Uint8Array;
}

/** What was found on one board. */
export interface Evidence {
  readonly uid: string;
  readonly chip: string;
  /** SHA-256 of the whole flash, personal region as 0xFF. */
  readonly flashSha256: string;
  /** "invalid": something is there that is not this product's certificate for this chip. */
  readonly certificate: "valid" | "invalid" | "none";
  readonly booted: boolean;
  readonly locked: boolean;
  /** What the firmware said over its UART. */
  readonly says: readonly string[];
}

const FLASH_BASE = 0x0800_0000;
/** The firmware must not fault in its first 10 ms (D§12). */
const BOOT_NANOS = 10_000_000;
/** Long enough for the sample at 16 MHz to check two signatures. */
const LISTEN_NANOS = 4_000_000_000;

/** Returns the evidence of the board whose file is `board`. */
export async function examineBoard(board: Uint8Array, expected: ExpectedImage): Promise<Evidence> {
  const { chip, uid, flash } = readBoard(board);
  const { offset, length } = expected.personal;
  const personal = flash.slice(offset, offset + length);
  const { booted, says } = startFirmware(board, expected.image);
  return {
    uid: uid.toHex(),
    chip,
    flashSha256: await sha256(withoutPersonal(flash, expected.personal)),
    certificate: length === 0 ? "none" : certificateOf(personal, uid, expected.certificateKey),
    booted,
    locked: isLocked(board),
    says,
  };
}

/** Returns the lower-case hexadecimal SHA-256 of `bytes`. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

function withoutPersonal(flash: Uint8Array, personal: ExpectedImage["personal"]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(flash);
  return bytes.fill(0xff, personal.offset, personal.offset + personal.length);
}

function certificateOf(
  personal: Uint8Array,
  uid: Uint8Array,
  publicKey: Uint8Array,
): "valid" | "invalid" | "none" {
  if (personal.every((byte) => byte === 0xff)) return "none";
  const padded = new Uint8Array(16);
  padded.set(uid);
  return verifyCertificate(personal, { publicKey, uid: uidOf(padded) }).holds ? "valid" : "invalid";
}

/** Powers the chip on and lets it run: the core must leave by the image's own reset vector and not fault. */
function startFirmware(
  board: Uint8Array,
  image: Uint8Array,
): { readonly booted: boolean; readonly says: readonly string[] } {
  const mcu = chipOf(board);
  mcu.powerOn();
  const resetHandler = (new DataView(image.buffer, image.byteOffset).getUint32(4, true) & ~1) >>> 0;
  const startsThere = (mcu.truth.registers[15] ?? 0) === resetHandler && mcu.truth.bootArea === "flash";
  mcu.run({ nanos: BOOT_NANOS });
  const { lockup, lastFault } = mcu.truth;
  const booted = startsThere && resetHandler >= FLASH_BASE && !lockup && lastFault === null;
  mcu.run({ nanos: LISTEN_NANOS });
  const said = new TextDecoder("latin1").decode(mcu.uart.take());
  return { booted, says: said.split(/\r?\n/).filter((line) => /^[\x20-\x7e]+$/.test(line)) };
}

/** A debugger that has never seen this chip attaches under reset and tries to read flash, the option level says the rest. */
function isLocked(board: Uint8Array): boolean {
  const mcu = chipOf(board);
  mcu.powerOn();
  if (!mcu.debug.attach({ underReset: true })) return mcu.truth.level === 2;
  return !(mcu.debug.read(FLASH_BASE, 4) instanceof Uint8Array) && mcu.truth.level > 0;
}

function chipOf(board: Uint8Array): Mcu {
  const { chip, uid } = readBoard(board);
  return new Mcu({
    chip: chip as ChipName,
    uid,
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    store: { load: () => board.slice(), write: () => {} },
    wiring: { tx: "PA2", rx: "PA3" },
  });
}

/** Returns whether the model has a chip of this name. */
export function isChip(name: string): name is ChipName {
  return Object.hasOwn(CHIPS, name);
}
