/**
 * An appliance without a network, as people work with it: real processes, files between them, the owner's server on
 * another machine's address. Lent by stick, delivered offline, reported by stick; both ledgers say the same.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHost, initAuthority, serveAuthority } from "../../authority/mod.ts";
import { makeBoardFile } from "../../agent/mod.ts";
import { sampleFirmware } from "../../bootloader/firmware/sample/mod.ts";
import { flashseal, ignore, inFolder } from "./_flashseal.ts";

async function done(...args: readonly string[]): Promise<Record<string, unknown>> {
  const ran = await flashseal(...args, "--json");
  assert.equal(ran.code, 0, `${args.join(" ")}: ${ran.out}${ran.err}`);
  return ran.json() as Record<string, unknown>;
}

async function refused(code: number, says: RegExp, ...args: readonly string[]): Promise<void> {
  const ran = await flashseal(...args);
  assert.equal(ran.code, code, `${args.join(" ")}: ${ran.out}${ran.err}`);
  assert.match(ran.err, says);
  assert.doesNotMatch(ran.err, /\n\s+at /);
}

Deno.test({
  name:
    "lend, export, carry, import without a network; deliver offline; export, carry: the ledgers are equal",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const ports = { ...createHost(), say: () => {} };
      const authority = `${folder}/a`;
      const made = await initAuthority({ folder: authority, ownerName: "Ada", names: ["127.0.0.1"] }, ports);
      const serve = (port: number) =>
        serveAuthority({ folder: authority, port }, { ...ports, log: () => {} });
      let served = await serve(0);
      try {
        const profile = ["--profile", `${folder}/profile.json`];
        const owner = (...words: string[]) => ["owner", ...words, ...profile];
        const { origin } = served;
        const keys = ["--ca", made.caCertificateFile, "--api-key", made.apiKeyFile];
        await done(...owner("login", "--authority", origin, ...keys));
        const chip = ["--name", "lamp", "--chip", "stm32g0-8k"];
        const acknowledged = ["device-class-c", "lock-class", "offline"].map((what) =>
          `--acknowledge-${what}`
        );
        const offline = ["--offline-units", "20", "--offline-days", "7"];
        await done(...owner("product", "create", ...chip, ...acknowledged, ...offline));
        const { file, elf } = sampleFirmware();
        await Deno.writeFile(`${folder}/${file}`, elf);
        const release = ["--product", "lamp", "--version", "1"];
        await done(...owner("release", "create", `${folder}/${file}`, ...release));
        const may = ["--name", "May", "--product", "lamp", "--release", "1", "--granted", "10"];
        await done(...owner("order", "create", ...may));
        const { code } = await done(...owner("appliance", "enrol", "--name", "line 1"));
        const box = ["--dir", `${folder}/agent`];
        await done("agent", "enrol", ...box, "--authority", origin, "--code", String(code));
        const units = ["--appliance", "line 1", "--units", "3", "--acknowledge-offline"];
        await done(...owner("order", "lend", "May", ...units));

        // From here on the appliance has no network: the server answers at an address that it does not know.
        const port = Number(new URL(origin).port);
        await served.stop();
        served = await serve(0);
        assert.notEqual(Number(new URL(served.origin).port), port);
        await done(...owner("login", "--authority", served.origin, ...keys));
        await refused(69, /Cannot reach/, "agent", "sync", ...box);

        const stick = { out: `${folder}/out.msgs`, back: `${folder}/back.reply` };
        const trip = async () => {
          await done("agent", "export", stick.out, ...box);
          const carried = await done(...owner("carry", stick.out, "--reply", stick.back));
          return { carried, imported: await done("agent", "import", stick.back, ...box) };
        };
        await trip();
        assert.equal((await trip()).imported["lent"], 3);
        assert.equal((await trip()).imported["releases"], 1);

        const boards = [1, 2].map((n) => {
          const path = `${folder}/board-${n}.board`;
          makeBoardFile(path, { chip: "stm32g0-8k", uid: new Uint8Array(12).fill(n), random: ports.random });
          return path;
        });
        for (const board of boards) {
          const delivered = await done("agent", "deliver", board, ...box);
          assert.deepEqual([delivered["outcome"], delivered["mode"]], ["delivered", "offline"]);
        }

        // The server's own machine may answer too, without any socket.
        await done("agent", "export", stick.out, ...box);
        const here = ["authority", "carry", stick.out, "--dir", authority, "--reply", stick.back];
        const text = await flashseal(...here);
        assert.match(text.out, /2 of 2 messages answered, 0 refused/, text.err);
        // Carried once more by somebody who did not know: nothing is booked twice.
        await done(...owner("carry", stick.out, "--reply", `${folder}/again.reply`));
        const imported = await done("agent", "import", stick.back, ...box);
        assert.deepEqual([imported["reported"], imported["unreported"]], [2, 0]);
        const again = await done("agent", "import", `${folder}/again.reply`, ...box);
        assert.deepEqual([again["reported"], again["lent"], again["stateTaken"]], [0, 0, false]);

        const quota = (await done(...owner("quota")))["total"] as Record<string, number>;
        const status = await done("agent", "status", ...box) as {
          offline: { leases: { free: number; committed: number }[]; unreported: number };
          record: { holds: boolean };
        };
        const [lease] = status.offline.leases;
        assert.deepEqual([quota["committed"], quota["leased"]], [lease?.committed, lease?.free]);
        assert.deepEqual([lease?.committed, lease?.free, status.offline.unreported], [2, 1, 0]);
        assert.equal(status.record.holds, true);

        await refused(65, /carry them to the owner's server/, "agent", "import", stick.out, ...box);
        await refused(
          65,
          /bring them to the appliance/,
          ...owner("carry", stick.back, "--reply", `${folder}/x`),
        );
        await refused(69, /there is no such file/, "agent", "import", `${folder}/none`, ...box);
        await refused(69, /another file/, ...owner("carry", stick.out, "--reply", made.caCertificateFile));
        await refused(69, /another file/, "agent", "export", `${folder}/${file}`, ...box);
      } finally {
        await served.stop();
      }
    }),
});
