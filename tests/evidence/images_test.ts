/**
 * Every kind of firmware file and image ends as it must: flash is the image, the chip boots it and is closed.
 *
 * @module
 */
import assert from "node:assert/strict";
import { verifyCertificate } from "../../authority/owner/mod.ts";
import { makeElf } from "../vectors/firmware/elf.ts";
import { makeIntelHex } from "../vectors/firmware/intel_hex.ts";
import { sameBytes, uidOf } from "../../bootloader/wire/mod.ts";
import { Board } from "./_board.ts";
import { evidence, firmware, granted, Site, type SiteOptions } from "./_site.ts";
import { attempt } from "./_station.ts";
import { showProduct } from "../../authority/owner/mod.ts";

const FLASH = 0x0800_0000;

/** Firmware with its personal region erased. */
function withRegion(bytes: number, offset: number, length: number): Uint8Array<ArrayBuffer> {
  return firmware(bytes, 11).fill(0xff, offset, offset + length);
}

/** Two pieces with a gap between them. */
function gapped(): Uint8Array<ArrayBuffer> {
  return firmware(5000, 13).fill(0xff, 1203, 3333);
}

const raw = (bytes: Uint8Array): SiteOptions => ({ file: { name: "app.bin", bytes }, personal: null });

const cases: readonly (readonly [what: string, make: () => SiteOptions, chunks: number])[] = [
  ["256 raw bytes", () => raw(firmware(256)), 1],
  ["8,192 raw bytes of random content: all of flash, no personal region", () => raw(firmware(8192)), 16],
  [
    "8,192 raw bytes with the longest personal region at the end",
    () => ({ ...raw(withRegion(8192, 8192 - 768, 768)), personal: { offset: 8192 - 768, length: 768 } }),
    16,
  ],
  [
    "1,000 raw bytes with a personal region behind them",
    () => ({ ...raw(firmware(1000)), personal: { offset: 4096, length: 216 } }),
    9,
  ],
  [
    "Intel HEX with a gap",
    () => {
      const image = gapped();
      const parts = [[0, 1203], [3333, 5000]].map(([from, to]) => ({
        address: FLASH + from!,
        bytes: image.slice(from, to),
      }));
      return { file: { name: "app.hex", bytes: makeIntelHex(parts) }, expected: image, personal: null };
    },
    10,
  ],
  [
    "ELF with two segments and its own personal region",
    () => {
      const image = withRegion(4000, 2048, 256);
      const segments = [
        { physical: FLASH, bytes: image.slice(0, 2048) },
        { physical: FLASH + 2304, bytes: image.slice(2304) },
      ];
      const sections = [{ name: ".flashseal_personal", address: FLASH + 2048, length: 256 }];
      const bytes = makeElf(segments, { entry: FLASH + 9, sections });
      return { file: { name: "app.elf", bytes }, expected: image, personal: null };
    },
    8,
  ],
  [
    "60 kB on a chip of 64 kB",
    () => ({
      ...raw(withRegion(61_440, 30_000, 512)),
      personal: { offset: 30_000, length: 512 },
      chip: "stm32g0-64k",
    }),
    120,
  ],
];

for (const [what, make, chunks] of cases) {
  evidence(`delivered: ${what}; flash is the image, it boots and is closed`, async () => {
    const site = await Site.open(make());
    try {
      const board = new Board(site.chip);
      const { result, frames } = await attempt(site, board);
      assert.equal(result.outcome, "delivered", JSON.stringify(result));
      assert.equal(frames.filter(({ name }) => name === "CHUNK").length, chunks);
      const flash = board.mcu.flash;
      const { offset, length } = site.personal;
      await assertCertificate(site, board, flash.slice(offset, offset + length));
      assert.ok(sameBytes(flash.fill(0xff, offset, offset + length), site.image), "flash is not the image");
      assert.ok(board.boots(site.image), "it does not boot");
      assert.equal(board.readUnderReset(), null);
      assert.deepEqual([board.mcu.truth.level, board.mcu.reports], [1, []]);
      assert.equal(site.unit(board.uid)?.state, "committed");
    } finally {
      site.close();
    }
  });
}

/** The personal region starts with this chip's certificate and is erased behind it. */
async function assertCertificate(site: Site, board: Board, region: Uint8Array): Promise<void> {
  if (region.length === 0) return;
  const { certificatePublicKey } = granted(await showProduct(site.owner, site.product));
  const uid = new Uint8Array(16);
  uid.set(Uint8Array.fromHex(board.uid));
  const verdict = verifyCertificate(region, {
    publicKey: Uint8Array.fromHex(certificatePublicKey),
    uid: uidOf(uid),
  });
  assert.ok(verdict.holds, JSON.stringify(verdict));
  assert.ok(region.subarray(216).every((byte) => byte === 0xff));
}
