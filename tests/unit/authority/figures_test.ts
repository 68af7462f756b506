/** Where the figures of a served authority are told: nowhere by default, on a listener of their own when asked. @module */

import assert from "node:assert/strict";
import { createHost, initAuthority, serveAuthority } from "../../../authority/mod.ts";
import { damage } from "../_damage.ts";
import { Fault } from "../../../bootloader/wire/mod.ts";

const allowed = (["read", "write", "net", "sys"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");
if (!allowed) console.log("the tests of figures need --allow-read --allow-write --allow-net: deno task test");

Deno.test({
  name: "figures are told where config.json says; a port that is taken is named, and the folder is let go",
  ignore: !allowed,
  async fn() {
    const folder = await Deno.makeTempDir();
    const lines: string[] = [];
    const ports = { ...createHost(), say: (line: string) => lines.push(line), log: () => {} };
    const at = { folder: `${folder}/a`, port: 0 };
    await initAuthority({ folder: at.folder, ownerName: "Ada", names: ["127.0.0.1"] }, ports);
    const told = () => lines.filter((line) => line.startsWith("figures "));
    try {
      const silent = await serveAuthority(at, ports);
      assert.deepEqual([await silent.healthy(), told()], [true, []]);
      await silent.stop();

      const file = `${at.folder}/config.json`;
      const config = JSON.parse(await Deno.readTextFile(file));
      const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const tell = (port: number) =>
        Deno.writeTextFile(file, JSON.stringify({ ...config, metrics: { port } }));
      await tell(taken.addr.port);
      await assert.rejects(serveAuthority(at, ports), (error: unknown) => {
        assert.ok(error instanceof Fault);
        assert.match(error.message, new RegExp(`port ${taken.addr.port} \\(config\\.json, "metrics"\\)`));
        return true;
      });
      taken.close();

      await tell(0);
      const served = await serveAuthority(at, ports);
      const [line = ""] = told();
      const url = line.slice("figures ".length);
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
      const answer = await fetch(url);
      assert.equal(answer.headers.get("cache-control"), "no-store");
      assert.match(await answer.text(), /^flashseal_epoch 1$/m);
      const elsewhere = await fetch(url.replace("/metrics", "/v1/trust"));
      await elsewhere.body?.cancel();
      assert.equal(elsewhere.status, 404);
      await served.stop();
      await assert.rejects(fetch(url));
      assert.equal(await served.healthy(), false);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name:
    "the figures' listener ends although a client reads nothing, and lets an answer under way arrive whole",
  ignore: !allowed,
  async fn() {
    const { listenFigures } = createHost();
    const gate = Promise.withResolvers<void>();
    let asked = 0;
    const untilAsked = async (times: number) => {
      while (asked < times) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    const told = await listenFigures({
      host: "127.0.0.1",
      port: 0,
      contentType: "text/plain",
      onFailed: assert.fail,
      async text() {
        asked += 1;
        // More than the system takes from a server whose client reads nothing.
        if (asked === 1) return "figures ".repeat(4_000_000);
        await gate.promise;
        return "figures ".repeat(5_000);
      },
    });
    const { host, port } = new URL(told.url);
    using client = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    await client.write(new TextEncoder().encode(`GET /metrics HTTP/1.1\r\nHost: ${host}\r\n\r\n`));
    await untilAsked(1);
    const answer = fetch(told.url).then((response) => response.text());
    await untilAsked(2);
    const late = Promise.withResolvers<string>();
    const timer = setTimeout(() => late.resolve("the listener waits without end"), 60_000);
    const ended = told.stop().then(() => "it has ended");
    // Long enough for a listener that cuts at once.
    await new Promise((resolve) => setTimeout(resolve, 300));
    gate.resolve();
    assert.equal(await Promise.race([ended, late.promise]), "it has ended");
    clearTimeout(timer);
    assert.equal((await answer).length, 40_000);
  },
});

Deno.test({
  name:
    "a database that is damaged under a running server: 503 with a plain sentence, one line in the log, and it serves on",
  ignore: !allowed,
  async fn() {
    const folder = await Deno.makeTempDir();
    const lines: string[] = [];
    const logged: string[] = [];
    const say = (line: string) => lines.push(line);
    const ports = { ...createHost(), say, log: (line: string) => logged.push(line) };
    const at = { folder: `${folder}/a`, port: 0 };
    try {
      await initAuthority({ folder: at.folder, ownerName: "Ada", names: ["127.0.0.1"] }, ports);
      const file = `${at.folder}/config.json`;
      const config = JSON.parse(await Deno.readTextFile(file));
      await Deno.writeTextFile(file, JSON.stringify({ ...config, metrics: { port: 0 } }));
      const served = await serveAuthority(at, ports);
      const url = lines.find((line) => line.startsWith("figures "))!.slice("figures ".length);
      assert.equal(await (await fetch(url)).text().then((text) => text.includes("flashseal_epoch")), true);
      logged.length = 0;
      damage(`${at.folder}/${config.database}`);
      for (let scrape = 0; scrape < 3; scrape++) {
        const answer = await fetch(url);
        assert.equal(answer.status, 503);
        assert.equal(
          await answer.text(),
          "The figures cannot be read from the database now. The server's log says more.\n",
        );
      }
      const told = logged.map((line) => JSON.parse(line)).filter(({ event }) => event === "figures-missing");
      assert.equal(told.length, 1, logged.join("\n"));
      assert.match(told[0].message, /^Cannot use the database: /);
      // The server's loop turns, and what needs no database is answered.
      assert.equal((await fetch(url.replace("/metrics", "/nothing"))).status, 404);
      assert.equal(await served.healthy(), false);
      await served.stop();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
