/** Delegations and certificates of leases: sealed, opened, refused (P-55, P-56); wrapping to a vault (P-51). @module */
import assert from "node:assert/strict";
import { p256 } from "@noble/curves/nist.js";
import { makeSigningKeyPair, native, noble, Secret, verify } from "../../../../bootloader/suite/mod.ts";
import * as ticket from "../../../../bootloader/ticket/mod.ts";
import {
  type Certificate,
  certificateLayout,
  concat,
  type Delegation,
  delegationLayout,
  NO_LEASE,
  parseLeaseId,
  parseOwnerId,
  parseProductId,
  parseReleaseId,
  parseUid,
} from "../../../../bootloader/wire/mod.ts";
import { makeWorld } from "../../../vectors/protocol/world.ts";

const world = makeWorld("delegation_test");
const { certificateKey, random, uid } = world;
const { owner, product, release, appliance, ticketId } = world.ticket.ticket;
const leaseKey = makeSigningKeyPair(random);
const lease = parseLeaseId("0f".repeat(16));

function delegationOf(changes: Partial<Delegation> = {}): Delegation {
  return {
    vault: ticket.VAULTS.file,
    units: 9,
    owner,
    product,
    release,
    lease,
    epoch: 2,
    appliance,
    notAfter: 1_900_000_000,
    leaseKey: ticket.fileLeaseKey(leaseKey.publicKey),
    ...changes,
  };
}

function certificateOf(changes: Partial<Certificate> = {}): Certificate {
  const opened = ticket.openCertificate(world.certificate, {
    signer: ticket.SIGNERS.product,
    publicKey: certificateKey.publicKey,
  });
  assert.ok("opened" in opened);
  return { ...opened.opened, signer: ticket.SIGNERS.leaseEd25519, lease, serial: 9, ticketId, ...changes };
}

function proofOf(certificate: Partial<Certificate> = {}, delegation: Partial<Delegation> = {}) {
  return {
    certificate: ticket.sealCertificate(certificateOf(certificate), leaseKey.seed),
    delegation: ticket.sealDelegation(delegationOf(delegation), certificateKey.seed),
  };
}

const key = { publicKey: certificateKey.publicKey };

Deno.test("openDelegation(): inverse of sealDelegation() on both implementations; a changed byte is not authentic", () => {
  const sealed = ticket.sealDelegation(delegationOf(), certificateKey.seed);
  assert.equal(sealed.length, 224);
  for (const primitives of [native, noble]) {
    assert.deepEqual(ticket.openDelegation(sealed, { ...key, primitives }), { opened: delegationOf() });
  }
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = sealed.slice();
    changed[at]! ^= 0x10;
    assert.deepEqual(ticket.openDelegation(changed, key), { refused: "not-authentic" });
  }
  assert.throws(() => ticket.openDelegation(sealed.slice(1), key), { name: "Malformed" });
});

Deno.test("sealDelegation() makes none that breaks section 13, and openDelegation() takes none", () => {
  const wrong: readonly (readonly [string, Partial<Delegation>])[] = [
    ["vault", { vault: 0 }],
    ["vault", { vault: 3 }],
    ["units", { units: 0 }],
    ["lease", { lease: NO_LEASE }],
    ["leaseKey", { leaseKey: new Uint8Array(64).fill(1) }],
  ];
  for (const [field, changes] of wrong) {
    assert.throws(() => ticket.sealDelegation(delegationOf(changes), certificateKey.seed), {
      name: "Defect",
    });
    const body = delegationLayout.encode(delegationOf(changes));
    const sealed = concat(body, certificateKey.seed.use((seed) => native.ed25519Sign(seed, body)));
    assert.throws(() => ticket.openDelegation(sealed, key), { name: "Malformed", field });
  }
  // Vault `tpm` has all 64 bytes.
  const tpm = delegationOf({ vault: ticket.VAULTS.tpm, leaseKey: new Uint8Array(64).fill(1) });
  assert.ok("opened" in ticket.openDelegation(ticket.sealDelegation(tpm, certificateKey.seed), key));
});

Deno.test("openLeaseCertificate() accepts a lease's certificate with its delegation, on both implementations (P-56)", () => {
  for (const primitives of [native, noble]) {
    for (const serial of [1, 9]) {
      const result = ticket.openLeaseCertificate(proofOf({ serial }), { ...key, uid, primitives });
      assert.deepEqual(result, {
        opened: { certificate: certificateOf({ serial }), delegation: delegationOf() },
      });
    }
  }
});

