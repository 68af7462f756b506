/** An agent that works without network and is killed at each step that matters. @module */

import assert from "node:assert/strict";
import { listLeases } from "../../authority/owner/mod.ts";
import { agentStatus, deliverOnce, syncOnce } from "../../agent/mod.ts";
import { ignore } from "../script/_flashseal.ts";
import { killAt } from "../unit/agent/control/_killing.ts";
import { proofIn, quotaOf } from "../unit/agent/control/_offline.ts";
import { deploy, granted } from "../unit/agent/control/deployment.ts";

const never = new AbortController().signal;

Deno.test({
  name:
    "an agent that was killed offline, three times over, finishes each chip with its own ticket and reports them all",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 5, lent: 3 });
    const { agentFolder, ports, owner } = deployment;
    try {
      await syncOnce({ folder: agentFolder, signal: never }, ports);
      await deployment.authority().stop();
      for (const kind of ["ticket", "keyed", "receipt"]) {
        const board = deployment.putBoard(kind);
        await killAt(kind, [agentFolder, board.path]);
        const result = await deliverOnce({ folder: agentFolder, board: board.path, signal: never }, ports);
        const expected = kind === "receipt" ? ["refused", "delivered-already"] : ["delivered", null];
        assert.deepEqual([result.outcome, result.cause], expected, JSON.stringify(result));
        assert.ok("opened" in proofIn(deployment, board), kind);
      }
      const { offline, record } = await agentStatus({ folder: agentFolder }, ports);
      assert.deepEqual(
        [offline.leases[0]?.committed, offline.leases[0]?.free],
        [3, 0],
        "three chips, three units",
      );
      assert.equal(record.holds, true);
      await deployment.restartAuthority();
      const sync = await syncOnce({ folder: agentFolder, signal: never }, ports);
      assert.deepEqual([sync.reported, sync.alarms, sync.refusals], [3, [], []]);
      const [lease] = granted(await listLeases(owner));
      assert.deepEqual([lease?.used, lease?.open], [3, 0]);
      assert.equal((await quotaOf(deployment)).committed, 3);
    } finally {
      await deployment.stop();
    }
  },
});
