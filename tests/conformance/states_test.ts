/**
 * The table of PROTOCOL.md section 11, cell by cell: read from the text, driven through the reference target, and each answer
 * heard by a host session that has its own exchange open there (P-46 to P-49). The machine code is driven through the same
 * table elsewhere.
 * @module
 */
import assert from "node:assert/strict";
import protocol from "../../bootloader/PROTOCOL.md" with { type: "text" };
import type { Exchange, HostStep } from "../../bootloader/session/mod.ts";
import { chunkSourceOf, HostSession } from "../../bootloader/session/mod.ts";
import type { FrameName } from "../../bootloader/wire/mod.ts";
import { encodeFrame, type Frame, FRAME_TYPES, FrameDecoder, frameName } from "../../bootloader/wire/mod.ts";
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
  readonly state: keyof typeof OWN;
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
  return { state: state as keyof typeof OWN, message, outcomes };
}

/** What a host may have sent last to a target in this state: its own exchanges, open while the cell's message arrives instead. */
const OWN = {
  OPEN: ["HELLO"],
  READY: ["HELLO", "TICKET"],
  KEYING: ["MESSAGE2"],
  TRANSFER: ["CHUNK"],
  DONE: ["POLL", "ACK"],
  FAIL: ["MESSAGE2"],
} as const;
type Own = typeof OWN[keyof typeof OWN][number];

/** What a host makes of the answer that its own exchange is for; STATUS and every other answer ends the session. */
const TAKEN: Record<Own, Partial<Record<FrameName, HostStep["step"]>>> = {
  HELLO: { HELLO_REPLY: "hello" },
  TICKET: { MESSAGE1: "message1" },
  MESSAGE2: { NEXT: "send", RECEIPT: "receipt" },
  CHUNK: { NEXT: "send", RECEIPT: "receipt" },
  POLL: { RECEIPT: "receipt" },
  ACK: { BYE: "done" },
};

/** A target in a state, reached the ordinary way, and the host session that brought it there with its own exchange open. */
interface Standing {
  readonly world: World;
  readonly session: HostSession;
  readonly sent: Exchange;
}

function standing(state: keyof typeof OWN, own: Own = OWN[state][0]): Standing {
  const made = makeWorld(`states ${state}`);
  const world = state === "OPEN"
    ? { ...made, target: new ReferenceTarget({ ...made.chip, lock: 0, optionsCanBeSet: false }) }
    : made;
  const session = new HostSession();
  const sent = openExchange({ world, session }, state, own);
  assert.equal(world.target.state, state);
  assert.equal(frameName(sent.frame.type), own);
  return { world, session, sent };
}

function openExchange({ world, session }: Omit<Standing, "sent">, state: string, own: Own): Exchange {
  if (state === "OPEN") return session.hello();
  if (state === "DONE") {
    assert.equal(transfer(world, session).step.step, "receipt");
    return own === "POLL" ? session.poll() : session.acknowledge();
  }
  assert.equal(exchange(world, session, session.hello()).step, "hello");
  if (own === "HELLO") return session.hello();
  const ticket = exchangeOf(session.ticket(world.ticket, { record: world.lockRecord, ramClosed: false }));
  if (own === "TICKET") return ticket;
  const step = exchange(world, session, ticket);
  const keys = answer(world, (step as Extract<HostStep, { step: "message1" }>).message1);
  assert.ok("message2" in keys);
  const chunks = chunkSourceOf(world.release.chunks);
  const message2 = exchangeOf(session.message2(keys.message2, keys.transport, chunks));
  if (state === "FAIL") send(world, 99, 0x01, new Uint8Array(0));
  return own === "MESSAGE2" ? message2 : exchangeOf(exchange(world, session, message2));
}

function exchangeOf(step: HostStep): Exchange {
  assert.ok(step.step === "send", JSON.stringify(step));
  return step.exchange;
}

/** Sends a frame and returns what came back. */
function sendAll(world: World, sequence: number, type: number, body: Uint8Array): readonly Frame[] {
  const decoder = new FrameDecoder();
  const frames = world.target.receive(encodeFrame({ sequence, type, body })).flatMap((bytes) =>
    decoder.push(bytes)
  );
  // P-5: at most one WORKING, and both frames carry the sequence of the host's.
  assert.ok(frames.length <= 2 && frames.every((frame) => frame.sequence === sequence));
  assert.ok(frames.length < 2 || frameName(frames[0]!.type) === "WORKING");
  return frames;
}

