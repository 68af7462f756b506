/**
 * Proofs: what the first implementation signs the second one accepts, and every changed byte, foreign key and foreign
 * binding is found.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  proofBytes,
  type ProofTrust,
  readTrust,
  verifyCertificate,
  verifyReceipt,
  verifyTicket,
} from "../../../../../authority/owner/mod.ts";
import { statementSubjects, writeStatement } from "../../../../../authority/api/mod.ts";
import { makeSigningKeyPair, sign, type SigningKeyPair } from "../../../../../bootloader/suite/mod.ts";
import {
  PATTERNS,
  personalContent,
  sealCertificate,
  sealKeyset,
  sealTicket,
  SIGNERS,
  wholeUidMask,
} from "../../../../../bootloader/ticket/mod.ts";
import {
  concat,
  Malformed,
  NO_LEASE,
  padUid,
  parseApplianceId,
  parseOwnerId,
  parseProductId,
  parseReleaseId,
  parseTicketId,
  parseUid,
  receiptLayout,
} from "../../../../../bootloader/wire/mod.ts";
import { seededBytes } from "../../../../vectors/firmware/image.ts";
import { seededRandom } from "../_owner_world.ts";

const random = seededRandom(77);
const [root, ticketKey, logKey, certificateKey, stranger] = Array.from(
  { length: 5 },
  () => makeSigningKeyPair(random),
) as [
  SigningKeyPair,
  SigningKeyPair,
  SigningKeyPair,
  SigningKeyPair,
  SigningKeyPair,
];
const owner = parseOwnerId("00112233445566aa");
const product = parseProductId("0102030405060708");
const release = parseReleaseId("ab".repeat(16));
const ticketId = parseTicketId("cd".repeat(16));
const uid = parseUid("0123456789abcdef01234567");
const zero = new Uint8Array(32);

function keySetOf(
  keys: {
    ticket: Uint8Array;
    next?: Uint8Array;
    log?: Uint8Array;
    of?: typeof owner;
    epoch?: number;
  },
): Uint8Array {
  return sealKeyset({
    serial: 1,
    epoch: keys.epoch ?? 1,
    owner: keys.of ?? owner,
    ticketKey: keys.ticket,
    logKey: keys.log ?? logKey.publicKey,
    nextTicketKey: keys.next ?? zero,
    nextLogKey: zero,
    unwrapKey: seededBytes(32, 9),
    issuedAt: 1,
  }, root.seed);
}

const trust: ProofTrust = {
  rootPublicKey: root.publicKey,
  signedKeySets: [keySetOf({ ticket: ticketKey.publicKey })],
};

const { sealed: ticket } = sealTicket({
  pattern: PATTERNS.NK,
  lockLevel: 1,
  policy: 0,
  epoch: 1,
  family: 1,
  ticketId,
  owner,
  product,
  release,
  imageDigest: seededBytes(32, 4),
  length: 1024,
  personalOffset: 512,
  personalLength: 256,
  uidValue: padUid(uid),
  uidMask: wholeUidMask(),
  appliance: parseApplianceId("00000000000000aa"),
  T: seededBytes(32, 5),
  notBefore: 1,
  notAfter: 2,
  optionValue: [0, 0, 0, 0],
  optionMask: [0, 0, 0, 0],
  lease: NO_LEASE,
  leaseIndex: 0,
}, ticketKey);

const certificate = sealCertificate({
  signer: SIGNERS.product,
  family: 1,
  owner,
  product,
  release,
  uid: padUid(uid),
  serial: 7,
  ticketId,
  lease: NO_LEASE,
  issuedAt: 1,
  deviceKey: zero,
}, certificateKey.seed);
const certificateTrust = { publicKey: certificateKey.publicKey, owner, product, uid };

const record = concat(
  receiptLayout.encode({
    hh: seededBytes(64, 1),
    uid: padUid(uid),
    ticketId,
    digest: seededBytes(32, 4),
    personalHash: seededBytes(32, 6),
    lock: 1,
    entropy: 1,
    outcome: 1,
  }),
  seededBytes(32, 8),
);

function stateReceipt(
  changes: { subject?: number; content?: Uint8Array; key?: SigningKeyPair; of?: typeof owner } = {},
): Uint8Array {
  const said = writeStatement(
    {
      subject: changes.subject ?? statementSubjects.receipt,
      owner: changes.of ?? owner,
      atMs: 1234,
      number: 2,
    },
    changes.content ?? record,
  );
  return concat(said, sign((changes.key ?? logKey).seed, said));
}

/** Asserts that `check` accepts `bytes` and nothing that differs from them in one bit of any byte. */
function assertEveryBitMatters(bytes: Uint8Array, check: (bytes: Uint8Array) => { holds: boolean }): void {
  assert.ok(check(bytes).holds);
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at]! ^= 1 << at % 8;
    assert.equal(check(changed).holds, false, `byte ${at}`);
  }
}

