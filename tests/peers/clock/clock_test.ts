/**
 * Wrong clocks on agent and authority, ten years back, ten years ahead, a hundred times too fast (libfaketime): no unit
 * more and no unit less. What a clock may change is written down here and nowhere else:
 *
 * - The authority's clock decides the dates of orders and tickets. Outside an order's dates it gives nothing, and the
 *   station waits and says so.
 * - The appliance's clock decides nothing about units. It is what TLS compares with the dates of the server's
 *   certificate, which begins in 1970: ten years ahead, the server cannot be reached, and the station waits and says so.
 * - An appliance that the authority has not heard of for longer than a year waits for a person (P-73).
 * - When the clock is right again the same board is delivered with the same one unit.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { AgentEvent } from "../../../agent/mod.ts";
import { decideRenewal, listAppliances, redateOrder } from "../../../authority/owner/mod.ts";
import { FAKETIME_LIBRARY, underClock } from "../../chaos/_clock.ts";
import { pause } from "../../chaos/_conditions.ts";
import { checkInvariants, truthOf } from "../../chaos/_ledger.ts";
import { makeSite, type Site } from "../../chaos/_site.ts";

const HINT = "the clock tests need the Debian package libfaketime (x86-64), run by `deno task peers`";
const GRANTED = 5;
const DELIVERED_MS = 150_000;

const ignore = mustSkip();

function mustSkip(): boolean {
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted") return true;
  try {
    Deno.statSync(FAKETIME_LIBRARY);
    return false;
  } catch {
    if (Deno.env.get("CI") === "true") throw new Error(`Cannot skip under CI=true: ${HINT}`);
    console.warn(`skipped: ${HINT}`);
    return true;
  }
}

interface Case {
  readonly clock: string;
  readonly who: "agent" | "authority" | "both";
  /** What the station says while it waits: a cause, or a part of its sentence; null: it delivers. */
  readonly waits: string | null;
}

const BACK = "-3650d";
const AHEAD = "+3650d";
const FAST = "+0 x100";

const UNREACHABLE = "the owner's server cannot be reached";

const OUTDATED = "a person must renew it first";

const CASES: readonly Case[] = [
  // Years behind, as without a battery: the channel's certificate begins in 1970, dates go by the signed time.
  { clock: BACK, who: "agent", waits: null },
  { clock: AHEAD, who: "agent", waits: UNREACHABLE },
  { clock: FAST, who: "agent", waits: null },
  { clock: BACK, who: "authority", waits: "authority-order-not-begun" },
  { clock: AHEAD, who: "authority", waits: OUTDATED },
  { clock: FAST, who: "authority", waits: null },
  { clock: FAST, who: "both", waits: null },
];

function tells(event: AgentEvent, waits: string): boolean {
  if (event.kind === "station-fault") return event.message.includes(waits);
  return event.kind === "waiting" && event.cause === waits;
}

async function untilHolds(site: Site, holds: () => boolean, what: string): Promise<void> {
  const end = Date.now() + DELIVERED_MS;
  while (!holds()) {
    const last = site.events.slice(-4).map((event) => JSON.stringify(event)).join(" ");
    assert.ok(Date.now() < end, `${what} did not happen: ${last}`);
    await pause(100);
  }
}

for (const { clock, who, waits } of CASES) {
  const does = waits === null ? "delivers" : `waits (${waits}) and delivers when the clock is right`;
  Deno.test({
    name: `clock ${clock} on ${who}: the station ${does}, with one unit`,
    ignore,
    async fn() {
      const isFalse = (role: string) => who === "both" || who === role;
      const environment = (role: string) => isFalse(role) ? underClock(clock) : {};
      const site = await makeSite({ granted: GRANTED, environment });
      try {
        await site.startAgent();
        const board = site.putBoard();
        const isCommitted = () => checkInvariants(site).units.get(board.uid) === "committed";
        if (waits !== null) {
          const isWaiting = () => site.events.some((event) => tells(event, waits));
          await untilHolds(site, isWaiting, `waiting with ${waits}`);
          assert.equal(checkInvariants(site).free, GRANTED);
          assert.equal(truthOf(site, board), "blank");
          if (isFalse("agent")) await site.agent?.stop().then(() => site.startAgent({}));
          if (isFalse("authority")) await site.authority?.stop().then(() => site.startAuthority({}));
        }
        await untilHolds(site, isCommitted, "the delivery");
        const ledger = checkInvariants(site);
        assert.deepEqual([ledger.units.size, ledger.free, truthOf(site, board)], [1, GRANTED - 1, "device"]);
      } finally {
        await site.close();
      }
    },
  });
}

const MONTHS_18 = "+548d";

Deno.test({
  name:
    "off for 18 months, both sides: the channel is renewed, the appliance asks, a person approves, the waiting board is delivered (P-73)",
  ignore,
  async fn() {
    const site = await makeSite({ granted: GRANTED });
    try {
      await site.startAgent();
      const first = site.putBoard();
      await untilHolds(site, () => checkInvariants(site).units.get(first.uid) === "committed", "a delivery");
      await site.agent?.stop();
      await site.authority?.stop();

      await site.startAuthority(underClock(MONTHS_18));
      await site.startAgent(underClock(MONTHS_18));
      const board = site.putBoard();
      const isWaiting = () => site.events.some((event) => tells(event, OUTDATED));
      await untilHolds(site, isWaiting, "waiting for a renewal");
      const { session } = site.owner;
      const asked = async () => granted(await listAppliances(session))[0]!.renewalAskedAtMs !== null;
      for (let tries = 0; !await asked(); tries++) {
        assert.ok(tries < 200, "the appliance did not ask");
        await pause(100);
      }
      assert.equal(truthOf(site, board), "blank");
      // The order's year is over too: that is the owner's to prolong, and no appliance's business.
      const until = new Date(Date.now() + 900 * 86_400_000).toISOString().slice(0, 10);
      granted(await redateOrder(session, "first", { until }));
      granted(await decideRenewal(session, "Line 1", "approve"));
      await untilHolds(
        site,
        () => checkInvariants(site).units.get(board.uid) === "committed",
        "the delivery",
      );
      assert.equal(truthOf(site, board), "device");
    } finally {
      await site.close();
    }
  },
});

function granted<T>(result: { readonly granted: T } | { readonly refused: unknown }): T {
  assert.ok("granted" in result, JSON.stringify(result));
  return result.granted;
}
