/**
 * Drives one delivery in a test world: host session against reference target, no time and no noise. Returns every frame.
 * @module
 */
import assert from "node:assert/strict";
import type { Exchange, HostStep, KeyAnswer } from "../../../bootloader/session/mod.ts";
import { chunkSourceOf, HostSession } from "../../../bootloader/session/mod.ts";
import { FrameDecoder } from "../../../bootloader/wire/mod.ts";
import type { World } from "./world.ts";
import { answer } from "./world.ts";

/** One frame that crossed the link. */
export interface Crossing {
  /** Who sent it. */
  readonly from: "host" | "target";
  /** The whole frame. */
  readonly bytes: Uint8Array;
}

/** What a finished delivery leaves behind. */
export interface Delivery {
  readonly frames: readonly Crossing[];
  readonly keyAnswer: KeyAnswer;
  /** The 100 bytes that go to the authority. */
  readonly receipt: Uint8Array;
  readonly chunkOrder: readonly number[];
  readonly bye: boolean;
}

/** Sends one exchange to the world's target and returns what the session makes of the final frame. */
export function exchange(
  world: World,
  session: HostSession,
  sent: Exchange,
  frames: Crossing[] = [],
): HostStep {
  frames.push({ from: "host", bytes: sent.bytes });
  const decoder = new FrameDecoder();
  let step: HostStep = { step: "ignored" };
  for (const bytes of world.target.receive(sent.bytes)) {
    frames.push({ from: "target", bytes });
    for (const frame of decoder.push(bytes)) step = session.receive(frame);
  }
  return step;
}

/** Brings a session to the step that comes after the last chunk: a receipt, or a refusal. */
export function transfer(world: World, session: HostSession, frames: Crossing[] = []): {
  readonly step: HostStep;
  readonly keyAnswer: KeyAnswer;
  readonly chunkOrder: readonly number[];
} {
  assert.equal(exchange(world, session, session.hello(), frames).step, "hello");
  const ticket = session.ticket(world.ticket, { record: world.lockRecord, ramClosed: false });
  assert.equal(ticket.step, "send");
  const greeted = exchange(world, session, (ticket as Extract<HostStep, { step: "send" }>).exchange, frames);
  assert.equal(greeted.step, "message1");
  const keyAnswer = answer(world, (greeted as Extract<HostStep, { step: "message1" }>).message1);
  assert.ok("message2" in keyAnswer);
  let step = session.message2(keyAnswer.message2, keyAnswer.transport, chunkSourceOf(world.release.chunks));
  const chunkOrder: number[] = [];
  while (step.step === "send") {
    if (step.chunk !== undefined) chunkOrder.push(step.chunk.index);
    step = exchange(world, session, step.exchange, frames);
  }
  return { step, keyAnswer, chunkOrder };
}

/** Runs a whole good delivery. */
export function deliver(world: World): Delivery {
  const frames: Crossing[] = [];
  const session = new HostSession();
  const { step, keyAnswer, chunkOrder } = transfer(world, session, frames);
  assert.equal(step.step, "receipt");
  const receipt = (step as Extract<HostStep, { step: "receipt" }>).body;
  const done = exchange(world, session, session.acknowledge(), frames);
  assert.equal(done.step, "done");
  return { frames, keyAnswer, receipt, chunkOrder, bye: (done as Extract<HostStep, { step: "done" }>).bye };
}
