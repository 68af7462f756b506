/** The bootloader's budget (D§7) and the manifest's figures, measured again on the model. @module */
import assert from "node:assert/strict";
import { bootloaderFor, bootloaderImages, withInstallBlock } from "../../bootloader/firmware/mod.ts";
import { makeWorld } from "../vectors/protocol/world.ts";
import { measureBootloader, waitStates } from "./measure.ts";
import { ModelTarget } from "./model_target.ts";

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

Deno.test("waitStates() reads the chip: none before start-up has set them, those of the manifest after it", () => {
  const { uid, installBlock } = makeWorld("wait states");
  const target = new ModelTarget({ uid, installBlock, seed: "wait states" });
  const running = target.mcu.snapshot();
  target.mcu.powerOff();
  target.mcu.powerOn();
  const reset = target.mcu.snapshot();
  assert.equal(waitStates(target, [reset]), 0);
  assert.equal(waitStates(target, [running]), image.waitStates);
  assert.throws(() => waitStates(target, [reset, running]), /wait states 0, 2/);
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
