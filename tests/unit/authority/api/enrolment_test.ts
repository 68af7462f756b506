/** Enrolment codes, proofs and words; statements; what an appliance checks before it trusts. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  checkTrust,
  enrolmentMac,
  enrolmentProof,
  enrolmentWords,
  openStatement,
  parseEnrolmentCode,
  rootHashOf,
  statementSubjects,
  writeEnrolmentCode,
  writeStatement,
} from "../../../../authority/api/mod.ts";
import { openAtRest } from "../../../../authority/signer/mod.ts";
import { readSealedKey } from "../../../../authority/store/mod.ts";
import { Secret, sign } from "../../../../bootloader/suite/mod.ts";
import { Malformed, type OwnerId, parseApplianceId, parseOwnerId } from "../../../../bootloader/wire/mod.ts";
import { createWorld, ORIGIN, random } from "../_world.ts";

const bytes = (n: number) => fc.uint8Array({ minLength: n, maxLength: n });

Deno.test("parseEnrolmentCode() reads what writeEnrolmentCode() wrote, whatever a person makes of case and spaces", () => {
  fc.assert(fc.property(bytes(10), bytes(10), (secret, rootHash) => {
    const code = writeEnrolmentCode({ secret, rootHash });
    assert.match(code, /^[A-Z2-7]{4}(-[A-Z2-7]{4}){7}$/);
    for (const typed of [code, code.toLowerCase(), code.replaceAll("-", " "), code.replaceAll("-", "")]) {
      const read = parseEnrolmentCode(typed);
      assert.deepEqual([read.secret, read.rootHash], [secret, rootHash]);
    }
  }));
});

Deno.test("parseEnrolmentCode() refuses other text without repeating it", () => {
  for (const text of ["", "AAAA", `${"A".repeat(31)}1`, "A".repeat(33), "AAAA-".repeat(8) + "!"]) {
    assert.throws(
      () => parseEnrolmentCode(text),
      (error) => error instanceof Malformed && !error.message.includes("AAAA"),
    );
  }
});

Deno.test("MAC and proof depend on secret, key, nonce and ids, and are not each other", () => {
  const facts = { publicKey: random(32), nonce: random(32) };
  const ids = {
    appliance: parseApplianceId("00".repeat(8)),
    owner: parseOwnerId("11".repeat(8)),
    rootPublicKey: random(32),
  };
  const secret = random(10);
  const all = [
    enrolmentMac(secret, facts),
    enrolmentMac(random(10), facts),
    enrolmentMac(secret, { ...facts, publicKey: random(32) }),
    enrolmentMac(secret, { ...facts, nonce: random(32) }),
    enrolmentProof(secret, { ...facts, ...ids }),
    enrolmentProof(secret, { ...facts, ...ids, owner: parseOwnerId("12".repeat(8)) }),
    enrolmentProof(secret, { ...facts, ...ids, rootPublicKey: random(32) }),
  ].map((mac) => mac.toHex());
  assert.equal(new Set(all).size, all.length);
});

Deno.test("enrolmentWords() gives the same six words on both sides and others for another key", () => {
  const [root, key] = [random(32), random(32)];
  assert.match(enrolmentWords(root, key), /^[a-z]{5}( [a-z]{5}){5}$/);
  assert.equal(enrolmentWords(root, key), enrolmentWords(root.slice(), key.slice()));
  assert.notEqual(enrolmentWords(root, key), enrolmentWords(root, random(32)));
});

Deno.test("checkTrust() takes the authority that was introduced and refuses each change to what it says", async () => {
  const world = createWorld();
  const reply = await (await world.fetch(new Request(`${ORIGIN}/v1/trust`))).json();
  const root = { rootHash: rootHashOf(world.rootPublicKey) };
  const trust = checkTrust(reply, root);
  assert.equal(trust.keySet.serial, 1);
  const flip = (hex: string, at: number) => {
    const changed = Uint8Array.fromHex(hex);
    changed[at] = (changed[at] ?? 0) ^ 1;
    return changed.toHex();
  };
  const changes = [
    { ...reply, rootPublicKey: flip(reply.rootPublicKey, 0) },
    { ...reply, keySet: flip(reply.keySet, 40) },
    { ...reply, keySet: flip(reply.keySet, 267) },
    { ...reply, caCertificate: `${reply.caCertificate} ` },
    { ...reply, caStatement: flip(reply.caStatement, 17) },
    { ...reply, caStatement: flip(reply.caStatement, 143) },
  ];
  for (const changed of changes) assert.throws(() => checkTrust(changed, root), Malformed);
  assert.throws(() => checkTrust(reply, { rootHash: random(10) }), Malformed);
  assert.throws(() => checkTrust(reply, { rootPublicKey: random(32) }), Malformed);
  world.close();
});

Deno.test("openStatement() refuses another subject: a statement about one thing says nothing about another", async () => {
  const world = createWorld();
  const reply = await (await world.fetch(new Request(`${ORIGIN}/v1/trust`))).json();
  const { logKey } = (await world.trust()).keySet;
  const content = new TextEncoder().encode(reply.caCertificate);
  const signed = Uint8Array.fromHex(reply.caStatement);
  openStatement(signed, { logKeys: [logKey], subject: statementSubjects.caCertificate, content });
  assert.throws(
    () => openStatement(signed, { logKeys: [logKey], subject: statementSubjects.receipt, content }),
    Malformed,
  );
  world.close();
});

Deno.test("checkTrust() refuses a statement of the log key that was made beside another key set or owner", async () => {
  const world = createWorld();
  const reply = await (await world.fetch(new Request(`${ORIGIN}/v1/trust`))).json();
  const { owner, serial } = (await world.trust()).keySet;
  const sealed = readSealedKey(world.db, "log");
  assert(sealed !== undefined);
  const seed = openAtRest(new Secret(world.sealKey.slice()), { name: "log", sealed });
  const state = (facts: { readonly owner: OwnerId; readonly number: number }) => {
    const content = new TextEncoder().encode(reply.caCertificate);
    const said = writeStatement({ subject: statementSubjects.caCertificate, atMs: 1, ...facts }, content);
    return { ...reply, caStatement: said.toHex() + sign(seed, said).toHex() };
  };
  const root = { rootPublicKey: world.rootPublicKey };
  checkTrust(state({ owner, number: serial }), root);
  assert.throws(() => checkTrust(state({ owner, number: serial - 1 }), root), Malformed);
  assert.throws(
    () => checkTrust(state({ owner: "07".repeat(8) as OwnerId, number: serial }), root),
    Malformed,
  );
  world.close();
});