Deno.test("openLeaseCertificate() refuses each thing that P-56 names, and says which", () => {
  const other = makeSigningKeyPair(random);
  const good = proofOf();
  const open = (proof: ticket.LeaseProof, options = {}) =>
    ticket.openLeaseCertificate(proof, { ...key, uid, ...options });
  const refused = (proof: ticket.LeaseProof, options = {}) => {
    const result = open(proof, options);
    return "refused" in result ? result.refused : "opened";
  };
  assert.equal(refused(good, { publicKey: other.publicKey }), "delegation-not-authentic");
  const foreign = { ...good, certificate: ticket.sealCertificate(certificateOf(), other.seed) };
  assert.equal(refused(foreign), "certificate-not-authentic");
  assert.equal(refused(proofOf({ owner: parseOwnerId("ee".repeat(8)) })), "owner-other");
  assert.equal(refused(proofOf({ product: parseProductId("ee".repeat(8)) })), "product-other");
  assert.equal(refused(proofOf({ release: parseReleaseId("ee".repeat(16)) })), "release-other");
  assert.equal(refused(proofOf({ lease: parseLeaseId("ee".repeat(16)) })), "lease-other");
  assert.equal(refused(proofOf({ serial: 0 })), "serial-outside");
  assert.equal(refused(proofOf({ serial: 10 })), "serial-outside");
  assert.equal(refused(good, { uid: parseUid("ee".repeat(12)) }), "uid-other");
  // P-1: the product's key signs no certificate of a lease.
  const product = { ...good, certificate: ticket.sealCertificate(certificateOf(), certificateKey.seed) };
  assert.equal(refused(product), "certificate-not-authentic");
  const signer = proofOf({ signer: ticket.SIGNERS.product });
  assert.throws(() => open(signer), { name: "Malformed", field: "signer" });
});

Deno.test("openLeaseCertificate() verifies the P-256 key of a TPM's lease as x and y of the delegation", () => {
  const secret = new Uint8Array(32).fill(9);
  const delegation = ticket.sealDelegation(
    delegationOf({ vault: ticket.VAULTS.tpm, leaseKey: p256.getPublicKey(secret, false).slice(1) }),
    certificateKey.seed,
  );
  const body = certificateLayout.encode(certificateOf({ signer: ticket.SIGNERS.leaseP256 }));
  const certificate = concat(body, p256.sign(body, secret));
  assert.ok("opened" in ticket.openLeaseCertificate({ certificate, delegation }, { ...key, uid }));
  certificate[100]! ^= 1;
  assert.deepEqual(ticket.openLeaseCertificate({ certificate, delegation }, key), {
    refused: "certificate-not-authentic",
  });
});

Deno.test("leasePersonalContent(): certificate, delegation, 0xFF; regionTakesLease() says where they fit (P-56)", () => {
  const proof = proofOf();
  const content = ticket.leasePersonalContent(proof, 448);
  assert.deepEqual(content.slice(0, 440), concat(proof.certificate, proof.delegation));
  assert.deepEqual(content.slice(440), new Uint8Array(8).fill(0xff));
  assert.equal(ticket.leasePersonalContent(proof, 0).length, 0);
  assert.throws(() => ticket.leasePersonalContent(proof, 432), { name: "Defect" });
  assert.deepEqual([0, 216, 432, 440, 768].map(ticket.regionTakesLease), [true, false, false, true, true]);
});

Deno.test("wrapReleaseKey() to a vault: another purpose and lease than the authority's own wrapping (P-51)", () => {
  const context = { owner, product, release };
  const to = { unwrapKey: world.unwrapKey.publicKey, random };
  const forLease = ticket.wrapReleaseKey(world.release.secrets, { ...context, lease }, to);
  const opened = ticket.unwrapReleaseKey(forLease, { ...context, lease }, world.unwrapKey);
  assert.ok("opened" in opened);
  const bytes = (secret: Secret) => secret.use((raw) => raw.toHex());
  assert.equal(bytes(opened.opened.releaseKey), bytes(world.release.secrets.releaseKey));
  const refused = { refused: "not-authentic" };
  const other = { ...context, lease: parseLeaseId("10".repeat(16)) };
  assert.deepEqual(ticket.unwrapReleaseKey(forLease, context, world.unwrapKey), refused);
  assert.deepEqual(ticket.unwrapReleaseKey(forLease, other, world.unwrapKey), refused);
  const own = ticket.wrapReleaseKey(world.release.secrets, context, to);
  assert.deepEqual(ticket.unwrapReleaseKey(own, { ...context, lease }, world.unwrapKey), refused);
});

Deno.test("a certificate and a delegation of one product key are told apart by their labels (P-1)", () => {
  const { delegation } = proofOf();
  const message = delegation.subarray(0, delegationLayout.size);
  const signature = delegation.subarray(delegationLayout.size);
  assert.ok(verify({ ...key, message, signature }));
  assert.notDeepEqual(delegation.slice(0, 16), world.certificate.slice(0, 16));
  assert.deepEqual(
    ticket.openCertificate(delegation.slice(0, 216), { signer: ticket.SIGNERS.product, ...key }),
    { refused: "not-authentic" },
  );
});
