/** Every Wycheproof case of the suite's primitives, through both implementations: no mismatch. @module */
import assert from "node:assert/strict";
import type { Primitives } from "../../../../bootloader/suite/mod.ts";
import { native, noble } from "../../../../bootloader/suite/mod.ts";
import { concat } from "../../../../bootloader/wire/mod.ts";
import { fromShared, readShared } from "../../../vectors/protocol/shared.ts";

interface Case {
  readonly tcId: number;
  readonly result: "valid" | "invalid" | "acceptable";
  readonly flags: readonly string[];
  readonly [field: string]: unknown;
}
interface Group {
  readonly publicKey?: { readonly pk?: string; readonly uncompressed?: string };
  readonly tagSize?: number;
  readonly tests: readonly Case[];
}

const field = (test: Case, name: string) => Uint8Array.fromHex(test[name] as string);
/** Runs what may be a Defect for inputs outside the suite's lengths: those count as refused. */
function attempt(run: () => boolean): boolean {
  try {
    return run();
  } catch (error) {
    assert.equal((error as Error).name, "Defect");
    return false;
  }
}

type Check = (p: Primitives, test: Case, group: Group) => boolean;

const CHECKS: Record<string, Check> = {
  ed25519_test: (p, test, group) =>
    p.ed25519Verify({
      publicKey: Uint8Array.fromHex(group.publicKey!.pk!),
      message: field(test, "msg"),
      signature: field(test, "sig"),
    }),
  x25519_test: (p, test) =>
    p.x25519(field(test, "private"), field(test, "public"))?.toHex() === test["shared"],
  chacha20_poly1305_test: (p, test) =>
    attempt(() => {
      const input = { key: field(test, "key"), nonce: field(test, "iv"), ad: field(test, "aad") };
      const sealed = concat(field(test, "ct"), field(test, "tag"));
      const opened = p.aeadOpen({ ...input, data: sealed })?.toHex() === test["msg"];
      const same = p.aeadSeal({ ...input, data: field(test, "msg") }).toHex() === sealed.toHex();
      return opened && same;
    }),
  hmac_sha512_test: (p, test, group) =>
    p.hmac(field(test, "key"), field(test, "msg")).slice(0, group.tagSize! / 8).toHex() === test["tag"],
  hkdf_sha512_test: (p, test) =>
    attempt(() => {
      const input = { salt: field(test, "salt"), ikm: field(test, "ikm"), info: field(test, "info") };
      return p.hkdf({ ...input, length: test["size"] as number }).toHex() === test["okm"];
    }),
  ecdsa_secp256r1_sha256_p1363_test: (p, test, group) =>
    p.p256Verify({
      publicKey: Uint8Array.fromHex(group.publicKey!.uncompressed!),
      message: field(test, "msg"),
      signature: field(test, "sig"),
    }),
};

for (const [name, check] of Object.entries(CHECKS)) {
  Deno.test(fromShared(`Wycheproof ${name}: no mismatch on either implementation`, () => {
    const file = JSON.parse(readShared(`vectors/wycheproof/${name}.json`)) as {
      testGroups: Group[];
      numberOfTests: number;
    };
    for (const p of [native, noble]) {
      let count = 0;
      let refused = 0;
      const mismatches: string[] = [];
      for (const group of file.testGroups) {
        for (const test of group.tests) {
          count += 1;
          const passed = check(p, test, group);
          if (!passed) refused += 1;
          // "acceptable": X25519 results that are all zero have to be refused (P-22), all others are taken.
          const zero = name === "x25519_test" && /^0+$/.test(test["shared"] as string);
          const wanted = test.result === "acceptable" ? !zero : test.result === "valid";
          if (passed !== wanted) mismatches.push(`tcId ${test.tcId} ${test.result}`);
        }
      }
      console.log(`  ${name} ${p.name}: ${count} cases, ${refused} refused, ${mismatches.length} mismatches`);
      assert.equal(count, file.numberOfTests);
      assert.deepEqual(mismatches, []);
    }
  }));
}
