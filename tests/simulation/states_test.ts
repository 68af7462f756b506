/**
 * Every cell of the table of PROTOCOL section 11, driven through the machine code. The table is read from
 * PROTOCOL.md, so a cell that changes there changes what is demanded here.
 * @module
 */
import assert from "node:assert/strict";
import protocol from "../../bootloader/PROTOCOL.md" with { type: "text" };
import type { Snapshot } from "../../bootloader/mcu/mod.ts";
import { agreementKeyPairOf, Secret } from "../../bootloader/suite/mod.ts";
import { receiptKeyOf } from "../../bootloader/ticket/mod.ts";
import { encodeFrame, FRAME_TYPES, FrameDecoder, frameName } from "../../bootloader/wire/mod.ts";
import { makeWorld } from "../vectors/protocol/world.ts";
import { leavesTrace, ModelTarget } from "./model_target.ts";
import type { Recording } from "./recording.ts";
import { record } from "./recording.ts";

const FIRMWARE_LOOP = 0x080000c0;
const COLUMNS = ["HELLO", "TICKET", "MESSAGE2", "CHUNK", "POLL", "ACK", "other type"] as const;
type Column = typeof COLUMNS[number];

/** The rows of the table: state -> cells in the order of COLUMNS. */
function stateTable(): Map<string, string[]> {
  const rows = protocol.split("## 11.")[1]!.split("\n").filter((line) => line.startsWith("| "));
  const cells = rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
  assert.deepEqual(cells[0], ["state", ...COLUMNS]);
  return new Map(
    cells.slice(2).filter((row) => row.length === COLUMNS.length + 1)
      .map(([state, ...row]) => [state!.split(" ")[0]!, row]),
  );
}

/** Frames for one state: each column's good body, and a bad one of the same length where the table tells them apart. */
interface Row {
  readonly target: ModelTarget;
  readonly start: Snapshot;
  readonly good: Readonly<Record<Column, Uint8Array>>;
  readonly secrets: readonly Uint8Array[];
}

function bodyOf(frame: Uint8Array): Uint8Array {
  return frame.slice(4, -4);
}

function flipped(body: Uint8Array): Uint8Array {
  const bad = body.slice();
  bad[bad.length >> 1]! ^= 1;
  return bad;
}

function rows(recording: Recording): Record<string, Row> {
  const { target, hello, ticket, message2, chunks, acknowledge, world } = recording;
  const good = {
    HELLO: Uint8Array.of(1),
    TICKET: bodyOf(ticket.sent),
    MESSAGE2: bodyOf(message2.sent),
    CHUNK: bodyOf(chunks[0]!.sent),
    POLL: new Uint8Array(0),
    ACK: bodyOf(acknowledge),
    "other type": Uint8Array.of(7),
  };
  const keys = recording.keyAnswer.transport;
  const secrets = [
    keys.targetToHost.use((raw) => raw.slice()),
    keys.hostToTarget.use((raw) => raw.slice()),
    world.release.secrets.releaseKey.use((raw) => raw.slice()),
    world.release.secrets.salt.use((raw) => raw.slice()),
    receiptKeyOf(world.receiptMaster, world.ticket.ticket.ticketId, recording.keyAnswer.h2)
      .use((raw) => raw.slice()),
    // The signature in the certificate: the rest of the personal region has zeros in a row.
    world.personalBytes.slice(152, 216),
    ...handshakeSecrets(recording),
  ];
  const row = (start: Snapshot, target_ = target): Row => ({ target: target_, start, good, secrets });
  const open = openTarget(recording);
  target.mcu.restore(ticket.after);
  target.receive(encodeFrame({ sequence: 200, type: FRAME_TYPES.POLL, body: good.POLL }));
  const failed = target.mcu.snapshot();
  return {
    OPEN: row(open.mcu.snapshot(), open),
    READY: row(hello.after),
    KEYING: row(ticket.after),
    TRANSFER: row(message2.after),
    DONE: row(chunks.at(-1)!.after),
    FAIL: row(failed),
  };
}

/** The ephemeral private key and the chaining key after TICKET: session.h, behind self, permitted and ticket_id, and 64 of hash. */
function handshakeSecrets({ target, ticket }: Recording): Uint8Array[] {
  target.mcu.restore(ticket.after);
  const [address] = target.image.symbols["session"]!;
  const session = target.mcu.ram.subarray(address - 0x20000000);
  const ephemeral = session.slice(136, 168);
  const { publicKey } = agreementKeyPairOf(new Secret(ephemeral.slice()));
  assert.equal(publicKey.toHex(), ticket.received.at(-1)!.slice(4, 36).toHex());
  return [ephemeral, session.slice(232, 296)];
}

