/**
 * The chip's own refusals, without any host in the way: each state of a real delivery is kept, and from there the
 * machine code is sent what a host would never send. Every bad frame has a right CRC.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Snapshot } from "../../bootloader/mcu/mod.ts";
import { CipherState, Secret } from "../../bootloader/suite/mod.ts";
import {
  concat,
  encodeFrame,
  type Frame,
  FRAME_TYPES,
  FrameDecoder,
  frameName,
  sameBytes,
  type Ticket,
  ticketLayout,
} from "../../bootloader/wire/mod.ts";
import { Board } from "./_board.ts";
import { flipped, resigned, SMALL_ORDER } from "./_forge.ts";
import { installedBootloader } from "./_secrets.ts";
import { evidence, shared, Site } from "./_site.ts";
import { attempt, type Delivered } from "./_station.ts";

interface Stage {
  readonly before: Snapshot;
  readonly frame: Frame;
}

interface Kept {
  readonly site: Site;
  readonly board: Board;
  readonly delivered: Delivered;
  /** The chip just before it was sent TICKET, MESSAGE2, each CHUNK, ACK. */
  readonly stages: ReadonlyMap<string, readonly Stage[]>;
}

const kept = shared<Kept>(async () => {
  const site = await Site.open();
  const board = new Board();
  const stages = new Map<string, Stage[]>();
  const delivered = await attempt(site, board, {
    tamper: (frame, name, direction) => {
      if (direction === "tx") {
        const stage = { before: board.mcu.snapshot(), frame };
        stages.set(name, [...stages.get(name) ?? [], stage]);
      }
      return frame;
    },
  });
  assert.equal(delivered.result.outcome, "delivered", JSON.stringify(delivered.result));
  assert.deepEqual([...stages].map(([name, all]) => name === "HELLO" ? name : `${name} ${all.length}`), [
    "HELLO",
    "TICKET 1",
    "MESSAGE2 1",
    "CHUNK 8",
    "ACK 1",
  ]);
  return { site, board, delivered, stages };
}, ({ site }) => site.close());

function stageOf(name: string, index = 0): Stage {
  const stage = kept().stages.get(name)?.[index];
  assert.ok(stage !== undefined);
  return stage;
}

/** Takes the chip back to just before a frame, sends another in its place and returns the final answer. */
function instead(stage: Stage, body: Uint8Array): Frame {
  kept().board.mcu.restore(stage.before);
  return say({ ...stage.frame, body });
}

/** Sends one frame and waits for its final answer, at most 5 s of the chip's time. */
function say(frame: Frame): Frame {
  const { mcu } = kept().board;
  const decoder = new FrameDecoder();
  mcu.uart.send(encodeFrame(frame));
  for (let ms = 0; ms < 5_000; ms += 2) {
    mcu.run({ nanos: 2_000_000, untilUart: true });
    for (const answer of decoder.push(mcu.uart.take())) {
      if (answer.type !== FRAME_TYPES.WORKING) return answer;
    }
  }
  assert.fail(`no answer to ${frameName(frame.type)}`);
}

const BLANK = new Uint8Array(8192).fill(0xff);

function installed(): Uint8Array {
  const { site, delivered } = kept();
  const flash = BLANK.slice();
  flash.set(installedBootloader(site, delivered));
  return flash;
}

/** The chip says "not authentic" and nothing else, from now on (P-47, P-49), and keeps flash closed. */
function assertRefused(answer: Frame, flash: "bootloader" | "blank"): void {
  const { board } = kept();
  assert.deepEqual([frameName(answer.type), answer.body.toHex()], ["STATUS", "01"]);
  for (
    const [type, body] of [[FRAME_TYPES.HELLO, Uint8Array.of(1)], [
      FRAME_TYPES.POLL,
      new Uint8Array(),
    ]] as const
  ) {
    const again = say({ type, body, sequence: (answer.sequence + 7 * type) & 0xff });
    assert.deepEqual([frameName(again.type), again.body.toHex()], ["STATUS", "01"]);
  }
  assert.ok(sameBytes(board.mcu.flash, flash === "blank" ? BLANK : installed()), "flash is another");
  assert.equal(board.mcu.truth.level, 1);
  assert.ok(board.givesNothing && !board.boots(kept().site.image));
}

