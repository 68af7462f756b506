import assert from "node:assert/strict";
import { agentStatus, deliverOnce } from "../../../../agent/mod.ts";
import { showQuota } from "../../../../authority/owner/mod.ts";
import { killAt } from "./_killing.ts";
import { deploy, granted, truthOf } from "./deployment.ts";

const allowed = (["read", "write", "net", "env", "run"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");
const ignore = !allowed;
if (ignore) console.log("the agent's kill tests need to start processes: run `deno task test`");

const ends: readonly (readonly [string, string, string | null])[] = [
  ["installed", "delivered", null],
  ["keyed", "delivered", null],
  ["receipt", "refused", "delivered-already"],
];
for (const [kind, outcome, cause] of ends) {
  Deno.test({
    name: `an agent that was killed at "${kind}" takes the board up again and uses one unit in all`,
    ignore,
    async fn() {
      const deployment = await deploy({ granted: 3 });
      try {
        const { agentFolder, ports, owner, events } = deployment;
        const board = deployment.putBoard("01");
        await killAt(kind, [agentFolder, board.path]);
        const options = { folder: agentFolder, board: board.path, signal: new AbortController().signal };
        const result = await deliverOnce(options, ports);
        assert.deepEqual(
          [result.outcome, result.cause, result.unit],
          [outcome, cause, "committed"],
          JSON.stringify(result),
        );
        assert.equal(truthOf(board.path).isLocked, true);
        const quota = JSON.stringify(granted(await showQuota(owner)));
        assert.ok(quota.includes('"committed":1') && quota.includes('"free":2'), quota);
        assert.equal(events.some((event) => event.kind === "reported-late"), kind === "receipt");
        const status = await agentStatus({ folder: agentFolder }, ports);
        assert.equal(status.record.holds, true);
        assert.deepEqual(status.deliveries.map((delivery) => delivery.cause), [cause, "interrupted"]);
      } finally {
        await deployment.stop();
      }
    },
  });
}
