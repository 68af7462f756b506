/**
 * One day: each request goes to the real thing and to the reference; the answers must agree, then everything that can be read,
 * and no law may be broken.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Decision, LeaseGrant, Message1Reply, TicketReply } from "../../authority/api/mod.ts";
import { wholeQuota } from "../../authority/issuance/mod.ts";
import { Database } from "../../authority/store/mod.ts";
import { openTicket } from "../../bootloader/ticket/mod.ts";
import { Clock } from "../unit/authority/_world.ts";
import { Lease } from "../unit/authority/_vault.ts";
import { askReference, type Named } from "./_asking.ts";
import type { Bug } from "./_bugs.ts";
import { Hands, silent } from "./_hands.ts";
import { Evidence, holdCertificate, holdSeen, holdTables } from "./_laws.ts";
import { ACTS, type Acts, direct, isOwnerOp, type Op, overHttp, replayed } from "./_ops.ts";
import { difference, drawingOf, type Picture, tablesOf } from "./_picture.ts";
import { type Expected, GRANTED, Reference } from "./_reference.ts";
import { nameLease } from "./_reference_lending.ts";
import {
  ALLOWED_FIRST,
  clientsOf,
  type Desk,
  LEASE_DAYS,
  LIMIT,
  openDesk,
  repeatable,
  type Template,
  TICKET_SECONDS,
  UNITS_LENT_MOST,
} from "./_site.ts";
import type { Move } from "./_steps.ts";

/** What kind of request it is, as far as a race has to come to it. */
function kindOf(op: Op, picture: Picture): string {
  if (op.act === "device") return `${op.act} ${op.decision.decision}`;
  if (op.act !== "message1") return op.act;
  const [, , , , lent, reworks] = picture.get(`unit ${op.uid}`)?.split(" ") ?? [];
  if (reworks === undefined || reworks === "0") return op.act;
  return lent === "-" ? "message1 of a rework" : "message1 of a lent unit's rework";
}

/** A day at one authority. */
export class Day {
  readonly hands: Hands;
  /** How often which act was answered how. */
  readonly answers: Map<string, number>;
  /** Whether the reference has differed: only ever with a seeded bug. */
  differed = false;
  readonly #template: Template;
  readonly #clock = new Clock();
  readonly #path: string;
  readonly #desks: readonly Desk[];
  readonly #reader: Database;
  readonly #clients: readonly ReturnType<typeof clientsOf>[];
  readonly #reference = new Reference();
  readonly #evidence = new Evidence();
  readonly #bug: Bug | undefined;
  readonly #acts: Acts;
  /** The acts are the product's own: then its HTTP application is asked, too. */
  readonly #honest: boolean;
  readonly #granted = new Set<string>();
  #picture: Picture;
  #sequence = 100;
  #lastRequest: Request | undefined;

