import assert from "node:assert/strict";
import {
  type Channel,
  createLink,
  type FaultPlan,
  observed,
  withFaults,
} from "../../../../agent/link/mod.ts";
import {
  encodeFrame,
  Fault,
  type Frame,
  FRAME_TYPES,
  FrameDecoder,
} from "../../../../bootloader/wire/mod.ts";

/** A target in its own time: answers HELLO with its sequence, keeps P-8 and P-9, may be slow or send WORKING. */
class EchoTarget implements Channel {
  readonly kind = "echo";
  time = 0;
  executed: number[] = [];
  received: Uint8Array[] = [];
  answerAfterMs = 1;
  working: number | null = null;
  #decoder = new FrameDecoder();
  #out: { atMs: number; bytes: Uint8Array }[] = [];
  #last: { request: string; reply: Uint8Array } | null = null;
  #heardMs = 0;

  nowMs() {
    return this.time;
  }

  send(bytes: Uint8Array) {
    if (this.time - this.#heardMs >= 50) this.#decoder.silence();
    this.#heardMs = this.time;
    this.received.push(bytes.slice());
    for (const frame of this.#decoder.push(bytes)) this.#answer(frame);
    return Promise.resolve(this.time);
  }

  #answer(frame: Frame) {
    const request = encodeFrame(frame).toHex();
    if (this.#last?.request !== request) {
      this.executed.push(frame.sequence);
      const body = Uint8Array.of(frame.sequence, this.executed.length);
      const reply = encodeFrame({ sequence: frame.sequence, type: FRAME_TYPES.BYE, body });
      this.#last = { request, reply };
      if (this.working !== null) {
        const told = Uint8Array.of(this.working & 0xff, this.working >> 8);
        this.#queue(0, encodeFrame({ sequence: frame.sequence, type: FRAME_TYPES.WORKING, body: told }));
      }
    }
    this.#queue(this.answerAfterMs, this.#last.reply);
  }

  #queue(afterMs: number, bytes: Uint8Array) {
    this.#out.push({ atMs: this.time + afterMs, bytes });
  }

  async receive(untilMs: number, signal: AbortSignal) {
    await Promise.resolve();
    if (signal.aborted) return new Uint8Array();
    const next = this.#out[0];
    if (next === undefined || next.atMs > untilMs) {
      this.time = Math.max(this.time, untilMs);
      return new Uint8Array();
    }
    this.#out.shift();
    this.time = Math.max(this.time, next.atMs);
    return next.bytes;
  }
}

const never = new AbortController().signal;
const hello = (sequence: number): Frame => ({ sequence, type: FRAME_TYPES.HELLO, body: Uint8Array.of(1) });
const limits = { deadlineMs: 100, signal: never };

Deno.test("exchange() returns the answer that carries the frame's sequence", async () => {
  const target = new EchoTarget();
  const answer = await createLink(target).exchange(hello(7), limits);
  assert.deepEqual([answer.sequence, [...answer.body]], [7, [7, 1]]);
});

Deno.test("exchange() keeps two exchanges open and gives each its own answer", async () => {
  const target = new EchoTarget();
  const link = createLink(target);
  const answers = await Promise.all([link.exchange(hello(1), limits), link.exchange(hello(2), limits)]);
  assert.deepEqual(answers.map((answer) => answer.sequence), [1, 2]);
});

Deno.test("exchange() waits as long as WORKING names plus 200 ms (P-10, P-11)", async () => {
  const target = new EchoTarget();
  target.working = 2000;
  target.answerAfterMs = 2150;
  await createLink(target).exchange(hello(1), limits);
  assert.equal(target.received.length, 1);
  assert.equal(target.time, 2150);
});

const faults: readonly (readonly [string, FaultPlan])[] = [
  ["a dropped host frame", ({ direction, index }) => direction === "tx" && index === 0 ? "drop" : "pass"],
  ["a dropped answer", ({ direction, index }) => direction === "rx" && index === 0 ? "drop" : "pass"],
  [
    "a flipped bit in the host frame",
    ({ direction, index }) => direction === "tx" && index === 0 ? { flip: 41 } : "pass",
  ],
  [
    "a flipped length in the host frame",
    ({ direction, index }) => direction === "tx" && index === 0 ? { flip: 4 } : "pass",
  ],
  [
    "a flipped length above 1,024",
    ({ direction, index }) => direction === "tx" && index === 0 ? { flip: 15 } : "pass",
  ],
  [
    "a flipped bit in the answer",
    ({ direction, index }) => direction === "rx" && index === 0 ? { flip: 41 } : "pass",
  ],
  [
    "a flipped length in the answer",
    ({ direction, index }) => direction === "rx" && index === 0 ? { flip: 5 } : "pass",
  ],
  ["five losses in a row", ({ direction, index }) => direction === "tx" && index < 5 ? "drop" : "pass"],
];

for (const [name, plan] of faults) {
  Deno.test(`exchange() retransmits after ${name}, and the target acts once (P-7 to P-10)`, async () => {
    const target = new EchoTarget();
    const sent: string[] = [];
    const channel = observed(withFaults(target, plan), (direction, bytes) => {
      if (direction === "tx") sent.push(bytes.toHex());
    });
    const link = createLink(channel);
    const answer = await link.exchange(hello(9), limits);
    assert.deepEqual([answer.sequence, [...answer.body]], [9, [9, 1]]);
    assert.ok(sent.length > 1, "nothing was retransmitted");
    assert.equal(new Set(sent).size, 1, "a retransmission differs");
    const next = await link.exchange(hello(10), limits);
    assert.deepEqual([...next.body], [10, 2]);
  });
}

Deno.test("exchange() takes no harm from repeated frames in both directions (P-8)", async () => {
  const target = new EchoTarget();
  const link = createLink(withFaults(target, () => "repeat"));
  for (let sequence = 0; sequence < 10; sequence++) {
    const answer = await link.exchange(hello(sequence), limits);
    assert.deepEqual([...answer.body], [sequence, sequence + 1]);
  }
  assert.deepEqual(target.executed, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("exchange() is silent for 60 ms before each retransmission and gives up after 5 (P-10)", async () => {
  const target = new EchoTarget();
  const sentMs: number[] = [];
  const channel = observed(
    withFaults(target, ({ direction }) => direction === "rx" ? "drop" : "pass"),
    (direction) => {
      if (direction === "tx") sentMs.push(target.time);
    },
  );
  await assert.rejects(createLink(channel).exchange(hello(1), limits), (error: unknown) => {
    assert.ok(error instanceof Fault && error.retry);
    assert.match(
      error.message,
      /^Cannot get an answer to HELLO, sent 6 times: the chip is silent for 100 ms each time$/,
    );
    return true;
  });
  assert.equal(sentMs.length, 6);
  for (const [index, atMs] of sentMs.entries()) {
    if (index > 0) assert.ok(atMs - sentMs[index - 1]! >= 160, `retransmission ${index} came too early`);
  }
});

Deno.test("exchange() ends at once when its signal is aborted", async () => {
  const target = new EchoTarget();
  target.answerAfterMs = 1_000_000;
  const stop = new AbortController();
  const answer = createLink(target).exchange(hello(1), { deadlineMs: 2_000_000, signal: stop.signal });
  stop.abort(new DOMException("stopped by the operator", "AbortError"));
  await assert.rejects(answer, /stopped by the operator/);
});
