/**
 * A station with a board, and what is compared of a delivery's end.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type DeliveryResult } from "../../../../agent/delivery/mod.ts";
import { frameName } from "../../../../bootloader/wire/mod.ts";
import { TestOffice } from "./office.ts";
import { freshUid, Rig, RigBoard } from "./rig.ts";

export const never = new AbortController().signal;
export const CR = 0x4002_2014;
export const KEYED = "keyed for this chip: a device may exist";

export async function rig(options: { readonly imageBytes?: number } = {}) {
  const office = await new TestOffice(options).ready();
  const station = new Rig(office);
  const board = new RigBoard(freshUid());
  return { office, station, board, uid: board.uid.toHex() };
}

/** Compares what an operator learns; the whole result stands in the message. */
export function assertEnd(result: DeliveryResult, end: readonly [string, string | null, string]) {
  assert.deepEqual([result.outcome, result.cause, result.unit], end, JSON.stringify(result));
  if (result.cause === null) return;
  assert.ok(result.says && result.remedy, "a cause without sentence or remedy");
}

export function framesSent(station: Rig): string[] {
  return station.wiretap.filter(({ direction }) => direction === "tx").map(({ bytes }) =>
    frameName(bytes[3]!)
  );
}

export function assertNoKeyAskedFor(office: TestOffice, station: Rig) {
  assert.ok(!office.calls.includes("message1"), "a key was asked for");
  assert.ok(!framesSent(station).includes("TICKET"), "the ticket was sent");
}
