import assert from "node:assert/strict";
import { raiseOrder, showQuota } from "../../../../authority/owner/mod.ts";
import {
  type AgentEvent,
  agentStatus,
  deliverOnce,
  type DeliveryResult,
  enrolAgent,
  runAgent,
} from "../../../../agent/mod.ts";
import { deploy, granted, truthOf, until } from "./deployment.ts";

const allowed = (["read", "write", "net", "env"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");
const ignore = !allowed;
if (ignore) {
  console.log("the agent's tests with a real authority need disk and network: run `deno task test`");
}

function results(events: readonly AgentEvent[]): readonly DeliveryResult[] {
  return events.flatMap((event) => event.kind === "ended" ? [event.result] : []);
}

Deno.test({
  name: "deliverOnce() delivers the sample firmware under the real authority, and the board's file holds it",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 2 });
    try {
      const board = deployment.putBoard("01");
      const capture = `${deployment.folder}/capture`;
      const options = {
        folder: deployment.agentFolder,
        board: board.path,
        capture,
        signal: new AbortController().signal,
      };
      const result = await deliverOnce(options, deployment.ports);
      assert.deepEqual(
        [result.outcome, result.uid, result.unit],
        ["delivered", board.uid, "committed"],
        JSON.stringify(result),
      );
      assert.equal(result.certificate?.length, 432);
      const truth = truthOf(board.path);
      assert.deepEqual([truth.isBlank, truth.isLocked], [false, true]);
      const files = [...Deno.readDirSync(capture)].map(({ name }) => name).sort();
      const streams = ["debug-rx", "debug-tx", "firmware", "link-rx", "link-tx"];
      assert.deepEqual(files, streams.map((stream) => `01-${board.uid}-${stream}.bin`));
      const said = new TextDecoder().decode(Deno.readFileSync(`${capture}/01-${board.uid}-firmware.bin`));
      assert.match(said, /^Flashseal sample /);
      const link = Deno.readFileSync(`${capture}/01-${board.uid}-link-rx.bin`);
      assert.ok(
        !new TextDecoder().decode(link).includes("Flashseal sample"),
        "the link capture has the firmware's words",
      );
      const again = await deliverOnce({ ...options, capture: `${capture}2` }, deployment.ports);
      assert.deepEqual([again.outcome, again.cause], ["refused", "delivered-already"]);
      const status = await agentStatus({ folder: deployment.agentFolder }, deployment.ports);
      assert.equal(status.running, null);
      // The record keeps that the board was met again; counted it was when it was made.
      assert.deepEqual([status.record.holds, status.counts.delivered, status.counts.refused], [true, 1, 0]);
    } finally {
      await deployment.stop();
    }
  },
});

Deno.test({
  name:
    "runAgent() keeps two stations busy, waits at a starved order, continues within 5 s of a raise, stops cleanly",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 2, stations: 2 });
    const { events, ports, agentFolder, owner } = deployment;
    const stop = new AbortController();
    const running = runAgent({ folder: agentFolder, signal: stop.signal }, ports);
    try {
      const boards = ["01", "02", "03"].map((name) => deployment.putBoard(name));
      await until(() => events.some(({ kind }) => kind === "waiting"), 60_000, "a station waits");
      await until(() => results(events).length === 2, 60_000, "two deliveries end");
      const waiting = events.find((event) => event.kind === "waiting");
      assert.ok(waiting?.kind === "waiting");
      assert.deepEqual([waiting.cause, waiting.says], [
        "authority-quota-spent",
        "The order has no units left",
      ]);
      const status = await agentStatus({ folder: agentFolder }, ports);
      assert.ok(
        status.running?.stations.some(({ state, says }) => state === "waiting" && says === waiting.says),
      );
      const page = await (await fetch(status.url!)).text();
      assert.match(page, /The order has no units left/);
      assert.match(page, /Ask the owner to raise the order/);
      assert.equal(results(events).length, 2);
      granted(await raiseOrder(owner, "first", 1));
      const raisedAt = Date.now();
      const goesOn = () => events.filter(({ kind }) => kind === "ticket").length === 3;
      await until(goesOn, 5_000, "the station continues after the raise");
      console.log(`continued ${Date.now() - raisedAt} ms after the raise`);
      await until(() => results(events).length === 3, 60_000, "the third delivery ends");
      const ends = results(events).map(({ outcome }) => outcome);
      assert.deepEqual(ends, ["delivered", "delivered", "delivered"], JSON.stringify(results(events)));
      for (const { path } of boards) {
        assert.deepEqual([truthOf(path).isBlank, truthOf(path).isLocked], [false, true]);
      }
      const quota = granted(await showQuota(owner));
      assert.equal(JSON.stringify(quota).includes('"committed":3'), true, JSON.stringify(quota));
    } finally {
      stop.abort();
      await running;
      await deployment.stop();
    }
  },
});

