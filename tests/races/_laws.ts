/**
 * The laws of D§6, each by its own name, looked at after each step without asking the reference: statements over
 * the tables that must find nothing, and rules about what has just left the office.
 *
 * @module
 */

import type { Database } from "../../authority/store/mod.ts";
import type { Op } from "./_ops.ts";
import type { Picture } from "./_picture.ts";
import type { Template } from "./_site.ts";

/** A broken law. */
export class BrokenLaw extends Error {
  override readonly name = "BrokenLaw";

  constructor(readonly law: string, about: string) {
    super(`${law}: ${about}`);
  }
}

const CERTIFICATES = `(SELECT count(*) FROM certificates c JOIN tickets t ON t.id = c.ticket
    WHERE t.order_id = o.id AND c.revoked_ms IS NULL)
  + (SELECT count(*) FROM lease_uses u JOIN lease_tickets t ON t.id = u.ticket JOIN leases l ON l.id = t.lease
    WHERE l.order_id = o.id AND u.revoked_ms IS NULL)`;

function doubled(state: string): string {
  return `(SELECT count(*) FROM lease_uses u JOIN lease_tickets t ON t.id = u.ticket JOIN leases l ON l.id = t.lease
    WHERE l.order_id = o.id AND u.unit IS NULL AND u.state = '${state}')`;
}

function rowsDiffer(state: string): string {
  const rows = `(SELECT count(*) FROM units WHERE order_id = o.id AND state = '${state}')`;
  return state === "lost" ? `${state} <> ${rows}` : `${state} <> ${rows} + ${doubled(state)}`;
}

function lentDiffer(state: string): string {
  return `${state} <> (SELECT count(*) FROM lease_tickets t JOIN leases l ON l.id = t.lease
    WHERE l.order_id = o.id AND t.state = '${state}')`;
}

/** Statements that find a broken law. */
const TABLES: readonly (readonly [law: string, sql: string])[] = [
  [
    "free-never-below-zero",
    "SELECT id FROM orders WHERE granted < leased + reserved + keyed + committed + lost + unaccounted",
  ],
  [
    "each-unit-in-one-state",
    `SELECT id FROM orders o WHERE ${["reserved", "keyed", "committed", "lost"].map(rowsDiffer).join(" OR ")}
      OR ${["leased", "unaccounted"].map(lentDiffer).join(" OR ")}`,
  ],
  ["certified-within-grant", `SELECT id FROM orders o WHERE granted < ${CERTIFICATES}`],
  [
    "one-certificate-for-a-chip",
    `SELECT uid FROM (SELECT uid FROM certificates WHERE revoked_ms IS NULL
      UNION ALL SELECT uid FROM lease_uses WHERE revoked_ms IS NULL AND unit IS NOT NULL) GROUP BY uid HAVING count(*) > 1`,
  ],
  [
    "message2-counted",
    `SELECT id FROM units u WHERE lease_ticket IS NULL AND message2_count <>
      (SELECT count(*) FROM messages2 m JOIN tickets t ON t.id = m.ticket WHERE t.unit = u.id)`,
  ],
  [
    "message2-within-limit",
    `SELECT t.unit FROM messages2 m JOIN tickets t ON t.id = m.ticket JOIN orders o ON o.id = t.order_id
      JOIN units u ON u.id = t.unit WHERE m.number > u.message2_before
      GROUP BY t.unit HAVING count(*) > max(o.message2_limit)`,
  ],
  [
    "committed-by-its-own-receipt",
    `SELECT id FROM units u WHERE (lease_ticket IS NULL OR reworks > 0) AND (state = 'committed') <>
      (SELECT count(*) FROM receipts r JOIN tickets t ON t.id = r.ticket
        WHERE t.unit = u.id AND r.number > u.message2_before)`,
  ],
  [
    "open-ticket-has-its-unit",
    `SELECT id FROM tickets t WHERE closed = 0 AND NOT EXISTS (SELECT 1 FROM units u WHERE u.id = t.unit)
      UNION ALL SELECT min(id) FROM tickets WHERE closed = 0 GROUP BY uid HAVING count(*) > 1`,
  ],
  [
    "lease-is-whole",
    `SELECT id FROM leases l WHERE units <> (SELECT count(*) FROM lease_tickets WHERE lease = l.id)
      UNION ALL SELECT id FROM lease_tickets t
        WHERE (state = 'used') <> EXISTS (SELECT 1 FROM lease_uses WHERE ticket = t.id)`,
  ],
];

/** The laws that are looked at when something has happened. */
const EVENTS = [
  "closed-ticket-stays-closed",
  "unit-leaves-its-lease-once",
  "certificate-stays",
  "refusal-changes-nothing",
  "owner-heard-once",
  "barred-gets-nothing",
  "denied-gets-nothing",
  "shut-order-gives-nothing",
  "no-message2-after-receipt",
  "message2-behind-an-open-ticket",
  "key-within-the-tickets-dates",
  "no-key-without-proof",
  "certificate-signed-once",
  "receipt-is-the-targets",
  "one-lease-for-a-key",
  "lent-within-allowance",
  "rework-keeps-its-unit",
  "rework-needs-its-order",
] as const;

