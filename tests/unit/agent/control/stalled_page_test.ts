/** Who stalls a connection to the status page does not hold the agent. @module */

import assert from "node:assert/strict";
import { type AgentPorts, runAgent, setPin } from "../../../../agent/mod.ts";
import { serveBounded } from "../../../../agent/control/bounded_server.ts";
import { deploy, random, until } from "./deployment.ts";

const allowed = (["read", "write", "net", "env"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");
const ignore = !allowed;
if (ignore) console.log("the tests of stalled connections need disk and network: run `deno task test`");

/** Whoever waits for answers that are under way is never tired of it. */
const patient: Pick<AgentPorts, "pause"> = {
  pause: (ms) => new Promise((resolve) => ms < 1_000 ? setTimeout(resolve, ms) : undefined),
};

async function connect(port: number, text: string): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(text));
  return connection;
}

/** Asks for page after page and reads none, until the other end takes no more. */
async function askWithoutReading(port: number): Promise<Deno.TcpConn> {
  const ask = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
  const connection = await connect(port, ask);
  let written = 0;
  let stopped = 0;
  const write = async () => {
    const block = new TextEncoder().encode(ask.repeat(1_000));
    for (;;) written += await connection.write(block);
  };
  void write().catch(() => {});
  for (let before = -1; stopped < 5; before = written) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    stopped = written === before ? stopped + 1 : 0;
  }
  return connection;
}

Deno.test({
  name: "the agent stops although one client reads nothing and another sends half a form",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 1 });
    const { agentFolder, events, ports } = deployment;
    // Without a PIN a form is refused before it is read.
    await setPin(agentFolder, "90210417", random);
    const stop = new AbortController();
    let hasEnded = false;
    const running = runAgent({ folder: agentFolder, signal: stop.signal }, ports)
      .finally(() => hasEnded = true);
    await until(() => events.some(({ kind }) => kind === "listening"), 30_000, "the page is there");
    const listening = events.find((event) => event.kind === "listening");
    assert.ok(listening?.kind === "listening");
    const { host, origin, port } = new URL(listening.url);
    const form = [
      "POST /stations/station-1/again HTTP/1.1",
      ...[`Host: ${host}`, `Origin: ${origin}`, "Sec-Fetch-Site: same-origin"],
      ...["Content-Type: application/x-www-form-urlencoded", "Content-Length: 20", "", "pin="],
    ].join("\r\n");
    const clients = [await connect(Number(port), form), await askWithoutReading(Number(port))];
    try {
      stop.abort();
      await until(() => hasEnded, 60_000, "the agent has ended");
      await running;
      using lock = await Deno.open(`${agentFolder}/agent.lock`, { write: true });
      assert.equal(await lock.tryLock(true), true, "the folder is let go");
    } finally {
      clients.forEach((client) => client.close());
      await deployment.stop();
    }
  },
});

Deno.test({
  name: "serveBounded() lets an answer that is under way arrive whole before it ends",
  ignore,
  async fn() {
    const asked = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    let port = 0;
    const server = serveBounded({
      port: 0,
      onListen: (address) => void (port = address.port),
      async fetch() {
        asked.resolve();
        await gate.promise;
        return new Response("figures ".repeat(5_000));
      },
    }, patient);
    const answer = fetch(`http://127.0.0.1:${port}/`).then((response) => response.text());
    await asked.promise;
    const stopped = server.stop();
    // Long enough for a server that cuts at once.
    await new Promise((resolve) => setTimeout(resolve, 300));
    gate.resolve();
    assert.equal((await answer).length, 40_000);
    await stopped;
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
  },
});
