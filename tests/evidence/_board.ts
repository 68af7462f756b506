/**
 * A board of the model for the evidence tests, kept in memory: the chip that a delivery works on, and the truth about it
 * from a model that remembers nothing but the board.
 *
 * @module
 */
import type { Channel } from "../../agent/link/mod.ts";
import { createModelChannel } from "../../agent/link/model/mod.ts";
import type { DebugPort } from "../../agent/probe/mod.ts";
import { createModelPort } from "../../agent/probe/model/mod.ts";
import { type BoardStore, type ChipName, Mcu } from "../../bootloader/mcu/mod.ts";
import { KeptRandom, PADS } from "./_site.ts";

/** A board: the chip, and what the station sees of it. */
export class Board {
  readonly random = new KeptRandom();
  readonly mcu: Mcu;
  readonly uid: string;
  readonly port: DebugPort;
  readonly channel: Channel;
  readonly #store = new Store();

  constructor(readonly chip: ChipName = "stm32g0-8k", flashTiming: "typ" | "max" = "typ") {
    const uid = this.random.draw(12);
    this.uid = uid.toHex();
    this.mcu = new Mcu({
      chip,
      uid,
      random: this.random.draw,
      wiring: PADS,
      store: this.#store,
      flashTiming,
    });
    this.port = createModelPort(this.mcu, { name: "model" });
    this.channel = createModelChannel(this.mcu);
  }

  /** The board as its file would hold it, powered off. */
  get bytes(): Uint8Array {
    this.mcu.powerOff();
    return this.#store.load()?.slice() ?? new Uint8Array();
  }

  get isBlank(): boolean {
    return this.mcu.flash.every((byte) => byte === 0xff);
  }

  /** What a debugger that has never seen this chip reads under reset after a power-on: all of flash, or nothing. */
  readUnderReset(): Uint8Array | null {
    const mcu = this.#again();
    mcu.powerOn();
    if (!mcu.debug.attach({ underReset: true })) return null;
    const read = mcu.debug.read(0x0800_0000, mcu.flash.length);
    return read instanceof Uint8Array ? read : null;
  }

  /** Whether nothing of flash can be had: it is closed to a debugger under reset, or there is nothing in it. */
  get givesNothing(): boolean {
    const read = this.readUnderReset();
    return read === null || read.every((byte) => byte === 0xff);
  }

  /** After a power-on the core leaves by the reset vector of `image` and does not fault for 10 ms. */
  boots(image: Uint8Array): boolean {
    const mcu = this.#again();
    mcu.powerOn();
    const handler = (new DataView(image.buffer, image.byteOffset).getUint32(4, true) & ~1) >>> 0;
    const starts = mcu.truth.registers[15] === handler && mcu.truth.bootArea === "flash";
    mcu.run({ nanos: 10_000_000 });
    return starts && !mcu.truth.lockup && mcu.truth.lastFault === null;
  }

  /** The same board in a model that remembers nothing but the board. */
  #again(): Mcu {
    const { chip, mcu, uid } = this;
    mcu.powerOff();
    const board = this.#store.load()?.slice() ?? new Uint8Array();
    const store = { load: () => board, write: () => {} };
    return new Mcu({
      chip,
      uid: Uint8Array.fromHex(uid),
      random: this.random.draw,
      wiring: PADS,
      store,
      ramAtLevel1: "open",
    });
  }
}

/** A board's cells in memory. */
class Store implements BoardStore {
  #bytes: Uint8Array | null = null;

  load(): Uint8Array | null {
    return this.#bytes;
  }

  write(offset: number, bytes: Uint8Array): void {
    if (this.#bytes === null) this.#bytes = bytes.slice();
    else this.#bytes.set(bytes, offset);
  }
}
