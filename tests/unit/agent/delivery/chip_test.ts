/** Chips that deliver() leaves alone, and proofs of lock that are none. @module */

import assert from "node:assert/strict";
import { RigBoard } from "./rig.ts";
import { assertEnd, assertNoKeyAskedFor, rig } from "./_ends.ts";

Deno.test("deliver() refuses a chip that is not blank and not its own, and leaves it as it is", async () => {
  const { office, station, board } = await rig();
  board.mcu.plantFlash(4096, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  const before = board.mcu.flash;
  assertEnd(await station.deliver(board), ["refused", "not-blank", "none used"]);
  assert.deepEqual([office.calls, office.used, board.mcu.flash, board.writes], [[], 0, before, 0]);
});

Deno.test("deliver() leaves a locked chip that nobody knows alone", async () => {
  const { office, station, board } = await rig();
  board.locked = true;
  assertEnd(await station.deliver(board), ["refused", "locked-unknown", "none used"]);
  // The authority was asked whether a person allowed a rework, and for nothing else.
  assert.deepEqual([office.calls, office.used, board.writes], [["ticket"], 0, 0]);
});

Deno.test("deliver() refuses a UID of all zeros and of all ones", async () => {
  for (const byte of [0x00, 0xff]) {
    const { office, station } = await rig();
    const board = new RigBoard(new Uint8Array(12).fill(byte));
    assertEnd(await station.deliver(board), ["refused", "uid-invalid", "none used"]);
    assert.deepEqual(office.calls, []);
  }
});

Deno.test("deliver() refuses a chip that is in no table, and a flash size that the die cannot have", async () => {
  for (const [address, hex] of [[0x4001_5800, "68040010"], [0x1fff_75e0, "ff000000"]] as const) {
    const { office, station, board } = await rig();
    board.misdeeds.reads.set(address, Uint8Array.fromHex(hex));
    assertEnd(await station.deliver(board), ["refused", "chip-unknown", "none used"]);
    assert.deepEqual([office.calls, board.writes], [[], 0]);
  }
});

const badOptions: readonly (readonly [string, number, string])[] = [
  ["nBOOT_SEL is 0", 0x4002_2020, "aafefffe"],
  ["the watchdog is on", 0x4002_2020, "aafefeff"],
  ["BOOT_LOCK is set", 0x4002_2080, "00000100"],
  ["a PCROP area is set", 0x4002_2024, "00000000"],
  ["pages are write-protected", 0x4002_202c, "00000100"],
];
for (const [name, address, hex] of badOptions) {
  Deno.test(`deliver() refuses option bytes when ${name}`, async () => {
    const { office, station, board } = await rig();
    board.misdeeds.reads.set(address, Uint8Array.fromHex(hex));
    assertEnd(await station.deliver(board), ["refused", "options-unfit", "none used"]);
    assert.deepEqual([office.calls, board.writes], [[], 0]);
  });
}

Deno.test("deliver() says that a chip does not answer", async () => {
  const { station, board } = await rig();
  board.misdeeds.noAnswerUnderReset = "always";
  assertEnd(await station.deliver(board), ["failed", "no-answer", "none used"]);
});

Deno.test("deliver() erases the chip when one byte reads back wrong, and goes on with the same ticket next time", async () => {
  for (const at of [0, 300, 2599]) {
    const { office, station, board } = await rig();
    board.misdeeds.badByte = at;
    const first = await station.deliver(board);
    assertEnd(first, ["failed", "readback-differs", "reserved for this chip"]);
    assert.match(first.detail ?? "", new RegExp(`offset ${at}$`));
    assert.ok(board.mcu.flash.every((byte) => byte === 0xff), "what differs was left behind");
    assertNoKeyAskedFor(office, station);
    assert.deepEqual(office.failures, [{ cause: "readback-differs", phase: "install" }]);
    board.misdeeds.badByte = null;
    const second = await station.deliver(board);
    assertEnd(second, ["delivered", null, "committed"]);
    assert.deepEqual([second.ticketId, office.used], [first.ticketId, 1]);
  }
});

const unproven: readonly (readonly [string, (board: RigBoard) => void, string])[] = [
  ["the chip does not lock itself", (board) => board.misdeeds.neverLocks = true, "lock-missing"],
  ["flash can be read under reset", (board) => board.misdeeds.flashOpen = true, "lock-open"],
  ["a plain attach is answered", (board) => board.misdeeds.debugOpen = true, "debug-open"],
  ["the probe has lost contact", (board) => board.misdeeds.noAnswerUnderReset = "locked", "no-answer"],
  ["HELLO names another UID", (board) => board.misdeeds.otherUid = true, "bootloader-unfit"],
  ["nothing answers HELLO", (board) => board.misdeeds.silent = true, "bootloader-silent"],
];
for (const [name, misbehave, cause] of unproven) {
  Deno.test(`deliver() asks for no key when ${name} (P-12, P-45)`, async () => {
    const { office, station, board } = await rig();
    misbehave(board);
    assertEnd(await station.deliver(board), ["failed", cause, "reserved for this chip"]);
    assertNoKeyAskedFor(office, station);
  });
}

Deno.test("deliver() records whether RAM was readable and goes on either way (lock class 2)", async () => {
  for (const ramClosed of [false, true]) {
    const { station, board } = await rig();
    board.misdeeds.ramClosed = ramClosed;
    assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
    const proof = station.events.find((event) => event.kind === "lock-proven");
    assert.ok(proof?.kind === "lock-proven");
    assert.equal(proof.ramReadable, !ramClosed);
  }
});
