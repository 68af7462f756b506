/** Layout: one definition, and every way in which bytes can be wrong. @module */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Decoded } from "../../../../bootloader/wire/mod.ts";
import * as wire from "../../../../bootloader/wire/mod.ts";

const { always, bytes, Defect, id, Layout, Malformed, optionWords, reserved, tag, u16, u32, u64, u8 } = wire;

const layout = new Layout("example", {
  label: tag(wire.LABELS.ticket),
  version: always(1),
  small: u8,
  middle: u16,
  large: u32,
  time: u64,
  gap: reserved(3),
  key: bytes(4),
  ticketId: id<wire.TicketId>(16),
  words: optionWords,
});

const plain: Decoded<typeof layout> = {
  small: 0xfe,
  middle: 0x1234,
  large: 0xdeadbeef,
  time: Number.MAX_SAFE_INTEGER,
  key: Uint8Array.of(1, 2, 3, 4),
  ticketId: wire.parseTicketId("00112233445566778899aabbccddeeff"),
  words: [1, 2, 3, 0xffffffff],
};

/** Arbitrary values of a layout, made from its shape. */
function valuesOf(shape: wire.Shape): fc.Arbitrary<Record<string, unknown>> {
  const one = (field: wire.Field<unknown>): fc.Arbitrary<unknown> => {
    const sample = field.read(new Uint8Array(field.size));
    if (typeof sample === "number") {
      return fc.maxSafeNat().map((n) => field.size === 8 ? n : n % 256 ** field.size);
    }
    if (typeof sample === "string") {
      return fc.uint8Array({ minLength: field.size, maxLength: field.size }).map((b) => b.slice().toHex());
    }
    if (Array.isArray(sample)) return fc.tuple(...Array.from({ length: 4 }, () => fc.nat(0xffffffff)));
    return fc.uint8Array({ minLength: field.size, maxLength: field.size }).map((b) => b.slice());
  };
  const entries = Object.entries(shape).filter((e): e is [string, wire.Field<unknown>] => !("fixed" in e[1]));
  return fc.record(Object.fromEntries(entries.map(([key, field]) => [key, one(field)])));
}

Deno.test("Layout.encode() writes little-endian at the offsets it names", () => {
  const encoded = layout.encode(plain);
  assert.equal(
    encoded.toHex(),
    "666c6173687365616c207469636b657401fe3412efbeaddeffffffffffff1f00000000" +
      "0102030400112233445566778899aabbccddeeff010000000200000003000000ffffffff",
  );
  assert.deepEqual({ ...layout.offsets }, {
    label: 0,
    version: 16,
    small: 17,
    middle: 18,
    large: 20,
    time: 24,
    gap: 32,
    key: 35,
    ticketId: 39,
    words: 55,
  });
  assert.equal(layout.size, 71);
});

Deno.test("Layout.decode(encode(x)) is x, for every structure of the protocol", () => {
  for (const each of [layout, ...Object.values(wire.layouts)] as unknown as wire.Layout<wire.Shape>[]) {
    fc.assert(
      fc.property(valuesOf(each.shape), (values) => {
        const encoded = each.encode(values as never);
        const decoded = each.decode(encoded);
        assert.deepEqual({ ...decoded }, { ...values });
        assert.deepEqual(each.encode(decoded), encoded); // Canonical: what was accepted is what would be written.
      }),
      { numRuns: 50, seed: 7 },
    );
  }
});

Deno.test("Layout.decode() refuses each wrong length and names the structure (P-3)", () => {
  const encoded = layout.encode(plain);
  for (const wrong of [encoded.slice(1), wire.concat(encoded, Uint8Array.of(0)), new Uint8Array(0)]) {
    assert.throws(() => layout.decode(wrong), (error) => {
      assert.ok(error instanceof Malformed);
      assert.equal(error.structure, "example");
      assert.match(error.message, new RegExp(`has ${wrong.length} bytes and must have 71$`));
      return true;
    });
  }
});

Deno.test("Layout.decode() refuses a set bit in each reserved, label and version byte, naming field and offset", () => {
  const encoded = layout.encode(plain);
  const fixed = [...Array(17).keys(), 32, 33, 34];
  for (let at = 0; at < encoded.length; at += 1) {
    const changed = encoded.slice();
    changed[at]! ^= 1;
    if (!fixed.includes(at)) {
      if (at < 24 || at > 31) assert.doesNotThrow(() => layout.decode(changed));
      continue;
    }
    const field = at < 16 ? "label" : at === 16 ? "version" : "gap";
    assert.throws(() => layout.decode(changed), (error) => {
      assert.ok(error instanceof Malformed);
      assert.equal(error.field, field);
      assert.equal(error.offset, layout.offsets[field]);
      assert.match(error.message, new RegExp(`field "${field}" at offset ${layout.offsets[field]} must be `));
      return true;
    });
  }
});

Deno.test("Layout.decode() refuses a u64 of 2^53 or more (PROTOCOL section 1)", () => {
  const encoded = layout.encode(plain);
  encoded[layout.offsets.time + 6] = 0x20;
  assert.throws(() => layout.decode(encoded), { name: "Malformed", field: "time" });
  encoded[layout.offsets.time + 6] = 0;
  encoded[layout.offsets.time + 7] = 1;
  assert.throws(() => layout.decode(encoded), { name: "Malformed", field: "time" });
});

Deno.test("Layout.encode() refuses values that do not fit, naming the field", () => {
  const wrong: [keyof typeof plain, unknown][] = [
    ["small", 256],
    ["small", -1],
    ["middle", 1.5],
    ["large", 2 ** 32],
    ["time", 2 ** 53],
    ["key", new Uint8Array(5)],
    ["ticketId", "00"],
    ["words", [1, 2, 3, 2 ** 32]],
  ];
  for (const [key, value] of wrong) {
    assert.throws(() => layout.encode({ ...plain, [key]: value } as never), (error) => {
      assert.ok(error instanceof Defect);
      assert.match(error.message, new RegExp(`field "${key}" must be`));
      return true;
    });
  }
});

Deno.test("Layout.decode() copies: later changes of the received bytes change nothing", () => {
  const encoded = layout.encode(plain);
  const decoded = layout.decode(encoded);
  encoded.fill(0);
  assert.deepEqual(decoded.key, plain.key);
});

Deno.test("Layout types: a wrong type is a compile error", () => {
  // @ts-expect-error a string is no u8
  const wrong: Decoded<typeof layout> = { ...plain, small: "1" };
  // @ts-expect-error fixed fields are no properties
  const fixed: Decoded<typeof layout> = { ...plain, version: 1 };
  assert.ok(wrong !== undefined && fixed !== undefined);
});
