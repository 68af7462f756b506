/** THREATS.md: every limit has its number and says what it means for an owner. @module */
import assert from "node:assert/strict";
import threats from "../../bootloader/THREATS.md" with { type: "text" };

const LIMITS = threats.split("## Honest limits")[1]!.trim().split(/\n\n(?=\*\*T-)/);

Deno.test("THREATS.md: the limits are numbered without a gap", () => {
  const numbers = LIMITS.map((limit) => Number(/^\*\*T-(\d+) /.exec(limit)?.[1]));
  assert.deepEqual(numbers, numbers.map((_, index) => index + 1));
  assert.ok(numbers.length >= 17);
});

for (const limit of LIMITS) {
  const name = /^\*\*(.*?)\*\*/.exec(limit)?.[1] ?? limit.slice(0, 40);
  Deno.test(`THREATS.md, ${name}: one paragraph says what it means for an owner`, () => {
    const [before, meaning, ...more] = limit.split("\n*For an owner:* ");
    assert.ok(before !== undefined && before.length > 40);
    assert.ok(meaning !== undefined && /^[a-z].{40,}\.$/s.test(meaning), "it says nothing, or not last");
    assert.deepEqual(more, []);
  });
}
