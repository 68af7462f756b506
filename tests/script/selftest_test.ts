/**
 * The self-test as a user meets it: a command of its own, and before any key is opened at each start of agent and authority.
 *
 * @module
 */
import assert from "node:assert/strict";
import { flashseal, ignore, inFolder, run } from "./_flashseal.ts";

const WRONG_HMAC = new URL("./_wrong_hmac.ts", import.meta.url).pathname;
const SAYS = /cryptography gives .*wrong answers?: HMAC-SHA-512 \(RFC 4231, case 2\) on native/;

interface Checks {
  readonly passed: boolean;
  readonly checks: readonly { implementation: string; check: string; passed: boolean }[];
}

Deno.test({
  name: "agent selftest: every known answer is right on both implementations",
  ignore,
  async fn() {
    const { code, json } = await flashseal("agent", "selftest", "--json");
    assert.equal(code, 0);
    const { passed, checks } = json() as Checks;
    assert.ok(passed && checks.every((check) => check.passed));
    const count = (name: string) => checks.filter(({ implementation }) => implementation === name).length;
    assert.deepEqual([count("native"), count("noble"), checks.length], [13, 13, 26]);
    const { out } = await flashseal("agent", "selftest");
    assert.match(out, /^right {2}noble {2}Ed25519 sign \(RFC 8032, test 2\)$/m);
    assert.match(out, /26 right answers\n$/);
  },
});

Deno.test({
  name: "agent selftest on a machine with a wrong HMAC names it and exits with 69",
  ignore,
  async fn() {
    const { code, err, json } = await run(WRONG_HMAC, ["agent", "selftest", "--json"]);
    assert.equal(code, 69);
    const { error, sentence } = json() as { error: string; sentence: string };
    assert.equal(error, "fault");
    assert.match(sentence, SAYS);
    assert.match(err, /^WRONG {2}native {2}HMAC-SHA-512/m);
    assert.match(err, /^right {2}noble {2}HMAC-SHA-512/m);
  },
});

const STARTS = [
  ["agent", "run", "--dir"],
  ["agent", "deliver", "none.board", "--dir"],
  ["agent", "sync", "--dir"],
  ["authority", "serve", "--port", "0", "--dir"],
] as const;

for (const words of STARTS) {
  Deno.test({
    name: `${words[0]} ${words[1]} does not start on a machine with a wrong HMAC, whatever else is missing`,
    ignore,
    fn: () =>
      inFolder(async (folder) => {
        const { code, err } = await run(WRONG_HMAC, [...words, folder]);
        assert.equal(code, 69, err);
        assert.match(err, SAYS);
        // The same words on this machine stop at the empty folder instead.
        assert.doesNotMatch((await flashseal(...words, folder)).err, SAYS);
      }),
  });
}
