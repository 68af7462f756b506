/**
 * A day of two appliances that work without the authority most of the time: real journals, vaults and rounds against the real
 * office. Each side is the other's reference: what the authority believes never runs ahead of the vault, and after a round that
 * went through both say the same.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Database } from "../../authority/store/mod.ts";
import { Clock, uidOf } from "../unit/authority/_world.ts";
import type { AgentMove } from "./_agent_steps.ts";
import { BrokenLaw, holdTables } from "./_laws.ts";
import { Line, type WrongAgent } from "./_line.ts";
import { ACTS, direct, type Op } from "./_ops.ts";
import { type Desk, openDesk, repeatable, type Template } from "./_site.ts";

/** The laws of the two sides, which `holdTables` cannot see. */
export const AGENT_LAWS = Object.freeze(
  [
    "authority-never-ahead-of-the-vault",
    "both-sides-agree-after-a-round",
    "honest-appliance-is-never-frozen",
    "message2-durable-before-it-leaves",
  ] as const,
);

const RANK: Readonly<Record<string, number>> = { reserved: 1, keyed: 2, committed: 3, bound: 1 };

/** Which chips a line works on: no chip is at two lines. */
const CHIPS_EACH = 4;

export class AgentDay {
  readonly lines: readonly Line[];
  readonly #template: Template;
  readonly #clock = new Clock();
  readonly #path: string;
  readonly #desks: readonly Desk[];
  readonly #reader: Database;
  readonly #random: (n: number) => Uint8Array;
  #turn = 0;

  constructor(template: Template, seed: number, wrong: WrongAgent = {}) {
    this.#template = template;
    this.#clock.nowMs = template.startMs;
    this.#path = Deno.makeTempFileSync({ prefix: "flashseal-races-", suffix: ".sqlite" });
    Deno.copyFileSync(template.path, this.#path);
    this.#random = repeatable(seed);
    this.#desks = [0, 1].map(() => openDesk(template, this.#path, this.#clock, this.#random));
    this.#reader = new Database(this.#path);
    // Requests go to either office, in turn.
    const fetch = (request: Request) => {
      this.#turn += 1;
      return this.#desk().fetch(request);
    };
    const world = { clock: this.#clock, random: this.#random, fetch, wrong };
    this.lines = [0, 1].map((index) => new Line(template, index, world));
  }

  #desk(): Desk {
    return this.#desks[this.#turn % this.#desks.length] ?? assert.fail();
  }

  close(): void {
    for (const line of this.lines) line.close();
    for (const { office, db } of this.#desks) {
      office.signer.wipe();
      db.close();
    }
    this.#reader.close();
    for (const suffix of ["", "-wal", "-shm"]) {
      try {
        Deno.removeSync(this.#path + suffix);
      } catch {
        // The last connection takes these two away itself.
      }
    }
  }

  async take(move: AgentMove): Promise<void> {
    const line = this.lines[move.line] ?? assert.fail();
    const uid = uidOf(1 + move.line * CHIPS_EACH + move.chip);
    const writes = move.writes ?? Infinity;
    let settled = false;
    switch (move.act) {
      case "round": {
        const meanwhile = () => this.#owner(move);
        const trouble = { kind: move.trouble, at: move.at, meanwhile };
        const through = await line.round(trouble, writes, move.giveBack);
        settled = through && move.trouble === "none";
        break;
      }
      case "use":
        await line.use(uid, writes);
        break;
      case "message1":
        await line.message1(uid, writes);
        break;
      case "receipt": {
        const made = line.made[line.made.length - 1 - (move.at % Math.max(1, line.made.length))];
        if (made !== undefined) await line.receipt(made, writes);
        break;
      }
      case "online":
        await line.online(uid);
        break;
      case "owner":
        this.#owner(move);
        break;
      case "clock":
        this.#clock.nowMs += (move.at + 1) * 100_000;
        break;
    }
    holdTables(this.#reader);
    for (const one of this.lines.keys()) this.#hold(one, settled && one === move.line);
  }

  /** What an owner or a person does, at whatever moment. */
  #owner({ word, order, line, units, chip }: AgentMove): void {
    const key = this.#random(16).toHex();
    const uid = uidOf(1 + line * CHIPS_EACH + chip);
    const ops: Record<AgentMove["word"], Op> = {
      raise: { act: "order", order, change: { change: "raise", by: 1 + units }, key },
      lower: { act: "order", order, change: { change: "lower", by: 1 + units }, key },
      freeze: { act: "order", order, change: { change: "freeze" }, key },
      thaw: { act: "order", order, change: { change: "thaw" }, key },
      allow: { act: "allowance", order, subject: line, units, key },
      lost: { act: "device", uid, decision: { decision: "lost" }, key },
      rework: { act: "device", uid, decision: { decision: "rework" }, key },
      "re-credit": { act: "device", uid, decision: { decision: "re-credit", deviceMayExist: true }, key },
    };
    direct(this.#desk(), this.#template, ops[word], ACTS);
  }

  #hold(index: number, settled: boolean): void {
    const line = this.lines[index] ?? assert.fail();
    const { id } = this.#template.appliances[index] ?? assert.fail();
    if (
      this.#reader.first("SELECT 1 FROM appliances WHERE id = ? AND frozen_ms IS NOT NULL", id) !== undefined
    ) {
      throw new BrokenLaw("honest-appliance-is-never-frozen", id);
    }
    const rows = this.#reader.all(
      `SELECT t.id, t.state, u.state AS used, u.message2_count AS count FROM lease_tickets t JOIN leases l ON l.id = t.lease
        LEFT JOIN lease_uses u ON u.ticket = t.id WHERE l.appliance = ?`,
      id,
    );
    for (const row of rows) {
      const { state = null, message2 = 0 } = line.ticket(String(row["id"])) ?? {};
      const known = { state: String(row["state"]), used: String(row["used"]), count: Number(row["count"]) };
      const about = `ticket ${row["id"]}: ${
        JSON.stringify(known)
      } at the authority, ${state} ${message2} in the vault`;
      if (isAhead(known, state, message2)) throw new BrokenLaw("authority-never-ahead-of-the-vault", about);
      if (settled && !agrees(known, state, message2)) {
        throw new BrokenLaw("both-sides-agree-after-a-round", about);
      }
    }
  }
}

interface Known {
  readonly state: string;
  readonly used: string;
  readonly count: number;
}

function isAhead({ state, used, count }: Known, vault: string | null, message2: number): boolean {
  if (state === "used") return !((RANK[vault ?? ""] ?? 0) >= (RANK[used] ?? 9) && count <= message2);
  if (state === "returned") return vault !== "closed" && vault !== "returned";
  return false;
}

function agrees({ state, used, count }: Known, vault: string | null, message2: number): boolean {
  switch (state) {
    case "leased":
      // A crash left a use unfinished: it is bound, and told, with the next chip.
      return vault === "free" || vault === "intent" || vault === "certified";
    case "used":
      return RANK[vault ?? ""] === RANK[used] && count === message2;
    case "returned":
      return vault === "returned";
    default:
      return true;
  }
}
