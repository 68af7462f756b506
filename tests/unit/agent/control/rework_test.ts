/**
 * Rework in a whole deployment (P-71): boards that were delivered, online and offline, come back; only an order that
 * allows it and a person's act have them erased and made anew.
 */
import assert from "node:assert/strict";
import {
  allowRework,
  decideDevice,
  listDevices,
  makeEnrolmentCode,
  showQuota,
} from "../../../../authority/owner/mod.ts";
import { deliverOnce, enrolAgent, syncOnce } from "../../../../agent/mod.ts";
import { deploy, type Deployment, granted, truthOf } from "./deployment.ts";

const allowed = (["read", "write", "net", "env", "run"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");
if (!allowed) console.log("rework with a real authority needs disk and network: run `deno task test`");

const signal = new AbortController().signal;
const deliver = ({ ports, agentFolder }: Deployment, board: string, folder = agentFolder) =>
  deliverOnce({ folder, board, signal }, ports);

async function quotaOf({ owner }: Deployment) {
  const { free, leased, keyed, committed, granted: all } = granted(await showQuota(owner)).orders[0]!.quota;
  return { all, free, leased, keyed, committed };
}

Deno.test({
  name:
    "a delivered board is made anew by another appliance only after the owner's word, with the same certificate",
  ignore: !allowed,
  async fn() {
    const deployment = await deploy({ granted: 2 });
    const { owner, ports, folder } = deployment;
    try {
      const board = deployment.putBoard("01");
      const first = await deliver(deployment, board.path);
      assert.equal(first.outcome, "delivered", JSON.stringify(first));
      const before = truthOf(board.path).flash;
      const { code } = granted(await makeEnrolmentCode(owner, { name: "Line 2", products: [] }));
      const second = `${folder}/agent-2`;
      const origin = deployment.authority().origin;
      assert.ok("enrolled" in await enrolAgent({ folder: second, origin, code }, ports));
      const config = `${second}/config.json`;
      const text = Deno.readTextFileSync(config).replace(
        '"product": null',
        `"product": "${deployment.product}"`,
      );
      Deno.writeTextFileSync(config, text);

      const stranger = await deliver(deployment, board.path, second);
      assert.deepEqual([stranger.outcome, stranger.cause], ["refused", "locked-unknown"]);
      granted(await allowRework(owner, "first", true));
      granted(await decideDevice(owner, { uid: board.uid }, { decision: "rework" }));
      assert.deepEqual(await quotaOf(deployment), { all: 2, free: 1, leased: 0, keyed: 1, committed: 0 });

      const anew = await deliver(deployment, board.path, second);
      assert.deepEqual([anew.outcome, anew.unit], ["delivered", "committed"], JSON.stringify(anew));
      assert.deepEqual([anew.certificate, anew.release], [first.certificate, first.release]);
      assert.notEqual(anew.ticketId, first.ticketId);
      const truth = truthOf(board.path);
      assert.deepEqual([truth.flash, truth.isLocked], [before, true]);
      assert.deepEqual(await quotaOf(deployment), { all: 2, free: 1, leased: 0, keyed: 0, committed: 1 });
      const [device] = granted(await listDevices(owner)).devices;
      assert.deepEqual([device?.reworks, device?.message2Count, device?.message2Before], [1, 2, 1]);
      const again = await deliver(deployment, board.path, second);
      assert.deepEqual([again.outcome, again.cause], ["refused", "delivered-already"]);
    } finally {
      await deployment.stop();
    }
  },
});

Deno.test({
  name: "a board that the vault delivered is made anew online, and is left alone while nobody can be asked",
  ignore: !allowed,
  async fn() {
    const deployment = await deploy({ granted: 2, lent: 1 });
    const { owner, ports, agentFolder: folder } = deployment;
    try {
      await syncOnce({ folder, signal }, ports);
      await deployment.authority().stop();
      const board = deployment.putBoard("01");
      const first = await deliver(deployment, board.path);
      assert.deepEqual([first.outcome, first.mode], ["delivered", "offline"], JSON.stringify(first));
      const before = truthOf(board.path).flash;
      const away = await deliver(deployment, board.path);
      assert.deepEqual([away.outcome, away.cause], ["refused", "delivered-already"]);
      await deployment.restartAuthority();
      await syncOnce({ folder, giveBack: true, signal }, ports);
      granted(await allowRework(owner, "first", true));
      granted(await decideDevice(owner, { uid: board.uid }, { decision: "rework" }));

      const anew = await deliver(deployment, board.path);
      assert.deepEqual(
        [anew.outcome, anew.mode, anew.unit],
        ["delivered", "online", "committed"],
        JSON.stringify(anew),
      );
      assert.deepEqual(truthOf(board.path).flash, before, "the same image with the same certificate");
      assert.deepEqual(await quotaOf(deployment), { all: 2, free: 1, leased: 0, keyed: 0, committed: 1 });
    } finally {
      await deployment.stop();
    }
  },
});
