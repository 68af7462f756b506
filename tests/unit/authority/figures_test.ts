/** Where the figures of a served authority are told: nowhere by default, on a listener of their own when asked. @module */

import assert from "node:assert/strict";
import { createHost, initAuthority, serveAuthority } from "../../../authority/mod.ts";
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
