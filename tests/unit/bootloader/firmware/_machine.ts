/**
 * The committed bootloader image on an idle core of the MCU model, for calling its functions one by one. Nothing of
 * the bootloader has run: stage 2 is put in RAM the way the start-up does it. Needs no permission.
 *
 * @module
 */
import { Mcu } from "../../../../bootloader/mcu/mod.ts";
import image from "../../../../bootloader/firmware/images/stm32g0-small.bin" with { type: "bytes" };
import manifest from "../../../../bootloader/firmware/images/manifest.json" with { type: "json" };

/** SUITE_YES of suite.h. */
export const YES = 0x3ca5965a;

const RAM_START = 0x20000000;
const RAM_BYTES = 8192;
const CYCLES_MAX = 40_000_000;
/** More than any function of the suite takes; variables end below it. */
const STACK_BYTES_MAX = 640;

const entry = manifest.find(({ file }) => file === "stm32g0-small.bin")!;
const symbols = entry.symbols as unknown as Readonly<Record<string, readonly [number, number]>>;

/** What one call gave. */
export interface Outcome {
  /** r0, unsigned. */
  readonly r0: number;
  readonly cycles: number;
}

/** An idle core with the bootloader's code in place, and 1,024 bytes of RAM for arguments. */
export class Machine {
  readonly #mcu: Mcu;
  readonly #arguments: number;

  constructor() {
    this.#mcu = new Mcu({
      chip: "stm32g0-8k",
      uid: new Uint8Array(12).fill(7),
      random: (n: number) => new Uint8Array(n),
    });
    this.#mcu.powerOn();
    const { offset, address, bytes } = entry.resident;
    this.#mcu.plantFlash(0, new Uint8Array(image));
    this.#mcu.plantRam(address - RAM_START, image.slice(offset, offset + bytes));
    // The frame buffer: no function of the suite knows it.
    this.#arguments = addressOf("frame");
    this.call("sha512_prepare");
  }

  /** Writes bytes into the argument area at an offset and returns their address. */
  put(offset: number, bytes: Uint8Array): number {
    if (offset + bytes.length > 1024) throw new RangeError(`no room for ${bytes.length} bytes at ${offset}`);
    this.#mcu.plantRam(this.#arguments - RAM_START + offset, bytes);
    return this.#arguments + offset;
  }

  /** Writes one word into the argument area. */
  putWord(offset: number, word: number): number {
    return this.put(offset, new Uint8Array(new Uint32Array([word]).buffer));
  }

  /** Returns the address of an offset of the argument area. */
  at(offset: number): number {
    return this.#arguments + offset;
  }

  /** Returns bytes of the argument area. */
  get(offset: number, bytes: number): Uint8Array {
    const from = this.#arguments - RAM_START + offset;
    return this.#mcu.ram.slice(from, from + bytes);
  }

  /** Writes bytes into a variable of the image. */
  plant(name: string, offset: number, bytes: Uint8Array): void {
    this.#mcu.plantRam(addressOf(name) - RAM_START + offset, bytes);
  }

  /** Returns bytes of a variable of the image. */
  peek(name: string, offset: number, bytes: number): Uint8Array {
    const from = addressOf(name) - RAM_START + offset;
    return this.#mcu.ram.slice(from, from + bytes);
  }

  /** Calls a function of the image. */
  call(name: string, ...args: number[]): Outcome {
    return this.#mcu.call(addressOf(name) | 1, args, { maxCycles: CYCLES_MAX, sp: RAM_START + RAM_BYTES });
  }

  /** What the core reported since power-on: accesses that the chip does not have. */
  get reports(): readonly unknown[] {
    return this.#mcu.reports;
  }

  /** Calls a function and returns the bytes of stack that it touched. */
  stackOf(name: string, ...args: number[]): number {
    this.#mcu.paintStack(RAM_BYTES - STACK_BYTES_MAX, RAM_BYTES);
    this.call(name, ...args);
    return this.#mcu.stackUsed(RAM_BYTES - STACK_BYTES_MAX, RAM_BYTES);
  }
}

/** Returns the size of a symbol of the image in bytes. */
export function sizeOf(name: string): number {
  const symbol = symbols[name];
  if (symbol === undefined) throw new RangeError(`the manifest has no symbol "${name}"`);
  return symbol[1];
}

/** Returns the address of a symbol of the image. */
export function addressOf(name: string): number {
  const symbol = symbols[name];
  if (symbol === undefined) throw new RangeError(`the manifest has no symbol "${name}"`);
  return symbol[0];
}
