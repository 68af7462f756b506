import assert from "node:assert/strict";
import { scrypt } from "@noble/hashes/scrypt.js";
import { parseConfig, removePin, setPin, writeConfig } from "../../../../agent/mod.ts";
import { hasPin, isRightPin } from "../../../../agent/control/pin.ts";
import { slowHash } from "../../../../bootloader/suite/mod.ts";

const allowed = (["read", "write"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");
if (!allowed) console.log("the PIN's tests need a disk: run `deno task test`");
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

const config = {
  version: 1 as const,
  origin: "https://authority:8443",
  appliance: "a1".repeat(8),
  owner: "b2".repeat(8),
  name: "Line 1",
  sealKeyFile: "/nowhere",
  statusPort: 0,
  stations: [{ name: "station-1", product: null, driver: "model" as const, boards: "boards" }],
};

function folderOf(): string {
  const folder = Deno.makeTempDirSync({ prefix: "flashseal-test-" });
  Deno.writeTextFileSync(`${folder}/config.json`, writeConfig(config));
  return folder;
}

Deno.test("slowHash() gives what RFC 7914 and the other implementation give", async () => {
  const text = new TextEncoder();
  // RFC 7914, section 12, the first 32 of 64 bytes (PBKDF2's blocks do not depend on how many are asked for).
  const published = await slowHash(text.encode("pleaseletmein"), text.encode("SodiumChloride"), {
    cost: 16384,
    blockSize: 8,
    parallel: 1,
  });
  assert.equal(published.toHex(), "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
  const [secret, salt] = [text.encode("4711"), random(16)];
  const other = scrypt(secret, salt, { N: 2 ** 15, r: 8, p: 1, dkLen: 32 });
  assert.deepEqual(await slowHash(secret, salt), other);
});

Deno.test({
  name:
    "a PIN that was set is right, any other is wrong, a new one takes its place, and it can be taken away",
  ignore: !allowed,
  async fn() {
    const folder = folderOf();
    assert.deepEqual([hasPin(folder), await isRightPin(folder, "4711")], [false, false]);
    await setPin(folder, "4711", random);
    assert.deepEqual([hasPin(folder), await isRightPin(folder, "4711")], [true, true]);
    for (const wrong of ["4712", "471", "47110", "", "４７１１", "4711\n"]) {
      assert.equal(await isRightPin(folder, wrong), false, wrong);
    }
    await setPin(folder, "000000000000", random);
    assert.deepEqual([await isRightPin(folder, "4711"), await isRightPin(folder, "000000000000")], [
      false,
      true,
    ]);
    await removePin(folder);
    await removePin(folder);
    assert.deepEqual([hasPin(folder), await isRightPin(folder, "000000000000")], [false, false]);
  },
});

Deno.test({
  name: "the PIN's file holds no PIN, is for its owner alone, and one that is damaged lets nobody in",
  ignore: !allowed,
  async fn() {
    const folder = folderOf();
    await setPin(folder, "47114711", random);
    const path = `${folder}/pin.json`;
    assert.doesNotMatch(Deno.readTextFileSync(path), /47114711/);
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    const file = JSON.parse(Deno.readTextFileSync(path));
    for (
      const bad of [
        "",
        "{}",
        JSON.stringify({ ...file, cost: 3 }),
        JSON.stringify({ ...file, cost: 2 ** 40 }),
      ]
    ) {
      Deno.writeTextFileSync(path, bad);
      assert.equal(await isRightPin(folder, "47114711"), false, bad);
    }
  },
});

Deno.test({
  name: "setPin() refuses what is no PIN, naming why, and a folder that is no appliance's",
  ignore: !allowed,
  async fn() {
    const folder = folderOf();
    for (const bad of ["123", "1234567890123", "12a4", " 1234"]) {
      await assert.rejects(setPin(folder, bad, random), /must be 4 to 12 digits/);
    }
    assert.equal(hasPin(folder), false);
    await assert.rejects(setPin(Deno.makeTempDirSync(), "1234", random), /enrol the appliance first/);
  },
});

Deno.test("config.json may name the site's time zone; what is none is refused by name", () => {
  assert.equal(parseConfig(writeConfig(config)).zone, "UTC");
  assert.equal(parseConfig(writeConfig({ ...config, zone: "Asia/Shanghai" })).zone, "Asia/Shanghai");
  assert.throws(
    () => parseConfig(writeConfig({ ...config, zone: "Moon/Base" })),
    /zone.*time zone like Asia\/Shanghai/,
  );
});