Deno.test("verifyTicket() accepts a ticket of the key set's current and next key and gives its content", () => {
  const verdict = verifyTicket(ticket, trust);
  assert.ok(verdict.holds);
  assert.deepEqual([verdict.says.ticketId, verdict.says.length, verdict.says.owner], [ticketId, 1024, owner]);
  const next = keySetOf({ ticket: stranger.publicKey, next: ticketKey.publicKey });
  assert.ok(verifyTicket(ticket, { ...trust, signedKeySets: [next] }).holds);
  const later = keySetOf({ ticket: stranger.publicKey });
  assert.ok(verifyTicket(ticket, { ...trust, signedKeySets: [later, ...trust.signedKeySets] }).holds);
});

Deno.test("verifyTicket() finds every changed bit, foreign keys, foreign owners, and key sets of another root", () => {
  assertEveryBitMatters(ticket, (bytes) => verifyTicket(bytes, trust));
  const foreign = verifyTicket(ticket, {
    ...trust,
    signedKeySets: [keySetOf({ ticket: stranger.publicKey })],
  });
  assert.deepEqual(foreign, { holds: false, why: "no ticket key of the key sets signed it" });
  const other = keySetOf({ ticket: ticketKey.publicKey, of: parseOwnerId("ff".repeat(8)) });
  const verdict = verifyTicket(ticket, { ...trust, signedKeySets: [other] });
  assert.deepEqual(verdict, { holds: false, why: "it names another owner than the key set of its signer" });
  const later = keySetOf({ ticket: ticketKey.publicKey, epoch: 2 });
  assert.deepEqual(verifyTicket(ticket, { ...trust, signedKeySets: [later] }), {
    holds: false,
    why: "it names an earlier epoch than the key set of its signer",
  });
  assert.throws(
    () => verifyTicket(ticket, { ...trust, rootPublicKey: stranger.publicKey }),
    /it is not signed by this root/,
  );
  assert.throws(() => verifyTicket(ticket.subarray(1), trust), Malformed);
});

Deno.test("verifyCertificate() accepts the 216 bytes and the personal region that begins with them", () => {
  for (const bytes of [certificate, personalContent(certificate, 256)]) {
    const verdict = verifyCertificate(bytes, certificateTrust);
    assert.ok(verdict.holds);
    assert.equal(verdict.says.serial, 7);
  }
  assertEveryBitMatters(certificate, (bytes) => verifyCertificate(bytes, certificateTrust));
});

Deno.test("verifyCertificate() says whose a foreign certificate is not", () => {
  const why = (changes: Partial<typeof certificateTrust>) => {
    const verdict = verifyCertificate(certificate, { ...certificateTrust, ...changes });
    return verdict.holds ? "it holds" : verdict.why;
  };
  assert.equal(why({ publicKey: stranger.publicKey }), "the product's certificate key did not sign it");
  assert.equal(why({ owner: parseOwnerId("ff".repeat(8)) }), "it is of another owner");
  assert.equal(why({ product: parseProductId("ff".repeat(8)) }), "it is of another product");
  assert.equal(why({ uid: parseUid("ff".repeat(12)) }), "it is of another chip");
  const empty = verifyCertificate(new Uint8Array(256).fill(0xff), certificateTrust);
  assert.deepEqual(empty, { holds: false, why: "there is none: the personal region is empty" });
  const dirty = personalContent(certificate, 256).slice();
  dirty[255] = 0;
  assert.throws(() => verifyCertificate(dirty, certificateTrust), /what follows its 216 bytes is not 0xFF/);
  assert.throws(() => verifyCertificate(certificate.subarray(0, 215), certificateTrust), Malformed);
  assert.throws(() => verifyCertificate(new Uint8Array(), certificateTrust), Malformed);
});

