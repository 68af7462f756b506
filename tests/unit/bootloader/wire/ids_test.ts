/** Identifiers and UIDs (P-4), and the errors of the room. @module */
import assert from "node:assert/strict";
import * as wire from "../../../../bootloader/wire/mod.ts";

const PARSERS = [
  [wire.parseOwnerId, 16],
  [wire.parseProductId, 16],
  [wire.parseReleaseId, 32],
  [wire.parseTicketId, 32],
  [wire.parseApplianceId, 16],
  [wire.parseLeaseId, 32],
  [wire.parseKeyId, 16],
  [wire.parseUid, 24],
] as const;

for (const [parse, digits] of PARSERS) {
  Deno.test(`${parse.name}() takes exactly ${digits} lower-case hexadecimal digits`, () => {
    const good = "0a".repeat(digits / 2);
    assert.equal(parse(good), good);
    for (
      const bad of [
        good.slice(1),
        good + "0",
        good.toUpperCase(),
        "g" + good.slice(1),
        "",
        ` ${good.slice(1)}`,
      ]
    ) {
      assert.throws(() => parse(bad), (error) => {
        assert.ok(error instanceof wire.Malformed);
        assert.ok(bad === "" || !error.message.includes(bad), "the message must not echo what was given");
        return true;
      });
    }
  });
}

Deno.test("padUid() and uidOf() are inverse; another filling than zero is refused (P-4)", () => {
  const uid = wire.parseUid("000102030405060708090a0b");
  const padded = wire.padUid(uid);
  assert.equal(padded.toHex(), "000102030405060708090a0b00000000");
  assert.equal(wire.uidOf(padded), uid);
  for (const wrong of [padded.slice(1), Uint8Array.from(padded, (x, i) => i === 15 ? 1 : x)]) {
    assert.throws(() => wire.uidOf(wrong), { name: "Malformed" });
  }
});

Deno.test("isBlankUid() knows all zeros and all ones", () => {
  assert.ok(wire.isBlankUid(wire.parseUid("0".repeat(24))));
  assert.ok(wire.isBlankUid(wire.parseUid("f".repeat(24))));
  assert.ok(!wire.isBlankUid(wire.parseUid("f".repeat(23) + "0")));
});

Deno.test("idBytes() gives the bytes of an id; NO_LEASE is all zero", () => {
  assert.equal(wire.idBytes(wire.parseOwnerId("00112233445566ff")).toHex(), "00112233445566ff");
  assert.ok(wire.idBytes(wire.NO_LEASE).every((x) => x === 0));
});

Deno.test("Fault keeps place, retry and cause; assert throws Defect", () => {
  const cause = new wire.Malformed("x", { structure: "y" });
  const fault = new wire.Fault("Cannot read", { place: "probe", retry: true, cause });
  assert.deepEqual([fault.place, fault.retry, fault.cause, fault.name], ["probe", true, cause, "Fault"]);
  assert.ok(!("cause" in new wire.Fault("x", { place: "probe", retry: false })));
  assert.equal(new wire.Malformed("x", { structure: "y", cause }).cause, cause);
  assert.throws(() => wire.assert(false, "no"), { name: "Defect", message: "no" });
});

Deno.test("sameBytes() compares length and content", () => {
  assert.ok(wire.sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2)));
  assert.ok(!wire.sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3)));
  assert.ok(!wire.sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)));
});
