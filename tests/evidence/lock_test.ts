/**
 * The lock is proven from outside on every delivery before a key is asked for (P-44, P-45), and a bootloader that does
 * not lock, or says so without doing it, gets none.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { DebugPort } from "../../agent/probe/mod.ts";
import { Board } from "./_board.ts";
import { instruction, type Patch, patchedBootloader, setting, skip } from "./_patch.ts";
import { evidence, shared, Site } from "./_site.ts";
import { attempt, type Delivered } from "./_station.ts";

const site = shared(() => Site.open(), (made) => made.close());

/** A debug port that notes how attaching and reading flash went. */
function watched(port: DebugPort, notes: string[]): DebugPort {
  return {
    ...port,
    async power(on, limits) {
      notes.push(on ? "on" : "off");
      return await port.power(on, limits);
    },
    async attach(mode, limits) {
      const answer = await port.attach(mode, limits);
      notes.push(`${mode}: ${answer === "no-answer" ? answer : "answers"}`);
      return answer;
    },
    async read(address, length, limits) {
      const reading = await port.read(address, length, limits);
      if (address >> 24 === 0x08) notes.push("closed" in reading ? "flash closed" : "flash read");
      return reading;
    },
  };
}

evidence(
  "every delivery proves the lock: plain attach unanswered, flash closed under reset, power cycled, then TICKET",
  async () => {
    const board = new Board();
    const notes: string[] = [];
    const delivered = await attempt(site(), board, {
      port: (port) => watched(port, notes),
      tamper: (frame, name, direction) => {
        if (direction === "tx") notes.push(name);
        return frame;
      },
    });
    assert.equal(delivered.result.outcome, "delivered");
    const proof = notes.slice(notes.lastIndexOf("flash read") + 1, notes.indexOf("MESSAGE2"));
    // A cycle is off, on; HELLO may be sent more than once while the bootloader starts.
    assert.equal(
      proof.filter((note, i) => note !== proof[i - 1]).join(", "),
      "off, on, HELLO, plain: no-answer, off, on, under-reset: answers, flash closed, off, on, HELLO, TICKET",
    );
    // P-44: no power cycle follows the TICKET frame.
    const talk = notes.slice(notes.indexOf("TICKET"), notes.indexOf("ACK"));
    assert.ok(talk.length > 8 && !talk.includes("off") && !talk.includes("on"), talk.join());
    const events = delivered.events.map(({ kind }) => kind);
    assert.ok(events.indexOf("lock-proven") > 0 && events.indexOf("lock-proven") < events.indexOf("keyed"));
  },
);

/** `cmp rX, #0xaa` becomes `cmp rX, #0`: the open level is reported as level 1. */
const liesOfLock = instruction("chip_describe", { mask: 0xf8ff, from: 0x28aa, to: 0x2800 });
/** `lsrs rX, rY, #18` becomes `lsrs rX, rY, #31`: the debug switch is reported as off. */
const liesOfDebug = instruction("chip_describe", { mask: 0xffc0, from: 0x0c80, to: 0x0fc0 });
const FLASH_ACR = 0x4002_2000;
const GPIOA_MODER = 0x5000_0000;
/** DBG_SWEN stays on and the debug pins keep their function. */
const keepsDebug = [
  setting("settings", FLASH_ACR, (value) => value | 1 << 18),
  setting("settings", GPIOA_MODER, () => 0xebff_ffff),
];

const variants: readonly (readonly [what: string, patches: readonly Patch[], cause: string])[] = [
  ["does not lock", [skip("chip_set_options")], "lock-missing"],
  ["does not lock and says it did", [skip("chip_set_options"), liesOfLock], "lock-open"],
  ["leaves debug on", keepsDebug, "lock-missing"],
  ["leaves debug on and says it did not", [...keepsDebug, liesOfDebug], "debug-open"],
];

function assertNoKey(delivered: Delivered, uid: string): void {
  assert.ok(!delivered.calls.includes("message1"), delivered.calls.join());
  assert.ok(
    !delivered.frames.some(({ name }) => name === "TICKET" || name === "MESSAGE1"),
    "the ticket was sent",
  );
  assert.deepEqual([site().unit(uid)?.state, site().unit(uid)?.message2Count], ["reserved", 0]);
}

for (const [what, patches, cause] of variants) {
  evidence(
    `a bootloader that ${what}: "${cause}", no key is asked for, the unit stays reserved`,
    async () => {
      const board = new Board();
      const delivered = await attempt(site(), board, { bootloader: patchedBootloader(patches) });
      const { result } = delivered;
      assert.deepEqual([result.outcome, result.cause, result.unit], [
        "failed",
        cause,
        "reserved for this chip",
      ]);
      const [record] = site().appliance.journal.deliveries(1);
      assert.deepEqual([record?.uid, record?.phase, record?.cause], [board.uid, "lock", cause]);
      assertNoKey(delivered, board.uid);
      // What the bootloader holds is public; the image was never near this chip.
      assert.ok(!board.boots(site().image));
    },
  );
}

evidence(
  "a chip that a bad bootloader left is delivered to by the good one, on the same ticket and unit",
  async () => {
    const board = new Board();
    const bad = await attempt(site(), board, {
      bootloader: patchedBootloader([skip("chip_set_options"), liesOfLock]),
    });
    const before = await site().quota();
    const good = await attempt(site(), board);
    assert.equal(good.result.outcome, "delivered", JSON.stringify(good.result));
    assert.equal(good.result.ticketId, bad.result.ticketId);
    const after = await site().quota();
    assert.deepEqual(
      [after.free, after.reserved, after.committed],
      [before.free, before.reserved - 1, before.committed + 1],
    );
    assert.ok(board.givesNothing && board.boots(site().image));
  },
);

evidence("seeded fault: an untouched bootloader passes where each variant is caught", async () => {
  const board = new Board();
  const { result } = await attempt(site(), board, { bootloader: patchedBootloader([]) });
  assert.equal(result.outcome, "delivered", JSON.stringify(result));
});