Deno.test({
  name: "runAgent() goes on when the authority comes back, and reports a receipt that had to wait",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 3 });
    const { events, ports, agentFolder } = deployment;
    const stop = new AbortController();
    const running = runAgent({ folder: agentFolder, signal: stop.signal }, {
      ...ports,
      onEvent(event) {
        // The server goes away after it gave the key and before it hears of the receipt.
        if (event.kind === "keyed" && event.delivery === 1) void deployment.authority().stop();
        ports.onEvent(event);
      },
    });
    try {
      deployment.putBoard("01");
      await until(() => results(events).length === 1, 60_000, "the first delivery ends");
      assert.deepEqual(results(events).map(({ outcome, unit }) => [outcome, unit]), [
        ["delivered", "keyed for this chip: a device may exist"],
      ]);
      deployment.putBoard("02");
      await until(
        () => events.some(({ kind }) => kind === "waiting"),
        60_000,
        "the station waits for the server",
      );
      await deployment.restartAuthority();
      await until(
        () => events.some(({ kind }) => kind === "reported-late"),
        30_000,
        "the receipt is reported late",
      );
      await until(
        () => events.some((event) => event.kind === "ticket" && event.delivery === 2),
        30_000,
        "it goes on",
      );
    } finally {
      stop.abort();
      await running;
      await deployment.stop();
    }
  },
});

Deno.test({
  name: "enrolAgent() refuses a code twice, a wrong code, another server's code and a folder in use",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 1 });
    try {
      const { origin } = deployment.authority();
      const signal = AbortSignal.timeout(30_000);
      const config = JSON.parse(Deno.readTextFileSync(`${deployment.agentFolder}/config.json`));
      assert.equal(Deno.statSync(config.sealKeyFile).mode! & 0o777, 0o600);
      assert.equal(Deno.statSync(`${deployment.agentFolder}/identity.json`).mode! & 0o777, 0o600);
      const enrol = (folder: string, code: string) =>
        enrolAgent({ folder, origin, code, signal }, deployment.ports);
      const wrong = "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA";
      await assert.rejects(
        enrol(`${deployment.folder}/other`, wrong),
        /root key: it is not the one that was introduced/,
      );
      await assert.rejects(enrol(`${deployment.folder}/other`, "ABC"), /enrolment code/);
      await assert.rejects(enrol(deployment.agentFolder, wrong), /an appliance is enrolled there/);
      const twice = await enrol(`${deployment.folder}/other`, deployment.code);
      assert.ok("refused" in twice && twice.refused.code === "enrolment-refused");
      assert.deepEqual(
        [...Deno.readDirSync(`${deployment.folder}/other`)].filter(({ isFile }) => isFile),
        [],
      );
    } finally {
      await deployment.stop();
    }
  },
});

Deno.test({
  name: "runAgent() refuses a folder that another agent holds, and a seal key of another appliance",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 1 });
    try {
      const stop = new AbortController();
      const { agentFolder, ports, events } = deployment;
      const first = runAgent({ folder: agentFolder, signal: stop.signal }, ports);
      await until(() => events.some(({ kind }) => kind === "listening"), 10_000, "the agent listens");
      await assert.rejects(
        runAgent({ folder: agentFolder, signal: stop.signal }, ports),
        /another agent holds/,
      );
      stop.abort();
      await first;
      const { sealKeyFile } = JSON.parse(Deno.readTextFileSync(`${agentFolder}/config.json`));
      Deno.writeTextFileSync(sealKeyFile, "11".repeat(32));
      await assert.rejects(
        runAgent({ folder: agentFolder, signal: stop.signal }, ports),
        /is not its seal key/,
      );
    } finally {
      await deployment.stop();
    }
  },
});

Deno.test({
  name: "runAgent() names the port of its status page that is taken, and lets the appliance go",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 1 });
    const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    try {
      const { port } = taken.addr as Deno.NetAddr;
      const run = () =>
        runAgent(
          { folder: deployment.agentFolder, signal: new AbortController().signal, statusPort: port },
          deployment.ports,
        );
      for (const attempt of ["first", "second"]) {
        await assert.rejects(
          run(),
          new RegExp(`another program listens on port ${port};.*--status-port`),
          attempt,
        );
      }
    } finally {
      taken.close();
      await deployment.stop();
    }
  },
});
