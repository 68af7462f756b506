/**
 * Units: no more than granted under four stations at once, a retry of the same chip free in units but counted, and the
 * encrypted release fetched once.
 *
 * @module
 */
import assert from "node:assert/strict";
import { listDevices, raiseOrder } from "../../authority/owner/mod.ts";
import { Board } from "./_board.ts";
import { evidence, granted, Site } from "./_site.ts";
import { attempt, type Delivered } from "./_station.ts";
import type { Tamper } from "./_tamper.ts";

evidence(
  "5 units, 4 stations at once, 8 boards: exactly 5 delivered, 3 refused with the sentence; one more after a raise",
  async () => {
    const site = await Site.open({ units: 5, stations: 4 });
    try {
      const boards = Array.from({ length: 8 }, () => new Board());
      const waiting = [...boards];
      const done = new Map<Board, Delivered>();
      const work = async (station: string) => {
        for (let board = waiting.shift(); board !== undefined; board = waiting.shift()) {
          done.set(board, await attempt(site, board, { station }));
        }
      };
      await Promise.all([1, 2, 3, 4].map((n) => work(`station-${n}`)));
      const delivered = boards.filter((board) => done.get(board)?.result.outcome === "delivered");
      const refused = boards.filter((board) => done.get(board)?.result.outcome === "refused");
      assert.deepEqual([delivered.length, refused.length], [5, 3]);
      assert.ok(
        new Set(delivered.map((board) => done.get(board)?.result.station)).size >= 3,
        "not side by side",
      );
      for (const board of refused) {
        const { result, frames } = done.get(board)!;
        assert.deepEqual([result.cause, result.says], [
          "authority-quota-spent",
          "The order has no units left",
        ]);
        assert.match(result.remedy ?? "", /raise the order/);
        assert.deepEqual([result.unit, site.unit(board.uid), frames, board.isBlank], [
          "none used",
          undefined,
          [],
          true,
        ]);
      }
      for (const board of delivered) {
        assert.equal(site.unit(board.uid)?.state, "committed");
        assert.ok(board.givesNothing && board.boots(site.image));
      }
      const spent = {
        granted: 5,
        committed: 5,
        free: 0,
        leased: 0,
        reserved: 0,
        keyed: 0,
        lost: 0,
        unaccounted: 0,
      };
      assert.deepEqual(await site.quota(), spent);
      const { devices } = granted(await listDevices(site.owner));
      assert.deepEqual(devices.map(({ uid }) => uid).sort(), delivered.map(({ uid }) => uid).sort());
      const certificates = delivered.map((board) => done.get(board)?.result.certificate);
      assert.equal(new Set(certificates).size, 5);

      // The line goes on where the owner allows it, with a board that was refused before.
      granted(await raiseOrder(site.owner, "first", 1));
      const again = await attempt(site, refused[0]!);
      assert.equal(again.result.outcome, "delivered", JSON.stringify(again.result));
      const still = await attempt(site, refused[1]!);
      assert.equal(still.result.cause, "authority-quota-spent");
      assert.deepEqual(await site.quota(), { ...spent, granted: 6, committed: 6 });
      assert.equal("holds" in site.appliance.journal.checkChain(), false);
      assert.ok("head" in site.appliance.journal.checkChain(), "the journal's chain does not hold");
    } finally {
      site.close();
    }
  },
);

/** The cable is cut once message 2 has reached the chip. */
function cutAfterMessage2(): Tamper {
  let cut = false;
  return (frame, name) => {
    if (cut) return null;
    cut = name === "MESSAGE2";
    return frame;
  };
}

evidence(
  "a retry of the same chip costs no unit but a message 2; the fourth is refused, and so is every one after it",
  async () => {
    const site = await Site.open({ units: 3 });
    try {
      const board = new Board();
      let ticketId: string | null = null;
      for (const number of [1, 2, 3]) {
        const { result, keys } = await attempt(site, board, { tamper: cutAfterMessage2() });
        assert.deepEqual([result.outcome, result.cause], ["failed", "receipt-missing"]);
        assert.equal(result.unit, "keyed for this chip: a device may exist");
        assert.deepEqual(keys.map((key) => key.number), [number]);
        assert.equal(ticketId ??= result.ticketId, result.ticketId);
        assert.deepEqual([site.unit(board.uid)?.state, site.unit(board.uid)?.message2Count], [
          "keyed",
          number,
        ]);
        assert.ok(board.givesNothing && !board.boots(site.image));
        const { free, keyed } = await site.quota();
        assert.deepEqual([free, keyed], [2, 1]);
      }
      for (let more = 0; more < 2; more++) {
        const { result, calls, frames } = await attempt(site, board);
        assert.deepEqual([result.outcome, result.cause], ["refused", "authority-message2-limit"]);
        assert.ok(result.says && result.remedy);
        assert.ok(!calls.includes("message1") && frames.length === 0, "the chip was touched");
      }
      assert.equal(site.unit(board.uid)?.message2Count, 3);
      // Another chip is not held up by it.
      assert.equal((await attempt(site, new Board())).result.outcome, "delivered");
      const { free, keyed, committed } = await site.quota();
      assert.deepEqual([free, keyed, committed], [1, 1, 1]);
    } finally {
      site.close();
    }
  },
);

evidence(
  "the third try may succeed: one unit, three messages 2, one certificate in all of them",
  async () => {
    const site = await Site.open({ units: 1 });
    try {
      const board = new Board();
      await attempt(site, board, { tamper: cutAfterMessage2() });
      await attempt(site, board, { tamper: cutAfterMessage2() });
      const { result } = await attempt(site, board);
      assert.equal(result.outcome, "delivered", JSON.stringify(result));
      assert.equal(site.unit(board.uid)?.message2Count, 3);
      const { offset } = site.personal;
      assert.equal(board.mcu.flash.slice(offset, offset + 216).toHex(), result.certificate);
      const { free, committed } = await site.quota();
      assert.deepEqual([free, committed], [0, 1]);
      const after = await attempt(site, board);
      assert.deepEqual([after.result.outcome, after.result.cause], ["refused", "delivered-already"]);
      assert.ok(board.givesNothing && board.boots(site.image));
    } finally {
      site.close();
    }
  },
);

evidence(
  "an empty appliance fetches the release in its first delivery, the next does not, a damaged copy is fetched again",
  async () => {
    const site = await Site.open();
    try {
      const fetches = async () => {
        const { result, calls, events } = await attempt(site, new Board());
        assert.equal(result.outcome, "delivered", JSON.stringify(result));
        const phase = events.find(({ kind }) => kind === "release")?.phase;
        assert.equal(phase, "release");
        return calls.filter((call) => call === "releaseContent").length;
      };
      const asked = () => site.spoken.filter(({ path }) => path.startsWith("GET /v1/releases/")).length;
      assert.equal(asked(), 0);
      assert.deepEqual([await fetches(), asked()], [1, 1]);
      assert.deepEqual([await fetches(), asked()], [0, 1]);
      const [file] = [...Deno.readDirSync(`${site.agentFolder}/releases`)];
      assert.ok(file !== undefined);
      const path = `${site.agentFolder}/releases/${file.name}`;
      const bytes = Deno.readFileSync(path);
      bytes[99]! ^= 1;
      Deno.writeFileSync(path, bytes);
      assert.deepEqual([await fetches(), asked()], [1, 2]);
    } finally {
      site.close();
    }
  },
);
