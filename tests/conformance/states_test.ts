/**
 * The table of PROTOCOL.md section 11, cell by cell: read from the text, driven through the reference target, each answer given to
 * the host session that has an exchange open there (P-46 to P-48). The machine code is driven through the same table elsewhere.
 * @module
 */
import assert from "node:assert/strict";
import protocol from "../../bootloader/PROTOCOL.md" with { type: "text" };
import type { Exchange, HostStep } from "../../bootloader/session/mod.ts";
import { chunkSourceOf, HostSession } from "../../bootloader/session/mod.ts";
import type { FrameName } from "../../bootloader/wire/mod.ts";
import { encodeFrame, FRAME_TYPES, FrameDecoder, frameName } from "../../bootloader/wire/mod.ts";
import type { TargetState } from "../reference/target.ts";
import { ReferenceTarget } from "../reference/target.ts";
import { exchange, transfer } from "../vectors/protocol/deliver.ts";
import type { World } from "../vectors/protocol/world.ts";
import { answer, makeWorld } from "../vectors/protocol/world.ts";

interface Outcome {
  /** "good", "bad", "last" (a good chunk that is the last), or "any". */
  readonly when: string;
  readonly answer: FrameName;
  readonly next: TargetState;
}

interface Cell {
  readonly state: TargetState;
  readonly message: string;
  readonly outcomes: readonly Outcome[];
}

/** Reads the table. */
function cells(): Cell[] {
  const section = protocol.split("## 11.")[1]!.split("## 12.")[0]!;
  const rows = section.split("\n").filter((line) => line.startsWith("| ")).map((line) =>
    line.slice(2, -2).split(" | ").map((text) => text.trim())
  );
  const [header, , ...body] = rows;
  return body.flatMap((row) =>
    row.slice(1).map((text, i) => parseCell(row[0]!.split(" ")[0]!, header![i + 1]!, text))
  );
}

function parseCell(state: string, message: string, text: string): Cell {
  const outcomes = text.split(";").flatMap((part): Outcome[] => {
    const [, when = "any", rest] = /^(?:(good|bad): )?(.*)$/.exec(part.trim())!;
    return rest!.split(", or ").map((pair, index) => {
      const [answer, next] = pair.split(", ");
      return { when: index === 1 ? "last" : when, answer: answer as FrameName, next: next as TargetState };
    });
  });
  return { state: state as TargetState, message, outcomes };
}

/** A world whose target is in a state, reached the ordinary way, with the host session that brought it there. */
interface Reached {
  readonly world: World;
  readonly session: HostSession;
  /** What the target said in MESSAGE1, from KEYING on. */
  readonly message1?: Uint8Array;
  /** The chunk that the target waits for, in TRANSFER: it is open already. */
  readonly chunk?: Exchange;
}

function sendOf(step: HostStep): Exchange {
  assert.equal(step.step, "send");
  return (step as Extract<HostStep, { step: "send" }>).exchange;
}

function worldIn(state: TargetState): Reached {
  const world = makeWorld(`states ${state}`);
  const session = new HostSession();
  if (state === "OPEN") {
    const open = new ReferenceTarget({ ...world.chip, lock: 0, optionsCanBeSet: false });
    return { world: { ...world, target: open }, session };
  }
  const reached = reach(state, world, session);
  assert.equal(world.target.state, state);
  return reached;
}

function reach(state: TargetState, world: World, session: HostSession): Reached {
  if (state === "READY") return { world, session };
  if (state === "DONE") {
    transfer(world, session);
    return { world, session };
  }
  const step = exchange(world, session, openExchange({ world, session }, "TICKET"));
  const { message1 } = step as Extract<HostStep, { step: "message1" }>;
  if (state === "FAIL") send(world, 99, 0x01, new Uint8Array(0));
  if (state !== "TRANSFER") return { world, session, message1 };
  const first = exchange(world, session, openExchange({ world, session, message1 }, "MESSAGE2"));
  return { world, session, message1, chunk: sendOf(first) };
}

/** What a host may have open while the target is in a state. */
const HOST_SENDS: Readonly<Record<TargetState, readonly FrameName[]>> = {
  OPEN: ["HELLO"],
  READY: ["HELLO", "TICKET"],
  KEYING: ["MESSAGE2"],
  TRANSFER: ["CHUNK"],
  DONE: ["POLL", "ACK"],
  FAIL: ["MESSAGE2"],
  started: [],
};

/** Opens an exchange of the host's half, as it would open it there. */
function openExchange({ world, session, message1, chunk }: Reached, name: FrameName): Exchange {
  if (name === "HELLO") return session.hello();
  if (name === "POLL") return session.poll();
  if (name === "ACK") return session.acknowledge();
  if (name === "CHUNK") return chunk!;
  if (name === "TICKET") {
    assert.equal(exchange(world, session, session.hello()).step, "hello");
    return sendOf(session.ticket(world.ticket, { record: world.lockRecord, ramClosed: false }));
  }
  assert.equal(name, "MESSAGE2");
  const keys = answer(world, message1!);
  assert.ok("message2" in keys);
  return sendOf(session.message2(keys.message2, keys.transport, chunkSourceOf(world.release.chunks)));
}