  constructor(template: Template, seed: number, answers: Map<string, number>, bug?: Bug) {
    this.#template = template;
    this.answers = answers;
    this.#bug = bug;
    this.#clock.nowMs = template.startMs;
    this.#path = Deno.makeTempFileSync({ prefix: "flashseal-races-", suffix: ".sqlite" });
    Deno.copyFileSync(template.path, this.#path);
    if (bug?.drops !== undefined) {
      const db = new Database(this.#path);
      for (const what of bug.drops) db.run(`DROP ${what}`);
      db.close();
    }
    const random = repeatable(seed);
    this.#desks = [0, 1].map(() => openDesk(template, this.#path, this.#clock, random, bug));
    this.#clients = this.#desks.map((desk) => {
      const fetch = (request: Request) => {
        this.#lastRequest = request.clone() as Request;
        return desk.fetch(request);
      };
      return clientsOf(template, fetch, this.#clock, () => this.#sequence += 1, random);
    });
    this.#acts = { ...ACTS, ...bug?.acts?.() };
    this.#honest = bug?.acts === undefined;
    this.#reader = new Database(this.#path);
    this.hands = new Hands(template, this.#clock, random);
    this.#tellReference();
    this.#picture = tablesOf(this.#reader);
    this.#compare();
  }

  #tellReference(): void {
    const { orders, appliances } = this.#template;
    for (const { order, product, granted, notBefore, notAfter, rework } of orders) {
      const terms = {
        limit: LIMIT,
        ticketSeconds: TICKET_SECONDS,
        frozen: false,
        rework,
        notBefore,
        notAfter,
      };
      this.#reference.orders.push({ name: order, product, granted, ...terms });
      this.#reference.offline.set(product, null);
      this.#evidence.granted.set(order, granted);
    }
    const lent = orders[0]?.product ?? "";
    this.#reference.offline.set(lent, { unitsMost: UNITS_LENT_MOST, days: LEASE_DAYS });
    for (const [index, { id }] of appliances.entries()) {
      const products = index === 2 ? [lent] : [];
      this.#reference.appliances.set(id, { id, products, revoked: false, frozen: null, heads: new Map() });
    }
    for (const { order } of orders.slice(0, 2)) {
      for (const { id } of appliances.slice(0, 2)) {
        this.#reference.allowances.set(`${order} ${id}`, ALLOWED_FIRST);
      }
    }
  }

  close(): void {
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

  /** Takes one move; returns how many requests were answered. */
  async take(move: Move): Promise<number> {
    const { step, fate } = move;
    if (step.act === "clock") {
      this.#clock.nowMs += step.seconds * 1000;
      return 1;
    }
    const op = this.hands.make(step);
    if (op === undefined) return 0;
    if (fate === "late" && step.act !== "late") {
      this.hands.late.push(op);
      return 0;
    }
    const meanwhile = move.between === null ? undefined : this.hands.make(move.between.step);
    let answered = await this.#send(op, move, meanwhile);
    if (fate === "twice") answered += await this.#again(op, move);
    return answered;
  }

  /** The same request once more: its very bytes over HTTP, or as an agent that lost the answer asks again. */
  async #again(op: Op, move: Move): Promise<number> {
    if (move.http && this.#honest && !isOwnerOp(op) && this.#lastRequest !== undefined) {
      const code = await replayed(this.#desk(move.desk), this.#lastRequest);
      this.#picture = tablesOf(this.#reader);
      if (!this.differed) {
        this.#orDiffer(() => {
          const admitted = this.#reference.admits(this.#id(op.appliance), op.act).code;
          assert.equal(code, admitted === "granted" ? "replay" : admitted);
          this.#compare();
        });
      }
      return 1;
    }
    const repeated = op.act === "message1" ? { ...op, target: null } : op;
    return await this.#send(repeated, { ...move, desk: move.desk === 0 ? 1 : 0 }, undefined);
  }

