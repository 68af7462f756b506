/** Offline work as its owner decides it, over the real authority: products, allowances, leases; and what UID patterns mean. @module */

import assert from "node:assert/strict";
import { enrolAppliance, fetchTrust, parseEnrolmentCode } from "../../../../authority/api/mod.ts";
import {
  chipsText,
  createOrder,
  createProduct,
  giveUpLease,
  lendUnits,
  listAllowances,
  listLeases,
  makeEnrolmentCode,
  makeRelease,
  type OwnerSession,
  parseUidPattern,
  type Result,
} from "../../../../authority/owner/mod.ts";
import { makeSigningKeyPair } from "../../../../bootloader/suite/mod.ts";
import { sampleFirmware } from "../../../../bootloader/firmware/sample/mod.ts";
import { Malformed } from "../../../../bootloader/wire/mod.ts";
import { OwnersAuthority, seededRandom, sessionOf, URL_OF_AUTHORITY } from "./_owner_world.ts";

function granted<T>(result: Result<T>): T {
  if ("refused" in result) assert.fail(`${result.refused.code} ${result.refused.detail ?? ""}`);
  return result.granted;
}

function refusedCode(result: Result<unknown>): string {
  return "refused" in result ? result.refused.code : "granted";
}

const acknowledges = { deviceClassC: true, lockClass: true, offline: true };
const chip = "stm32g0-8k";

async function prepare(made: OwnersAuthority, session: OwnerSession): Promise<void> {
  const offline = { unitsMax: 20, days: 7 };
  granted(await createProduct(session, { name: "lamp", chip, offline, acknowledges }));
  const { file: name, elf: bytes } = sampleFirmware();
  granted(
    await makeRelease(session, {
      product: "lamp",
      version: "1",
      file: { name, bytes },
      stateFile: "state",
    }),
  );
  granted(await createOrder(session, { name: "May", product: "lamp", release: "1", granted: 30 }));
  const { code: text } = granted(await makeEnrolmentCode(session, { name: "line 1", products: [] }));
  const code = parseEnrolmentCode(text);
  const to = { origin: URL_OF_AUTHORITY, fetch: made.fetch };
  const trust = await fetchTrust(to, { rootHash: code.rootHash });
  const random = seededRandom(31);
  const { publicKey } = makeSigningKeyPair(random);
  const answer = await enrolAppliance(to, { code, trust, publicKey, nonce: random(32) });
  assert.ok("granted" in answer);
}

Deno.test("an owner lends: product with offline units, allowance by name, lists in words", async () => {
  const made = new OwnersAuthority(41);
  try {
    const { session } = await sessionOf(made);
    await prepare(made, session);
    const base = { order: "May", appliance: "line 1", units: 5, acknowledgesOffline: true };
    const any = granted(await lendUnits(session, base));
    assert.deepEqual([any.orderName, any.applianceName, any.units, any.open, any.chips], [
      "May",
      "line 1",
      5,
      0,
      "any chip",
    ]);
    const lot = granted(await lendUnits(session, { ...base, units: 6, uid: "aabb/ffff" }));
    assert.equal(lot.chips, "this lot: UID begins with aabb");
    const [listed, ...others] = granted(await listAllowances(session, "May"));
    assert.deepEqual([listed, others], [lot, []]);
    assert.deepEqual(granted(await listLeases(session)), []);
    assert.equal(refusedCode(await lendUnits(session, { ...base, units: 21 })), "allowance-too-large");
    const bold = { ...base, acknowledgesOffline: false };
    const refused = await lendUnits(session, bold);
    assert.ok("refused" in refused);
    assert.equal(refused.refused.code, "offline-not-acknowledged");
    assert.match(refused.refused.says, /whoever takes the appliance's disk gets the clear firmware/);
    assert.equal(granted(await lendUnits(session, { ...bold, units: 0 })).units, 0);
    assert.equal(refusedCode(await lendUnits(session, { ...base, order: "June" })), "order-unknown");
    assert.equal(
      refusedCode(await lendUnits(session, { ...base, appliance: "line 2" })),
      "appliance-not-found",
    );
    assert.equal(refusedCode(await giveUpLease(session, "ab".repeat(16))), "lease-unknown");
    await assert.rejects(giveUpLease(session, "lease"), Malformed);
    for (const units of [-1, 1.5, NaN]) {
      await assert.rejects(lendUnits(session, { ...base, units }), Malformed);
    }
  } finally {
    made.authority.close();
  }
});

Deno.test("a product is online only unless its owner acknowledges what offline means", async () => {
  const made = new OwnersAuthority(42);
  try {
    const { session } = await sessionOf(made);
    const online = granted(await createProduct(session, { name: "a", chip, acknowledges }));
    assert.deepEqual([online.offline, online.acknowledges.offline], [null, false]);
    const offline = { unitsMax: 20, days: 7 };
    const bold = { ...acknowledges, offline: false };
    assert.equal(
      refusedCode(await createProduct(session, { name: "b", chip, offline, acknowledges: bold })),
      "offline-not-acknowledged",
    );
    const lent = granted(await createProduct(session, { name: "b", chip, offline, acknowledges }));
    assert.deepEqual(lent.offline, { vault: "file", ...offline });
  } finally {
    made.authority.close();
  }
});

Deno.test("parseUidPattern(): both sides filled up with zeros; any chip without text", () => {
  const filled = (digits: string) => digits.padEnd(32, "0");
  assert.deepEqual(parseUidPattern(undefined), { uidValue: filled(""), uidMask: filled("") });
  assert.deepEqual(parseUidPattern("AAbb/FFff"), { uidValue: filled("aabb"), uidMask: filled("ffff") });
  const whole = `${"12".repeat(12)}/${"ff".repeat(12)}`;
  assert.deepEqual(parseUidPattern(whole), {
    uidValue: filled("12".repeat(12)),
    uidMask: filled("ff".repeat(12)),
  });
  for (
    const bad of [
      "",
      "aa",
      "aa/",
      "/aa",
      "aa/ffff",
      "a/f",
      "gg/ff",
      "aa/ff/00",
      `${"00".repeat(13)}/${"00".repeat(13)}`,
    ]
  ) {
    assert.throws(() => parseUidPattern(bad), /Cannot read the UID pattern: it must be VALUE\/MASK/, bad);
  }
  assert.throws(() => parseUidPattern("ff/0f"), /VALUE has bits that MASK has not/);
});

Deno.test("chipsText() says for which chips an owner's decision is", () => {
  const any = { uidValue: "0".repeat(32), uidMask: "0".repeat(32) };
  const digits = (start: string) => start.padEnd(32, "0");
  assert.equal(chipsText(any), "any chip");
  assert.equal(chipsText({ ...any, listed: 3 }), "3 listed chips, else any chip");
  assert.equal(chipsText({ ...any, listed: 1, listedOnly: true }), "only 1 listed chip");
  assert.equal(chipsText({ ...any, listed: 0, listedOnly: true }), "only 0 listed chips");
  const bits = { uidValue: digits("00a0"), uidMask: digits("00f0") };
  const shown = (start: string) => start.padEnd(24, "0");
  assert.equal(chipsText(bits), `this lot: UID & ${shown("00f0")} = ${shown("00a0")}`);
});
