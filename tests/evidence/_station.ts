/**
 * A station of the evidence tests: the real delivery at a board of the model that executes the real bootloader, with a
 * man in the middle where asked for. All wires are recorded at the board, beside the product's own capture.
 *
 * @module
 */
import { builtInBootloader } from "../../agent/mod.ts";
import { statementKeysOf } from "../../agent/control/trust_file.ts";
import {
  type BootloaderImage,
  deliver,
  type DeliveryEvent,
  type DeliveryPorts,
  type DeliveryResult,
} from "../../agent/delivery/mod.ts";
import type { Channel } from "../../agent/link/mod.ts";
import { createProbe, type DebugPort } from "../../agent/probe/mod.ts";
import type { Message1Reply } from "../../authority/api/mod.ts";
import { concat, type Frame, FrameDecoder, frameName } from "../../bootloader/wire/mod.ts";
import type { Board } from "./_board.ts";
import { neverLate, type Site, WIRING } from "./_site.ts";
import { type Tamper, tampered } from "./_tamper.ts";

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
    statementKeys: () => statementKeysOf(appliance.trust()),
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
    ticketed: () => {},
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