const change = (fields: (ticket: Ticket) => Partial<Ticket>) => (sealed: Uint8Array) =>
  resigned(kept().site, sealed, fields(ticketLayout.decode(sealed.slice(0, 288))));

const badTickets: readonly (readonly [what: string, make: (sealed: Uint8Array) => Uint8Array])[] = [
  ["a flipped bit in its fields (P-13)", (sealed) => flipped(sealed, 90)],
  ["a flipped bit in its signature (P-13)", (sealed) => flipped(sealed, 330)],
  [
    "a stranger's signature (P-13)",
    (sealed) => resigned(kept().site, sealed, {}, new Uint8Array(32).fill(7)),
  ],
  ["another UID (P-15)", change(({ uidValue }) => ({ uidValue: flipped(uidValue, 11) }))],
  [
    "a mask of one byte that leaves this UID out (P-15)",
    change(({ uidValue, uidMask }) => ({
      uidMask: uidMask.slice().fill(0, 1),
      uidValue: flipped(uidValue, 0),
    })),
  ],
  ["another chip family (P-14)", change(() => ({ family: 2 }))],
  [
    "another ticket key's id (P-14)",
    change(() => ({ ticketKeyId: "00".repeat(8) as Ticket["ticketKeyId"] })),
  ],
  ["another epoch (P-14)", change(({ epoch }) => ({ epoch: epoch + 1 }))],
  ["length 0 (P-16)", change(() => ({ length: 0 }))],
  ["a length above flash (P-16)", change(() => ({ length: 8192 + 512 }))],
  ["a length that is no multiple of 512 (P-16)", change(({ length }) => ({ length: length - 8 }))],
  ["a personal region beyond the length (P-17)", change(({ length }) => ({ personalOffset: length - 8 }))],
  ["lock level 2 (P-18)", change(() => ({ lockLevel: 2 }))],
  ...SMALL_ORDER.map((T, i) => [`T of small order, number ${i} (P-22)`, change(() => ({ T }))] as const),
  ["one byte less (P-46)", (sealed) => sealed.slice(0, -1)],
  ["one byte more (P-46)", (sealed) => concat(sealed, new Uint8Array(1))],
];

for (const [what, make] of badTickets) {
  evidence(`the chip refuses TICKET with ${what}`, () => {
    const stage = stageOf("TICKET");
    assertRefused(instead(stage, make(stage.frame.body)), "bootloader");
  });
}

evidence("the chip takes the ticket as it is; dates and product are not its to judge (P-19)", () => {
  const stage = stageOf("TICKET");
  const sealed = stage.frame.body;
  for (
    const body of [
      sealed,
      change(() => ({ notBefore: 1, notAfter: 2 }))(sealed),
      change(() => ({ product: "0".repeat(16) as Ticket["product"] }))(sealed),
    ]
  ) assert.equal(frameName(instead(stage, body).type), "MESSAGE1");
});

const badMessage2s: readonly (readonly [what: string, make: (message2: Uint8Array) => Uint8Array])[] = [
  ...SMALL_ORDER.map((e, i) =>
    [`e of small order, number ${i} (P-22)`, (m: Uint8Array) => concat(e, m.slice(32))] as const
  ),
  ["a flipped bit in e", (m) => flipped(m, 3)],
  ["a flipped bit in its content", (m) => flipped(m, 64)],
  ["a flipped bit in its tag", (m) => flipped(m, m.length - 1)],
  ["eight bytes less (P-27)", (m) => m.slice(0, -8)],
  ["eight bytes more (P-27)", (m) => concat(m, new Uint8Array(8))],
];

