/**
 * A station of the evidence tests: a board of the model that executes the real bootloader, the real delivery, and a
 * man in the middle who may change every frame and repair its CRC. All wires are recorded beside the product's own
 * capture.
 *
 * @module
 */
import { builtInBootloader } from "../../agent/mod.ts";
import {
  type BootloaderImage,
  deliver,
  type DeliveryEvent,
  type DeliveryPorts,
  type DeliveryResult,
} from "../../agent/delivery/mod.ts";
import type { Channel } from "../../agent/link/mod.ts";
import { createModelChannel } from "../../agent/link/model/mod.ts";
import { createProbe, type DebugPort } from "../../agent/probe/mod.ts";
import { createModelPort } from "../../agent/probe/model/mod.ts";
import type { Message1Reply } from "../../authority/api/mod.ts";
import { type BoardStore, type ChipName, Mcu } from "../../bootloader/mcu/mod.ts";
import {
  concat,
  encodeFrame,
  type Frame,
  FRAME_TYPES,
  FrameDecoder,
  frameName,
} from "../../bootloader/wire/mod.ts";
import { KeptRandom, neverLate, PADS, type Site, WIRING } from "./_site.ts";

/** A board: the chip, and what the station sees of it. */
export class Board {
  readonly random = new KeptRandom();
  readonly mcu: Mcu;
  readonly uid: string;
  readonly port: DebugPort;
  readonly channel: Channel;
  readonly #store = new Store();

