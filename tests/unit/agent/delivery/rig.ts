/**
 * A station for delivery tests: the model's chip behind the probe, the reference target behind the link, and the lock
 * of the chip in between, so that a test may say "this chip does not lock" where the real bootloader always would.
 *
 * @module
 */
import { logKeysOf } from "../../../../authority/api/mod.ts";
import {
  type BootloaderImage,
  deliver,
  type DeliveryEvent,
  type DeliveryOptions,
  type DeliveryPorts,
  type Office,
} from "../../../../agent/delivery/mod.ts";
import { Journal, type ReleaseFacts, type ReleaseStore } from "../../../../agent/journal/mod.ts";
import { type Channel, type FaultPlan, withFaults } from "../../../../agent/link/mod.ts";
import { createProbe, type DebugPort, type Limits } from "../../../../agent/probe/mod.ts";
import { createModelPort, letTimePass, modelledMs } from "../../../../agent/probe/model/mod.ts";
import { Mcu, type Snapshot } from "../../../../bootloader/mcu/mod.ts";
import { Fault } from "../../../../bootloader/wire/mod.ts";
import { sign } from "../../../../bootloader/suite/mod.ts";
import { ReferenceTarget } from "../../../reference/target.ts";
import { ids, random, type TestOffice } from "./office.ts";

const BLOCK_OFFSET = 256;
const VERSION = 0x0001_0000;
const [FLASH, OPTR, CR] = [0x0800_0000, 0x4002_2020, 0x4002_2014];

/** Stands for the bootloader's bytes: a stack pointer, a reset vector to an endless loop, and filling. */
function bootloaderImage() {
  const bytes = Uint8Array.from({ length: 2600 }, (_, index) => (index * 7 + 3) & 0xff);
  bytes.set(new Uint8Array(Uint32Array.of(0x2000_2000, FLASH + 0x41).buffer), 0);
  bytes.set(Uint8Array.of(0xfe, 0xe7), 0x40);
  return {
    version: VERSION,
    withInstallBlock(block: Uint8Array) {
      const copy = bytes.slice();
      copy.set(block, BLOCK_OFFSET);
      return copy;
    },
  };
}

/** What a chip of the rig does wrong. */
export interface Misdeeds {
  neverLocks: boolean;
  /** Flash can be read under reset although HELLO says locked. */
  flashOpen: boolean;
  /** A plain attach is answered although HELLO says that debug is off. */
  debugOpen: boolean;
  ramClosed: boolean;
  /** The unlock write does not take. */
  unlockFails: boolean;
  /** The byte at this flash offset reads back wrong. */
  badByte: number | null;
  /** Nothing answers on the link. */
  silent: boolean;
  /** The lock record's truth aside: another UID in HELLO. */
  otherUid: boolean;
  /** What these words read as, whatever the chip says. */
  reads: Map<number, Uint8Array>;
  /** The probe fails when it has made this many writes. */
  failAfterWrites: number;
  /** Stops answering the probe under reset. */
  noAnswerUnderReset: "never" | "always" | "locked";
}

/** What stands in a station: the rig's board, or the model with the real bootloader. */
export interface RigStation {
  readonly port: DebugPort;
  readonly channel: Channel;
  readonly bootloader: BootloaderImage;
}

/** The board: debug port and channel in one, since they share the chip. */
export class RigBoard implements DebugPort, Channel, RigStation {
  readonly port = this;
  readonly channel = this;
  readonly bootloader = bootloaderImage();
  readonly name = "rig";
  readonly kind = "rig";
  readonly misdeeds: Misdeeds = {
    neverLocks: false,
    flashOpen: false,
    debugOpen: false,
    ramClosed: false,
    unlockFails: false,
    badByte: null,
    silent: false,
    otherUid: false,
    reads: new Map(),
    failAfterWrites: Infinity,
    noAnswerUnderReset: "never",
  };
  /** Called before each write, and before each host frame. */
  onWrite: (address: number, bytes: Uint8Array) => void = () => {};
  onFrame: (type: number) => void = () => {};
  writes = 0;
  readonly mcu: Mcu;
  readonly powerCycles: number[] = [];
  locked = false;
  target: ReferenceTarget | null = null;
  readonly #debug: DebugPort;
  readonly #blank: Snapshot;
  #out: { atMs: number; bytes: Uint8Array }[] = [];
  #heardMs = 0;