/** What the host's half must make of an answer, by what it has open: the protocol's words once more, apart from the code. */
function meaningOf(open: FrameName, answered: FrameName): string {
  if (answered === "STATUS") return open === "ACK" ? "done without BYE" : "refused: not-authentic";
  if (open === "HELLO" && answered === "HELLO_REPLY") return "hello";
  if (open === "POLL" && answered === "RECEIPT") return "receipt";
  return "refused: unexpected-type";
}

function textOf(step: HostStep): string {
  if (step.step === "refused") return `refused: ${step.code}`;
  return step.step === "done" ? `done ${step.bye ? "with" : "without"} BYE` : step.step;
}

/** Sends a frame and returns the final answer. */
function send(
  world: World,
  sequence: number,
  type: number,
  body: Uint8Array,
): { name: string; body: Uint8Array } | null {
  const decoder = new FrameDecoder();
  const frames = world.target.receive(encodeFrame({ sequence, type, body })).flatMap((bytes) =>
    decoder.push(bytes)
  );
  const last = frames.at(-1);
  // P-5: at most one WORKING, and both frames carry the sequence of the host's.
  assert.ok(frames.length <= 2 && frames.every((frame) => frame.sequence === sequence));
  assert.ok(frames.length < 2 || frameName(frames[0]!.type) === "WORKING");
  return last === undefined ? null : { name: frameName(last.type), body: last.body };
}

/** A body of the right length for a message that nobody authentic made. */
const BODY_BYTES: Record<string, number> = {
  HELLO: 1,
  TICKET: 352,
  MESSAGE2: 400,
  CHUNK: 548,
  POLL: 0,
  ACK: 16,
};

const table = cells();

Deno.test("section 11: six states, seven columns, every cell filled", () => {
  assert.equal(table.length, 42);
  assert.deepEqual([...new Set(table.map(({ state }) => state))], [
    "OPEN",
    "READY",
    "KEYING",
    "TRANSFER",
    "DONE",
    "FAIL",
  ]);
  assert.ok(
    table.every(({ outcomes }) => outcomes.length > 0 && outcomes.every((o) => o.answer in FRAME_TYPES)),
  );
});

for (const { state, message, outcomes } of table) {
  const bad = outcomes.find(({ when }) => when === "bad" || when === "any")!;
  const hasGood = outcomes.some(({ when }) => when === "good");
  const type = message === "other type" ? 0x44 : FRAME_TYPES[message as FrameName];

  Deno.test(`section 11, ${state} × ${message}: ${bad.answer}, ${bad.next}${hasGood ? " when bad" : ""} (P-46)`, () => {
    const { world } = worldIn(state);
    const answered = send(world, 200, type, new Uint8Array(BODY_BYTES[message] ?? 3).fill(1));
    assert.equal(answered?.name, bad.answer);
    assert.equal(world.target.state, bad.next);
    if (bad.next === "FAIL") assertFailed(world, state);
    // P-48: nothing is heard of a target that has started the firmware.
    if (bad.next === "started") assert.equal(send(world, 201, FRAME_TYPES.HELLO, Uint8Array.of(1)), null);
  });

  for (const open of HOST_SENDS[state]) {
    const means = meaningOf(open, bad.answer);
    Deno.test(`section 11, ${state} × ${message} in place of the host's ${open}: to the host ${bad.answer} is "${means}" (P-46)`, () => {
      const reached = worldIn(state);
      const { sequence } = openExchange(reached, open).frame;
      const answered = send(reached.world, sequence, type, new Uint8Array(BODY_BYTES[message] ?? 3).fill(1));
      const frame = { sequence, type: FRAME_TYPES[answered!.name as FrameName], body: answered!.body };
      // P-5: an answer to another sequence is none.
      const stray = { ...frame, sequence: (sequence + 1) % 256 };
      assert.equal(textOf(reached.session.receive(stray)), "ignored");
      assert.equal(textOf(reached.session.receive(frame)), means);
      const over = means.startsWith("refused") || means.startsWith("done");
      assert.equal(reached.session.state === "over", over, reached.session.state);
    });
  }

  if (message in BODY_BYTES) {
    Deno.test(`section 11, ${state} × ${message} of a wrong length counts as bad (P-46)`, () => {
      const { world } = worldIn(state);
      const answered = send(world, 200, type, new Uint8Array(BODY_BYTES[message]! + 1));
      assert.equal(answered?.name, "STATUS");
      assert.equal(world.target.state, state === "DONE" ? "started" : "FAIL");
    });
  }
}

