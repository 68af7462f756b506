/**
 * Orders and their quota: how many devices may be made of which release, by when; raised, lowered and frozen at any
 * time.
 *
 * @module
 */
import type { OrderChange, OrderReply, QuotaReply } from "../api/mod.ts";
import { Malformed } from "../../bootloader/wire/mod.ts";
import { act, ask, pickOne } from "./calls.ts";
import { showProduct } from "./products.ts";
import type { OwnerSession } from "./profile.ts";
import type { Result } from "./release/mod.ts";
import { showRelease } from "./releases.ts";

/** What the owner says about a new order. */
export interface NewOrder {
  readonly name: string;
  /** Name or id. */
  readonly product: string;
  /** Version or id. */
  readonly release: string;
  readonly granted: number;
  /** First day or instant; missing: now. */
  readonly from?: string;
  /** Last day or instant, included; missing: one year from now. */
  readonly until?: string;
  /** How many messages 2 one unit may get; the authority's default is 3. */
  readonly message2Limit?: number;
  /** Whether delivered devices may be made anew with their own unit; missing: no. */
  readonly rework?: boolean;
}

const YEAR_SECONDS = 365 * 86_400;

/** Creates an order. @throws {Malformed} for a count or a date that cannot be used. */
export async function createOrder(session: OwnerSession, order: NewOrder): Promise<Result<OrderReply>> {
  checkCount(order.granted);
  if (order.message2Limit !== undefined) checkMessages2(order.message2Limit);
  const now = Math.floor(session.world.nowMs() / 1000);
  const notBeforeSeconds = order.from === undefined ? now : parseTime(order.from, "first");
  const notAfterSeconds = order.until === undefined ? now + YEAR_SECONDS : parseTime(order.until, "last");
  if (notAfterSeconds < notBeforeSeconds) throw malformed("the dates", "the last day lies before the first");
  const product = await showProduct(session, order.product);
  if ("refused" in product) return product;
  const release = await showRelease(session, order.release, product.granted.product);
  if ("refused" in release) return release;
  return await act(session, (options) =>
    session.client.createOrder({
      name: order.name,
      product: product.granted.product,
      release: release.granted.release,
      granted: order.granted,
      notBeforeSeconds,
      notAfterSeconds,
      ...(order.message2Limit === undefined ? {} : { message2Limit: order.message2Limit }),
      rework: order.rework ?? false,
    }, options));
}

/** Returns all orders with their quotas. */
export async function listOrders(session: OwnerSession): Promise<Result<readonly OrderReply[]>> {
  const answer = await ask(session, () => session.client.orders());
  return "refused" in answer ? answer : { granted: answer.granted.orders };
}

/** Returns the order that a name or an id means. */
export async function showOrder(session: OwnerSession, word: string): Promise<Result<OrderReply>> {
  const list = await listOrders(session);
  if ("refused" in list) return list;
  return pickOne(word, {
    items: list.granted,
    namesOf: ({ order, name }) => [order, name],
    missing: "order-unknown",
  });
}

/** Grants `by` more units. */
export async function raiseOrder(
  session: OwnerSession,
  word: string,
  by: number,
): Promise<Result<OrderReply>> {
  checkCount(by);
  return await changeOrder(session, word, { change: "raise", by });
}

/** Takes `by` free units back; the authority never goes below what is used or lent. */
export async function lowerOrder(
  session: OwnerSession,
  word: string,
  by: number,
): Promise<Result<OrderReply>> {
  checkCount(by);
  return await changeOrder(session, word, { change: "lower", by });
}

/** Stops the order until it is thawed: no ticket is given. */
export async function freezeOrder(session: OwnerSession, word: string): Promise<Result<OrderReply>> {
  return await changeOrder(session, word, { change: "freeze" });
}

/** Lets a frozen order go on. */
export async function thawOrder(session: OwnerSession, word: string): Promise<Result<OrderReply>> {
  return await changeOrder(session, word, { change: "thaw" });
}

/** Allows or forbids that delivered devices of the order are made anew, each by a person's act. */
export async function allowRework(
  session: OwnerSession,
  word: string,
  allowed: boolean,
): Promise<Result<OrderReply>> {
  return await changeOrder(session, word, { change: "rework", allowed });
}

/** The owner's word on an order after a restore: it is confirmed as it was just shown, and gives again. */
export async function confirmOrder(session: OwnerSession, word: string): Promise<Result<OrderReply>> {
  const order = await showOrder(session, word);
  if ("refused" in order) return order;
  const { granted, frozen, notBeforeSeconds, notAfterSeconds } = { ...order.granted, ...order.granted.quota };
  return await changeOrder(session, order.granted.order, {
    change: "confirm",
    granted,
    frozen,
    notBeforeSeconds,
    notAfterSeconds,
  });
}

/** Gives unaccounted units back to the order; devices made with them may exist. */
export async function freeUnaccounted(
  session: OwnerSession,
  word: string,
  facts: { readonly units: number; readonly deviceMayExist: boolean },
): Promise<Result<OrderReply>> {
  checkCount(facts.units);
  return await changeOrder(session, word, { change: "free-unaccounted", ...facts });
}

/** Changes first and last day; a missing one stays as it is. */
export async function redateOrder(
  session: OwnerSession,
  word: string,
  dates: { readonly from?: string; readonly until?: string },
): Promise<Result<OrderReply>> {
  const order = await showOrder(session, word);
  if ("refused" in order) return order;
  const { notBeforeSeconds, notAfterSeconds } = order.granted;
  return await changeOrder(session, order.granted.order, {
    change: "dates",
    notBeforeSeconds: dates.from === undefined ? notBeforeSeconds : parseTime(dates.from, "first"),
    notAfterSeconds: dates.until === undefined ? notAfterSeconds : parseTime(dates.until, "last"),
  });
}

async function changeOrder(
  session: OwnerSession,
  word: string,
  change: OrderChange,
): Promise<Result<OrderReply>> {
  const order = await showOrder(session, word);
  if ("refused" in order) return order;
  return await act(session, (options) => session.client.changeOrder(order.granted.order, change, options));
}

/** Returns the counts of every order and their sum. */
export async function showQuota(session: OwnerSession): Promise<Result<QuotaReply>> {
  return await ask(session, () => session.client.quota());
}

/**
 * Returns seconds since 1970 for `2027-01-31` or `2027-01-31T08:00Z`; a bare day means its first or its last second.
 *
 * @throws {Malformed} for any other text: a time without a zone means something else in every country
 */
export function parseTime(text: string, edge: "first" | "last"): number {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const ms = day ? Date.parse(`${text}T00:00:00Z`) : instant ? Date.parse(text) : NaN;
  // Date.parse() lets 31 February pass as a day of March.
  const exists = !Number.isNaN(ms) && (!day || new Date(ms).toISOString().startsWith(text));
  if (!exists || ms < 0) throw malformed("the date", "it must be YYYY-MM-DD, or YYYY-MM-DDTHH:MMZ");
  return Math.floor(ms / 1000) + (day && edge === "last" ? 86_399 : 0);
}

function checkCount(count: number): void {
  if (Number.isSafeInteger(count) && count >= 1 && count <= 1_000_000_000) return;
  throw malformed("the number of units", "it must be a whole number from 1 to 1,000,000,000");
}

function checkMessages2(limit: number): void {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= 16) return;
  throw malformed("the number of messages 2", "it must be a whole number from 1 to 16");
}

function malformed(what: string, problem: string): Malformed {
  return new Malformed(`Cannot use ${what}: ${problem}`, { structure: what });
}