  constructor(readonly uid: Uint8Array) {
    this.mcu = new Mcu({ chip: "stm32g0-8k", uid, random });
    this.#debug = createModelPort(this.mcu, { name: "rig" });
    this.#blank = this.mcu.snapshot();
  }

  nowMs() {
    return modelledMs(this.mcu);
  }

  pause(ms: number, signal: AbortSignal) {
    return letTimePass(this.mcu, ms, signal);
  }

  async power(on: boolean, limits: Limits) {
    await this.#debug.power(on, limits);
    this.#out = [];
    if (!on || this.target?.state === "started") return;
    this.powerCycles.push(this.nowMs());
    this.target ??= this.#boot();
    this.target?.powerCycle();
    if (this.target !== null && !this.misdeeds.neverLocks) this.locked = this.target.lock > 0;
  }

  /** The bootloader starts when flash holds one. */
  #boot(): ReferenceTarget | null {
    const { flash } = this.mcu;
    const installBlock = flash.slice(BLOCK_OFFSET, BLOCK_OFFSET + 200);
    if (new TextDecoder().decode(installBlock.subarray(0, 15)) !== "flashseal setup") return null;
    const uid = new Uint8Array(16);
    uid.set(this.uid);
    if (this.misdeeds.otherUid) uid[0] = uid[0]! ^ 1;
    return new ReferenceTarget({
      installBlock,
      uid,
      family: 1,
      chipId: 0x466,
      flashKb: 8,
      bootloader: VERSION,
      entropy: 1,
      options: [0xffff_feaa, 0x7f, 0x7f, 0],
      lock: 0,
      optionsCanBeSet: !this.misdeeds.neverLocks,
      word: () => new DataView(random(4).buffer).getUint32(0),
    });
  }

  async attach(mode: "plain" | "under-reset", limits: Limits) {
    const { noAnswerUnderReset, debugOpen } = this.misdeeds;
    const running = this.target !== null && this.target.state !== "started";
    if (mode === "plain" && running && !debugOpen) return "no-answer" as const;
    if (mode === "under-reset" && noAnswerUnderReset === "always") return "no-answer" as const;
    if (mode === "under-reset" && noAnswerUnderReset === "locked" && this.locked) return "no-answer" as const;
    return await this.#debug.attach(mode, limits);
  }

  detach(limits: Limits) {
    return this.#debug.detach(limits);
  }

  async read(address: number, length: number, limits: Limits) {
    const isFlash = address >= FLASH && address < FLASH + 8192;
    if (this.locked && isFlash && !this.misdeeds.flashOpen) return { closed: true as const };
    if (this.locked && address >> 24 === 0x20 && this.misdeeds.ramClosed) return { closed: true as const };
    const reading = await this.#debug.read(address, length, limits);
    if ("closed" in reading) return reading;
    if (address === OPTR && this.locked) reading.data[0] = 0xbb;
    const lie = this.misdeeds.reads.get(address);
    if (lie !== undefined) return { data: lie.slice(0, length) };
    const { badByte } = this.misdeeds;
    const at = badByte === null ? -1 : FLASH + badByte - address;
    // Only what was written reads back wrong: a blank chip still looks blank.
    if (isFlash && at >= 0 && at < length && reading.data[at] !== 0xff) reading.data[at]! ^= 1;
    return reading;
  }

  async write(address: number, bytes: Uint8Array, limits: Limits) {
    this.onWrite(address, bytes);
    if (++this.writes > this.misdeeds.failAfterWrites) {
      throw new Fault('Cannot write by probe "rig": the cable was pulled', { place: "probe", retry: true });
    }
    const writing = await this.#debug.write(address, bytes, limits);
    if (this.locked && address === CR && bytes[3] === 0x08 && !this.misdeeds.unlockFails) {
      this.locked = false;
      this.target = null;
      this.mcu.restore(this.#blank);
    }
    return writing;
  }

  observe() {}

  send(bytes: Uint8Array) {
    this.onFrame(bytes[3] ?? 0);
    const pauseMs = this.nowMs() - this.#heardMs;
    const sentMs = this.nowMs() + bytes.length * 10_000 / 115_200;
    this.#heardMs = sentMs;
    if (!this.mcu.powered || this.misdeeds.silent || this.target === null) return Promise.resolve(sentMs);
    if (pauseMs >= 50) this.target.elapse(pauseMs);
    let atMs = sentMs;
    for (const answer of this.target.receive(bytes)) {
      atMs += 5 + answer.length * 10_000 / 115_200;
      this.#out.push({ atMs, bytes: answer });
    }
    return Promise.resolve(sentMs);
  }

  async receive(untilMs: number, signal: AbortSignal) {
    const next = this.#out[0];
    const due = Math.min(next?.atMs ?? Infinity, untilMs);
    if (due > this.nowMs()) this.mcu.run({ nanos: Math.ceil((due - this.nowMs()) * 1e6) });
    await Promise.resolve();
    if (signal.aborted || next === undefined || next.atMs > untilMs) return new Uint8Array();
    this.#out.shift();
    return next.bytes;
  }
}

