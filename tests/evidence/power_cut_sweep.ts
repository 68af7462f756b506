/**
 * The sweep: one delivery, the power cut at its flash operations, each board judged, and each brought to a delivered
 * device by the agent's own delivery on the same ticket.
 *
 * What is shortened, and why it is honest. A cut leaves the board's cells and the records of authority and appliance,
 * nothing else: two cuts with the same cells and records are one case. Every case goes the way to a blank chip through
 * the agent (identify, judge, unlock, erase, look) by itself. There the core is halted, and it starts again only after a
 * power cycle: the cells, the options in force, the state of the flash controller and the records decide what follows.
 * Where they equal those of a case that was completed before, it is not executed once more; some are all the same.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { BootloaderImage } from "../../agent/delivery/mod.ts";
import type { DebugPort } from "../../agent/probe/mod.ts";
import { type FlashOperation, type Mcu, readBoard } from "../../bootloader/mcu/mod.ts";
import type { Site } from "./_site.ts";
import { type Attack, attacksOn, ForkingMcu, type Wreck } from "./power_cut_fork.ts";
import { Line, makeSite, PERSONAL } from "./power_cut_line.ts";
import { addressOf, FLASH_BYTES, judge, type State, STATES, type Truth } from "./power_cut_verdict.ts";

const FLASH = 0x0800_0000;

/** What a sweep does. */
export interface SweepOptions {
  /** Chooses among the attacks on an operation; `locked` once level 1 is in force. */
  readonly pick: (all: readonly Attack[], operation: FlashOperation, locked: boolean) => readonly Attack[];
  /** States whose retry is swept too: its unlock and its erase. */
  readonly retries: readonly State[];
  /** How many cases that are shortened are completed all the same. */
  readonly spotChecks: number;
  /** In place of the committed bootloader. */
  readonly bootloader?: Bootloader;
  /** Leaves out the way to a delivered device: for bootloaders with a seeded fault. */
  readonly judgeOnly?: boolean;
}

/** A bootloader, and where its core goes when it gives up. */
export interface Bootloader extends BootloaderImage {
  readonly stop: number;
}

/** What a sweep found. */
export interface Report {
  readonly cuts: number;
  readonly operations: number;
  readonly states: ReadonlyMap<State | "none of them", number>;
  /** Boards with torn options of which the agent says, as `options-torn`, that they cannot be put right. */
  readonly scrapped: number;
  readonly cases: number;
  /** Completions that were executed whole. */
  readonly completions: number;
  readonly failures: readonly string[];
}

interface Case extends Wreck {
  readonly during: "delivery" | "retry";
  readonly record: number;
}

/** Runs a sweep. @throws {AssertionError} when the delivery that is cut does not itself succeed. */
export async function sweep(options: SweepOptions): Promise<Report> {
  const site = await makeSite(1);
  try {
    return await new Sweep(site, options).run();
  } finally {
    Deno.removeSync(site.folder, { recursive: true });
  }
}

/** Says what a report found, on one line. */
export function summary({ cuts, failures, ...more }: Report): string {
  const states = [...more.states].filter(([, count]) => count > 0).map(([state, count]) =>
    `${count} ${state}`
  );
  return `${cuts} cuts, ${failures.length} failed (${more.operations} operations; ${states.join(", ")}; ` +
    `${more.cases} different boards, ${more.scrapped} of them scrapped, ${more.completions} delivered in full)`;
}

class Sweep {
  readonly #uid = crypto.getRandomValues(new Uint8Array(12));
  readonly #records: string[] = [];
  readonly #lines = new Map<number, Line>();
  readonly #wrecks: Case[] = [];
  readonly #failures: string[] = [];
  /** How the delivery ends that goes on from a blank chip in this state: null when well. */
  readonly #ends = new Map<string, string | null>();
  readonly #operations = new Set<string>();
  #scrapped = 0;
  #completions = 0;
  #forks = 0;
  #passes = 0;
  #truth: Truth = { bootloader: new Uint8Array(), image: new Uint8Array(), stop: 0 };

  constructor(readonly site: Site, readonly options: SweepOptions) {}

