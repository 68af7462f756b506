/**
 * A backup is taken, boards go on online and offline, the backup is restored, and the line goes on: no unit twice, nobody
 * frozen, the ledger's sum right, every device inside its unit or inside what is unaccounted (P-61 to P-64).
 *
 * @module
 */
import assert from "node:assert/strict";
import { confirmOrder, lendUnits, listAppliances, raiseOrder, showQuota } from "../../authority/owner/mod.ts";
import { ignore, pause } from "./_conditions.ts";
import { readLedger, truthOf } from "./_ledger.ts";
import { startProcess } from "./_process.ts";
import { type Board, makeSite, type Site } from "./_site.ts";

const GRANTED = 12;
const SETTLE_MS = 180_000;

async function until(holds: () => boolean | Promise<boolean>, what: string, site: Site): Promise<void> {
  const end = Date.now() + SETTLE_MS;
  while (!await holds()) {
    const last = site.events.slice(-5).map((event) => JSON.stringify(event)).join(" ");
    assert.ok(Date.now() < end, `not within ${SETTLE_MS} ms: ${what}; ${last}`);
    await pause(5);
  }
}

/** Puts a blank board in, waits for its delivery, and takes it out. */
async function deliverOne(site: Site): Promise<Board> {
  const board = site.putBoard();
  await delivered(site, board);
  return board;
}

async function delivered(site: Site, board: Board): Promise<void> {
  const isDone = () =>
    site.ended.some(({ uid, outcome, cause }) =>
      uid === board.uid && (outcome === "delivered" || cause === "delivered-already")
    );
  await until(isDone, `board ${board.uid} is delivered`, site);
  site.takeOut(board);
}

async function quota(site: Site) {
  const answer = await showQuota(site.owner.session);
  assert.ok("granted" in answer, JSON.stringify(answer));
  const { total, ...more } = answer.granted;
  const { granted, free, leased, reserved, keyed, committed, lost, unaccounted } = total;
  assert.equal(granted, free + leased + reserved + keyed + committed + lost + unaccounted);
  return { ...total, ...more };
}

/** Runs a command of the program; returns its exit code and what it said. */
async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly says: string }> {
  const process = startProcess(args);
  return { code: (await process.ended).code, says: process.lines.join("\n") };
}

Deno.test({
  name:
    "a backup taken in the middle of the work is restored: nothing over-granted, nobody frozen, each device counted",
  ignore,
  async fn() {
    const site = await makeSite({ granted: GRANTED, offline: true });
    const { authorityFolder, folder } = site;
    const backup = `${folder}/backup.sqlite`;
    const at = ["--dir", authorityFolder];
    try {
      await site.startAgent();
      const devices = [await deliverOne(site)];
      const lend = { order: "first", appliance: "Line 1", units: 2, acknowledgesOffline: true };
      assert.ok("granted" in await lendUnits(site.owner.session, lend));
      await until(async () => (await quota(site)).leased === 2, "two units are lent", site);

      // The backup, while everything runs; never over a file that is there.
      const made = await run("authority", "backup", ...at, "--to", backup);
      assert.equal(made.code, 0, made.says);
      assert.match(made.says, /NOT in it: .*seal-key/);
      const twice = await run("authority", "backup", ...at, "--to", backup);
      assert.equal(twice.code, 69, twice.says);
      assert.match(twice.says, /there already/);

      // What the backup will not know: two online, two of the lease that it knows, one of a lease that it does not.
      devices.push(await deliverOne(site), await deliverOne(site));
      await site.authority?.kill();
      devices.push(await deliverOne(site), await deliverOne(site));
      await site.startAuthority();
      await until(async () => (await quota(site)).committed === 5, "offline work is reported", site);
      await until(async () => (await quota(site)).leased === 2, "two more units are lent", site);
      await site.authority?.kill();
      devices.push(await deliverOne(site));
      await site.startAuthority();
      await until(async () => (await quota(site)).committed === 6, "offline work is reported", site);

      // A chip whose delivery is cut at its key: agent and authority end there.
      const from = site.events.length;
      const cut = site.putBoard();
      await until(() => site.events.slice(from).some(({ kind }) => kind === "keyed"), "a key is given", site);
      await Promise.all([site.agent?.kill(), site.authority?.kill()]);
      assert.notEqual(truthOf(site, cut), "blank");

      // Not while it is served.
      await site.startAuthority();
      for (const command of [["restore", ...at, "--from", backup], ["new-epoch", ...at]]) {
        const refused = await run("authority", ...command);
        assert.equal(refused.code, 69, refused.says);
        assert.match(refused.says, /another process serves it/);
      }
      await site.authority?.stop();
      const restored = await run("authority", "restore", ...at, "--from", backup);
      assert.equal(restored.code, 0, restored.says);
      assert.match(restored.says, /9 units unaccounted: up to so many devices may exist/);

      await site.startAuthority();
      await site.startAgent();
      const reported = async () => {
        const { committed, keyed } = await quota(site);
        return committed === 6 && keyed === 1;
      };
      await until(reported, "everything that was forgotten is reported", site);
      const waiting = await quota(site);
      assert.deepEqual([waiting.free, waiting.unaccounted, waiting.orders[0]?.awaiting], [0, 5, true]);
      assert.ok(waiting.epochBegunAtMs !== null && !waiting.outdated);
      assert.ok("granted" in await confirmOrder(site.owner.session, "first"));

      // The chip that was cut goes on by itself, with the unit that it had.
      await delivered(site, cut);
      devices.push(cut);
      await until(async () => (await quota(site)).committed === 7, "the cut chip is committed", site);
      assert.equal((await quota(site)).unaccounted, 5);

      // What is lent still serves: two of the units that the backup does not know of.
      devices.push(await deliverOne(site), await deliverOne(site));
      await until(async () => (await quota(site)).committed === 9, "what was lent is reported", site);
      assert.equal((await quota(site)).unaccounted, 3);

      // New work only out of a raise.
      const next = site.putBoard();
      const starves = () =>
        site.events.some((event) => event.kind === "waiting" && event.cause === "authority-quota-spent");
      await until(starves, "the order starves", site);
      assert.ok("granted" in await raiseOrder(site.owner.session, "first", 1));
      await delivered(site, next);
      devices.push(next);
      await until(async () => (await quota(site)).committed === 10, "the last one is committed", site);

      const end = await quota(site);
      const ledger = readLedger(site);
      for (const board of devices) {
        assert.equal(truthOf(site, board), "device", `${board.uid} is no device`);
        assert.equal(ledger.units.get(board.uid), "committed", `${board.uid} has no unit`);
      }
      assert.deepEqual([devices.length, site.boards.length, ledger.units.size], [10, 10, 10]);
      assert.deepEqual([end.granted, end.free, end.unaccounted], [GRANTED + 1, 0, 3]);
      const appliances = await listAppliances(site.owner.session);
      assert.ok("granted" in appliances);
      assert.deepEqual(appliances.granted.map(({ frozenAtMs }) => frozenAtMs), [null]);
    } finally {
      await site.close();
    }
  },
});
