/**
 * Offline work as an owner types it: a product that may be lent, an allowance, the list of leases; each acknowledgement that
 * is missing is refused with what it means.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHost, initAuthority, serveAuthority } from "../../authority/mod.ts";
import { sampleFirmware } from "../../bootloader/firmware/sample/mod.ts";
import { done, flashseal, ignore, inFolder, refused } from "./_flashseal.ts";

Deno.test({
  name:
    "flashseal owner: product with offline units, order lend, order allowances, lease list, lease give-up",
  ignore,
  async fn() {
    await inFolder(async (folder) => {
      const ports = { ...createHost(), say: () => {} };
      const made = await initAuthority(
        { folder: `${folder}/a`, ownerName: "Ada", names: ["127.0.0.1"] },
        ports,
      );
      const served = await serveAuthority({ folder: `${folder}/a`, port: 0 }, { ...ports, log: () => {} });
      try {
        const profile = ["--profile", `${folder}/profile.json`];
        const owner = (...words: string[]) => ["owner", ...words, ...profile];
        await done(
          ...owner(
            "login",
            "--authority",
            served.origin,
            "--ca",
            made.caCertificateFile,
            "--api-key",
            made.apiKeyFile,
          ),
        );
        const product = owner(
          "product",
          "create",
          "--name",
          "lamp",
          "--chip",
          "stm32g0-8k",
          "--acknowledge-device-class-c",
          "--acknowledge-lock-class",
          "--offline-units",
          "20",
          "--offline-days",
          "7",
        );
        await refused(77, /whoever takes the appliance's disk gets the clear firmware/, ...product);
        const lamp = await done(...product, "--acknowledge-offline");
        assert.deepEqual(lamp["offline"], { vault: "file", unitsMax: 20, days: 7 });
        const { file, elf } = sampleFirmware();
        await Deno.writeFile(`${folder}/${file}`, elf);
        await done(...owner("release", "create", `${folder}/${file}`, "--product", "lamp", "--version", "1"));
        const badly = [
          "order",
          "create",
          "--name",
          " May",
          "--product",
          "lamp",
          "--release",
          "1",
          "--granted",
          "9",
        ];
        await refused(
          2,
          /Cannot take --name " May": it takes one line of 1 to 64 characters/,
          ...owner(...badly),
        );
        await done(
          ...owner(
            "order",
            "create",
            "--name",
            "May",
            "--product",
            "lamp",
            "--release",
            "1",
            "--granted",
            "30",
          ),
        );
        const { code } = await done(...owner("appliance", "enrol", "--name", "line 1"));
        await done(
          "agent",
          "enrol",
          "--dir",
          `${folder}/agent`,
          "--authority",
          served.origin,
          "--code",
          String(code),
        );
        const lend = owner("order", "lend", "May", "--appliance", "line 1", "--units", "5");
        await refused(77, /double spending is found, not prevented/, ...lend);
        await refused(65, /Cannot read the UID pattern/, ...lend, "--uid", "12", "--acknowledge-offline");
        const lot = await done(...lend, "--uid", "aabb/ffff", "--acknowledge-offline");
        assert.deepEqual([lot["units"], lot["open"]], [5, 0]);
        const any = await flashseal(...lend, "--acknowledge-offline");
        assert.match(
          any.out,
          /Appliance "line 1" may borrow 5 units of order "May" at a time \(any chip\); 0 lent; effective since 2/,
        );
        assert.match(any.out, /Whoever takes the appliance's disk gets the clear firmware/);
        const list = await flashseal(...owner("order", "allowances", "May"));
        assert.match(list.out, /may borrow 5 units/);
        await listedChips(folder, owner);
        const leases = await flashseal(...owner("lease", "list"));
        assert.equal(leases.code, 0, leases.err);
        assert.match(leases.out, /Worst case: none; nothing is lent and no unit is unaccounted for/);
        const giveUp = owner("lease", "give-up", "ab".repeat(16));
        await refused(2, /working devices may exist/, ...giveUp);
        await refused(77, /knows no such lease/, ...giveUp, "--devices-may-exist");
        await peoplesWords(owner);
        const renewed = await done("authority", "renew-tls", "--dir", `${folder}/a`);
        assert.ok(Number(renewed["endsAtMs"]) > Date.now() + 300 * 86_400_000);
        await refused(69, /no such file or folder/, "authority", "renew-tls", "--dir", `${folder}/none`);
      } finally {
        await served.stop();
      }
    });
  },
});

type OwnerWords = (...words: string[]) => string[];

async function listedChips(folder: string, owner: OwnerWords): Promise<void> {
  const file = `${folder}/scan.csv`;
  const uids = owner("lease", "uids", "May", "--appliance", "line 1");
  await refused(2, /give --file or --none/, ...uids);
  await refused(65, /there is no such file/, ...uids, "--file", file);
  const chip = "00112233445566778899AABB";
  Deno.writeTextFileSync(file, `Nr;UID\n1;"${chip}"\n2;${chip.toLowerCase()}\n3;12\n`);
  await refused(65, /line 3 is the chip of line 2 again; line 4 has no UID/, ...uids, "--file", file);
  Deno.writeTextFileSync(file, `Nr;UID\n1;"${chip}"\n`);
  const list = await flashseal(...uids, "--file", file);
  assert.equal(list.code, 0, list.err);
  assert.match(list.out, /\(only 1 listed chip\)/);
  const others = await done(...uids, "--file", file, "--others");
  assert.deepEqual([others["listed"], others["listedOnly"], others["chips"]], [
    1,
    false,
    "1 listed chip, else any chip",
  ]);
  assert.equal((await done(...uids, "--none"))["listed"], 0);
}

/** What people decide about devices, orders and appliances, as they read it. */
async function peoplesWords(owner: OwnerWords): Promise<void> {
  const uid = "00112233445566778899aabb";
  await refused(77, /No such device is known/, ...owner("device", "rework", uid));
  const rework = await flashseal(...owner("order", "rework", "May"));
  assert.match(rework.out, /Order "May" .*, rework allowed: /);
  assert.equal((await done(...owner("order", "rework", "May", "--forbid")))["rework"], false);
  const frozen = await done(...owner("order", "freeze", "May"));
  assert.deepEqual([frozen["frozen"], frozen["lent"]], [true, []]);
  await refused(2, /give --from or --until/, ...owner("order", "dates", "May"));
  const dates = await done(...owner("order", "dates", "May", "--until", "2040-01-01"));
  assert.equal(dates["notAfterSeconds"], Date.UTC(2040, 0, 2) / 1000 - 1);
  for (const word of ["approve", "decline"]) {
    await refused(77, /has not asked for a renewal/, ...owner(word, "line 1"));
    await refused(77, /there is no "line 2"/, ...owner(word, "line 2"));
  }
  const stopped = await done(...owner("appliance", "stop", "line 1"));
  assert.ok(typeof stopped["stoppedAtMs"] === "number" && Array.isArray(stopped["lent"]));
  assert.equal((await done(...owner("appliance", "show", "line 1")))["stoppedAtMs"], stopped["stoppedAtMs"]);
  assert.equal((await done(...owner("appliance", "resume", "line 1")))["stoppedAtMs"], null);
  await refused(77, /there is no "line 2"|No such appliance/, ...owner("appliance", "stop", "line 2"));
  const revoked = await done(...owner("appliance", "revoke", "line 1"));
  await refused(77, /revoked this appliance/, ...owner("appliance", "stop", "line 1"));
  assert.deepEqual(revoked["lent"], []);
}
