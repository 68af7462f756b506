/** What an appliance takes for a newer key set (P-53, P-70). @module */
import assert from "node:assert/strict";
import {
  type AgentTrust,
  earlierKeySets,
  renewedTrust,
  statementKeysOf,
} from "../../../../agent/control/trust_file.ts";
import { makeSigningKeyPair } from "../../../../bootloader/suite/mod.ts";
import { sealKeyset } from "../../../../bootloader/ticket/mod.ts";
import type { Keyset, OwnerId } from "../../../../bootloader/wire/mod.ts";

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const root = makeSigningKeyPair(random);
const zero = new Uint8Array(32);

function keySet(change: Partial<Keyset>): Keyset {
  return {
    serial: 5,
    epoch: 1,
    owner: "0011223344556677" as OwnerId,
    ticketKey: random(32),
    logKey: random(32),
    nextTicketKey: zero,
    nextLogKey: zero,
    unwrapKey: random(32),
    issuedAt: 1,
    ...change,
  };
}

const now: Keyset = keySet({});
const trust: AgentTrust = {
  rootPublicKey: root.publicKey,
  signedKeySet: sealKeyset(now, root.seed),
  keySet: now,
  caCertificate: "ca",
  earlier: [],
};

Deno.test("renewedTrust() takes a higher serial of the same root and owner, and keeps the one before (P-70)", () => {
  const newer = keySet({ serial: 6, nextLogKey: random(32) });
  const renewed = renewedTrust(trust, sealKeyset(newer, root.seed));
  assert.deepEqual(renewed?.keySet, newer);
  assert.deepEqual(renewed?.earlier, [trust.signedKeySet]);
  assert.deepEqual(earlierKeySets(renewed!), [now]);
});

Deno.test("statementKeysOf() has the log keys of before, of now and announced; none of another epoch (P-70)", () => {
  assert.deepEqual(statementKeysOf(trust), [now.logKey]);
  const newer = keySet({ serial: 6, nextLogKey: random(32) });
  const renewed = renewedTrust(trust, sealKeyset(newer, root.seed))!;
  assert.deepEqual(statementKeysOf(renewed), [newer.logKey, newer.nextLogKey, now.logKey]);
  const restored = renewedTrust(trust, sealKeyset({ ...newer, epoch: now.epoch + 1 }, root.seed))!;
  assert.deepEqual(statementKeysOf(restored), [newer.logKey, newer.nextLogKey]);
});

Deno.test("renewedTrust() refuses a lower or equal serial, another owner, another root (P-70)", () => {
  for (const change of [{ serial: 4 }, { serial: 5 }, { serial: 6, owner: "ffffffffffffffff" as OwnerId }]) {
    assert.equal(renewedTrust(trust, sealKeyset(keySet(change), root.seed)), null);
  }
  const stranger = makeSigningKeyPair(random);
  assert.throws(
    () => renewedTrust(trust, sealKeyset(keySet({ serial: 6 }), stranger.seed)),
    /the root's signature does not hold/,
  );
});

Deno.test("earlierKeySets() gives none of another epoch, and at most sixteen are kept", () => {
  let kept: AgentTrust = trust;
  for (let serial = 6; serial < 40; serial += 1) {
    kept = renewedTrust(kept, sealKeyset(keySet({ serial }), root.seed))!;
  }
  assert.equal(kept.earlier.length, 16);
  const restored = renewedTrust(kept, sealKeyset(keySet({ serial: 50, epoch: 2 }), root.seed))!;
  assert.deepEqual(earlierKeySets(restored), []);
});
