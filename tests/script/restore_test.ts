/**
 * Backup, restore and what an owner does after it, as typed: each refusal says what to do, nothing is said that is not so.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHost, initAuthority, serveAuthority } from "../../authority/mod.ts";
import { sampleFirmware } from "../../bootloader/firmware/sample/mod.ts";
import { flashseal, ignore, inFolder } from "./_flashseal.ts";

async function says(code: number, text: RegExp, ...args: readonly string[]): Promise<string> {
  const ran = await flashseal(...args);
  assert.equal(ran.code, code, `${args.join(" ")}: ${ran.out}${ran.err}`);
  assert.match(ran.out + ran.err, text);
  assert.doesNotMatch(ran.err, /\n\s+at /);
  return ran.out;
}

Deno.test({
  name:
    "flashseal authority backup, restore, new-epoch; owner order show, confirm, free-unaccounted; owner quota",
  ignore,
  async fn() {
    await inFolder(async (folder) => {
      const ports = { ...createHost(), say: () => {}, log: () => {} };
      const made = await initAuthority(
        { folder: `${folder}/a`, ownerName: "Ada", names: ["127.0.0.1"] },
        ports,
      );
      const first = await serveAuthority({ folder: `${folder}/a`, port: 0 }, ports);
      const port = Number(new URL(first.origin).port);
      const owner = (...words: string[]) => ["owner", ...words, "--profile", `${folder}/profile.json`];
      const dir = ["--dir", `${folder}/a`];
      let served = first;
      try {
        const { origin } = first;
        const ca = made.caCertificateFile;
        const key = made.apiKeyFile;
        await says(0, /./, ...owner("login", "--authority", origin, "--ca", ca, "--api-key", key));
        const acknowledged = ["--acknowledge-device-class-c", "--acknowledge-lock-class"];
        const chip = ["--name", "lamp", "--chip", "stm32g0-8k", ...acknowledged];
        await says(0, /./, ...owner("product", "create", ...chip));
        const { file, elf } = sampleFirmware();
        await Deno.writeFile(`${folder}/${file}`, elf);
        await says(
          0,
          /./,
          ...owner("release", "create", `${folder}/${file}`, "--product", "lamp", "--version", "1"),
        );
        const order = [
          "--name",
          "May",
          "--product",
          "lamp",
          "--release",
          "1",
          "--granted",
          "30",
          "--messages2",
          "5",
        ];
        await says(0, /30 granted, 30 free/, ...owner("order", "create", ...order));
        const backup = `${folder}/backup.sqlite`;
        await says(0, /NOT in it: .*seal-key/, "authority", "backup", ...dir, "--to", backup);
        await says(
          69,
          /another process serves it; stop that first/,
          "authority",
          "restore",
          ...dir,
          "--from",
          backup,
        );
        await first.stop();
        await says(69, /no such file/, "authority", "restore", ...dir, "--from", `${backup}.none`);
        const restored = await says(
          0,
          /30 units unaccounted: up to so many devices may exist that this server does not know/,
          ...["authority", "restore", ...dir, "--from", backup],
        );
        assert.match(restored, /FORGOTTEN .*raises, lowerings, freezes, denied and lost devices/);
        assert.match(restored, /flashseal owner order confirm/);
        const again = await flashseal("authority", "new-epoch", ...dir, "--json");
        assert.deepEqual([again.code, (again.json() as { unaccounted: number }).unaccounted], [0, 0]);
        served = await serveAuthority({ folder: `${folder}/a`, port }, ports);
        const shown = await says(0, /May" \w+ AWAITS CONFIRMATION/, ...owner("order", "show", "May"));
        assert.match(shown, /30 devices may exist that this server does not know/);
        assert.match(shown, /not frozen, 30 granted, from 20\d\d-/);
        assert.match(shown, /at most 5 messages 2 for each device/);
        assert.match(shown, /raise only by what may be made in addition/);
        await says(0, /May AWAITS CONFIRMATION: 30 granted.*30 unaccounted/s, ...owner("quota"));
        // No lease is known here, and up to 30 units were free when they may have been lent.
        const worst =
          /Worst case: up to 30 devices can be made, or may exist already.*: 0 lent, 30 unaccounted for/;
        for (const what of [["lease", "list"], ["quota"], ["report"]]) {
          await says(0, worst, ...owner(...what));
        }
        assert.deepEqual((await flashseal(...owner("lease", "list"), "--json")).json(), []);
        const free = owner("order", "free-unaccounted", "May", "--units", "4");
        await says(77, /may exist with unaccounted units: 4 devices may exist/, ...free);
        await says(0, /30 granted, 4 free, 0 committed, 26 unaccounted/, ...free, "--device-may-exist");
        const many = owner("order", "free-unaccounted", "May", "--units", "27", "--device-may-exist");
        await says(77, /The order has 26 unaccounted units/, ...many);
        const confirmed = await says(0, /May/, ...owner("order", "confirm", "May"));
        assert.doesNotMatch(confirmed, /AWAITS/);
        await says(0, /Restored at 20\d\d-.*: epoch \d+/, ...owner("quota"));
      } finally {
        await served.stop();
      }
    });
  },
});
