/** A record that is damaged under a running agent: what its page and its figures say, and what is told. @module */
import assert from "node:assert/strict";
import { runAgent } from "../../../../agent/mod.ts";
import { damage } from "../../_damage.ts";
import { deploy, until } from "./deployment.ts";

const ignore = (["read", "write", "net", "env"] as const)
  .some((name) => Deno.permissions.querySync({ name }).state !== "granted");
if (ignore) console.log("the test of a damaged record needs disk and network: run `deno task test`");

const SAYS =
  "This appliance cannot read its record now. Its log says more; look at the disk and restart the agent.\n";

Deno.test({
  name: "figures and pages of a damaged record: 503 with a plain sentence, told once, and the agent lives",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 1 });
    const { agentFolder, ports, events } = deployment;
    const stop = new AbortController();
    let hasEnded = false;
    const running = runAgent({ folder: agentFolder, signal: stop.signal }, ports).finally(() =>
      hasEnded = true
    );
    try {
      await until(() => events.some(({ kind }) => kind === "listening"), 30_000, "the page is there");
      const listening = events.find((event) => event.kind === "listening");
      assert.ok(listening?.kind === "listening");
      const { url } = listening;
      assert.match(await (await fetch(`${url}metrics`)).text(), /^flashseal_station_state/m);
      damage(`${agentFolder}/journal.db`);
      for (let scrape = 0; scrape < 3; scrape++) {
        const answer = await fetch(`${url}metrics`);
        assert.deepEqual([answer.status, await answer.text()], [503, SAYS]);
      }
      const page = await fetch(`${url}health`);
      assert.deepEqual([page.status, await page.text()], [503, SAYS]);
      const told = events.filter((event) => event.kind === "page-problem");
      assert.equal(told.length, 1, JSON.stringify(told));
      assert.match(JSON.stringify(told[0]), /Cannot make the status page or the figures: /);
      // Longer than the pause between two rounds, and than that between two reports: each finds the damage.
      await ports.pause(7_000, stop.signal);
      assert.equal(hasEnded, false, "the agent lives");
      assert.equal((await fetch(`${url}metrics`)).status, 503);
    } finally {
      stop.abort();
      await running.catch((error) => console.log("the agent ended with:", error.message));
      await deployment.stop();
    }
  },
});