/** Sends a frame and returns the name of the final answer. */
function send(world: World, sequence: number, type: number, body: Uint8Array): string | null {
  const last = sendAll(world, sequence, type, body).at(-1);
  return last === undefined ? null : frameName(last.type);
}

/** Lets a message arrive in place of what the host sent, and the host hear the answer; returns its name. */
function inPlace(at: Standing, type: number, body: Uint8Array): string {
  const { world, session, sent } = at;
  const frames = sendAll(world, sent.frame.sequence, type, body);
  const last = frames.at(-1)!;
  const steps = frames.map((frame) => session.receive(frame));
  for (const step of steps.slice(0, -1)) assert.equal(step.step, "working");
  const [own, name] = [frameName(sent.frame.type) as Own, frameName(last.type)];
  const step = steps.at(-1)!;
  const taken = TAKEN[own][name as FrameName];
  if (taken !== undefined) assert.equal(step.step, taken);
  // P-38: the receipt is durable when ACK is sent, so that a target that has started the firmware is no error.
  else if (name === "STATUS" && own === "ACK") assert.deepEqual(step, { step: "done", bye: false });
  else {
    assert.ok(step.step === "refused", `the host makes "${step.step}" of ${name} to its ${own}`);
    // P-49: what every refusal of the target looks like; what else the host did not ask for is named.
    assert.equal(step.code, name === "STATUS" ? "not-authentic" : "unexpected-type");
  }
  const isOver = step.step === "refused" || step.step === "done";
  assert.equal(session.state === "over", isOver);
  if (isOver) assert.deepEqual(session.receive(last), { step: "ignored" });
  return name;
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

  for (const own of OWN[state]) {
    const named = `section 11, ${state} × ${message} while the host waits for the answer to ${own}`;
    Deno.test(`${named}: ${bad.answer}, ${bad.next}${hasGood ? " when bad" : ""} (P-46)`, () => {
      const at = standing(state, own);
      const answered = inPlace(at, type, new Uint8Array(BODY_BYTES[message] ?? 3).fill(1));
      assert.equal(answered, bad.answer);
      assert.equal(at.world.target.state, bad.next);
      if (bad.next === "FAIL") assertFailed(at.world, state);
      // P-48: nothing is heard of a target that has started the firmware.
      if (bad.next === "started") {
        assert.equal(send(at.world, 201, FRAME_TYPES.HELLO, Uint8Array.of(1)), null);
      }
    });
  }

  if (message in BODY_BYTES) {
    Deno.test(`section 11, ${state} × ${message} of a wrong length counts as bad (P-46)`, () => {
      const at = standing(state);
      assert.equal(inPlace(at, type, new Uint8Array(BODY_BYTES[message]! + 1)), "STATUS");
      assert.equal(at.world.target.state, state === "DONE" ? "started" : "FAIL");
    });
  }
}

/** P-47: FAIL lasts until power is removed; in TRANSFER all of flash is erased first. */
function assertFailed(world: World, before: TargetState): void {
  assert.equal(send(world, 202, FRAME_TYPES.HELLO, Uint8Array.of(1)), "STATUS");
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
  assert.deepEqual(exchange(world, session, session.acknowledge()), { step: "done", bye: true });
  for (const { state, message, answer, next } of good) {
    assert.ok(seen.includes(`${state} ${message} ${answer} ${next}`), `${state} × ${message}`);
  }
});

Deno.test("section 11: DONE ends by itself after 2 s without a frame, not before (P-37)", () => {
  const { world } = standing("DONE");
  world.target.elapse(1999);
  assert.equal(send(world, 200, FRAME_TYPES.POLL, new Uint8Array(0)), "RECEIPT");
  world.target.elapse(1999);
  assert.equal(world.target.state, "DONE");
  world.target.elapse(1);
  assert.equal(world.target.state, "started");
});

Deno.test("section 11: a repeated frame changes nothing in any state, and is answered byte-identically (P-8)", () => {
  for (const state of ["OPEN", "READY", "KEYING", "TRANSFER", "DONE", "FAIL"] as const) {
    const { world } = standing(state);
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
    const { world } = standing(state);
    const frame = encodeFrame({ sequence: 78, type: FRAME_TYPES.ACK, body: new Uint8Array(16) });
    frame[9]! ^= 1;
    assert.deepEqual(world.target.receive(frame), []);
    assert.deepEqual(world.target.receive(Uint8Array.of(1, 4, 0, 1, 1, 2, 3)), []);
    assert.equal(world.target.state, state);
    world.target.elapse(50);
    assert.notEqual(send(world, 79, FRAME_TYPES.HELLO, Uint8Array.of(1)), null);
  }
});
