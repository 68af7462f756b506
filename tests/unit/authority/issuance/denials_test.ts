/** The list of denied chips as appliances get it: signed, numbered, bounded (P-74). @module */

import assert from "node:assert/strict";
import { DENIALS_MOST, openDenials } from "../../../../authority/api/mod.ts";
import { Malformed } from "../../../../bootloader/wire/mod.ts";
import { createWorld, enrolled, granted, refusedCode, uidOf, type World } from "../_world.ts";

async function opened(world: World, reply: Parameters<typeof openDenials>[0]) {
  const { keySet } = await world.trust();
  return openDenials(reply, { owner: keySet.owner, logKeys: [keySet.logKey] });
}

const say = (world: World, n: number, decision: "deny" | "allow") =>
  world.owner.decideDevice({ family: 1, uid: uidOf(n) }, { decision });

Deno.test("each denial and each one taken back raises the number; the list is the log key's word (P-74)", async () => {
  const world = createWorld();
  const { client } = await enrolled(world, "Line 1");
  const numbers = [granted(await client.state()).denials];
  for (const [n, decision] of [[2, "deny"], [1, "deny"], [1, "deny"], [2, "allow"]] as const) {
    granted(await say(world, n, decision));
    const { number } = await opened(world, granted(await client.denials()));
    assert.equal(granted(await client.state()).denials, number);
    numbers.push(number);
  }
  const [start = 0] = numbers;
  assert.deepEqual(numbers.map((number) => number - start), [0, 1, 2, 2, 3]);
  assert.ok(start >= 2 ** 20, "the epoch stands above the count: a restored authority's list is newer");
  const reply = granted(await client.denials());
  assert.deepEqual((await opened(world, reply)).chips, [{ family: 1, uid: uidOf(1) }]);
  await assert.rejects(opened(world, { ...reply, chips: [] }), Malformed);
  const { keySet } = await world.trust();
  const stranger = { owner: "00".repeat(8), logKeys: [keySet.logKey] };
  assert.throws(() => openDenials(reply, stranger), /another owner/);
  world.close();
});

Deno.test("no more chips are denied than an appliance holds (P-74)", async () => {
  const world = createWorld();
  const insert = "INSERT INTO denials SELECT 1, unhex(printf('%024x%08x', value, 0)) FROM " +
    "(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT ?) SELECT value FROM n)";
  world.db.run(insert, DENIALS_MOST);
  assert.equal(refusedCode(await say(world, 5, "deny")), "denials-too-many");
  assert.throws(
    () => world.db.run("INSERT INTO denials VALUES (2, zeroblob(16))"),
    /than an appliance holds/,
  );
  assert.throws(() => world.db.run("UPDATE denial_changes SET changes = 1"), /rises/);
  world.close();
});