/** A chip whose install block asks for an RDP byte that no lock level gives: its options are never in force (P-42). */
function openTarget({ world }: Recording): ModelTarget {
  const installBlock = world.installBlock.slice();
  installBlock[40] = 0xaa;
  installBlock[56] = 0xff;
  return new ModelTarget({ uid: world.uid, installBlock, seed: "open" });
}

/** Sends one frame and returns the names of what came back. */
function send(target: ModelTarget, type: number, body: Uint8Array): string[] {
  const decoder = new FrameDecoder();
  return target.receive(encodeFrame({ sequence: 77, type, body }))
    .flatMap((bytes) => decoder.push(bytes))
    .map((frame) => frameName(frame.type));
}

/** Asserts one branch of a cell, e.g. "STATUS, FAIL". */
function check(row: Row, state: string, column: Column, demand: { answer: string; body: Uint8Array }): void {
  const { target } = row;
  const [answer, next] = demand.answer.split(", ") as [string, string];
  target.mcu.restore(row.start);
  const type = column === "other type" ? 0x42 : FRAME_TYPES[column];
  const names = send(target, type, demand.body).filter((name) => name !== "WORKING");
  const said = `${state} x ${column}`;
  assert.deepEqual(names, [answer], said);
  if (next === "FAIL") checkFail(row, state, said);
  if (next === "started") {
    target.elapse(20);
    assert.equal(target.mcu.truth.registers[15], FIRMWARE_LOOP, said);
  }
  if (next === state && column === "HELLO") {
    assert.deepEqual(send(target, FRAME_TYPES.HELLO, Uint8Array.of(1)), [answer], said);
  }
}

/** P-47: FAIL answers everything with STATUS, has wiped its secrets and, from TRANSFER on, all of flash. */
function checkFail({ target, secrets }: Row, state: string, said: string): void {
  for (const secret of secrets) {
    assert.equal(leavesTrace(target.mcu.ram, secret), false, `${said}: a secret is left`);
  }
  if (state === "TRANSFER") assert.ok(target.mcu.flash.every((byte) => byte === 0xff), `${said}: flash`);
  const decoder = new FrameDecoder();
  const frames = target.receive(
    encodeFrame({ sequence: 78, type: FRAME_TYPES.HELLO, body: Uint8Array.of(1) }),
  );
  assert.deepEqual(frames.flatMap((bytes) => decoder.push(bytes)).map(({ type }) => type), [
    FRAME_TYPES.STATUS,
  ]);
}

const recording = record(makeWorld("states"));
const all = rows(recording);

Deno.test("section 11: PROTOCOL.md has the states that are driven here", () => {
  assert.deepEqual([...stateTable().keys()], Object.keys(all));
});

for (const [state, cells] of stateTable()) {
  Deno.test(`section 11: ${state} answers every message as the table says (P-46 to P-49)`, () => {
    const row = all[state]!;
    cells.forEach((cell, index) => {
      const column = COLUMNS[index]!;
      const body = row.good[column];
      const branches = cell.split("; ");
      for (const branch of branches) {
        const [kind, answer] = branch.includes(": ") ? branch.split(": ") : ["good", branch];
        for (const one of answer!.split(", or ")) {
          // The last chunk is the one branch that another snapshot starts from.
          if (one === "RECEIPT, DONE" && column === "CHUNK") continue;
          check(row, state, column, { answer: one, body: kind === "bad" ? flipped(body) : body });
        }
      }
      // P-46: another length is as bad as another content.
      const bad = branches.find((branch) => branch.startsWith("bad: "))?.slice(5);
      if (bad !== undefined) check(row, state, column, { answer: bad, body: body.slice(0, -1) });
    });
  });
}

Deno.test("section 11: in READY a message 2 without a personal region is refused before anything is computed", () => {
  // Its length fits a ticket that never came; ephemeral and chaining key would still be zeros, which everybody knows.
  const { target, start } = all["READY"]!;
  target.mcu.restore(start);
  assert.deepEqual(send(target, FRAME_TYPES.MESSAGE2, new Uint8Array(144)), ["STATUS"]);
});

Deno.test("section 11: TRANSFER ends in DONE with the last chunk, and asks again with each other one", () => {
  const answers = recording.chunks.map(({ received }) => frameName(received.at(-1)![3]!));
  assert.deepEqual(answers, [...recording.chunks.slice(1).map(() => "NEXT"), "RECEIPT"]);
});