/** The names of all laws. */
export const LAWS: readonly string[] = [...TABLES.map(([law]) => law), ...EVENTS];

/** Holds the tables to the laws. @throws {BrokenLaw} naming the first that is broken. */
export function holdTables(db: Database): void {
  for (const [law, sql] of TABLES) {
    const row = db.first(sql);
    if (row !== undefined) throw new BrokenLaw(law, String(Object.values(row)[0]));
  }
}

/** What has left the office and was told to it over a day. */
export class Evidence {
  /** Units granted by the owner's word, by order. */
  readonly granted = new Map<string, number>();
  /** Owner's requests that were granted, by idempotency key. */
  readonly heard = new Set<string>();
  /** Chips that were committed by a receipt of theirs. */
  readonly committed = new Set<string>();
  /** Certificates that left, by chip and number of its unit. */
  readonly certificates = new Map<string, string>();
  /** Leases by lease key. */
  readonly leases = new Map<string, string>();
}

/** One answered request. */
export interface Seen {
  readonly op: Op;
  readonly code: string;
  readonly answer: unknown;
  /** The tables when the act began and when it had ended. */
  readonly before: Picture;
  readonly after: Picture;
  readonly nowSeconds: number;
  readonly template: Template;
}

function broken(law: typeof EVENTS[number] | "message2-counted", { op, code }: Seen, about = ""): never {
  throw new BrokenLaw(law, `${op.act} ${code} ${about}`);
}

/** Holds what has just happened to the laws. @throws {BrokenLaw} naming the first that is broken. */
export function holdSeen(seen: Seen, evidence: Evidence): void {
  holdPast(seen);
  if (seen.code !== "granted") holdRefused(seen);
  else if ("key" in seen.op) holdOwner(seen, evidence);
  else holdGranted(seen, evidence);
  for (const { order } of seen.template.orders) {
    const granted = Number(seen.after.get(`order ${order}`)?.split(" ")[0]);
    if (granted !== evidence.granted.get(order)) broken("owner-heard-once", seen, `${granted} granted`);
  }
}

/** What was, stays: closed tickets, units that left a lease, certificates, delivered devices but for a rework. */
function holdPast(seen: Seen): void {
  for (const [name, line] of seen.before) {
    const now = seen.after.get(name);
    if (now === line) continue;
    if (name.startsWith("ticket ") && line.startsWith("closed") && !now?.startsWith("closed")) {
      broken("closed-ticket-stays-closed", seen, name);
    }
    if (name.startsWith("unit ") && line.includes(" committed ")) holdRework(seen, name, now);
    if (name.startsWith("lent ") && !line.startsWith("leased")) {
      const usedAfterAll = line.startsWith("unaccounted") && now?.startsWith("used");
      const advanced = line.startsWith("used") && now?.startsWith("used");
      if (!usedAfterAll && !advanced) {
        broken("unit-leaves-its-lease-once", seen, `${name}: ${line} to ${now}`);
      }
    }
    if (name.startsWith("certificate ") && now === undefined) broken("certificate-stays", seen, name);
  }
}

/** A delivered device is made anew by a person's word where its order allows it, with the unit that it has (P-71). */
function holdRework(seen: Seen, name: string, now: string | undefined): void {
  const { op, code, before } = seen;
  const [order, , appliance, count, lent, reworks] = before.get(name)?.split(" ") ?? [];
  const isAsked = code === "granted" && op.act === "device" && op.decision.decision === "rework" &&
    name === `unit ${op.uid}`;
  if (code === "granted" && op.act === "message1") broken("no-message2-after-receipt", seen);
  const due = [order, "keyed", appliance, count, lent, Number(reworks) + 1, count].join(" ");
  if (!isAsked || now !== due) {
    broken("rework-keeps-its-unit", seen, `${name}: ${before.get(name)} to ${now}`);
  }
  if (before.get(`order ${order}`)?.split(" ").at(-1) !== "1") broken("rework-needs-its-order", seen, name);
}

/** A refusal changes nothing that can be read; a contradiction freezes its appliance, an ended reservation goes back. */
function holdRefused(seen: Seen): void {
  const { op, code, before, after, template } = seen;
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    if (before.get(name) === after.get(name)) continue;
    const froze = code === "appliance-frozen" && !("key" in op) &&
      name === `appliance ${template.appliances[op.appliance]?.id}` &&
      grows(before.get(name), after.get(name));
    const ended = op.act === "ticket" && (name.startsWith("order ") ||
      (name.startsWith("unit ") && !after.has(name) && before.get(name)?.includes(" reserved ")) ||
      (name.startsWith("ticket ") && after.get(name)?.startsWith("closed")));
    if (!froze && !ended) {
      broken("refusal-changes-nothing", seen, `${name}: ${before.get(name)} to ${after.get(name)}`);
    }
  }
}

/** The chips that a frozen appliance is named with: none is taken off the list. */
function grows(before: string | undefined, after: string | undefined): boolean {
  const named = (line: string | undefined) =>
    JSON.parse(line?.replace("revoked ", "") || "[]") as readonly string[];
  return named(before).every((uid) => named(after).includes(uid));
}

