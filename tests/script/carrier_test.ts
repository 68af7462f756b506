/**
 * An appliance without a network, as people work with it: real processes, files between them, the owner's server on
 * another machine's address. Lent by stick, delivered offline, reported by stick; both ledgers say the same.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHost, serveAuthority } from "../../authority/mod.ts";
import { deploy, type Deployment } from "../unit/agent/control/deployment.ts";
import { done, flashseal, ignore, refused } from "./_flashseal.ts";

async function withDeployment(work: (deployment: Deployment) => Promise<void>): Promise<void> {
  const deployment = await deploy({ granted: 10, lent: 3 });
  try {
    await work(deployment);
  } finally {
    await deployment.stop();
  }
}

Deno.test({
  name:
    "lend, export, carry, import without a network; deliver offline; export, carry: the ledgers are equal",
  ignore,
  fn: () =>
    withDeployment(async (deployment) => {
      const { folder, agentFolder } = deployment;
      const authority = `${folder}/authority`;
      const ports = { ...createHost(), say: () => {}, log: () => {} };
      const profile = ["--profile", `${folder}/profile.json`];
      const owner = (...words: string[]) => ["owner", ...words, ...profile];
      const [caFile, apiKeyFile] = [`${authority}/tls/ca-certificate.pem`, `${authority}/owner-api-key.txt`];
      const box = ["--dir", agentFolder];

      // From here on the appliance has no network: the server answers at an address that it does not know.
      const { origin } = deployment.authority();
      await deployment.authority().stop();
      const served = await serveAuthority({ folder: authority, port: 0 }, ports);
      try {
        assert.notEqual(served.origin, origin);
        await done(...owner("login", "--authority", served.origin, "--ca", caFile, "--api-key", apiKeyFile));
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

        const boards = ["01", "02"].map((name) => deployment.putBoard(name).path);
        for (const board of boards) {
          const delivered = await done("agent", "deliver", board, ...box);
          assert.deepEqual([delivered["outcome"], delivered["mode"]], ["delivered", "offline"]);
        }

        // The server's own machine may answer too, without any socket.
        await done("agent", "export", stick.out, ...box);
        const here = ["authority", "carry", stick.out, "--dir", authority, "--reply", stick.back];
        const text = await flashseal(...here);
        assert.match(text.out, /4 of 4 messages answered, 0 refused/, text.err);
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
        await refused(69, /another file/, ...owner("carry", stick.out, "--reply", caFile));
      } finally {
        await served.stop();
      }
    }),
});
