/** Key sets, certificates, lock records, install blocks: sealed, opened, refused (P-1 to P-3, P-44, P-45, P-52, P-53). @module */
import assert from "node:assert/strict";
import { p256 } from "@noble/curves/nist.js";
import { keyIdOf, native, noble, pointTable, sign } from "../../../../bootloader/suite/mod.ts";
import * as ticket from "../../../../bootloader/ticket/mod.ts";
import { certificateLayout, concat, installBlockLayout } from "../../../../bootloader/wire/mod.ts";
import { makeWorld, WIRING } from "../../../vectors/protocol/world.ts";

const world = makeWorld("sealed_structures_test");
const { ticketKey, certificateKey, identity } = world;

const keyset = {
  serial: 3,
  epoch: 7,
  owner: world.ticket.ticket.owner,
  ticketKey: ticketKey.publicKey,
  logKey: identity.publicKey,
  nextTicketKey: new Uint8Array(32),
  nextLogKey: new Uint8Array(32),
  unwrapKey: world.unwrapKey.publicKey,
  issuedAt: 1_700_000_000,
};

Deno.test("openKeyset(): inverse of sealKeyset(); every flipped byte is not authentic; other lengths are Malformed", () => {
  const sealed = ticket.sealKeyset(keyset, identity.seed);
  assert.equal(sealed.length, 268);
  const options = { publicKey: identity.publicKey };
  assert.deepEqual(ticket.openKeyset(sealed, options), { opened: keyset });
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = sealed.slice();
    changed[at]! ^= 0x40;
    assert.deepEqual(ticket.openKeyset(changed, options), { refused: "not-authentic" });
  }
  assert.throws(() => ticket.openKeyset(sealed.slice(1), options), {
    name: "Malformed",
    structure: "keyset",
  });
});

Deno.test("ticketKeyIn() finds the current and the next ticket key, and never the empty one (P-53)", () => {
  const next = { ...keyset, nextTicketKey: certificateKey.publicKey };
  assert.deepEqual(ticket.ticketKeyIn(keyset, keyIdOf(ticketKey.publicKey)), ticketKey.publicKey);
  assert.deepEqual(ticket.ticketKeyIn(next, keyIdOf(certificateKey.publicKey)), certificateKey.publicKey);
  assert.equal(ticket.ticketKeyIn(keyset, keyIdOf(certificateKey.publicKey)), undefined);
  assert.equal(ticket.ticketKeyIn(keyset, keyIdOf(new Uint8Array(32))), undefined);
});

Deno.test("openCertificate(): inverse of sealCertificate() on both implementations; a changed byte is not authentic (P-52)", () => {
  const key = { signer: ticket.SIGNERS.product, publicKey: certificateKey.publicKey };
  assert.equal(world.certificate.length, 216);
  for (const primitives of [native, noble]) {
    const result = ticket.openCertificate(world.certificate, { ...key, primitives });
    assert.ok("opened" in result);
    assert.equal(result.opened.serial, 1);
    assert.deepEqual(ticket.sealCertificate(result.opened, certificateKey.seed), world.certificate);
  }
  for (let at = 0; at < 216; at += 1) {
    const changed = world.certificate.slice();
    changed[at]! ^= 2;
    assert.deepEqual(ticket.openCertificate(changed, key), { refused: "not-authentic" });
  }
  assert.throws(() => ticket.openCertificate(concat(world.certificate, Uint8Array.of(255)), key), {
    name: "Malformed",
  });
});

Deno.test("openCertificate() refuses a key of another kind than the certificate names (P-1)", () => {
  const key = { signer: ticket.SIGNERS.leaseEd25519, publicKey: certificateKey.publicKey };
  assert.throws(() => ticket.openCertificate(world.certificate, key), { name: "Malformed", field: "signer" });
});

Deno.test("openCertificate() verifies a lease's P-256 signature on both implementations; sealCertificate() does not make one", () => {
  const opened = ticket.openCertificate(world.certificate, {
    signer: 1,
    publicKey: certificateKey.publicKey,
  });
  assert.ok("opened" in opened);
  const certificate = { ...opened.opened, signer: ticket.SIGNERS.leaseP256 };
  const secret = new Uint8Array(32).fill(5);
  const body = certificateLayout.encode(certificate);
  const sealed = concat(body, p256.sign(body, secret));
  const publicKey = p256.getPublicKey(secret, false);
  for (const primitives of [native, noble]) {
    const key = { signer: ticket.SIGNERS.leaseP256, publicKey, primitives };
    assert.deepEqual(ticket.openCertificate(sealed, key), { opened: certificate });
    const changed = sealed.slice();
    changed[100]! ^= 1;
    assert.deepEqual(ticket.openCertificate(changed, key), { refused: "not-authentic" });
    assert.throws(() => ticket.openCertificate(sealed.slice(1), key), { name: "Malformed" });
    assert.deepEqual(ticket.openCertificate(sealed, { ...key, publicKey: publicKey.slice(1) }), {
      refused: "not-authentic",
    });
  }
  assert.throws(() => ticket.sealCertificate(certificate, certificateKey.seed), { name: "Defect" });
});