  constructor(readonly chip: ChipName = "stm32g0-8k") {
    const uid = this.random.draw(12);
    this.uid = uid.toHex();
    this.mcu = new Mcu({ chip, uid, random: this.random.draw, wiring: PADS, store: this.#store });
    this.port = createModelPort(this.mcu, { name: "model" });
    this.channel = createModelChannel(this.mcu);
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

/** Changes a frame on its way: the frame that goes on (its CRC is made right), or null to drop it. */
export type Tamper = (frame: Frame, name: string, direction: "tx" | "rx") => Frame | null;

/** What a delivery is told. */
export interface Attempt {
  readonly tamper?: Tamper;
  /** Takes the place of some of the authority's calls or other ports. */
  readonly ports?: (ports: DeliveryPorts) => Partial<DeliveryPorts>;
  readonly port?: (port: DebugPort) => DebugPort;
  readonly bootloader?: BootloaderImage;
  readonly station?: string;
}

/** Raw bytes of one delivery's wires. */
export interface Wires {
  readonly debugTx: Uint8Array;
  readonly debugRx: Uint8Array;
  readonly linkTx: Uint8Array;
  readonly linkRx: Uint8Array;
}

/** One delivery, over. */
export interface Delivered {
  readonly result: DeliveryResult;
  readonly events: readonly DeliveryEvent[];
  /** As recorded by the harness at the board: what really reached and left the chip. */
  readonly wires: Wires;
  /** As recorded by the product's own capture. */
  readonly captured: Wires & { readonly firmware: Uint8Array };
  /** Every whole frame that reached or left the chip, in order. */
  readonly frames: readonly {
    readonly direction: "tx" | "rx";
    readonly name: string;
    readonly frame: Frame;
  }[];
  /** Names of the calls to the authority, in order. */
  readonly calls: readonly string[];
  readonly keys: readonly Message1Reply[];
}

/** Runs one delivery of the site's product at a board. */
export async function attempt(site: Site, board: Board, how: Attempt = {}): Promise<Delivered> {
  const tape = new Tape();
  const port = tape.debugPort((how.port ?? ((same) => same))(board.port));
  const cable = tape.channel(board.channel);
  const channel = how.tamper === undefined ? cable : tampered(cable, how.tamper);
  const events: DeliveryEvent[] = [];
  const calls: string[] = [];
  const keys: Message1Reply[] = [];
  const { appliance } = site;
  const base: DeliveryPorts = {
    probe: createProbe(port),
    channel,
    office: spied(appliance.client, calls, keys),
    journal: appliance.journal,
    releases: appliance.releases,
    identity: { appliance: appliance.config.appliance, sign: appliance.identity.sign },
    keySet: appliance.trust().keySet,
    bootloaderFor: (family) => how.bootloader ?? builtInBootloader(family),
    nowMs: () => site.clock.nowMs,
    pause: neverLate,
    emit: (event) => {
      events.push(event);
      site.events.push(event);
    },
    capture: tape.capture,
  };
  const never = new AbortController().signal;
  const result = await deliver({ ...base, ...how.ports?.(base) }, {
    station: how.station ?? "station-1",
    product: site.product,
    wiring: WIRING,
    patient: false,
    listenMs: 5,
    stopping: never,
    signal: never,
  });
  return { result, events, calls, keys, ...tape.played() };
}

type Office = DeliveryPorts["office"];

function spied(client: Office, calls: string[], keys: Message1Reply[]): Office {
  const noted = <T>(name: string, value: T): T => {
    calls.push(name);
    return value;
  };
  return {
    ticket: (...args) => noted("ticket", client.ticket(...args)),
    async message1(...args) {
      const answer = await noted("message1", client.message1(...args));
      if ("granted" in answer) keys.push(answer.granted);
      return answer;
    },
    receipt: (...args) => noted("receipt", client.receipt(...args)),
    failure: (...args) => noted("failure", client.failure(...args)),
    releaseContent: (...args) => noted("releaseContent", client.releaseContent(...args)),
  };
}

/** Records raw bytes at the board's debug port and link, independently of the product's capture. */
class Tape {
  readonly #parts = { debugTx: [], debugRx: [], linkTx: [], linkRx: [] } as Record<keyof Wires, Uint8Array[]>;
  readonly #captured: Record<keyof Wires | "firmware", Uint8Array[]> = {
    debugTx: [],
    debugRx: [],
    linkTx: [],
    linkRx: [],
    firmware: [],
  };
  readonly #frames: Delivered["frames"][number][] = [];
  readonly capture: NonNullable<DeliveryPorts["capture"]> = {
    debug: (direction, bytes) =>
      this.#captured[direction === "tx" ? "debugTx" : "debugRx"].push(bytes.slice()),
    link: (direction, bytes) => this.#captured[direction === "tx" ? "linkTx" : "linkRx"].push(bytes.slice()),
    firmware: (bytes) => this.#captured.firmware.push(bytes.slice()),
    identify: () => {},
    close: () => {},
  };

  debugPort(port: DebugPort): DebugPort {
    const { debugTx, debugRx } = this.#parts;
    return {
      name: port.name,
      nowMs: () => port.nowMs(),
      pause: (ms, signal) => port.pause(ms, signal),
      power: (on, limits) => port.power(on, limits),
      attach: (mode, limits) => port.attach(mode, limits),
      detach: (limits) => port.detach(limits),
      async read(address, length, limits) {
        const reading = await port.read(address, length, limits);
        if ("data" in reading) debugRx.push(reading.data.slice());
        return reading;
      },
      async write(address, bytes, limits) {
        const writing = await port.write(address, bytes, limits);
        if ("written" in writing) debugTx.push(bytes.slice());
        return writing;
      },
      observe: (sink) => port.observe(sink),
    };
  }

  channel(line: Channel): Channel {
    const { linkTx, linkRx } = this.#parts;
    const decoders = { tx: new FrameDecoder(), rx: new FrameDecoder() };
    const note = (direction: "tx" | "rx", bytes: Uint8Array) => {
      (direction === "tx" ? linkTx : linkRx).push(bytes.slice());
      for (const frame of decoders[direction].push(bytes)) {
        this.#frames.push({ direction, name: frameName(frame.type) ?? "?", frame });
      }
    };
    return {
      kind: line.kind,
      nowMs: () => line.nowMs(),
      send(bytes) {
        note("tx", bytes);
        return line.send(bytes);
      },
      async receive(untilMs, signal) {
        const bytes = await line.receive(untilMs, signal);
        if (bytes.length > 0) note("rx", bytes);
        return bytes;
      },
    };
  }

  played() {
    const joined = (parts: Record<keyof Wires, Uint8Array[]>): Wires => ({
      debugTx: concat(...parts.debugTx),
      debugRx: concat(...parts.debugRx),
      linkTx: concat(...parts.linkTx),
      linkRx: concat(...parts.linkRx),
    });
    const captured = { ...joined(this.#captured), firmware: concat(...this.#captured.firmware) };
    return { wires: joined(this.#parts), captured, frames: this.#frames };
  }
}

/** Returns the channel with every frame, both ways, at the mercy of `tamper`. */
export function tampered(channel: Channel, tamper: Tamper): Channel {
  const decoders = { tx: new FrameDecoder(), rx: new FrameDecoder() };
  const pass = (direction: "tx" | "rx", bytes: Uint8Array): Uint8Array =>
    concat(
      ...decoders[direction].push(bytes).flatMap((frame) => {
        const after = tamper(frame, frameName(frame.type) ?? "?", direction);
        return after === null ? [] : [encodeFrame(after)];
      }),
    );
  return {
    kind: channel.kind,
    nowMs: () => channel.nowMs(),
    send(bytes) {
      const after = pass("tx", bytes);
      return after.length === 0 ? Promise.resolve(channel.nowMs()) : channel.send(after);
    },
    async receive(untilMs, signal) {
      // Bound: the time that the caller gives.
      while (!signal.aborted && channel.nowMs() < untilMs) {
        const bytes = pass("rx", await channel.receive(untilMs, signal));
        if (bytes.length > 0) return bytes;
      }
      return new Uint8Array();
    },
  };
}

/** A tamperer that hits one kind of frame, the first time or each time that it passes. */
export function hitting(
  name: keyof typeof FRAME_TYPES,
  change: (body: Uint8Array) => Uint8Array | null,
  times = Infinity,
): Tamper & { readonly hits: () => number } {
  let hits = 0;
  let last: { sequence: number; after: Frame | null } | undefined;
  const tamper: Tamper = (frame, type) => {
    if (type !== name) return frame;
    // A retransmission suffers the same: it is the same frame to an honest eye.
    if (last?.sequence === frame.sequence) return last.after;
    if (hits >= times) return frame;
    hits += 1;
    const body = change(frame.body.slice());
    last = { sequence: frame.sequence, after: body === null ? null : { ...frame, body } };
    return last.after;
  };
  return Object.assign(tamper, { hits: () => hits });
}