  /** Cuts, judges and completes. */
  async run(): Promise<Report> {
    await this.#deliver();
    for (const state of this.options.retries) await this.#retry(state);
    const states = new Map<State | "none of them", number>(
      [...STATES, "none of them" as const].map((s) => [s, 0]),
    );
    const known = new Map<
      string,
      { readonly state: State | "none of them"; readonly fault: string | null }
    >();
    for (const wreck of this.#wrecks) {
      const key = `${wreck.record} ${digestOf(wreck.board)}`;
      const finding = known.get(key) ?? await this.#examine(wreck);
      known.set(key, finding);
      states.set(finding.state, states.get(finding.state)! + 1);
      if (finding.fault !== null) this.#failures.push(`${nameOf(wreck)}: ${finding.fault}`);
    }
    if (this.options.judgeOnly !== true) await this.#spotCheck();
    for (const line of this.#lines.values()) line.close();
    const { length: cuts } = this.#wrecks;
    return {
      cuts,
      operations: this.#operations.size,
      states,
      scrapped: this.#scrapped,
      cases: known.size,
      completions: this.#completions,
      failures: this.#failures,
    };
  }

  /** The delivery whose operations are cut. */
  async #deliver(): Promise<void> {
    const line = await Line.open(this.site, this.site.folder);
    const mcu = new ForkingMcu({ uid: this.#uid, seed: 1 });
    this.#harvest(mcu, line, "delivery");
    const plan = mcu.plan;
    let bootloader = new Uint8Array();
    mcu.plan = (operation) => {
      if (operation.kind === "options") bootloader = mcu.flash.slice();
      return plan(operation);
    };
    const replaced = this.options.bootloader;
    const { result } = await line.deliver(mcu, replaced === undefined ? {} : { bootloader: replaced });
    assert.equal(result.outcome, "delivered", JSON.stringify(result));
    this.#truth = { bootloader, image: mcu.flash.slice(), stop: replaced?.stop ?? addressOf("stop") };
    line.close();
  }

  /** The way back to a blank chip from a board in `state`, whose operations are cut. */
  async #retry(state: State): Promise<void> {
    const base = this.#wrecks.findLast((wreck) =>
      wreck.during === "delivery" && judge(wreck.board, this.#truth).state === state
    );
    assert.ok(base !== undefined, `no cut left a chip that is "${state}"`);
    const line = await this.#fork(base.record);
    const mcu = new ForkingMcu({ uid: this.#uid, seed: 2, board: base.board });
    this.#harvest(mcu, line, "retry");
    await toBlank(line, mcu);
    line.close();
  }

  /** Keeps every board that a cut leaves, with the records of that instant. */
  #harvest(mcu: ForkingMcu, line: Line, during: Case["during"]): void {
    const pass = this.#passes++;
    mcu.plan = (operation) => {
      const { level } = mcu.truth;
      return this.options.pick(attacksOn(operation, level === 1), operation, level > 0);
    };
    mcu.onWreck = (wreck) => {
      this.#operations.add(`${pass} ${wreck.operation.number}`);
      this.#wrecks.push({ ...wreck, during, record: this.#recordOf(line) });
    };
    mcu.watch(true);
  }

  /** The number of the present records of this chip; new ones are copied as they are now. */
  #recordOf(line: Line): number {
    const records = line.recordsOf(this.#uid.toHex());
    const known = this.#records.indexOf(records);
    if (known >= 0) return known;
    line.copyTo(`${this.site.folder}/record-${this.#records.length}`);
    return this.#records.push(records) - 1;
  }

  async #examine(
    wreck: Case,
  ): Promise<{ readonly state: State | "none of them"; readonly fault: string | null }> {
    const unlocking = wreck.during === "retry" && wreck.operation.kind === "options";
    const { state, faults } = judge(wreck.board, this.#truth, unlocking);
    if (faults.length > 0) return { state, fault: faults.join("; ") };
    if (this.options.judgeOnly === true) return { state, fault: null };
    const line = this.#lines.get(wreck.record) ?? await this.#fork(wreck.record);
    this.#lines.set(wreck.record, line);
    const mcu = new ForkingMcu({ uid: this.#uid, seed: 3, board: wreck.board });
    const way = await toBlank(line, mcu);
    if ("cause" in way) {
      if (state !== "options torn" || way.cause !== "options-torn") {
        return { state, fault: `the next delivery ends with ${way.cause}` };
      }
      this.#scrapped++;
      return { state, fault: null };
    }
    const key = `${wreck.record} ${way.blank}`;
    const known = this.#ends.get(key);
    const end = known === undefined ? await this.#complete(wreck) : known;
    this.#ends.set(key, end);
    return { state, fault: end };
  }

  /** Completes some boards that were shortened. */
  async #spotCheck(): Promise<void> {
    for (let i = 0; i < this.options.spotChecks; i++) {
      // Spread over the whole delivery; any other choice would do.
      const sound = this.#wrecks.filter(({ operation }) => operation.kind !== "options");
      const wreck = sound[Math.floor((i + 0.5) * sound.length / this.options.spotChecks)]!;
      const fault = await this.#complete(wreck);
      if (fault !== null) this.#failures.push(`${nameOf(wreck)}, completed in full: ${fault}`);
    }
  }

  /** Delivers to the board in full, from the records of the cut. Returns what is wrong afterwards. */
  async #complete({ board, record }: Case): Promise<string | null> {
    this.#completions++;
    const line = await this.#fork(record);
    try {
      const uid = this.#uid.toHex();
      const ticket = line.ticket(uid);
      const before = line.unit(uid);
      const mcu = new ForkingMcu({ uid: this.#uid, seed: 4, board });
      let reports = 0;
      // What the model reports of a chip that starts with damaged vectors is that chip's, not the new bootloader's.
      const port = atFirstWord(() => reports = mcu.reports.length);
      const { result } = await line.deliver(mcu, { port });
      const after = line.unit(uid);
      const wrong = ([
        [result.outcome === "delivered", `it ends with ${result.cause}: ${result.detail}`],
        [ticket !== null && result.ticketId === ticket.ticketId, "it has another ticket"],
        [after?.state === "committed", `the unit is ${after?.state}`],
        [after?.message2Count === (before?.message2Count ?? 0) + 1, "message 2 was not counted once"],
        [this.#holdsImage(mcu), "flash does not hold the image"],
        [mcu.truth.level === 1, "the chip is not locked"],
        [mcu.reports.length === reports, JSON.stringify(mcu.reports.slice(reports))],
      ] as const).find(([holds]) => !holds);
      return wrong?.[1] ?? null;
    } finally {
      line.close();
    }
  }

  #holdsImage({ flash }: Mcu): boolean {
    const { image } = this.#truth;
    const end = PERSONAL.offset + PERSONAL.length;
    return flash.length === FLASH_BYTES &&
      flash.every((byte, at) => at >= PERSONAL.offset && at < end || byte === image[at]);
  }

  /** Opens a copy of records as authority and appliance do when power is back. */
  #fork(record: number): Promise<Line> {
    const folder = `${this.site.folder}/fork-${this.#forks++}`;
    Line.copy(`${this.site.folder}/record-${record}`, folder);
    return Line.open(this.site, folder);
  }
}

/** Starts a delivery and stops it where the chip is known to be blank: before its first word is programmed. */
async function toBlank(
  line: Line,
  mcu: ForkingMcu,
): Promise<{ readonly blank: string } | { readonly cause: string }> {
  const abort = new AbortController();
  let blank: string | null = null;
  const port = atFirstWord(() => {
    blank = stateOf(mcu);
    abort.abort();
  });
  const { result } = await line.deliver(mcu, { port, signal: abort.signal });
  if (blank !== null) return { blank };
  return { cause: result.cause ?? result.outcome };
}

/** Calls `act` before the first word of flash is programmed; a delivery that `act` has aborted ends there. */
function atFirstWord(act: () => void): (port: DebugPort) => DebugPort {
  let done = false;
  return (inner) => ({
    ...inner,
    write(address, bytes, limits) {
      if (!done && address >= FLASH && address < FLASH + FLASH_BYTES) {
        done = true;
        act();
        limits.signal.throwIfAborted();
      }
      return inner.write(address, bytes, limits);
    },
  });
}

/** What decides what follows: the cells, the options in force, and whether the flash controller takes orders. */
function stateOf(mcu: ForkingMcu): string {
  const { flash, rcc, memory } = mcu.snapshot().parts as Record<string, Record<string, unknown>>;
  const { loaded, shown } = memory as Record<string, Uint32Array>;
  const { sr, cr, keys, optionKeys } = flash!;
  const controller = [sr, cr, keys, optionKeys, rcc!["cr"], rcc!["cfgr"], mcu.debug.halted, mcu.truth.level];
  const state = JSON.stringify([digestOf(mcu.board), loaded, shown, controller]);
  return createHash("sha256").update(state).digest("hex");
}

function digestOf(board: Uint8Array): string {
  assert.ok(readBoard(board).flash.length === FLASH_BYTES);
  return createHash("sha256").update(board).digest("hex");
}

function nameOf({ during, operation, attack }: Case): string {
  const { number, kind, offset } = operation;
  return `${during}, operation ${number} (${kind} at ${offset}), ${nameOfAttack(attack)}`;
}

/** Says how power was cut. */
export function nameOfAttack({ cut, tear }: Attack): string {
  return tear === null
    ? cut
    : `torn (${tear.shape}${tear.single.length > 0 ? ` ${tear.single.join(" ")}` : ""})`;
}
