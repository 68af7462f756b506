/**
 * The same six words on the appliance's page and on the owner's (P-76), each by the process that serves it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type AgentEvent, agentStatus, runAgent } from "../../agent/mod.ts";
import { deploy, until } from "../unit/agent/control/deployment.ts";
import { Visitor } from "../unit/authority/console/_console.ts";
import { systemPorts } from "../../agent/mod.ts";
import { ignore } from "./_flashseal.ts";

/** The words as a page shows them. */
function wordsOn(page: string): string | undefined {
  return /<strong data-verbatim[^>]*>([a-z ]+)<\/strong>/.exec(page)?.[1];
}

Deno.test({
  name: "the appliance's page and the owner's page show the same six words",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 1 });
    const { events, agentFolder, ports, folder } = deployment;
    const stop = new AbortController();
    const running = runAgent({ folder: agentFolder, signal: stop.signal }, ports);
    const listening = () =>
      events.find((event): event is Extract<AgentEvent, { kind: "listening" }> => event.kind === "listening");
    try {
      await until(() => listening() !== undefined, 60_000, "the status page is served");
      const health = await (await fetch(`${listening()!.url}health`)).text();
      const { words, appliance } = await agentStatus({ folder: agentFolder }, { nowMs: () => Date.now() });
      assert.equal(wordsOn(health), words);

      const { origin } = deployment.authority();
      const blind = systemPorts(() => {}).network.blind;
      const owner = new Visitor({
        fetch: (request) =>
          blind(new Request(request.url.replace("https://authority.test", origin), request)),
      });
      await owner.post("/console/sign-in", {
        apiKey: Deno.readTextFileSync(`${folder}/authority/owner-api-key.txt`).trim(),
      }, { origin });
      assert.equal(wordsOn(await owner.page(`/console/appliances/${appliance}`)), words);
    } finally {
      stop.abort();
      await running;
      await deployment.stop();
    }
  },
});
