/** The bootloader's budget (D§7) and the manifest's figures, measured again on the model. @module */
import assert from "node:assert/strict";
import { bootloaderFor, bootloaderImages, withInstallBlock } from "../../bootloader/firmware/mod.ts";
import { measureBootloader } from "./measure.ts";

const FLASH_BYTES_MAX = 7000;
const RAM_BYTES_MAX = 7600;
/** Data-dependent time of the signature check, and the model's own refinements. */
const CYCLES_TOLERANCE = 0.02;

const image = bootloaderFor("stm32g0")!;

Deno.test("the bootloader keeps to 7,000 bytes of flash and 7,600 bytes of RAM, stack included", () => {
  assert.ok(image.flashBytes <= FLASH_BYTES_MAX, `${image.flashBytes} bytes of flash`);
  assert.ok(image.ramBytes <= RAM_BYTES_MAX, `${image.ramBytes} bytes of RAM`);
});

Deno.test("the manifest has the RAM, stack and cycles that the model measures", () => {
  const measured = measureBootloader();
  assert.equal(image.stackBytes, measured.stackBytes);
  assert.equal(image.ramBytes, measured.ramBytes);
  assert.equal(image.waitStates, measured.waitStates);
  const error = Math.abs(image.handshakeCycles / measured.handshakeCycles - 1);
  assert.ok(error <= CYCLES_TOLERANCE, `${measured.handshakeCycles} cycles are measured`);
});

Deno.test("every image is as long as its manifest says and has its SHA-256", async () => {
  for (const { bytes, flashBytes, sha256 } of bootloaderImages()) {
    assert.equal(bytes.length, flashBytes);
    assert.equal(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex(), sha256);
  }
});

Deno.test("withInstallBlock() changes the install block and nothing else", () => {
  const block = new Uint8Array(200).map((_, i) => i);
  const bytes = withInstallBlock(image, block);
  const { installBlockOffset } = image;
  assert.equal(installBlockOffset % 8, 0);
  assert.ok(
    image.bytes.subarray(installBlockOffset, installBlockOffset + 200).every((byte) => byte === 0xff),
  );
  assert.deepEqual(bytes.slice(installBlockOffset, installBlockOffset + 200), block);
  bytes.fill(0xff, installBlockOffset, installBlockOffset + 200);
  assert.deepEqual(bytes, image.bytes);
});
