/** What the service manager is told of an agent's health. @module */

import assert from "node:assert/strict";
import { createStatusApp } from "../../../../agent/status/mod.ts";
import { Fault } from "../../../../bootloader/wire/mod.ts";
import { answersMetrics } from "../../../../deploy/cli/service.ts";
import { snapshotOf, sourceOf } from "../../agent/status/_source.ts";

const ignore = Deno.permissions.querySync({ name: "net" }).state !== "granted";
if (ignore) console.log("the test of an agent's health needs --allow-net: deno task test");

Deno.test({
  name:
    "an agent is healthy while its page tells the figures: not when its record fails, nor when nobody answers",
  ignore,
  async fn() {
    let fails = false;
    const figures = () =>
      fails
        ? Promise.reject(new Fault("Cannot read the record", { place: "disk", retry: false }))
        : Promise.resolve({ type: "text/plain", text: "flashseal_x 1\n" });
    const app = createStatusApp(sourceOf(snapshotOf([]), { figures, onMade: () => {} }));
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => app.fetch(request),
    );
    const url = `http://127.0.0.1:${server.addr.port}/`;
    assert.equal(await answersMetrics(url), true);
    fails = true;
    assert.equal(await answersMetrics(url), false);
    await server.shutdown();
    await assert.rejects(answersMetrics(url));
  },
});