/** A release cache in memory with the contract of the real one. */
export class MemoryReleases {
  readonly held = new Map<string, Uint8Array>();

  open(facts: ReleaseFacts) {
    return Promise.resolve(this.held.get(facts.release) ?? null);
  }

  async keep(facts: ReleaseFacts, content: Uint8Array) {
    const digest = await crypto.subtle.digest("SHA-256", Uint8Array.from(content));
    if (new Uint8Array(digest).toHex() !== facts.sha256) return false;
    this.held.set(facts.release, content);
    return true;
  }
}

/** One station with its appliance: keeps journal and cache over several deliveries. */
export class Rig {
  readonly events: DeliveryEvent[] = [];
  readonly journal: Journal;
  readonly releases = new MemoryReleases();
  faults: FaultPlan | null = null;
  /** Stands before the office, e.g. a vault. */
  keyHolder: Office | null = null;
  patient = false;
  listenMs = 0;
  stop = new AbortController();
  /** Called when the station waits, before it asks again. */
  onWait: () => void = () => {};
  readonly wiretap: { direction: "tx" | "rx"; bytes: Uint8Array }[] = [];
  readonly debugtap: { direction: "tx" | "rx"; bytes: Uint8Array }[] = [];
  readonly firmware: Uint8Array[] = [];
  #nowMs = 1_000_000;

  constructor(readonly office: TestOffice) {
    this.journal = new Journal(":memory:", () => this.#nowMs++);
  }

  ports(board: RigStation): DeliveryPorts {
    const { office } = this;
    return {
      probe: createProbe(board.port),
      channel: this.faults === null ? board.channel : withFaults(board.channel, this.faults),
      office: this.keyHolder ?? office,
      journal: this.journal,
      releases: this.releases as unknown as ReleaseStore,
      identity: { appliance: ids.appliance, sign: (message) => sign(office.identity.seed, message) },
      keySet: office.keySet,
      statementKeys: () => logKeysOf(office.keySet),
      bootloaderFor: (family) => family === "stm32g0" ? board.bootloader : undefined,
      nowMs: () => this.#nowMs++,
      pause: (ms, signal) => this.#pause(ms, signal),
      emit: (event) => {
        this.events.push(event);
        if (event.kind === "waiting") this.onWait();
      },
      capture: {
        debug: (direction, bytes) => this.debugtap.push({ direction, bytes: bytes.slice() }),
        link: (direction, bytes) => this.wiretap.push({ direction, bytes: bytes.slice() }),
        firmware: (bytes) => this.firmware.push(bytes),
        ticketed: () => {},
        close: () => {},
      },
    };
  }

  /** Deadlines never end here (nothing hangs in modelled time); a waiting station asks again at once. */
  async #pause(ms: number, signal: AbortSignal) {
    if (ms > 2_000) {
      const { promise, resolve } = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => resolve());
      await promise;
    }
    this.#nowMs += ms;
    await Promise.resolve();
  }

  deliver(board: RigStation) {
    const options: DeliveryOptions = {
      station: "station-1",
      product: ids.product,
      wiring: { uart: 2, txPin: 2, rxPin: 3, alternate: 1 },
      patient: this.patient,
      listenMs: this.listenMs,
      stopping: this.stop.signal,
      signal: this.stop.signal,
    };
    return deliver(this.ports(board), options);
  }
}

/** A fresh UID, 12 bytes. */
export function freshUid(): Uint8Array {
  return random(12);
}
