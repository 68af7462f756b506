/** Every table of PROTOCOL.md against its layout, both ways; labels and small sizes against the prose. @module */
import assert from "node:assert/strict";
import protocol from "../../../../bootloader/PROTOCOL.md" with { type: "text" };
import * as wire from "../../../../bootloader/wire/mod.ts";

/** The layout tables of PROTOCOL.md: name -> rows and total. */
function tables(): Map<string, { rows: [number, number, string][]; total: number }> {
  const found = new Map<string, { rows: [number, number, string][]; total: number }>();
  for (const part of protocol.split("<!-- layout: ").slice(1)) {
    const name = part.slice(0, part.indexOf(" "));
    const rows = [...part.split("Total:")[0]!.matchAll(/^\| (\d+) \| (\d+) \| `(\w+)` \|/gm)];
    const total = Number(/Total: (\d+) bytes/.exec(part)?.[1]);
    found.set(name, { rows: rows.map((r) => [Number(r[1]), Number(r[2]), r[3]!]), total });
  }
  return found;
}

Deno.test("layouts: PROTOCOL.md has a table for each layout and a layout for each table", () => {
  assert.deepEqual([...tables().keys()].sort(), Object.keys(wire.layouts).sort());
});

for (const [name, { rows, total }] of tables()) {
  Deno.test(`layouts.${name}: names, offsets, sizes and total equal the table of PROTOCOL.md`, () => {
    const layout = wire.layouts[name as keyof typeof wire.layouts] as unknown as wire.Layout<wire.Shape>;
    const own = Object.entries(layout.shape).map(([key, field]) => [layout.offsets[key], field.size, key]);
    assert.ok(rows.length > 5);
    assert.deepEqual(own, rows);
    assert.equal(layout.size, total);
    assert.equal(layout.name, name);
  });
}

Deno.test("LABELS: the list of PROTOCOL.md section 1, no more and no less (P-1)", () => {
  const line = /Labels in use: (.*)\.\n/.exec(protocol)![1]!;
  const listed = [...line.matchAll(/`([^`]+)`/g)].map((m) => m[1]!);
  const own = Object.values(wire.LABELS).map((bytes) => new TextDecoder().decode(bytes).replace(/\0+$/, ""));
  assert.deepEqual(own.sort(), listed.sort());
  assert.ok(Object.values(wire.LABELS).every((bytes) => bytes.length === 16));
});

Deno.test("FRAME_TYPES: the table of PROTOCOL.md section 3 (P-54)", () => {
  const rows = [...protocol.matchAll(/^\| (0x[0-9A-F]{2}) \| (\w+) \|/gm)].map((m) => [m[2]!, Number(m[1])]);
  assert.equal(rows.length, 13);
  assert.deepEqual(Object.fromEntries(rows), { ...wire.FRAME_TYPES });
});

Deno.test("small bodies: sizes equal those that PROTOCOL.md gives in sentences (P-25, P-27, P-30, P-31)", () => {
  const tag = wire.TAG_BYTES;
  const said = (pattern: RegExp) => Number(pattern.exec(protocol)![1]!.replace(",", ""));
  assert.equal(wire.nextLayout.size + tag, said(/NEXT \| target \| transport message, (\d+) bytes/));
  assert.equal(wire.chunkLayout.size + tag, said(/CHUNK \| host \| transport message, (\d+) bytes/));
  assert.equal(
    wire.receiptReportLayout.size + tag,
    said(/RECEIPT \| target \| transport message, (\d+) bytes/),
  );
  assert.equal(wire.MESSAGE1_BYTES, said(/MESSAGE1 \| target \| Noise message 1, (\d+) bytes/));
  assert.equal(wire.MESSAGE2_BYTES_MIN, said(/Noise message 2, (\d+) \+ personalLength/));
  assert.equal(wire.MESSAGE2_BYTES_MAX, said(/at most ([\d,]+)\. Its payload/));
  assert.equal(wire.message1PayloadLayout.size + 32 + tag, wire.MESSAGE1_BYTES);
  assert.equal(wire.helloReplyLayout.size, said(/HELLO_REPLY \| target \| (\d+) bytes/));
  assert.equal(wire.INNER_CHUNK_BYTES, 528);
  assert.equal(wire.wrapPayloadLayout.size, 64);
  assert.equal(wire.chunkDataLayout.size, 16 + 16 + 12);
});
