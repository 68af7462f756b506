/**
 * The real bootloader on the bundled model, behind the same two methods as the reference target: bytes in, frames out.
 * Knows how to put an image into a chip and how long to wait; knows nothing of what the frames mean.
 * @module
 */
import assert from "node:assert/strict";
import type { BootloaderImage } from "../../bootloader/firmware/mod.ts";
import { bootloaderFor, withInstallBlock } from "../../bootloader/firmware/mod.ts";
import type { ChipName } from "../../bootloader/mcu/mod.ts";
import { Mcu } from "../../bootloader/mcu/mod.ts";
import { FRAME_TYPES, FrameDecoder, parseUid } from "../../bootloader/wire/mod.ts";
import { seededRandom } from "../vectors/protocol/world.ts";

const MILLISECOND = 1_000_000;

/** How a target on the model is set up. */
export interface ModelTargetOptions {
  /** 24 hexadecimal digits. */
  readonly uid: string;
  /** The 200 bytes of PROTOCOL section 10. */
  readonly installBlock: Uint8Array;
  /** Seed of the noise in RAM and of the random number generator. */
  readonly seed: string;
  readonly chip?: ChipName;
  /** Pads that the host's serial line is connected to. */
  readonly wiring?: { readonly tx: string; readonly rx: string };
  /** Replaces the seeded source of bytes; the random number generator draws 16 at a time. */
  readonly random?: (n: number) => Uint8Array;
  /** Changes the image, install block included, before it is planted. */
  readonly patch?: (bytes: Uint8Array, image: BootloaderImage) => void;
}

/** A chip with the bootloader in it, powered, its options set and its lock in force unless the block says otherwise. */
export class ModelTarget {
  readonly mcu: Mcu;
  readonly image: BootloaderImage;
  /** Longest time without a final frame before `receive()` gives up, in modelled milliseconds. */
  patienceMs = 3000;

  constructor({ uid, installBlock, seed, chip = "stm32g0-8k", wiring, random, patch }: ModelTargetOptions) {
    const image = bootloaderFor("stm32g0");
    assert.ok(image !== undefined);
    this.image = image;
    const bytes = withInstallBlock(image, installBlock);
    patch?.(bytes, image);
    const seeded = seededRandom(`${seed} model`);
    this.mcu = new Mcu({
      chip,
      uid: Uint8Array.fromHex(parseUid(uid)),
      random: random ?? ((n) => seeded(n)),
      wiring: wiring ?? { tx: "PA2", rx: "PA3" },
    });
    this.mcu.plantFlash(0, bytes);
    this.powerCycle();
  }

  /** Takes the supply away and gives it back, then waits until the bootloader listens. */
  powerCycle(): void {
    this.mcu.powerOff();
    this.mcu.powerOn();
    this.mcu.run({ nanos: 200 * MILLISECOND });
    this.mcu.uart.take();
  }

  /** Lets time pass. */
  elapse(milliseconds: number): void {
    this.mcu.run({ nanos: milliseconds * MILLISECOND });
  }

  /** Sends bytes and returns the frames that came back: none, the final one, or WORKING and the final one. */
  receive(bytes: Uint8Array): Uint8Array[] {
    this.mcu.uart.send(bytes);
    const decoder = new FrameDecoder();
    const frames: Uint8Array[] = [];
    let raw: number[] = [];
    for (let waited = 0; waited < this.patienceMs; waited += 1) {
      this.mcu.run({ nanos: MILLISECOND });
      for (const byte of this.mcu.uart.take()) {
        raw.push(byte);
        const [frame] = decoder.push(Uint8Array.of(byte));
        if (frame === undefined) continue;
        frames.push(Uint8Array.from(raw));
        raw = [];
        waited = 0;
        if (frame.type !== FRAME_TYPES.WORKING) return frames;
      }
    }
    return frames;
  }
}

/** Bytes of a secret that must not be left: two words. Fewer would be found by chance. */
const TRACE_BYTES = 8;

/** Tells whether any eight bytes in a row of `secret` lie anywhere in `whole`: a part of a key is a leak too. */
export function leavesTrace(whole: Uint8Array, secret: Uint8Array): boolean {
  const hex = whole.toHex();
  for (let at = 0; at + TRACE_BYTES <= secret.length; at++) {
    if (hex.includes(secret.subarray(at, at + TRACE_BYTES).toHex())) return true;
  }
  return false;
}

/** Tells whether `part` lies anywhere in `whole`, at any alignment. */
export function contains(whole: Uint8Array, part: Uint8Array): boolean {
  return whole.toHex().indexOf(part.toHex()) >= 0;
}
