/** The worked example (PROTOCOL section 15): made again, and run through host code and reference target. @module */
import assert from "node:assert/strict";
import exampleText from "../vectors/protocol/worked_example.json" with { type: "text" };
import protocol from "../../bootloader/PROTOCOL.md" with { type: "text" };
import { noble } from "../../bootloader/suite/mod.ts";
import { openCertificate, openLockRecord, openTicket } from "../../bootloader/ticket/mod.ts";
import { padUid, parseUid, receiptLayout } from "../../bootloader/wire/mod.ts";
import { referenceCrc } from "../reference/bytes.ts";
import { ReferenceTarget } from "../reference/target.ts";
import { makeWorkedExample } from "../vectors/protocol/make.ts";

const example = JSON.parse(exampleText);
const hex = (text: string) => Uint8Array.fromHex(text);

Deno.test("worked_example.json is what make.ts makes", () => {
  assert.ok(exampleText === makeWorkedExample(), "run: deno run -W tests/vectors/protocol/make.ts");
  assert.match(protocol, /worked_example\.json/);
});

Deno.test("worked_example.json: the host's frames alone make the reference target give the target's frames", () => {
  const { target } = example;
  const words = target.rngWords.values();
  const reference = new ReferenceTarget({
    ...target,
    installBlock: hex(example.installBlock),
    uid: padUid(parseUid(target.uid)),
    optionsCanBeSet: false,
    word: () => words.next().value ?? null,
  });
  const frames = example.frames as { from: string; type: string; bytes: string }[];
  const WORKING = 0x80;
  for (let i = 0; i < frames.length; i += 2) {
    assert.equal(frames[i]!.from, "host");
    const answers = reference.receive(hex(frames[i]!.bytes)).filter((frame) => frame[3] !== WORKING);
    assert.deepEqual(answers.map((frame) => frame.toHex()), [frames[i + 1]!.bytes], frames[i]!.type);
  }
  assert.equal(reference.state, "started");
  assert.equal(reference.flash.toHex(), example.flashAfter);
});

Deno.test("worked_example.json: every frame has its CRC; every signature and the MAC hold on @noble alone", () => {
  for (const { bytes } of example.frames) {
    const frame = hex(bytes);
    assert.equal(
      new DataView(frame.buffer).getUint32(frame.length - 4, true),
      referenceCrc(frame.slice(0, -4)),
    );
  }
  const { keys } = example;
  const by = (publicKey: string) => ({ publicKey: hex(publicKey), primitives: noble });
  assert.ok("opened" in openTicket(hex(example.ticket), by(keys.ticket_key)));
  assert.ok(
    "opened" in openCertificate(hex(example.certificate), { signer: 1, ...by(keys.certificate_key) }),
  );
  assert.ok("opened" in openLockRecord(hex(example.lockRecord), by(keys.appliance_identity)));
  const covered = hex(example.receipt.covered);
  const mac = noble.hmac(hex(example.handshake.test_only_receipt_key), covered).slice(0, 32);
  assert.equal(mac.toHex(), example.receipt.mac);
  assert.equal(receiptLayout.decode(covered).hh.toHex(), example.handshake.hh);
});

Deno.test("worked_example.json: no clear firmware byte runs and no key is on the wire", () => {
  const wire = (example.frames as { bytes: string }[]).map(({ bytes }) => bytes).join("");
  const image: string = example.release.image;
  for (let at = 0; at < 2400; at += 16) {
    const window = image.slice(2 * at, 2 * at + 32);
    if (!/^(ff)+$/.test(window)) assert.ok(!wire.includes(window), `image offset ${at}`);
  }
  const secrets = Object.entries({ ...example.keys, ...example.handshake }).filter(([name]) =>
    name.startsWith("test_only_")
  );
  assert.equal(secrets.length, 9);
  for (const [name, secret] of secrets) assert.ok(!wire.includes(secret as string), name);
});
