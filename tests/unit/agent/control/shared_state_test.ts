/** Stations that need to know the state at the same moment ask the authority once. @module */
import assert from "node:assert/strict";
import { openAppliance } from "../../../../agent/control/appliance.ts";
import type { AgentPorts } from "../../../../agent/mod.ts";
import { deploy } from "./deployment.ts";

const ignore = (["read", "write", "net", "env"] as const)
  .some((name) => Deno.permissions.querySync({ name }).state !== "granted");
if (ignore) console.log("an appliance with a real authority needs disk and network: run `deno task test`");

Deno.test({
  name: "refresh() asks once for those who ask together, and anew for who asks later or with another signal",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 1 });
    let asked = 0;
    const network: AgentPorts["network"] = {
      ...deployment.ports.network,
      trusting(ca) {
        const trusted = deployment.ports.network.trusting(ca);
        return {
          ...trusted,
          fetch(request) {
            if (new URL(request.url).pathname === "/v1/state") asked++;
            return trusted.fetch(request);
          },
        };
      },
    };
    const appliance = await openAppliance(deployment.agentFolder, { ...deployment.ports, network });
    const { signal } = new AbortController();
    try {
      const states = await Promise.all([1, 2, 3].map(() => appliance.refresh(signal)));
      assert.ok(states.every((state) => state !== null && state === states[0]));
      assert.equal(asked, 1);
      assert.notEqual(await appliance.refresh(signal), null);
      assert.equal(asked, 2, "an answer that was there before serves nobody who asks now");
      const stopped = new AbortController();
      const unanswered = appliance.refresh(stopped.signal);
      const answered = appliance.refresh(signal);
      stopped.abort();
      assert.equal(await unanswered, null);
      assert.notEqual(await answered, null, "another's stop is not this one's");
    } finally {
      appliance.close();
      await deployment.stop();
    }
  },
});
