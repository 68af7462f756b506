/**
 * One agent as a process, with four stations and more boards than the order has units, against an authority as a process.
 *
 * @module
 */
import assert from "node:assert/strict";
import { raiseOrder, showQuota } from "../../authority/owner/mod.ts";
import type { AgentEvent } from "../../agent/mod.ts";
import { makeSite, type Site } from "../chaos/_site.ts";
import { granted, truthOf, until } from "../unit/agent/control/deployment.ts";
import { ignore } from "../script/_flashseal.ts";

const WITHIN_MS = 150_000;

/** The stations that wait, by the newest thing that was told of each. */
function waitingAt(events: readonly AgentEvent[]): ReadonlyMap<string, AgentEvent> {
  const newest = new Map<string, AgentEvent>();
  for (const event of events) if ("delivery" in event) newest.set(event.station, event);
  return new Map([...newest].filter(([, { kind }]) => kind === "waiting"));
}

function checkBoards({ boards, ended }: Site, delivered: number): void {
  const made = boards.filter(({ path }) => truthOf(path).isLocked).map(({ uid }) => uid).sort();
  assert.equal(made.length, delivered);
  assert.deepEqual(ended.filter(({ outcome }) => outcome === "delivered").map(({ uid }) => uid).sort(), made);
  for (const { path } of boards) assert.equal(truthOf(path).isBlank, !truthOf(path).isLocked);
}

Deno.test({
  name:
    "one agent process, 4 stations, 8 boards, 5 units: exactly 5 delivered, the others blank; one more after a raise",
  ignore,
  async fn() {
    const site = await makeSite({ granted: 5, stations: 4 });
    const { events, ended, owner } = site;
    const total = async () => {
      const { granted: all, free, committed } = granted(await showQuota(owner.session)).total;
      return { all, free, committed };
    };
    try {
      for (let board = 0; board < 8; board++) site.putBoard();
      await site.startAgent();
      const atRest = () => ended.length + waitingAt(events).size === 8;
      await until(atRest, WITHIN_MS, "every board is made or waits");
      assert.deepEqual([ended.length, waitingAt(events).size], [5, 3]);
      for (const event of waitingAt(events).values()) {
        assert.ok(event.kind === "waiting");
        assert.deepEqual([event.cause, event.says], [
          "authority-quota-spent",
          "The order has no units left",
        ]);
      }
      checkBoards(site, 5);
      assert.deepEqual(await total(), { all: 5, free: 0, committed: 5 });
      assert.ok(
        new Set(ended.map(({ station }) => station)).size >= 3,
        "the stations did not work side by side",
      );

      granted(await raiseOrder(owner.session, "first", 1));
      await until(() => ended.length === 6, WITHIN_MS, "the line goes on");
      assert.equal(await site.agent!.stop(), 0, site.agent!.lines.slice(-4).join(" | "));
      checkBoards(site, 6);
      assert.deepEqual(await total(), { all: 6, free: 0, committed: 6 });
    } finally {
      await site.close();
    }
  },
});
