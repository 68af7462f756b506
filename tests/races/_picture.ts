/**
 * Everything of the ledger that can be read, as lines: once from the authority's tables, once from the reference. Two pictures
 * are equal or name the line that differs. The tables are read with statements of this file's own.
 *
 * @module
 */

import type { Database } from "../../authority/store/mod.ts";
import type { Reference } from "./_reference.ts";

/** What is known, by kind and id. */
export type Picture = ReadonlyMap<string, string>;

const LINES = `
SELECT 'order ' || id AS name, granted || ' ' || frozen || ' ' || not_after || ' ' || leased || ' ' || reserved || ' ' || keyed
    || ' ' || committed || ' ' || lost || ' ' || unaccounted || ' ' || rework AS line FROM orders
UNION ALL SELECT 'unit ' || substr(lower(hex(uid)), 1, 24), order_id || ' ' || state || ' ' || appliance || ' ' || message2_count
    || ' ' || coalesce(lease_ticket, '-') || ' ' || reworks || ' ' || message2_before FROM units
UNION ALL SELECT 'ticket ' || id, iif(closed, 'closed', 'open') || ' ' || appliance || ' ' || not_after || ' '
    || (SELECT count(*) FROM messages2 WHERE ticket = t.id) || ' '
    || coalesce((SELECT number FROM receipts WHERE ticket = t.id), '-') FROM tickets t
UNION ALL SELECT 'certificate ' || ticket, substr(lower(hex(uid)), 1, 24) || iif(revoked_ms IS NULL, '', ' revoked') FROM certificates
UNION ALL SELECT 'lent ' || t.id, t.state || coalesce(' ' || substr(lower(hex(u.uid)), 1, 24) || ' ' || u.state || ' '
    || u.message2_count || ' ' || coalesce(u.receipt_number, '-') || iif(u.unit IS NULL, ' doubled', '')
    || iif(u.revoked_ms IS NULL, '', ' revoked'), '') FROM lease_tickets t LEFT JOIN lease_uses u ON u.ticket = t.id
UNION ALL SELECT 'allowance ' || order_id || ' ' || appliance, units || ' ' || open FROM allowances
UNION ALL SELECT 'appliance ' || id, iif(revoked_ms IS NULL, '', 'revoked ') || iif(frozen_ms IS NULL, '', frozen_uids) FROM appliances
UNION ALL SELECT 'denied ' || substr(lower(hex(uid)), 1, 24), '' FROM denials`;

/** Reads the authority's tables. */
export function tablesOf(db: Database): Picture {
  return new Map(db.all(LINES).map((row) => [String(row["name"]), String(row["line"])]));
}

/** Draws what the reference knows. */
export function drawingOf(day: Reference): Picture {
  const lines = new Map<string, string>();
  for (const order of day.orders) {
    const states = ["leased", "reserved", "keyed", "committed", "lost", "unaccounted"];
    const counts = states.map((state) => day.count(order, state));
    const terms = [order.granted, Number(order.frozen), order.notAfter];
    lines.set(`order ${order.name}`, [...terms, ...counts, Number(order.rework)].join(" "));
  }
  for (const { uid, order, state, appliance, count, lent, reworks, before } of day.units.values()) {
    const parts = [order.name, state, appliance, count, lent ?? "-", reworks, before];
    lines.set(`unit ${uid}`, parts.join(" "));
  }
  for (const { id, open, appliance, notAfter, keys, receipt, unit } of day.tickets) {
    const number = receipt === null ? "-" : receipt.split(" ")[0];
    lines.set(
      `ticket ${id}`,
      [open ? "open" : "closed", appliance, notAfter, keys.length, number].join(" "),
    );
    // The first message 2 of a unit brings its certificate into the world.
    if (keys.includes(1)) lines.set(`certificate ${id}`, `${unit.uid}${unit.revoked ? " revoked" : ""}`);
  }
  for (const { id, state, use } of day.lent()) {
    const parts = use === null
      ? []
      : [use.uid, use.state, use.count, use.receipt === null ? "-" : use.receipt.split(" ")[0]];
    const marks = [...(use?.unit === null ? ["doubled"] : []), ...(use?.unit?.revoked ? ["revoked"] : [])];
    lines.set(`lent ${id}`, [state, ...parts, ...marks].join(" "));
  }
  for (const [key, units] of day.allowances) {
    const [order = "", appliance = ""] = key.split(" ");
    lines.set(`allowance ${key}`, `${units} ${day.open(day.order(order), appliance)}`);
  }
  for (const { id, revoked, frozen } of day.appliances.values()) {
    const uids = frozen === null ? "" : JSON.stringify(frozen);
    lines.set(`appliance ${id}`, `${revoked ? "revoked " : ""}${uids}`);
  }
  for (const uid of day.denied) lines.set(`denied ${uid}`, "");
  return lines;
}

/** Returns the first line in which two pictures differ, or undefined. */
export function difference(is: Picture, shouldBe: Picture): string | undefined {
  for (const [name, line] of is) {
    const other = shouldBe.get(name);
    if (other !== line) {
      return `${name}: is "${line}", should be ${other === undefined ? "none" : `"${other}"`}`;
    }
  }
  for (const [name, line] of shouldBe) if (!is.has(name)) return `${name}: is none, should be "${line}"`;
  return undefined;
}
