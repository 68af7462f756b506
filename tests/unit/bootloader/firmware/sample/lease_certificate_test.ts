/**
 * Holds the sample firmware, as machine code on the modelled chip, to what P-56 asks of a certificate that a lease's key
 * signed: the good ones of many lease keys, and for each thing that P-56 names the one that is wrong.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ed25519 } from "@noble/curves/ed25519.js";
import {
  noble,
  Secret,
  sign,
  type SigningKeyPair,
  signingKeyPairOf,
} from "../../../../../bootloader/suite/mod.ts";
import {
  fileLeaseKey,
  leasePersonalContent,
  openLeaseCertificate,
  sealDelegation,
  SIGNERS,
  VAULTS,
} from "../../../../../bootloader/ticket/mod.ts";
import {
  type Certificate,
  concat,
  type Delegation,
  delegationLayout,
  Malformed,
  NO_LEASE,
  padUid,
  parseApplianceId,
  parseLeaseId,
  parseOwnerId,
  parseProductId,
  parseReleaseId,
  parseUid,
} from "../../../../../bootloader/wire/mod.ts";
import {
  assertUnharmed,
  certificateLine,
  OWNER,
  powerUp,
  PRODUCT,
  readLines,
  sealed,
  slotContent,
  test_only_certificate_key,
  test_only_other_key,
  UID,
} from "./_bench.ts";

const NOT_VALID = "certificate: NOT VALID";
const LEASE = parseLeaseId("11223344556677889900aabbccddeeff");
const VALID = `certificate: valid, lease ${LEASE}, serial 17`;
const REGION_BYTES = 448;
/** The order of the base point, RFC 8032 section 5.1. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The n-th lease key of these tests; a hash would be no clearer. */
function leaseKey(n: number): SigningKeyPair {
  const seed = new Uint8Array(32).fill(n);
  seed.set(new TextEncoder().encode("test_only_lease_key"));
  return signingKeyPairOf(new Secret(seed));
}

const test_only_lease_key = leaseKey(1);

function delegationOf(changes: Partial<Delegation> = {}, key = test_only_lease_key): Delegation {
  return {
    vault: VAULTS.file,
    units: 20,
    owner: OWNER,
    product: PRODUCT,
    release: parseReleaseId("000000000000000000000000000000c3"),
    lease: LEASE,
    epoch: 1,
    appliance: parseApplianceId("00000000000000e5"),
    notAfter: 1_900_000_000,
    leaseKey: fileLeaseKey(key.publicKey),
    ...changes,
  };
}

interface Case {
  readonly certificate?: Partial<Certificate>;
  readonly certificateKey?: SigningKeyPair;
  readonly delegation?: Partial<Delegation>;
  readonly delegationKey?: SigningKeyPair;
  readonly leaseKey?: SigningKeyPair;
  /** Changes the delegation's 160 bytes before they are signed. */
  readonly bend?: (bytes: Uint8Array) => void;
  /** Changes the whole region after everything was signed. */
  readonly bendRegion?: (bytes: Uint8Array) => void;
}

/** The personal region of a case: 448 bytes. */
function regionOf(what: Case): Uint8Array {
  const key = what.leaseKey ?? test_only_lease_key;
  const certificate = sealed(
    { signer: SIGNERS.leaseEd25519, lease: LEASE, ...what.certificate },
    what.certificateKey ?? key,
  );
  const body = delegationLayout.encode(delegationOf(what.delegation, key));
  what.bend?.(body);
  const delegation = concat(body, sign((what.delegationKey ?? test_only_certificate_key).seed, body));
  const region = leasePersonalContent({ certificate, delegation }, REGION_BYTES);
  what.bendRegion?.(region);
  return region;
}