Deno.test("verifyReceipt() accepts what the log key countersigned and gives its content", () => {
  const verdict = verifyReceipt({ record, statement: stateReceipt() }, trust);
  assert.ok(verdict.holds);
  const { receipt, committedAtMs, number } = verdict.says;
  assert.deepEqual([receipt.ticketId, receipt.outcome, committedAtMs, number], [ticketId, 1, 1234, 2]);
});

Deno.test("verifyReceipt() finds every changed bit of record and countersignature, and what is about something else", () => {
  assertEveryBitMatters(
    record,
    (bytes) => verifyReceipt({ record: bytes, statement: stateReceipt() }, trust),
  );
  assertEveryBitMatters(stateReceipt(), (statement) => verifyReceipt({ record, statement }, trust));
  const why = (statement: Uint8Array) => {
    const verdict = verifyReceipt({ record, statement }, trust);
    return verdict.holds ? "it holds" : verdict.why;
  };
  assert.equal(
    why(stateReceipt({ subject: statementSubjects.logHead })),
    "the countersignature is about something else",
  );
  assert.equal(
    why(stateReceipt({ content: record.slice(1) })),
    "the countersignature is about another receipt",
  );
  assert.equal(why(stateReceipt({ key: stranger })), "no log key of the key sets countersigned it");
  assert.equal(
    why(stateReceipt({ of: parseOwnerId("ff".repeat(8)) })),
    "the countersignature is of another owner",
  );
  // Two owners under one root: the key of one does not vouch for receipts of the other.
  const ofOther = parseOwnerId("ff".repeat(8));
  const other = keySetOf({ ticket: stranger.publicKey, log: stranger.publicKey, of: ofOther });
  const both = { ...trust, signedKeySets: [...trust.signedKeySets, other] };
  assert.deepEqual(verifyReceipt({ record, statement: stateReceipt({ of: ofOther }) }, both), {
    holds: false,
    why: "the countersignature is of another owner",
  });
  assert.throws(
    () => verifyReceipt({ record: record.subarray(1), statement: stateReceipt() }, trust),
    /it has 211 bytes and must have 212/,
  );
});

Deno.test("proofBytes() takes bytes, hexadecimal text and device records", () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  assert.deepEqual(proofBytes("ticket", ticket).bytes, ticket);
  assert.deepEqual(proofBytes("certificate", encode(`${certificate.toHex()}\n`)).bytes, certificate);
  const statement = stateReceipt();
  const whole = proofBytes("receipt", concat(record, statement));
  assert.deepEqual([whole.bytes, whole.statement], [record, statement]);
  const device = {
    device: null,
    certificate: certificate.toHex(),
    tickets: [{ ticket: "00" }, { ticket: ticket.toHex() }],
    receipt: { record: record.toHex(), statement: statement.toHex() },
  };
  const file = encode(JSON.stringify(device));
  assert.deepEqual(proofBytes("ticket", file).bytes, ticket);
  assert.deepEqual(proofBytes("certificate", file).bytes, certificate);
  assert.deepEqual(proofBytes("receipt", file), { bytes: record, statement });
  const none = encode(JSON.stringify({ device: null, certificate: null, tickets: [], receipt: null }));
  for (const kind of ["ticket", "certificate", "receipt"] as const) {
    assert.throws(
      () => proofBytes(kind, none),
      (error) => error instanceof Malformed && /the record holds none/.test(error.message),
    );
    for (const bad of ["{", "{}", "abc", ""]) {
      if (bad === "abc" && kind !== "receipt") continue;
      assert.throws(() => proofBytes(kind, encode(bad)), Malformed, `${kind} ${bad}`);
    }
  }
});

Deno.test("readTrust() takes root and key set out of a trust file and refuses other files", () => {
  const [signed] = trust.signedKeySets;
  const text = JSON.stringify({
    rootPublicKey: root.publicKey.toHex(),
    keySet: signed!.toHex(),
    caCertificate: "x",
  });
  assert.deepEqual(readTrust(new TextEncoder().encode(text)), trust);
  for (const bad of ["", "{}", "[]", text.replace("00", "0g"), text.slice(1)]) {
    assert.throws(() => readTrust(new TextEncoder().encode(bad)), Malformed);
  }
});
