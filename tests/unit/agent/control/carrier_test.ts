/**
 * Files beside a running agent without a network: export reads, import hands over, the stations go on (P-65, P-67). The
 * real authority over HTTPS on the owner's side, boards of the model on the other.
 */
import assert from "node:assert/strict";
import { carryFile, showQuota } from "../../../../authority/owner/mod.ts";
import {
  type AgentPorts,
  exportMessages,
  importReplies,
  type ImportResult,
  runAgent,
} from "../../../../agent/mod.ts";
import { Malformed } from "../../../../bootloader/wire/mod.ts";
import { deploy, type Deployment, granted, until } from "./deployment.ts";

const ignore = (["read", "write", "net", "env", "run"] as const)
  .some((name) => Deno.permissions.querySync({ name }).state !== "granted");
if (ignore) console.log("files beside a running agent need disk and network: run `deno task test`");

const never = new AbortController().signal;

/** The ports of an appliance that nothing connects with the world. */
function cutOff({ ports }: Deployment): AgentPorts {
  const fetch = () => Promise.reject(new TypeError("no cable is plugged in"));
  return {
    ...ports,
    network: { blind: fetch, trusting: () => ({ fetch, fetchAlone: fetch, close: () => {} }) },
  };
}

async function trip(deployment: Deployment, ports: AgentPorts): Promise<ImportResult> {
  const { agentFolder: folder, owner } = deployment;
  const [file, replyFile] = [`${deployment.folder}/out`, `${deployment.folder}/back`];
  await exportMessages({ folder, file }, ports);
  granted(await carryFile(owner, { file, replyFile }));
  return await importReplies({ folder, file: replyFile, signal: never }, ports);
}

Deno.test({
  name: "export and import work beside a running agent: it borrows, delivers offline, and its work is booked",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 10, lent: 3 });
    const ports = cutOff(deployment);
    const { agentFolder: folder } = deployment;
    const stop = new AbortController();
    const running = runAgent({ folder, signal: stop.signal }, ports);
    try {
      await until(() => deployment.events.some(({ kind }) => kind === "listening"), 10_000, "the agent runs");
      const taken: ImportResult[] = [];
      for (let n = 0; n < 3; n++) taken.push(await trip(deployment, ports));
      assert.deepEqual(
        taken.map((result) =>
          "imported" in result ? [result.imported.lent, result.imported.releases] : result
        ),
        [[0, 0], [3, 0], [0, 1]],
      );
      const board = deployment.putBoard("01");
      const isDone = () =>
        deployment.events.some((event) =>
          event.kind === "ended" && event.result.uid === board.uid && event.result.outcome === "delivered"
        );
      await until(isDone, 60_000, "the board is delivered offline");
      const last = await trip(deployment, ports);
      assert.ok("imported" in last, JSON.stringify(last));
      assert.deepEqual([last.imported.reported, last.imported.unreported], [1, 0]);
      const { total } = granted(await showQuota(deployment.owner));
      assert.deepEqual([total.committed, total.leased], [1, 2]);
      assert.deepEqual(
        [...Deno.readDirSync(`${folder}/inbox`)].map(({ name }) => name),
        [],
        "nothing is left",
      );
      // What cannot be taken is refused before it waits in the inbox.
      const bad = `${deployment.folder}/bad`;
      await Deno.writeFile(bad, new Uint8Array(200));
      await assert.rejects(importReplies({ folder, file: bad, signal: never }, ports), Malformed);
    } finally {
      stop.abort();
      await running;
      await deployment.stop();
    }
  },
});

Deno.test({
  name: "a file that was handed over while the agent was busy, or stopped, is taken when it runs again",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 10, lent: 2 });
    const ports = cutOff(deployment);
    const { agentFolder: folder } = deployment;
    try {
      await trip(deployment, ports);
      const [file, replyFile] = [`${deployment.folder}/out`, `${deployment.folder}/back`];
      await exportMessages({ folder, file }, ports);
      granted(await carryFile(deployment.owner, { file, replyFile }));
      const lock = await Deno.open(`${folder}/agent.lock`, { write: true });
      assert.ok(await lock.tryLock(true), "this test is an agent that is busy");
      const waited = await importReplies(
        { folder, file: replyFile, signal: AbortSignal.timeout(700) },
        ports,
      );
      assert.ok("waiting" in waited, JSON.stringify(waited));
      lock.close();
      const stop = new AbortController();
      const running = runAgent({ folder, signal: stop.signal }, ports);
      const isTaken = () => deployment.events.some((event) => event.kind === "synced" && event.lent === 2);
      await until(isTaken, 10_000, "the file is taken");
      stop.abort();
      await running;
    } finally {
      await deployment.stop();
    }
  },
});
