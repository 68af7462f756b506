/** Receipts (P-39), derived and wrapped secrets (P-50, P-51). @module */
import assert from "node:assert/strict";
import { hash32, LABELS, noble, Secret } from "../../../../bootloader/suite/mod.ts";
import * as ticket from "../../../../bootloader/ticket/mod.ts";
import {
  concat,
  idBytes,
  padUid,
  parseOwnerId,
  parseReleaseId,
  parseTicketId,
  receiptReportLayout,
} from "../../../../bootloader/wire/mod.ts";
import { makeWorld } from "../../../vectors/protocol/world.ts";

const world = makeWorld("receipt_test");
const { ticketId, imageDigest, owner, product, release } = world.ticket.ticket;
const record = { hh: new Uint8Array(64).fill(1), uid: padUid(world.uid), ticketId };
const key = () => new Secret(new Uint8Array(32).fill(0x33));
const said = {
  ...record,
  digest: imageDigest,
  personalHash: hash32(world.personalBytes),
  lock: 1,
  entropy: 1,
  outcome: ticket.OUTCOME_INSTALLED,
};
const demand = { imageDigest, personal: world.personalBytes, lockLevel: 1 };
const check = (body: Uint8Array, changes: Partial<Parameters<typeof ticket.checkReceipt>[1]> = {}) =>
  ticket.checkReceipt(body, { record, receiptKey: key(), demand, ...changes });

Deno.test("checkReceipt() takes the receipt of this session and gives the 180 bytes' values (P-39)", () => {
  const body = ticket.makeReceiptReport(said, key());
  assert.equal(body.length, 100);
  assert.deepEqual(check(body), { genuine: said });
  const covered = ticket.receiptBytes(record, receiptReportLayout.decode(body));
  assert.equal(covered.length, 180);
  assert.deepEqual(body.slice(68), key().use((raw) => noble.hmac(raw, covered)).slice(0, 32));
});

Deno.test("checkReceipt() refuses every flipped bit; reserved bytes are Malformed (P-39)", () => {
  const body = ticket.makeReceiptReport(said, key());
  for (let bit = 0; bit < 800; bit += 1) {
    const changed = body.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    if (bit >> 3 === 67) assert.throws(() => check(changed), { name: "Malformed" });
    else assert.deepEqual(check(changed), { refused: "mac" }, `bit ${bit}`);
  }
  assert.throws(() => check(body.slice(1)), { name: "Malformed" });
});

Deno.test("checkReceipt() refuses another session, UID, ticket or key (P-39)", () => {
  const body = ticket.makeReceiptReport(said, key());
  const others = [
    { hh: new Uint8Array(64).fill(2) },
    { uid: new Uint8Array(16).fill(2) },
    { ticketId: parseTicketId("2".repeat(32)) },
  ];
  for (const other of others) {
    assert.deepEqual(check(body, { record: { ...record, ...other } }), { refused: "mac" });
  }
  assert.deepEqual(check(body, { receiptKey: new Secret(new Uint8Array(32)) }), { refused: "mac" });
});

Deno.test("checkReceipt() refuses an authentic receipt that says the wrong thing, and says which (P-39)", () => {
  const wrong = [
    ["outcome", { outcome: 2 }],
    ["digest", { digest: new Uint8Array(32) }],
    ["personal", { personalHash: hash32(new Uint8Array(0)) }],
    ["lock", { lock: 2 }],
  ] as const;
  for (const [refused, changes] of wrong) {
    assert.deepEqual(check(ticket.makeReceiptReport({ ...said, ...changes }, key())), { refused });
  }
});

Deno.test("checkReceipt(): without a personal region its hash is that of nothing (PROTOCOL section 9)", () => {
  const body = ticket.makeReceiptReport({ ...said, personalHash: hash32(new Uint8Array(0)) }, key());
  assert.ok("genuine" in check(body, { demand: { ...demand, personal: new Uint8Array(0) } }));
});

Deno.test("ticketKeyPairT() and receiptKeyOf(): the HKDF of P-50, as @noble computes it", () => {
  const T = ticket.ticketKeyPairT(world.tMaster, ticketId);
  const ikm = world.tMaster.use((raw) => raw.slice());
  const expected = noble.hkdf({ salt: LABELS.ticketSecret, ikm, info: idBytes(ticketId), length: 32 });
  assert.deepEqual(T.privateKey.use((raw) => raw.slice()), expected);
  assert.deepEqual(T.publicKey, noble.x25519PublicKey(expected));
  const h2 = new Uint8Array(64).fill(4);
  const master = world.receiptMaster.use((raw) => raw.slice());
  const info = concat(idBytes(ticketId), h2);
  assert.deepEqual(
    ticket.receiptKeyOf(world.receiptMaster, ticketId, h2).use((raw) => raw.slice()),
    noble.hkdf({ salt: LABELS.receiptKey, ikm: master, info, length: 32 }),
  );
});

Deno.test("wrapReleaseKey() and unwrapReleaseKey() are inverse; 112 bytes; two wrappings differ (P-51)", () => {
  const context = { owner, product, release };
  const to = { unwrapKey: world.unwrapKey.publicKey, random: world.random };
  const wrapped = ticket.wrapReleaseKey(world.release.secrets, context, to);
  assert.equal(wrapped.length, ticket.WRAPPED_RELEASE_KEY_BYTES);
  assert.notDeepEqual(ticket.wrapReleaseKey(world.release.secrets, context, to), wrapped);
  const result = ticket.unwrapReleaseKey(wrapped, context, world.unwrapKey);
  assert.ok("opened" in result);
  const bytes = (secret: Secret) => secret.use((raw) => raw.toHex());
  assert.equal(bytes(result.opened.releaseKey), bytes(world.release.secrets.releaseKey));
  assert.equal(bytes(result.opened.salt), bytes(world.release.secrets.salt));
});

Deno.test("unwrapReleaseKey() refuses another context, another key and any changed byte (P-51)", () => {
  const context = { owner, product, release };
  const to = { unwrapKey: world.unwrapKey.publicKey, random: world.random };
  const wrapped = ticket.wrapReleaseKey(world.release.secrets, context, to);
  const refused = { refused: "not-authentic" };
  const others = [
    { ...context, owner: parseOwnerId("0".repeat(16)) },
    { ...context, release: parseReleaseId("0".repeat(32)) },
  ];
  for (const other of others) {
    assert.deepEqual(ticket.unwrapReleaseKey(wrapped, other, world.unwrapKey), refused);
  }
  assert.deepEqual(ticket.unwrapReleaseKey(wrapped, context, world.T), refused);
  for (let at = 0; at < wrapped.length; at += 1) {
    const changed = wrapped.slice();
    changed[at]! ^= 1;
    assert.deepEqual(ticket.unwrapReleaseKey(changed, context, world.unwrapKey), refused);
  }
  assert.deepEqual(ticket.unwrapReleaseKey(new Uint8Array(0), context, world.unwrapKey), refused);
  const zero = { ...to, unwrapKey: new Uint8Array(32) };
  assert.throws(() => ticket.wrapReleaseKey(world.release.secrets, context, zero), { name: "Malformed" });
});