/** The final frames that each of the host's frames may be answered with, besides STATUS (section 7). */
const ANSWERED_BY: readonly (readonly [TargetState, FrameName, readonly FrameName[]])[] = [
  ["READY", "HELLO", ["HELLO_REPLY"]],
  ["READY", "TICKET", ["MESSAGE1"]],
  ["KEYING", "MESSAGE2", ["NEXT", "RECEIPT"]],
  ["TRANSFER", "CHUNK", ["NEXT", "RECEIPT"]],
  ["DONE", "POLL", ["RECEIPT"]],
  ["DONE", "ACK", ["BYE"]],
];

for (const [state, open, allowed] of ANSWERED_BY) {
  Deno.test(`the host's half, ${open} open: a frame of any type but ${allowed.join(", ")} ends the session (P-46)`, () => {
    const others = Object.entries(FRAME_TYPES).filter(([name]) =>
      !["WORKING", "STATUS", ...allowed].includes(name)
    );
    assert.ok(others.length >= 8);
    for (const type of [...others.map(([, type]) => type), 0x44]) {
      const reached = worldIn(state);
      const { sequence } = openExchange(reached, open).frame;
      const step = reached.session.receive({ sequence, type, body: new Uint8Array(16) });
      assert.equal(textOf(step), "refused: unexpected-type", frameName(type));
      assert.equal(reached.session.state, "over");
    }
  });
}

/** P-47: FAIL lasts until power is removed; in TRANSFER all of flash is erased first. */
function assertFailed(world: World, before: TargetState): void {
  assert.equal(send(world, 202, FRAME_TYPES.HELLO, Uint8Array.of(1))?.name, "STATUS");
  assert.equal(world.target.state, "FAIL");
  assert.equal(world.target.flash.every((x) => x === 0xff), before === "TRANSFER");
  world.target.powerCycle();
  assert.equal(world.target.state, before === "OPEN" ? "OPEN" : "READY");
}

Deno.test("section 11, the good outcomes: what the host's half sends is good, what it expects comes", () => {
  const good = table.flatMap(({ state, message, outcomes }) =>
    outcomes.filter(({ when }) => when === "good" || when === "last").map((o) => ({ state, message, ...o }))
  );
  assert.equal(good.length, 5);
  const world = makeWorld("good outcomes");
  const session = new HostSession();
  const seen: string[] = [];
  const receive = world.target.receive.bind(world.target);
  world.target.receive = (bytes) => {
    const before = world.target.state;
    const frames = receive(bytes);
    seen.push(`${before} ${frameName(bytes[3]!)} ${frameName(frames.at(-1)![3]!)} ${world.target.state}`);
    return frames;
  };
  assert.equal(transfer(world, session).step.step, "receipt");
  exchange(world, session, session.acknowledge());
  for (const { state, message, answer, next } of good) {
    assert.ok(seen.includes(`${state} ${message} ${answer} ${next}`), `${state} × ${message}`);
  }
});

Deno.test("section 11: DONE ends by itself after 2 s without a frame, not before (P-37)", () => {
  const { world } = worldIn("DONE");
  world.target.elapse(1999);
  assert.equal(send(world, 200, FRAME_TYPES.POLL, new Uint8Array(0))?.name, "RECEIPT");
  world.target.elapse(1999);
  assert.equal(world.target.state, "DONE");
  world.target.elapse(1);
  assert.equal(world.target.state, "started");
});

Deno.test("section 11: a repeated frame changes nothing in any state, and is answered byte-identically (P-8)", () => {
  for (const state of ["OPEN", "READY", "KEYING", "TRANSFER", "DONE", "FAIL"] as const) {
    const { world } = worldIn(state);
    const body = state === "DONE" ? new Uint8Array(0) : Uint8Array.of(1);
    const type = state === "DONE" ? FRAME_TYPES.POLL : FRAME_TYPES.HELLO;
    const frame = encodeFrame({ sequence: 77, type, body });
    const [first] = world.target.receive(frame).slice(-1);
    const after = world.target.state;
    for (let i = 0; i < 3; i += 1) assert.deepEqual(world.target.receive(frame), [first]);
    assert.equal(world.target.state, after);
  }
});

Deno.test("a frame with a wrong CRC or a length above 1,024 changes nothing in any state (P-9)", () => {
  for (const state of ["OPEN", "READY", "KEYING", "TRANSFER", "DONE", "FAIL"] as const) {
    const { world } = worldIn(state);
    const frame = encodeFrame({ sequence: 78, type: FRAME_TYPES.ACK, body: new Uint8Array(16) });
    frame[9]! ^= 1;
    assert.deepEqual(world.target.receive(frame), []);
    assert.deepEqual(world.target.receive(Uint8Array.of(1, 4, 0, 1, 1, 2, 3)), []);
    assert.equal(world.target.state, state);
    world.target.elapse(50);
    assert.notEqual(send(world, 79, FRAME_TYPES.HELLO, Uint8Array.of(1)), null);
  }
});