  #desk(index: number): Desk {
    return this.#desks[index] ?? assert.fail();
  }

  #id(appliance: number) {
    return this.#template.appliances[appliance]?.id ?? assert.fail();
  }

  async #send(op: Op, move: Move, meanwhile: Op | undefined): Promise<number> {
    const desk = this.#desk(move.desk);
    const admitted = isOwnerOp(op) ? GRANTED : this.#reference.admits(this.#id(op.appliance), op.act);
    let answered = 1;
    if (meanwhile !== undefined) {
      const between = () => {
        answered += 1;
        this.#sendNow(meanwhile, this.#desk(1 - move.desk));
      };
      desk.db.interrupt(between, move.http && this.#honest && !isOwnerOp(op) ? move.between?.after ?? 0 : 0);
    }
    const http = move.http && this.#honest;
    const decision = http
      ? await overHttp(this.#clients[move.desk] ?? assert.fail(), this.#template, op)
      : direct(desk, this.#template, op, this.#acts);
    // Refused before any transaction began: what was to happen in between happens after it.
    const pending = desk.db.calm();
    this.#settle(op, decision, admitted, move.fate === "lost");
    if (pending && meanwhile !== undefined) {
      answered += 1;
      this.#sendNow(meanwhile, desk);
    }
    return answered;
  }

  /** Another process's whole request, within one of this one's. */
  #sendNow(op: Op, desk: Desk): void {
    const admitted = isOwnerOp(op) ? GRANTED : this.#reference.admits(this.#id(op.appliance), op.act);
    this.#settle(op, direct(desk, this.#template, op, this.#acts), admitted, false);
  }

  /** Laws first: they ask nobody. Then the reference. */
  #settle(op: Op, decision: Decision<unknown>, admitted: Expected, lost: boolean): void {
    const before = this.#picture;
    this.#picture = tablesOf(this.#reader);
    const code = "granted" in decision ? "granted" : decision.refused;
    const answer = "granted" in decision ? decision.granted : undefined;
    const nowSeconds = this.#clock.seconds;
    const seen = { op, code, answer, before, after: this.#picture, nowSeconds, template: this.#template };
    holdSeen(seen, this.#evidence);
    holdTables(this.#reader);
    if (!this.differed) this.#orDiffer(() => this.#judge(op, code, answer, admitted));
    if (answer !== undefined) this.#hand(op, answer, lost);
  }

  /** With a seeded bug the reference ceases to count once it differs: from there on the laws alone are asked. */
  #orDiffer(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (this.#bug === undefined) throw error;
      this.differed = true;
    }
  }

  /** The reference's judgement: the same answer, the same picture. */
  #judge(op: Op, code: string, answer: unknown, admitted: Expected): void {
    this.#reference.now = this.#clock.seconds;
    const expected: Named = admitted.code === "granted"
      ? askReference(this.#reference, this.#template, this.#granted, op)
      : admitted;
    assert.equal(code, expected.code, `answer of ${op.act}`);
    const name = `${kindOf(op, this.#picture)} ${code}`;
    this.answers.set(name, (this.answers.get(name) ?? 0) + 1);
    if (answer !== undefined) this.#name(op, answer, expected);
    this.#compare();
  }

  #compare(): void {
    const differs = difference(this.#picture, drawingOf(this.#reference));
    assert.equal(differs, undefined, differs);
    const { orders } = wholeQuota(this.#desk(0).office);
    for (const { order, quota } of orders) {
      const { free, granted, ...states } = quota;
      assert.equal(free, this.#reference.free(this.#reference.order(order)), "free units as owners see them");
      assert.equal(granted, free + Object.values(states).reduce((sum, count) => sum + count, 0));
    }
  }

  /** Names what only the authority can name, and holds the answer to what it must say. */
  #name(op: Op, answer: unknown, expected: Named): void {
    if (op.act === "ticket") {
      const { ticketId } = answer as TicketReply;
      const ticket = expected.ticket ?? assert.fail();
      const known = this.#reference.tickets.some(({ id }) => id === ticketId);
      if (ticket.id === "") assert(!known, "a new ticket has an id of its own");
      else assert.equal(ticketId, ticket.id, "the open ticket is given again");
      ticket.id = ticketId;
    }
    if (op.act === "lease") {
      const grant = answer as LeaseGrant;
      const lease = expected.lease ?? assert.fail();
      assert.equal(grant.notAfterSeconds, lease.notAfter);
      if (lease.id === "") nameLease(lease, grant.lease, grant.tickets.map((sealed) => this.#idOf(sealed)));
      assert.deepEqual([grant.lease, grant.units], [lease.id, lease.lent.length]);
    }
    if (op.act === "message1") {
      assert.deepEqual({ number: (answer as Message1Reply).number }, expected.says);
    }
    if (op.act === "failure") assert.deepEqual(answer, expected.says);
    if (op.act === "uses") {
      const { alarms } = answer as {
        readonly alarms: readonly { readonly ticketId: string; readonly alarm: string }[];
      };
      assert.deepEqual(
        { alarms: alarms.map(({ ticketId, alarm }) => `${ticketId} ${alarm}`) },
        expected.says,
      );
    }
  }

  #idOf(sealed: string): string {
    const opened = openTicket(Uint8Array.fromHex(sealed), { publicKey: this.#template.ticketKey });
    assert("opened" in opened);
    return opened.opened.ticket.ticketId;
  }

  /** A lent unit's certificate is the vault's, and left with its use (P-71). */
  #knowVaults(uid: string, unit: string): void {
    const sql =
      "SELECT lower(hex(x.certificate)) AS certificate FROM units u JOIN lease_uses x ON x.ticket = u.lease_ticket WHERE u.id = ?";
    const row = this.#reader.first(sql, unit);
    if (row !== undefined) holdCertificate(uid, unit, String(row["certificate"]), this.#evidence);
  }

  /** Puts what arrived into the appliance's hands. */
  #hand(op: Op, answer: unknown, lost: boolean): void {
    if (lost || isOwnerOp(op)) return;
    if (op.act === "ticket") {
      this.hands.tickets.push({ appliance: op.appliance, uid: op.uid, reply: answer as TicketReply });
    }
    if (op.act === "lease") {
      const { lease: id } = answer as LeaseGrant;
      if (this.hands.leases.some(({ lease }) => lease.grant.lease === id)) return;
      const known = silent(this.#template.appliances[op.appliance] ?? assert.fail());
      const lease = new Lease(answer as LeaseGrant, op.keys, known, this.#template.ticketKey);
      this.hands.leases.push({ appliance: op.appliance, lease });
    }
    if (op.act === "message1" && op.target !== null) {
      const { number, message2 } = answer as Message1Reply;
      const { personal, receipt } = op.target.finish(Uint8Array.fromHex(message2));
      const unit = String(this.#reader.one("SELECT unit FROM tickets WHERE id = ?", op.ticket)["unit"]);
      this.#knowVaults(op.uid, unit);
      holdCertificate(op.uid, unit, personal.subarray(0, 216).toHex(), this.#evidence);
      const { appliance, ticket } = op;
      this.hands.receipts.push({ appliance, ticket, number, receipt: receipt.toHex() });
    }
  }
}
