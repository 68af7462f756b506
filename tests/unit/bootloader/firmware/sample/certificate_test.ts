/**
 * Holds the sample firmware, as machine code on the modelled chip, to what it says of its device certificate
 * (PROTOCOL section 12): each of the four answers, and for each field of a certificate the one that is wrong.
 *
 * @module
 */
import assert from "node:assert/strict";
import { openCertificate, SIGNERS } from "../../../../../bootloader/ticket/mod.ts";
import {
  certificateLayout,
  padUid,
  parseOwnerId,
  parseProductId,
  parseUid,
} from "../../../../../bootloader/wire/mod.ts";
import { sign } from "../../../../../bootloader/suite/mod.ts";
import {
  assertUnharmed,
  certificateLine,
  powerUp,
  readLines,
  sealed,
  slotContent,
  test_only_certificate_key,
  test_only_other_key,
  UID,
} from "./_bench.ts";

const NOT_VALID = "certificate: NOT VALID";
const SIGNED_BYTES = certificateLayout.size;
const { offsets } = certificateLayout;

/** The order of the base point, RFC 8032 section 5.1. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

/** A certificate whose bytes were changed before it was signed. */
function signedWith(change: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = sealed().slice(0, SIGNED_BYTES);
  change(bytes);
  const whole = new Uint8Array(SIGNED_BYTES + 64);
  whole.set(bytes);
  whole.set(sign(test_only_certificate_key.seed, bytes), SIGNED_BYTES);
  return whole;
}

/** A certificate that was changed after it was signed. */
function bent(change: (bytes: Uint8Array) => void): Uint8Array {
  const whole = sealed();
  change(whole);
  return whole;
}

Deno.test("sample prints its version, the chip's UID in memory order and a valid certificate's serial", () => {
  const mcu = powerUp({ slot: slotContent(), personal: sealed() });
  assert.equal(readLines(mcu), `Flashseal sample 1.1.0\r\nUID ${UID}\r\ncertificate: valid, serial 17\r\n`);
  assertUnharmed(mcu);
});

Deno.test("sample says no key while the slot is as the image left it", () => {
  assert.equal(certificateLine({ personal: sealed() }), "certificate: no key");
  assert.equal(certificateLine({}), "certificate: no key");
});

Deno.test("sample says none while the personal region is 0xFF", () => {
  assert.equal(certificateLine({ slot: slotContent() }), "certificate: none");
});

for (const serial of [1, 10, 4_294_967_296, Number.MAX_SAFE_INTEGER]) {
  Deno.test(`sample prints the serial ${serial} in decimal`, () => {
    const line = certificateLine({ slot: slotContent(), personal: sealed({ serial }) });
    assert.equal(line, `certificate: valid, serial ${serial}`);
  });
}

Deno.test("sample accepts the same certificate on the 64 kB chip", () => {
  const fitting = { chip: "stm32g0-64k", slot: slotContent(), personal: sealed() } as const;
  assert.equal(certificateLine(fitting), "certificate: valid, serial 17");
});

/** Each with the product's own signature: only the field is wrong. */
const wrongFields: Readonly<Record<string, Uint8Array>> = {
  "another chip's UID": sealed({ uid: padUid(parseUid("0011223344556677deadbeee")) }),
  "a UID with something behind its 12 bytes (P-4)": signedWith((bytes) => bytes[offsets.uid + 15] = 1),
  "another product": sealed({ product: parseProductId("00000000000000b3") }),
  "another owner": sealed({ owner: parseOwnerId("01000000000000a1") }),
  "another chip family": sealed({ family: 2 }),
  "another kind of signer": sealed({ signer: SIGNERS.leaseEd25519 }),
  "another label": signedWith((bytes) =>
    bytes.set(new TextEncoder().encode("flashseal rcpt"), offsets.label)
  ),
  "another version": signedWith((bytes) => bytes[offsets.version] = 2),
  "a reserved byte that is not zero": signedWith((bytes) => bytes[offsets.reserved + 3] = 1),
};

for (const [name, personal] of Object.entries(wrongFields)) {
  Deno.test(`sample calls a certificate with ${name} not valid`, () => {
    assert.equal(certificateLine({ slot: slotContent(), personal }), NOT_VALID);
  });
}

/** Each was a good certificate before its signature was made to fail. */
const wrongSignatures: Readonly<Record<string, Uint8Array>> = {
  "one bit of the serial changed": bent((bytes) => bytes[offsets.serial]! ^= 1),
  "the last signed byte changed": bent((bytes) => bytes[SIGNED_BYTES - 1]! ^= 0x80),
  "one bit of R changed": bent((bytes) => bytes[SIGNED_BYTES]! ^= 1),
  "one bit of s changed": bent((bytes) => bytes[SIGNED_BYTES + 32]! ^= 1),
  "L added to s (RFC 8032 section 5.1.7)": bent((bytes) => addOrder(bytes.subarray(SIGNED_BYTES + 32))),
  "its first byte still erased": bent((bytes) => bytes[0] = 0xff),
  "another key's signature": sealed({}, test_only_other_key),
};

function addOrder(s: Uint8Array): void {
  let sum = L + BigInt(`0x${s.toReversed().toHex()}`);
  for (let index = 0; index < 32; index++, sum >>= 8n) s[index] = Number(sum & 0xffn);
}

for (const [name, personal] of Object.entries(wrongSignatures)) {
  Deno.test(`sample calls a certificate with ${name} not valid`, () => {
    const opening = { signer: SIGNERS.product, publicKey: test_only_certificate_key.publicKey };
    assert.deepEqual(openCertificate(personal, opening), { refused: "not-authentic" });
    assert.equal(certificateLine({ slot: slotContent(), personal }), NOT_VALID);
  });
}

Deno.test("sample calls a certificate with something behind it not valid", () => {
  const personal = new Uint8Array(448).fill(0xff);
  personal.set(sealed());
  personal[447] = 0xfe;
  assert.equal(certificateLine({ slot: slotContent(), personal }), NOT_VALID);
});

Deno.test("sample calls a personal region that is not 0xFF and no certificate not valid", () => {
  assert.equal(certificateLine({ slot: slotContent(), personal: new Uint8Array(448) }), NOT_VALID);
});

Deno.test("sample checks with the key of the slot: another product's key gives not valid", () => {
  const slot = slotContent(test_only_other_key.publicKey);
  assert.equal(certificateLine({ slot, personal: sealed() }), NOT_VALID);
  const personal = sealed({}, test_only_other_key);
  assert.equal(certificateLine({ slot, personal }), "certificate: valid, serial 17");
});

Deno.test("sample on another chip calls this chip's certificate not valid and prints the other UID", () => {
  const mcu = powerUp({ slot: slotContent(), personal: sealed(), uid: "ffeeddccbbaa998877665544" });
  const lines = readLines(mcu).split("\r\n");
  assert.deepEqual(lines.slice(1, 3), ["UID ffeeddccbbaa998877665544", NOT_VALID]);
  assertUnharmed(mcu);
});
