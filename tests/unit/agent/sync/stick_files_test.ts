/**
 * Files that are not what was made: cut, changed, mixed, another's. Nothing of them is taken (P-65, P-66, P-67).
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  decodeMessageFile,
  decodeReplyFile,
  encodeMessageFile,
  encodeReplyFile,
} from "../../../../authority/api/mod.ts";
import { Malformed } from "../../../../bootloader/wire/mod.ts";
import { lentByFile, type Stick, stickTest } from "./_stick.ts";

/** Every way in which a file can be another than the one that was made. */
const BENT: readonly (readonly [
  string,
  RegExp,
  (reply: Uint8Array, stick: Stick) => Promise<Uint8Array> | Uint8Array,
])[] = [
  ["cut short", /damaged or cut short/, (reply) => reply.slice(0, reply.length - 40)],
  ["with a flipped bit", /damaged or cut short/, (reply) => flipped(reply, Math.floor(reply.length / 2))],
  ["of another kind", /no such file/, () => new TextEncoder().encode("hello ".repeat(40))],
  ["empty", /no such file/, () => new Uint8Array()],
  [
    "that is the appliance's own messages",
    /carry them to the owner's server/,
    (_, stick) => stick.export(),
  ],
  [
    "whose reply says another status",
    /message 1: the owner's server did not sign/,
    (reply) => bend(reply, (one) => ({ ...one, status: 404 })),
  ],
  [
    "whose reply has another body",
    /message 1: the owner's server did not sign/,
    (reply) => bend(reply, (one) => ({ ...one, body: flipped(one.body, 3) })),
  ],
  [
    "whose reply has another time",
    /message 1: the owner's server did not sign/,
    (reply) => bend(reply, (one) => ({ ...one, createdSeconds: one.createdSeconds + 1 })),
  ],
  [
    "whose request was changed",
    /message 1: this appliance did not sign/,
    (reply) =>
      bend(reply, (one) => ({ ...one, message: { ...one.message, sequence: one.message.sequence + 1 } })),
  ],
];
for (const [what, says, make] of BENT) {
  stickTest(`import refuses a file ${what}, and takes nothing of it (P-65, P-67)`, async (stick) => {
    await lentByFile(stick, 3);
    await stick.use(1, "committed");
    const reply = (await stick.carry(await stick.export())).reply!;
    const before = await stick.state();
    const bytes = await make(reply, stick);
    await assert.rejects(
      stick.importFile(bytes),
      (error) => error instanceof Malformed && says.test(error.message),
    );
    assert.deepEqual(await stick.state(), before);
    assert.equal((await stick.import(reply)).reported, 1);
  });
}

stickTest(
  "import takes no reply that was signed for another request, though the log key signed it (P-67)",
  async (stick) => {
    await lentByFile(stick, 3);
    await stick.use(1, "committed");
    const one = decodeReplyFile((await stick.carry(await stick.export())).reply!);
    const two = decodeReplyFile((await stick.carry(await stick.export())).reply!);
    const mixed = one.replies.map((reply, index) => ({ ...two.replies[index]!, message: reply.message }));
    const before = await stick.state();
    await assert.rejects(
      stick.importFile(encodeReplyFile({ ...one, replies: mixed })),
      /did not sign this reply to this request/,
    );
    assert.deepEqual(await stick.state(), before);
  },
);

stickTest("import refuses replies to another appliance by name", async (stick) => {
  const other = `${stick.root}/other`;
  const id = await stick.enrol("line 2", other);
  const reply = (await stick.carry(await stick.export(other))).reply!;
  assert.deepEqual(await stick.importFile(reply), { foreign: `it is for appliance ${id}` });
  // With the head of this appliance its requests are still another's.
  const { appliance } = decodeMessageFile(await stick.export());
  const disguised = encodeReplyFile({ ...decodeReplyFile(reply), appliance });
  await assert.rejects(stick.importFile(disguised), /this appliance did not sign the request/);
});

stickTest(
  "the authority refuses a carried message that was changed on the way, and books nothing of it (P-66)",
  async (stick) => {
    await lentByFile(stick, 3);
    await stick.use(1, "committed");
    const file = decodeMessageFile(await stick.export());
    const messages = file.messages.map((message) => ({ ...message, body: flipped(message.body, 40) }));
    const { said } = await stick.carry(encodeMessageFile({ ...file, messages }));
    assert.equal(said[0]?.refused?.code, "request-not-authentic");
    assert.equal((await stick.state()).quota.committed, 0);
  },
);

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  if (copy.length > at) copy[at]! ^= 0x10;
  return copy;
}

type Reply = ReturnType<typeof decodeReplyFile>["replies"][number];

function bend(bytes: Uint8Array, change: (reply: Reply) => Reply): Uint8Array {
  const file = decodeReplyFile(bytes);
  return encodeReplyFile({
    ...file,
    replies: file.replies.map((reply, index) => index === 0 ? change(reply) : reply),
  });
}
