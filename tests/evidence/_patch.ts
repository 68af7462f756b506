/**
 * Bootloaders that misbehave: the committed image with single instructions or settings changed at the manifest's
 * symbols, its start-up check made right again (P-41), so that it runs.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { BootloaderImage } from "../../agent/delivery/mod.ts";
import { builtInBootloader } from "../../agent/mod.ts";
import { bootloaderFor, withInstallBlock } from "../../bootloader/firmware/mod.ts";
import { crc32 } from "../../bootloader/wire/mod.ts";

const FLASH = 0x0800_0000;
const PAGE_BYTES = 2048;

/** Changes the code or data of one symbol. */
export interface Patch {
  readonly symbol: string;
  readonly change: (view: DataView) => void;
}

/** `bx lr` as its first instruction: the function does nothing. */
export function skip(symbol: string): Patch {
  return { symbol, change: (view) => view.setUint16(0, 0x4770, true) };
}

/** Changes the one instruction that looks like `from` under `mask`. */
export function instruction(symbol: string, how: { mask: number; from: number; to: number }): Patch {
  return {
    symbol,
    change(view) {
      let found = 0;
      for (let at = 0; at + 2 <= view.byteLength; at += 2) {
        const word = view.getUint16(at, true);
        if ((word & how.mask) !== how.from) continue;
        view.setUint16(at, word & ~how.mask | how.to, true);
        found += 1;
      }
      assert.equal(found, 1, `"${symbol}" has ${found} such instructions`);
    },
  };
}

/** Changes the value of one entry of a table of address and value. */
export function setting(symbol: string, address: number, value: (before: number) => number): Patch {
  return {
    symbol,
    change(view) {
      for (let at = 0; at < view.byteLength; at += 8) {
        if (view.getUint32(at, true) !== address) continue;
        return view.setUint32(at + 4, value(view.getUint32(at + 4, true)) >>> 0, true);
      }
      assert.fail(`"${symbol}" has no entry for ${address.toString(16)}`);
    },
  };
}

/** Returns the committed bootloader with the patches in it. */
export function patchedBootloader(patches: readonly Patch[]): BootloaderImage {
  const image = bootloaderFor("stm32g0");
  const plain = builtInBootloader("stm32g0");
  assert.ok(image !== undefined && plain !== undefined);
  for (const { symbol, change } of patches) {
    const found = image.symbols[symbol];
    assert.ok(found !== undefined, `the manifest has no symbol "${symbol}"`);
    const [address, bytes] = found;
    change(new DataView(image.bytes.buffer, address - FLASH, bytes));
  }
  new DataView(image.bytes.buffer).setUint32(
    image.checkOffset + 4,
    crc32(image.bytes.subarray(PAGE_BYTES)),
    true,
  );
  return { version: plain.version, withInstallBlock: (block) => withInstallBlock(image, block) };
}
