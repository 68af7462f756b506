/**
 * Orders and their counts. The counts of units are kept by triggers alone: nothing here writes them.
 *
 * @module
 */

import type { ProductId, ReleaseId } from "../../bootloader/wire/mod.ts";
import type { OrderId, OrderRequest } from "../api/mod.ts";
import type { OrderState, OrderTerms } from "../ledger/mod.ts";
import { type Database, integerOf, type Row, textOf } from "./database.ts";

/** An order as it is kept. */
export interface StoredOrder extends OrderState {
  readonly rework: boolean;
  readonly name: string;
  readonly version: string;
  readonly createdAtMs: number;
}

const SELECT = "SELECT o.*, r.version FROM orders o JOIN releases r ON r.id = o.release";

/** Returns an order, or undefined. */
export function findOrder(db: Database, order: OrderId): StoredOrder | undefined {
  const row = db.first(`${SELECT} WHERE o.id = ?`, order);
  return row === undefined ? undefined : orderOf(row);
}

/** Returns all orders, or those of one product, oldest first. */
export function listOrders(db: Database, product?: ProductId): readonly StoredOrder[] {
  const rows = product === undefined
    ? db.all(`${SELECT} ORDER BY o.created_ms, o.rowid`)
    : db.all(`${SELECT} WHERE o.product = ? ORDER BY o.created_ms, o.rowid`, product);
  return rows.map(orderOf);
}

/** Whether an order has the name. */
export function orderNameTaken(db: Database, name: string): boolean {
  return db.first("SELECT 1 FROM orders WHERE name = ?", name) !== undefined;
}

/** Keeps a new order. */
export function insertOrder(db: Database, order: OrderId, request: OrderRequest, createdMs: number): void {
  db.run(
    `INSERT INTO orders (id, name, product, release, not_before, not_after, message2_limit, ticket_seconds, granted,
      rework, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    order,
    request.name,
    request.product,
    request.release,
    request.notBeforeSeconds,
    request.notAfterSeconds,
    request.message2Limit,
    request.ticketSeconds,
    request.granted,
    Number(request.rework),
    createdMs,
  );
}

/** Sets an order's terms; the table refuses a grant below what is in use. */
export function setOrderTerms(db: Database, order: OrderId, terms: Omit<OrderTerms, "freed">): void {
  db.run(
    `UPDATE orders SET granted = ?, frozen = ?, not_before = ?, not_after = ?, rework = ?, awaiting = ?
     WHERE id = ?`,
    terms.granted,
    Number(terms.frozen),
    terms.notBeforeSeconds,
    terms.notAfterSeconds,
    Number(terms.rework),
    Number(terms.awaiting),
    order,
  );
}

function orderOf(row: Row): StoredOrder {
  return {
    order: textOf(row, "id") as OrderId,
    name: textOf(row, "name"),
    product: textOf(row, "product") as ProductId,
    release: textOf(row, "release") as ReleaseId,
    version: textOf(row, "version"),
    frozen: integerOf(row, "frozen") === 1,
    awaiting: integerOf(row, "awaiting") === 1,
    notBeforeSeconds: integerOf(row, "not_before"),
    notAfterSeconds: integerOf(row, "not_after"),
    message2Limit: integerOf(row, "message2_limit"),
    ticketSeconds: integerOf(row, "ticket_seconds"),
    rework: integerOf(row, "rework") === 1,
    createdAtMs: integerOf(row, "created_ms"),
    counts: {
      granted: integerOf(row, "granted"),
      leased: integerOf(row, "leased"),
      reserved: integerOf(row, "reserved"),
      keyed: integerOf(row, "keyed"),
      committed: integerOf(row, "committed"),
      lost: integerOf(row, "lost"),
      unaccounted: integerOf(row, "unaccounted"),
    },
  };
}