/** What the host says of the same bytes. */
function hostSays(region: Uint8Array): boolean {
  const proof = { certificate: region.slice(0, 216), delegation: region.slice(216, 440) };
  try {
    return "opened" in
      openLeaseCertificate(proof, { publicKey: test_only_certificate_key.publicKey, uid: UID });
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}

Deno.test("sample accepts a lease's certificate with its delegation and prints lease and serial (P-56)", () => {
  const mcu = powerUp({ slot: slotContent(), personal: regionOf({}) });
  assert.equal(readLines(mcu), `Flashseal sample 1.1.0\r\nUID ${UID}\r\n${VALID}\r\n`);
  assertUnharmed(mcu);
  console.log(`sample: ${Math.round(mcu.nanos / 1e6)} ms to the third line with a lease's certificate`);
  assert.ok(mcu.nanos <= 3_000_000_000);
});

// Points whose x is even and odd, and both branches of the square root: the keys below are of all four kinds.
for (let n = 2; n < 10; n += 1) {
  Deno.test(`sample finds the point of lease key ${n} from its 32 bytes`, () => {
    const personal = regionOf({ leaseKey: leaseKey(n) });
    assert.equal(certificateLine({ slot: slotContent(), personal }), VALID);
  });
}

for (const serial of [1, 20]) {
  Deno.test(`sample accepts serial ${serial} of 20`, () => {
    const personal = regionOf({ certificate: { serial } });
    assert.equal(
      certificateLine({ slot: slotContent(), personal }),
      `certificate: valid, lease ${LEASE}, serial ${serial}`,
    );
  });
}

/** Everything else is right and signed by the right key. */
const wrong: Readonly<Record<string, Case>> = {
  "signed by the product's key as signer 2": { certificateKey: test_only_certificate_key },
  "signed by another lease's key": { certificateKey: leaseKey(2) },
  "of signer 1": { certificate: { signer: SIGNERS.product } },
  "of another chip": { certificate: { uid: padUid(parseUid("0011223344556677deadbeee")) } },
  "of another product": { certificate: { product: parseProductId("00000000000000b3") } },
  "of another owner": { certificate: { owner: parseOwnerId("01000000000000a1") } },
  "of another release": { certificate: { release: parseReleaseId("c4".repeat(16)) } },
  "of another lease": { certificate: { lease: parseLeaseId("22".repeat(16)) } },
  "of serial 0": { certificate: { serial: 0 } },
  "of the serial after the last": { certificate: { serial: 21 } },
  "of a serial beyond 32 bits": { certificate: { serial: 4_294_967_296 + 3 } },
  "with a delegation by another key": { delegationKey: test_only_other_key },
  "with a delegation of another product": { delegation: { product: parseProductId("00000000000000b3") } },
  "with a delegation of another owner": { delegation: { owner: parseOwnerId("01000000000000a1") } },
  "with a delegation of another release": { delegation: { release: parseReleaseId("c4".repeat(16)) } },
  "with a delegation of another lease": { delegation: { lease: parseLeaseId("22".repeat(16)) } },
  "with a delegation of no lease": { delegation: { lease: NO_LEASE }, certificate: { lease: NO_LEASE } },
  "with a delegation to a TPM": { bend: (bytes) => bytes[delegationLayout.offsets.vault] = 2 },
  "with a delegation of another label": { bend: (bytes) => bytes[11] = 0x78 },
  "with a delegation of version 2": { bend: (bytes) => bytes[delegationLayout.offsets.version] = 2 },
  "with a reserved byte in its delegation": { bend: (bytes) => bytes[delegationLayout.offsets.reserved] = 1 },
  "with a later reserved byte in its delegation": {
    bend: (bytes) => bytes[delegationLayout.offsets.reserved2 + 3] = 1,
  },
  "with something behind the lease key": {
    bend: (bytes) => bytes[delegationLayout.offsets.leaseKey + 63] = 1,
  },
  "with a lease key of no point": {
    bend: (bytes) => bytes.set(Uint8Array.fromHex(`02${"00".repeat(31)}`), delegationLayout.offsets.leaseKey),
  },
  "with a changed bit in its delegation": { bendRegion: (bytes) => bytes[216 + 20]! ^= 1 },
  "with a changed bit in its delegation's signature": { bendRegion: (bytes) => bytes[216 + 200]! ^= 1 },
  "with a changed bit of its own": { bendRegion: (bytes) => bytes[80]! ^= 1 },
  "with a changed bit in its own signature": { bendRegion: (bytes) => bytes[200]! ^= 1 },
  "with its delegation cut off": { bendRegion: (bytes) => bytes.fill(0xff, 216) },
  "with half of its delegation": { bendRegion: (bytes) => bytes.fill(0xff, 216 + 112) },
};

for (const [name, what] of Object.entries(wrong)) {
  Deno.test(`sample calls a lease's certificate ${name} not valid (P-56)`, () => {
    const personal = regionOf(what);
    assert.equal(hostSays(personal), false, "the host has to say the same");
    assert.equal(certificateLine({ slot: slotContent(), personal }), NOT_VALID);
  });
}

/**
 * Lease keys that must be refused, each with a signature that verifies by the equation alone: for points of small order
 * anybody can make one.
 */
const anybodysKeys: Readonly<Record<string, string>> = {
  "the neutral point": `01${"00".repeat(31)}`,
  "the neutral point spelled p + 1": `ee${"ff".repeat(30)}7f`,
  "the neutral point with a sign": `01${"00".repeat(30)}80`,
  "the point of order 2": `ec${"ff".repeat(30)}7f`,
  "a point of order 4": "00".repeat(32),
  "a point of order 8": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
};

/** A signature of `message` for a key whose point vanishes when it is multiplied by 8. */
function anybodysSignature(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  // Bound: one of eight numbers makes the hash a multiple of 8, on the average.
  for (let n = 1n; n < 1000n; n += 1n) {
    const r = ed25519.Point.BASE.multiply(n).toBytes();
    const hash = noble.sha512(concat(r, publicKey, message));
    // Little-endian modulo the order of the base point, as verifiers that reduce do, and as it stands, as the sample may.
    const h = BigInt(`0x${hash.toReversed().toHex()}`);
    if (h % L % 8n !== 0n || h % 8n !== 0n) continue;
    const s = Uint8Array.fromHex(n.toString(16).padStart(64, "0")).toReversed();
    return concat(r, s);
  }
  throw new Error("no signature was found");
}

for (const [name, hex] of Object.entries(anybodysKeys)) {
  Deno.test(`sample calls a lease's certificate of ${name} not valid, though its signature fits`, () => {
    const publicKey = Uint8Array.fromHex(hex);
    const region = regionOf({ bend: (bytes) => bytes.set(publicKey, delegationLayout.offsets.leaseKey) });
    region.set(anybodysSignature(publicKey, region.subarray(0, 152)), 152);
    assert.equal(hostSays(region), false, "the host has to say the same");
    assert.equal(certificateLine({ slot: slotContent(), personal: region }), NOT_VALID);
  });
}

Deno.test("sample calls a lease's certificate with something behind its delegation not valid", () => {
  const personal = regionOf({ bendRegion: (bytes) => bytes[447] = 0xfe });
  assert.equal(certificateLine({ slot: slotContent(), personal }), NOT_VALID);
});

Deno.test("the tests' delegation is the one that sealDelegation() makes", () => {
  const { seed } = test_only_certificate_key;
  assert.deepEqual(regionOf({}).slice(216, 440), sealDelegation(delegationOf(), seed));
  assert.equal(hostSays(regionOf({})), true);
});
