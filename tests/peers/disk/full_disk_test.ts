/**
 * A disk without space, under the appliance's record or under the authority's store: nothing is done that could not be
 * recorded, the operator or the log reads why, and when there is space again the line goes on by itself.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Journal } from "../../../agent/journal/mod.ts";
import type { AgentEvent } from "../../../agent/mod.ts";
import { Fault } from "../../../bootloader/wire/mod.ts";
import { pause } from "../../chaos/_conditions.ts";
import { checkInvariants, truthOf } from "../../chaos/_ledger.ts";
import { type Board, makeSite, type Site } from "../../chaos/_site.ts";
import { type Forgetful, mountForgetful, mustSkip } from "./_forgetful.ts";

const ignore = mustSkip("full disks of appliance and authority");
const GRANTED = 10;
const DELIVERED_MS = 150_000;
const NAMED_MS = 60_000;
/** How long the disk stays full after the trouble was named, so that whatever would give up has given up. */
const FULL_MS = 4_000;

async function until(holds: () => boolean, ms: number, what: () => string): Promise<void> {
  const end = Date.now() + ms;
  while (!holds()) {
    assert.ok(Date.now() < end, `not within ${ms} ms: ${what()}`);
    await pause(20);
  }
}

function lastEvents(site: Site): string {
  return [
    ...site.events.slice(-6).map((event) => JSON.stringify(event)),
    ...site.agent?.lines.slice(-3) ?? [],
  ]
    .join(" ");
}

async function untilCommitted(site: Site, board: Board): Promise<void> {
  const isCommitted = () => checkInvariants(site).units.get(board.uid) === "committed";
  const end = Date.now() + DELIVERED_MS;
  while (!isCommitted()) {
    assert.ok(Date.now() < end, `${board.uid} was not delivered: ${lastEvents(site)}`);
    await pause(200);
  }
}

/** Whether an event tells the operator that the disk is the trouble. */
function namesTheDisk(event: AgentEvent): boolean {
  if ("message" in event) return /free space/.test(event.message);
  if (event.kind === "ended") {
    return event.result.cause === "disk-fault" && /free space/.test(event.result.remedy ?? "");
  }
  return event.kind === "waiting" && event.cause === "disk-fault";
}

Deno.test({
  name: "nextSequence() on a full disk fails as a fault of the disk, and no request number ever comes twice",
  ignore,
  async fn() {
    const disk = await mountForgetful();
    const journal = new Journal(`${disk.folder}/journal.db`, () => Date.now());
    try {
      const numbers = [journal.nextSequence(), journal.nextSequence()];
      disk.limit(1);
      for (let again = 0; again < 3; again++) {
        assert.throws(
          () => numbers.push(journal.nextSequence()),
          (error) => error instanceof Fault && error.place === "disk" && /free space/.test(error.message),
        );
      }
      disk.limit(null);
      numbers.push(journal.nextSequence());
      assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b));
    } finally {
      journal.close();
      await disk.unmount();
    }
  },
});

interface Full {
  readonly name: string;
  /** The event after which the appliance's disk has no space left; null: it has none when the board comes. */
  readonly after: AgentEvent["kind"] | null;
}

const APPLIANCE: readonly Full[] = [
  { name: "before the board comes", after: null },
  { name: "after the ticket came", after: "ticket" },
  { name: "after the chip got its key", after: "keyed" },
  { name: "after the receipt was recorded", after: "receipt" },
];

for (const { name, after } of APPLIANCE) {
  Deno.test({
    name: `the appliance's disk is full ${name}: named, and delivered by itself when there is space`,
    ignore,
    async fn() {
      const disk = await mountForgetful();
      const site = await makeSite({ granted: GRANTED, place: { agent: disk.folder } });
      try {
        let isToCome = true;
        const onEvent = (event: AgentEvent) => {
          if (event.kind !== after || !isToCome) return;
          isToCome = false;
          disk.limit(1);
        };
        await site.startAgent({ onEvent });
        if (after === null) disk.limit(1);
        const board = site.putBoard();
        await fullFor(site, disk, board);
        const ledger = checkInvariants(site);
        assert.equal(ledger.units.size, 1);
        assert.equal(ledger.free, GRANTED - 1);
        console.log(`full ${name}: delivered with ${ledger.message2Most} messages 2`);
      } finally {
        disk.limit(null);
        await site.close();
        await disk.unmount();
      }
    },
  });
}

async function fullFor(site: Site, disk: Forgetful, board: Board): Promise<void> {
  await until(
    () => site.events.some(namesTheDisk),
    NAMED_MS,
    () => `the disk was not named: ${lastEvents(site)}`,
  );
  await pause(FULL_MS);
  checkInvariants(site);
  const ended = await Promise.race([site.agent?.ended, pause(0)]);
  assert.equal(ended, undefined, `the agent gave up: ${lastEvents(site)}`);
  disk.limit(null);
  await untilCommitted(site, board);
  assert.equal(truthOf(site, board), "device");
}

Deno.test({
  name: "the authority's disk is full: nothing is given, the log names it, and the line goes on by itself",
  ignore,
  async fn() {
    const disk = await mountForgetful();
    const site = await makeSite({ granted: GRANTED, place: { authority: disk.folder } });
    try {
      disk.limit(1);
      await site.startAgent();
      const board = site.putBoard();
      const names = () => site.authority?.lines.some((line) => line.includes("the disk is full")) === true;
      await until(
        names,
        NAMED_MS,
        () => `the authority named nothing: ${site.authority?.lines.slice(-5).join(" ")}`,
      );
      await pause(FULL_MS);
      assert.equal(checkInvariants(site).units.size, 0);
      assert.equal(truthOf(site, board), "blank");
      disk.limit(null);
      await untilCommitted(site, board);
      assert.equal(checkInvariants(site).free, GRANTED - 1);
    } finally {
      disk.limit(null);
      await site.close();
      await disk.unmount();
    }
  },
});
