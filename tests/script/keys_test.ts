/**
 * `authority keys` as an owner types it, beside a server that serves and an appliance that works, or that was off meanwhile
 * (P-70): nothing stops, what was signed before still verifies, and nobody but the root changes a key.
 *
 * @module
 */
import assert from "node:assert/strict";
import { agentStatus, deliverOnce, runAgent, syncOnce } from "../../agent/mod.ts";
import { openAppliance } from "../../agent/control/appliance.ts";
import { deliverTo } from "../../agent/control/station.ts";
import { showQuota } from "../../authority/owner/mod.ts";
import { deploy, type Deployment, granted, until } from "../unit/agent/control/deployment.ts";
import { flashseal, ignore } from "./_flashseal.ts";

const never = new AbortController().signal;

interface Shown {
  readonly keySets: readonly {
    readonly serial: number;
    readonly ticketKeyId: string;
    readonly logKeyId: string;
  }[];
  readonly earlierKeySets: readonly string[];
}

function keysOf({ folder }: Deployment) {
  const dir = ["--dir", `${folder}/authority`];
  const rootKey = `${folder}/authority/root-key-TAKE-OFFLINE.pem`;
  return {
    async show(): Promise<Shown> {
      const ran = await flashseal("authority", "keys", "show", ...dir, "--json");
      assert.equal(ran.code, 0, ran.err);
      return ran.json() as Shown;
    },
    change: (word: "next" | "switch", root = rootKey) =>
      flashseal("authority", "keys", word, ...dir, "--root-key", root, "--json"),
  };
}

async function make(
  { putBoard, agentFolder, ports }: Deployment,
  name: string,
  mode: string,
): Promise<string> {
  const board = putBoard(name);
  const made = await deliverOnce({ folder: agentFolder, board: board.path, signal: never }, ports);
  assert.deepEqual([made.outcome, made.mode], ["delivered", mode], JSON.stringify(made));
  return board.uid;
}

/** What `verify` says of a device's proofs with a trust file. */
async function verified(kind: "ticket" | "receipt", record: string, trust: string): Promise<number> {
  return (await flashseal("verify", kind, record, "--trust", trust)).code;
}

Deno.test({
  name:
    "authority keys: an appliance that was off during next and switch comes back; lent tickets and old proofs hold",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 8, lent: 3 });
    const { folder, agentFolder, ports } = deployment;
    const keys = keysOf(deployment);
    try {
      await syncOnce({ folder: agentFolder, signal: never }, ports);
      const before = await make(deployment, "00", "online");

      // Nobody but the root, and nothing out of order.
      const stranger = await flashseal(
        ...["authority", "init", "--dir", `${folder}/other`, "--owner", "Other", "--name", "127.0.0.1"],
      );
      assert.equal(stranger.code, 0);
      const wrong = await keys.change("next", `${folder}/other/root-key-TAKE-OFFLINE.pem`);
      assert.deepEqual([wrong.code, (wrong.json() as { refused: string }).refused], [77, "root-key-wrong"]);
      const early = await keys.change("switch");
      assert.deepEqual([early.code, (early.json() as { refused: string }).refused], [
        77,
        "next-keys-missing",
      ]);
      const garbage = await keys.change("next", `${folder}/authority/config.json`);
      assert.equal(garbage.code, 65, garbage.err);
      assert.doesNotMatch(garbage.err, /\n\s+at /);
      assert.deepEqual((await keys.show()).keySets.map(({ serial }) => serial), [1]);

      assert.equal((await keys.change("next")).code, 0);
      const twice = await keys.change("next");
      assert.deepEqual([twice.code, (twice.json() as { refused: string }).refused], [
        77,
        "next-keys-announced",
      ]);
      assert.equal((await keys.change("switch")).code, 0);
      const shown = await keys.show();
      assert.deepEqual(shown.keySets.map(({ serial }) => serial), [3, 2, 1]);
      assert.notEqual(shown.keySets[0]!.ticketKeyId, shown.keySets[2]!.ticketKeyId);
      assert.equal(shown.keySets[1]!.logKeyId, shown.keySets[2]!.logKeyId);

      // The appliance knew key set 1 alone: neither key that signs now.
      assert.equal((await agentStatus({ folder: agentFolder }, ports)).keySetSerial, 1);
      await make(deployment, "01", "online");
      assert.equal((await agentStatus({ folder: agentFolder }, ports)).keySetSerial, 3);

      // What was lent under the earlier ticket key is good until it is used.
      await deployment.authority().stop();
      await make(deployment, "02", "offline");
      await deployment.restartAuthority();
      const synced = await syncOnce({ folder: agentFolder, signal: never }, ports);
      assert.deepEqual([synced.reported, synced.alarms, synced.refusals], [1, [], []]);
      const { quota } = granted(await showQuota(deployment.owner)).orders[0]!;
      assert.deepEqual([quota.committed, quota.keyed, quota.reserved], [3, 0, 0]);

      // Proofs of before are checked with the key sets of before.
      const profile = ["--profile", `${folder}/profile.json`];
      const record = `${folder}/device.json`;
      const device = await flashseal("owner", "device", "show", before, ...profile, "--json");
      await Deno.writeTextFile(record, device.out.trimEnd().split("\n").at(-1) ?? "");
      await Deno.writeTextFile(`${folder}/trust.json`, JSON.stringify(shown));
      await Deno.writeTextFile(`${folder}/newest.json`, JSON.stringify({ ...shown, earlierKeySets: [] }));
      for (const kind of ["ticket", "receipt"] as const) {
        assert.equal(await verified(kind, record, `${folder}/trust.json`), 0, kind);
        assert.equal(await verified(kind, record, `${folder}/newest.json`), 77, kind);
      }
    } finally {
      await deployment.stop();
    }
  },
});

