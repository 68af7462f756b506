/**
 * Lending and reporting by several processes on one database file at once: never more lent than granted or allowed, one lease
 * for one key, each use booked once.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Appliance, World } from "../_world.ts";
import { createWorld, enrolled, granted, quotaOf, uidOf } from "../_world.ts";
import { allow, lent, scene } from "../_vault.ts";
import { keysOf, type LendingOrders } from "./_lending_process.ts";

const ignore = (["read", "write", "run"] as const).some((name) =>
  Deno.permissions.querySync({ name }).state !== "granted"
);
if (ignore) console.log("tests with several processes need disk and processes: run `deno task test`");

interface Line {
  readonly code: string;
  readonly lease?: string;
  readonly tickets?: readonly string[];
}

/** A world on a file, and the processes that work on it. */
async function onFile(test: (world: World, start: Start) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "flashseal-lending-" });
  const path = `${folder}/authority.sqlite`;
  const world = createWorld(path);
  try {
    let firstSequence = 1000;
    await test(world, async (appliance, what) => {
      firstSequence += 100;
      return await runProcess({
        path,
        sealKey: world.sealKey.toHex(),
        rootSeed: world.rootSeed.toHex(),
        apiKey: world.apiKey,
        appliance: appliance.id,
        identitySeed: appliance.identity.seed.use((seed) => seed.toHex()),
        firstSequence,
        ...what,
      });
    });
  } finally {
    world.close();
    await Deno.remove(folder, { recursive: true });
  }
}

type Start = (
  appliance: Appliance,
  what: Pick<LendingOrders, "act" | "order" | "units" | "seed" | "lease" | "uses">,
) => Promise<readonly Line[]>;

async function runProcess(orders: LendingOrders): Promise<readonly Line[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", new URL("./_lending_process.ts", import.meta.url).pathname],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(JSON.stringify(orders)));
  await input.close();
  const { stdout, stderr, success } = await child.output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line) as Line);
}

Deno.test({
  name:
    "eight clients in eight processes borrow from one order: exactly what is granted, none beyond its allowance",
  ignore,
  fn: async () => {
    await onFile(async (world, start) => {
      const { order } = await scene(world, 50, 0);
      const appliances: Appliance[] = [];
      for (let n = 0; n < 4; n += 1) {
        const appliance = await enrolled(world, `racing ${n}`);
        granted(await allow(world, order, appliance, 15));
        appliances.push(appliance);
      }
      const lines = await Promise.all(
        [...appliances, ...appliances].map((appliance, seed) =>
          start(appliance, { act: "lend", order, units: 2, seed })
        ),
      );
      const grants = lines.flat().filter(({ code }) => code === "granted");
      const tickets = grants.flatMap((line) => line.tickets ?? []);
      assert.equal(new Set(tickets).size, tickets.length);
      const quota = await quotaOf(world, order);
      assert.deepEqual([quota.leased, quota.free], [tickets.length, 50 - tickets.length]);
      // Each could borrow 14 of its 15; three do so before 50 are out, whoever is fast.
      assert.equal(quota.leased, 50);
      const { allowances } = granted(await world.owner.allowances(order));
      assert(allowances.every(({ open }) => open <= 15));
      const codes = new Set(lines.flat().map(({ code }) => code));
      assert.deepEqual(codes, new Set(["granted", "quota-spent", "allowance-spent"]));
    });
  },
});

Deno.test({
  name: "one lease key asked for by four processes at once is one lease",
  ignore,
  fn: async () => {
    await onFile(async (world, start) => {
      const { order, appliance } = await scene(world, 20, 20);
      assert.equal(keysOf(5, 3).T.length, 3);
      const lines = await Promise.all(
        [1, 2, 3, 4].map(() => start(appliance, { act: "same", order, units: 3, seed: 5 })),
      );
      const all = lines.flat();
      assert.equal(all.length, 20);
      assert.deepEqual(new Set(all.map(({ code }) => code)), new Set(["granted"]));
      assert.equal(new Set(all.map(({ lease }) => lease)).size, 1);
      assert.equal(new Set(all.map(({ tickets }) => tickets?.join())).size, 1);
      assert.equal((await quotaOf(world, order)).leased, 3);
    });
  },
});

Deno.test({
  name: "the same uses reported by four processes at once are booked once each",
  ignore,
  fn: async () => {
    await onFile(async (world, start) => {
      const { order, appliance } = await scene(world, 12, 12);
      const lease = await lent(world, appliance, order, 8);
      const states = ["reserved", "keyed", "committed"] as const;
      const uses = Array.from(
        { length: 24 },
        (_, n) => lease.use(n % 8, uidOf(1 + n % 8), states[Math.floor(n / 8)]!),
      );
      const lines = await Promise.all(
        [1, 2, 3, 4].map((seed) =>
          start(appliance, { act: "report", order, units: 0, seed, lease: lease.grant.lease, uses })
        ),
      );
      assert.deepEqual(new Set(lines.flat().map(({ code }) => code)), new Set(["granted"]));
      const quota = await quotaOf(world, order);
      assert.deepEqual([quota.committed, quota.leased, quota.free], [8, 0, 4]);
    });
  },
});
