/** OpenTelemetry: Deno has it built in; nothing is sent unless somebody turns it on, whatever else the environment says. @module */

import assert from "node:assert/strict";
import { startProcess } from "../chaos/_process.ts";
import { flashseal, ignore, inFolder } from "../script/_flashseal.ts";
import { httpsGet } from "../script/_https_get.ts";

/** Somebody who would take traces and metrics. */
function startCollector() {
  const paths: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    paths.push(new URL(request.url).pathname);
    await request.body?.cancel();
    return new Response(null, { status: 200 });
  });
  const { port } = server.addr as Deno.NetAddr;
  return { paths, endpoint: `http://127.0.0.1:${port}`, stop: () => server.shutdown() };
}

/** Lets a server answer one request under an environment, and returns what was sent meanwhile. */
async function sentUnder(dir: string, env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const collector = startCollector();
  const OTEL_EXPORTER_OTLP_ENDPOINT = collector.endpoint;
  const options = { env: { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_METRIC_EXPORT_INTERVAL: "100", ...env } };
  const server = startProcess(["authority", "serve", "--dir", dir, "--port", "0"], options);
  try {
    const origin = (await server.line("listening ")).slice("listening ".length);
    assert.equal((await httpsGet(`${origin}/v1/trust`)).status, 200);
    // Longer than it takes to send, as the other half of the test shows.
    const end = Date.now() + 10_000;
    while (collector.paths.length === 0 && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.equal(await server.stop(), 0);
    return collector.paths;
  } finally {
    await server.kill();
    await collector.stop();
  }
}

Deno.test({
  name: "nothing is sent by OpenTelemetry unless OTEL_DENO is true; with it, something is",
  ignore,
  async fn() {
    await inFolder(async (folder) => {
      const dir = `${folder}/authority`;
      const made = await flashseal(
        "authority",
        "init",
        "--dir",
        dir,
        "--owner",
        "Ada",
        "--name",
        "127.0.0.1",
      );
      assert.equal(made.code, 0, made.err);
      assert.deepEqual(await sentUnder(dir, {}), []);
      const sent = await sentUnder(dir, { OTEL_DENO: "true" });
      assert.ok(
        sent.length > 0 && sent.every((path) => /^\/v1\/(traces|metrics|logs)$/.test(path)),
        sent.join(),
      );
    });
  },
});