Deno.test({
  name: "authority keys: what the announced keys sign holds before the appliance has heard of the switch",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 4 });
    const { agentFolder, ports } = deployment;
    const keys = keysOf(deployment);
    const serial = async () => (await agentStatus({ folder: agentFolder }, ports)).keySetSerial;
    try {
      assert.equal((await keys.change("next")).code, 0);
      await syncOnce({ folder: agentFolder, signal: never }, ports);
      assert.equal(await serial(), 2);
      assert.equal((await keys.change("switch")).code, 0);
      // Ticket, key record and countersignature are under keys that the appliance knows as the next ones only: no round
      // of the sync is between the switch and the delivery, as with a station that is under way.
      const appliance = await openAppliance(agentFolder, ports);
      try {
        const [config] = appliance.config.stations;
        const parts = { appliance, config: config!, capture: null, stopping: never, signal: never };
        const made = await deliverTo(deployment.putBoard("01").path, parts, { patient: false }, ports);
        assert.deepEqual([made.outcome, made.unit], ["delivered", "committed"], JSON.stringify(made));
      } finally {
        appliance.close();
      }
      assert.equal(await serial(), 2);
      await syncOnce({ folder: agentFolder, signal: never }, ports);
      assert.equal(await serial(), 3);
      const { quota } = granted(await showQuota(deployment.owner)).orders[0]!;
      assert.deepEqual([quota.committed, quota.keyed, quota.reserved], [1, 0, 0]);
    } finally {
      await deployment.stop();
    }
  },
});

Deno.test({
  name: "authority keys: a running server and a running appliance go on through next and switch",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 4 });
    const { agentFolder, ports, events } = deployment;
    const keys = keysOf(deployment);
    const stop = new AbortController();
    const running = runAgent({ folder: agentFolder, signal: stop.signal }, ports);
    const ended = () => events.flatMap((event) => event.kind === "ended" ? [event.result] : []);
    const serial = async () => (await agentStatus({ folder: agentFolder }, ports)).keySetSerial;
    const knows = async (wanted: number) => {
      for (let tries = 0; await serial() !== wanted; tries += 1) {
        assert.ok(tries < 150, `key set ${wanted} is not taken over`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    };
    try {
      deployment.putBoard("01");
      await until(() => ended().length === 1, 60_000, "the first board");
      assert.equal((await keys.change("next")).code, 0);
      await knows(2);
      deployment.putBoard("02");
      assert.equal((await keys.change("switch")).code, 0);
      deployment.putBoard("03");
      await until(() => ended().length === 3, 120_000, "three boards");
      await knows(3);
      assert.deepEqual(
        ended().map(({ outcome }) => outcome),
        Array(3).fill("delivered"),
        JSON.stringify(ended()),
      );
      const problems = events.filter(({ kind }) => kind === "sync-problem" || kind === "station-fault");
      assert.deepEqual(problems, []);
    } finally {
      stop.abort();
      await running;
      await deployment.stop();
    }
  },
});
