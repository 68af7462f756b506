/**
 * A bench for the sample firmware: takes its ELF file apart, fills the certificate slot and the personal region as
 * owner and bootloader would, and runs the image on the modelled chip. All keys are test_only keys.
 *
 * @module
 */
import assert from "node:assert/strict";
import { sampleFirmware } from "../../../../../bootloader/firmware/sample/mod.ts";
import { type ChipName, Mcu } from "../../../../../bootloader/mcu/mod.ts";
import {
  pointTable,
  Secret,
  type SigningKeyPair,
  signingKeyPairOf,
} from "../../../../../bootloader/suite/mod.ts";
import { sealCertificate, SIGNERS } from "../../../../../bootloader/ticket/mod.ts";
import {
  type Certificate,
  concat,
  NO_LEASE,
  padUid,
  parseOwnerId,
  parseProductId,
  parseReleaseId,
  parseTicketId,
  parseUid,
} from "../../../../../bootloader/wire/mod.ts";

/** Bytes of flash of the smallest chip the sample is for. */
export const FLASH_BYTES = 8192;

/** The chip of every test that does not say otherwise. */
export const UID = parseUid("0011223344556677deadbeef");
export const OWNER = parseOwnerId("00000000000000a1");
export const PRODUCT = parseProductId("00000000000000b2");

function keyPair(name: string): SigningKeyPair {
  const seed = new Uint8Array(32);
  seed.set(new TextEncoder().encode(name));
  return signingKeyPairOf(new Secret(seed));
}

/** The product's certificate key, and a key that is not it. */
export const test_only_certificate_key = keyPair("test_only_certificate_key");
export const test_only_other_key = keyPair("test_only_other_key");

/** What an ELF file says, read from the tables of the System V ABI. */
export interface ElfView {
  readonly segments: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  readonly sections: ReadonlyMap<string, { readonly address: number; readonly length: number }>;
}

/** Reads program headers (PT_LOAD) and section headers of a 32-bit little-endian ELF file. */
export function readElf(elf: Uint8Array): ElfView {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const rows = (offsetAt: number, sizeAt: number, countAt: number) =>
    Array.from({ length: view.getUint16(countAt, true) }, (_, index) => {
      const row = view.getUint32(offsetAt, true) + index * view.getUint16(sizeAt, true);
      return (word: number) => view.getUint32(row + 4 * word, true);
    });
  const segments = rows(28, 42, 44).filter((word) => word(0) === 1 && word(4) > 0)
    .map((word) => ({ address: word(3), bytes: elf.slice(word(1), word(1) + word(4)) }));
  const headers = rows(32, 46, 48);
  const names = headers[view.getUint16(50, true)]!;
  const nameAt = (offset: number) => {
    const from = names(4) + offset;
    return new TextDecoder().decode(elf.subarray(from, elf.indexOf(0, from)));
  };
  const sections = new Map(
    headers.map((word) => [nameAt(word(0)), { address: word(3), length: word(5) }] as const),
  );
  return { segments, sections };
}

/** The whole flash as the file leaves it: gaps and tail 0xFF. */
export function plainImage(): Uint8Array {
  const image = new Uint8Array(FLASH_BYTES).fill(0xff);
  for (const { address, bytes } of readElf(sampleFirmware().elf).segments) {
    image.set(bytes, address - 0x08000000);
  }
  return image;
}

function offsetOf(section: string): number {
  const found = readElf(sampleFirmware().elf).sections.get(section);
  assert.ok(found, `the sample has no section ${section}`);
  return found.address - 0x08000000;
}

/** What the owner's command puts behind the slot's mark: 160 bytes. */
export function slotContent(publicKey = test_only_certificate_key.publicKey): Uint8Array {
  const { yMinusX, yPlusX, twoDxy } = pointTable(publicKey);
  const ids = concat(Uint8Array.fromHex(OWNER), Uint8Array.fromHex(PRODUCT));
  return concat(publicKey, yMinusX, yPlusX, twoDxy, ids, new Uint8Array(16));
}

/** A certificate of the product for the chip, with what the test changes. */
export function certificate(changes: Partial<Certificate> = {}): Certificate {
  return {
    signer: SIGNERS.product,
    family: 1,
    owner: OWNER,
    product: PRODUCT,
    release: parseReleaseId("000000000000000000000000000000c3"),
    uid: padUid(UID),
    serial: 17,
    ticketId: parseTicketId("000000000000000000000000000000d4"),
    lease: NO_LEASE,
    issuedAt: 1_800_000_000,
    deviceKey: new Uint8Array(32),
    ...changes,
  };
}

/** The same, signed: 216 bytes. */
export function sealed(changes: Partial<Certificate> = {}, key = test_only_certificate_key): Uint8Array {
  return sealCertificate(certificate(changes), key.seed);
}

/** What the bench puts into the image before it is run. */
export interface Fitting {
  /** Behind the slot's mark; absent: never filled. */
  readonly slot?: Uint8Array;
  /** From the start of the personal region; the rest stays 0xFF. */
  readonly personal?: Uint8Array;
  readonly chip?: ChipName;
  readonly uid?: string;
}

/** A chip with the sample in its flash, switched on. */
export function powerUp({ slot, personal, chip = "stm32g0-8k", uid = UID }: Fitting): Mcu {
  const image = plainImage();
  if (slot !== undefined) image.set(slot, offsetOf(".flashseal_certkey") + 16);
  if (personal !== undefined) image.set(personal, offsetOf(".flashseal_personal"));
  const mcu = new Mcu({
    chip,
    uid: Uint8Array.fromHex(uid),
    // SRAM at power-on: anything but zeros, so that start-up has to clear what it relies on.
    random: (length) => new Uint8Array(length).fill(0xa7),
    wiring: { tx: "PA2", rx: "PA3" },
  });
  mcu.plantFlash(0, image);
  mcu.powerOn();
  return mcu;
}

/** Longest time that the three lines may take, in nanoseconds of the chip's clock. */
const LINES_NANOS = 3_000_000_000;

/** What the sample printed, as text, once its third line is complete; "" where the time ran out before. */
export function readLines(mcu: Mcu): string {
  const end = mcu.nanos + LINES_NANOS;
  let text = "";
  // Bound: `run` comes back for each byte or at the end of the time.
  while (mcu.nanos < end && text.split("\n").length < 4) {
    mcu.run({ nanos: end - mcu.nanos, untilUart: true });
    text += new TextDecoder().decode(mcu.uart.take());
  }
  return text;
}

/** Demands that the chip did nothing but what its manuals allow, and is awake. */
export function assertUnharmed(mcu: Mcu): void {
  assert.deepEqual(mcu.reports, []);
  assert.equal(mcu.truth.lastFault, null);
  assert.equal(mcu.truth.lockup, false);
  assert.deepEqual(mcu.uart.errors, { lost: 0, framing: 0 });
}

/** Runs an image from power-on and returns its third line without the line end. */
export function certificateLine(fitting: Fitting): string {
  const mcu = powerUp(fitting);
  const lines = readLines(mcu).split("\r\n");
  assertUnharmed(mcu);
  assert.equal(lines.length, 4, "the sample has to print three lines");
  return lines[2]!;
}