function holdOwner({ op, template }: Seen, evidence: Evidence): void {
  if (!("key" in op) || evidence.heard.has(op.key)) return;
  evidence.heard.add(op.key);
  if (op.act === "device" && op.decision.decision === "rework") evidence.committed.delete(op.uid);
  if (op.act !== "order" || !("by" in op.change)) return;
  const order = template.orders[op.order]?.order ?? "";
  const by = op.change.change === "raise" ? op.change.by : -op.change.by;
  evidence.granted.set(order, (evidence.granted.get(order) ?? 0) + by);
}

function holdGranted(seen: Seen, evidence: Evidence): void {
  const { op, before, template } = seen;
  if ("key" in op) return;
  const appliance = before.get(`appliance ${template.appliances[op.appliance]?.id}`);
  // A receipt makes nothing new, and a failure gives nothing.
  if (appliance !== "" && op.act !== "receipt" && op.act !== "failure") broken("barred-gets-nothing", seen);
  switch (op.act) {
    case "ticket":
      if (before.has(`denied ${op.uid}`)) broken("denied-gets-nothing", seen);
      return holdOrder(seen, seen.after.get(`unit ${op.uid}`)?.split(" ")[0] ?? "");
    case "message1":
      return holdMessage2(seen, op, evidence);
    case "receipt":
      if (!op.genuine) broken("receipt-is-the-targets", seen);
      return holdReceipt(seen, chipOf(seen, op.ticket), evidence);
    case "lease":
      return holdLease(seen, op, evidence);
    default:
      return;
  }
}

/** A receipt from before a rework is answered as it was, and says nothing of the chip now (P-72). */
function holdReceipt({ after }: Seen, uid: string, evidence: Evidence): void {
  if (after.get(`unit ${uid}`)?.includes(" committed ")) evidence.committed.add(uid);
}

/** What is frozen or over gives nothing. */
function holdOrder(seen: Seen, order: string): void {
  const [, frozen, notAfter] = seen.before.get(`order ${order}`)?.split(" ") ?? [];
  if (frozen !== "0" || Number(notAfter) < seen.nowSeconds) broken("shut-order-gives-nothing", seen, order);
}

function chipOf(seen: Seen, ticket: string): string {
  // The newest certificate of the ticket's chip says which chip it was.
  return seen.after.get(`certificate ${ticket}`)?.split(" ")[0] ?? ticket;
}

function holdMessage2(seen: Seen, op: Extract<Op, { act: "message1" }>, evidence: Evidence): void {
  const { before, after, answer } = seen;
  const [state, , notAfter] = before.get(`ticket ${op.ticket}`)?.split(" ") ?? [];
  const [order = "", , , count] = before.get(`unit ${op.uid}`)?.split(" ") ?? [];
  if (before.get(`unit ${op.uid}`)?.includes(" committed ")) broken("no-message2-after-receipt", seen);
  if (state !== "open") broken("message2-behind-an-open-ticket", seen);
  if (Number(notAfter) < seen.nowSeconds) broken("key-within-the-tickets-dates", seen);
  if (before.has(`denied ${op.uid}`)) broken("denied-gets-nothing", seen);
  if (op.flaw !== null) broken("no-key-without-proof", seen, op.flaw);
  if (evidence.committed.has(op.uid)) broken("no-message2-after-receipt", seen);
  holdOrder(seen, order);
  const { number } = answer as { readonly number: number };
  const counted = Number(after.get(`unit ${op.uid}`)?.split(" ")[3]);
  if (number !== Number(count) + 1 || counted !== number) broken("message2-counted", seen, `${number}`);
}

/** The certificate that a message 2 brought: signed once for a unit, the same bytes in each (P-52). */
export function holdCertificate(uid: string, unit: string, certificate: string, evidence: Evidence): void {
  const known = evidence.certificates.get(`${uid} ${unit}`);
  if (known !== undefined && known !== certificate) {
    throw new BrokenLaw("certificate-signed-once", `of chip ${uid}`);
  }
  evidence.certificates.set(`${uid} ${unit}`, certificate);
}

function holdLease(seen: Seen, op: Extract<Op, { act: "lease" }>, evidence: Evidence): void {
  const { before, after, answer, template } = seen;
  const { lease } = answer as { readonly lease: string };
  const key = op.keys.leaseKey.publicKey.toHex();
  const known = evidence.leases.get(key);
  if (known !== undefined && known !== lease) broken("one-lease-for-a-key", seen);
  evidence.leases.set(key, lease);
  const order = template.orders[op.order]?.order ?? "";
  const name = `allowance ${order} ${template.appliances[op.appliance]?.id}`;
  const grew = before.get(name) !== after.get(name);
  const [units, open] = after.get(name)?.split(" ") ?? [];
  if (grew && known !== undefined) broken("one-lease-for-a-key", seen, "lent anew");
  if (grew && Number(open) > Number(units)) broken("lent-within-allowance", seen, `${open} of ${units}`);
  if (grew) holdOrder(seen, order);
}