for (const [what, make] of badMessage2s) {
  evidence(`the chip refuses MESSAGE2 with ${what}`, () => {
    const stage = stageOf("MESSAGE2");
    const answer = instead(stage, make(stage.frame.body));
    assertRefused(answer, "bootloader");
  });
}

evidence("the chip refuses a message 2 that was good in an earlier session of the same ticket (P-23)", () => {
  const { frame } = stageOf("MESSAGE2");
  const first = stageOf("TICKET");
  // The same ticket again, from the same state but with other random numbers: another session.
  const { board } = kept();
  const draws = board.random.draws.length;
  const message1 = instead(first, first.frame.body);
  assert.equal(frameName(message1.type), "MESSAGE1");
  assert.ok(board.random.draws.length > draws);
  const recorded = kept().delivered.frames.find(({ name }) => name === "MESSAGE1");
  assert.ok(!sameBytes(message1.body.slice(0, 32), recorded!.frame.body.slice(0, 32)));
  assertRefused(say({ ...frame, sequence: (first.frame.sequence + 1) & 0xff }), "bootloader");
});

/** A chunk sealed for the chip under the true transport key: what only a host with keys could send. */
function sealedChunk(nth: number, make: (content: Uint8Array) => Uint8Array): Uint8Array {
  const key = () => new Secret(Uint8Array.fromHex(kept().delivered.keys[0]!.transport.hostToTarget));
  const [open, seal] = [new CipherState(key()), new CipherState(key())];
  let content: Uint8Array | undefined;
  for (let i = 0; i <= nth; i++) content = open.open(stageOf("CHUNK", i).frame.body);
  assert.ok(content !== undefined);
  for (let i = 0; i < nth; i++) seal.seal(new Uint8Array());
  return seal.seal(make(content));
}

const badChunks: readonly (readonly [what: string, nth: number, make: () => Uint8Array])[] = [
  ["a flipped bit", 0, () => flipped(stageOf("CHUNK", 0).frame.body, 100)],
  ["a flipped bit, the last one", 7, () => flipped(stageOf("CHUNK", 7).frame.body, 547)],
  ["one byte less", 2, () => stageOf("CHUNK", 2).frame.body.slice(0, -1)],
  ["no byte at all", 2, () => new Uint8Array()],
  ["the content of the one before it", 3, () => stageOf("CHUNK", 2).frame.body],
  ["the content of the one after it", 3, () => stageOf("CHUNK", 4).frame.body],
  ["another index under a right seal (P-33)", 3, () => sealedChunk(3, (content) => flipped(content, 0))],
  [
    "another inner content under a right seal (P-34)",
    3,
    () => sealedChunk(3, (content) => flipped(content, 9)),
  ],
  [
    "another inner tag under a right seal (P-34)",
    3,
    () => sealedChunk(3, (content) => flipped(content, 531)),
  ],
];

for (const [what, nth, make] of badChunks) {
  evidence(`the chip refuses CHUNK ${nth + 1} of 8 with ${what}, and erases all of flash (P-47)`, () => {
    assertRefused(instead(stageOf("CHUNK", nth), make()), "blank");
  });
}

evidence("a chunk that is sealed again without a change is taken: it is the change that is refused", () => {
  assert.equal(frameName(instead(stageOf("CHUNK", 3), sealedChunk(3, (content) => content)).type), "NEXT");
});

evidence("the chip answers a bad ACK with STATUS and starts the firmware: the device is complete", () => {
  const { board, site } = kept();
  const stage = stageOf("ACK");
  const answer = instead(stage, flipped(stage.frame.body, 5));
  assert.deepEqual([frameName(answer.type), answer.body.toHex()], ["STATUS", "01"]);
  board.mcu.run({ nanos: 5_000_000 });
  assert.ok(board.givesNothing && board.boots(site.image));
});