Deno.test("personalContent(): certificate at the start, the rest 0xFF; nothing where there is no region", () => {
  const content = ticket.personalContent(world.certificate, 256);
  assert.deepEqual(content.slice(0, 216), world.certificate);
  assert.ok(content.slice(216).every((x) => x === 0xff));
  assert.equal(content.length, 256);
  assert.equal(ticket.personalContent(world.certificate, 0).length, 0);
  assert.throws(() => ticket.personalContent(world.certificate, 208), { name: "Defect" });
});

Deno.test("openLockRecord(): inverse of sealLockRecord(); a changed byte is not authentic (P-45)", () => {
  const sealed = ticket.sealLockRecord(world.lockRecord, identity.seed);
  assert.equal(sealed.length, 136);
  const options = { publicKey: identity.publicKey };
  assert.deepEqual(ticket.openLockRecord(sealed, options), { opened: world.lockRecord });
  sealed[66]! ^= 1;
  assert.deepEqual(ticket.openLockRecord(sealed, options), { refused: "not-authentic" });
});

Deno.test("openRecordHead(): inverse of sealRecordHead(); every flipped byte is not authentic; other lengths are Malformed (P-68)", () => {
  const head = {
    appliance: world.lockRecord.appliance,
    sequence: 999_999_999_999_999,
    number: 70_000,
    hash: new Uint8Array(32).fill(1),
    baseNumber: 69_000,
    baseHash: new Uint8Array(32).fill(2),
    askedNumber: 0,
    askedHash: new Uint8Array(32),
    known: 1_800_000_000_123,
  };
  const sealed = ticket.sealRecordHead(head, (message) => sign(identity.seed, message));
  assert.equal(sealed.length, ticket.SEALED_RECORD_HEAD_BYTES);
  assert.equal(sealed.length, 224);
  const options = { publicKey: identity.publicKey };
  assert.deepEqual(ticket.openRecordHead(sealed, options), { opened: head });
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = sealed.slice();
    changed[at]! ^= 0x10;
    assert.deepEqual(ticket.openRecordHead(changed, options), { refused: "not-authentic" });
  }
  assert.throws(() => ticket.openRecordHead(sealed.slice(1), options), { structure: "record_head" });
});

Deno.test("openRecordHead() takes a head of before, which does not say what is known, at the same places (P-78)", () => {
  const places = {
    appliance: world.lockRecord.appliance,
    sequence: 7,
    number: 5,
    hash: new Uint8Array(32).fill(1),
    baseNumber: 4,
    baseHash: new Uint8Array(32).fill(2),
    askedNumber: 3,
    askedHash: new Uint8Array(32).fill(3),
  };
  const signer = (message: Uint8Array) => sign(identity.seed, message);
  const options = { publicKey: identity.publicKey };
  const silent = ticket.sealRecordHead(places, signer);
  const saying = ticket.sealRecordHead({ ...places, known: 0 }, signer);
  assert.deepEqual(ticket.openRecordHead(silent, options), { opened: { ...places, known: null } });
  assert.deepEqual(ticket.openRecordHead(saying, options), { opened: { ...places, known: 0 } });
  const differs = [...silent.subarray(0, 160).entries()].filter(([at, byte]) => saying[at] !== byte);
  assert.deepEqual(differs, [[16, 1]], "the version alone: nothing has moved (P-54)");
  // A head of before with something in what was reserved then, and a version that nobody has written.
  for (const [at, value] of [[20, 1], [16, 3]] as const) {
    const body = silent.slice(0, 160);
    body[at] = value;
    const bent = new Uint8Array([...body, ...sign(identity.seed, body)]);
    assert.throws(() => ticket.openRecordHead(bent, options), { structure: "record_head" });
  }
});

Deno.test("lockFlaw(): each thing that does not prove the lock is named (P-44, P-45)", () => {
  const flaw = (changes: Partial<typeof world.lockRecord>, ramClosed = false) =>
    ticket.lockFlaw({ ...world.lockRecord, ...changes }, { lockLevel: 1, ramClosed });
  assert.equal(flaw({}), undefined);
  assert.match(flaw({ lock: 0 })!, /lock level 0/);
  assert.match(flaw({ lock: 2 })!, /lock level 2/);
  assert.match(flaw({ debug: 0 })!, /debug port/);
  assert.match(flaw({ flashUnderReset: 1 })!, /flash was readable/);
  assert.match(flaw({ plainAttach: 1 })!, /plain attach/);
  assert.match(flaw({ ramUnderReset: 1 }, true)!, /RAM was readable/);
  assert.equal(flaw({ ramUnderReset: 0 }, true), undefined);
});

Deno.test("installBlockFor(): the ticket's key, epoch, options and lock level, and the key's point table", () => {
  const block = installBlockLayout.decode(ticket.installBlockFor(world.ticket, WIRING));
  const { lockLevel, family, ticketKeyId, epoch, optionValue, optionMask } = world.ticket.ticket;
  assert.deepEqual(block, {
    ...WIRING,
    ...pointTable(ticketKey.publicKey),
    lockLevel,
    family,
    ticketKeyId,
    epoch,
    optionValue,
    optionMask,
    ticketKey: ticketKey.publicKey,
  });
  const other = { ...world.ticket, ticketKey: certificateKey.publicKey };
  assert.throws(() => ticket.installBlockFor(other, WIRING), { name: "Defect" });
});
