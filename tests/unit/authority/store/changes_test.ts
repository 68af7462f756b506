/** The migration that brings changes by number (P-78): those of the log, in their order, on a database with a history. @module */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Database, knowledgeOf, listChanges } from "../../../../authority/store/mod.ts";
import { migrations } from "../../../../authority/store/migrations.ts";
import { createCatalogue, createOrder, createWorld, enrolled, granted, openWorld } from "../_world.ts";

const ignore = (["read", "write"] as const)
  .some((name) => Deno.permissions.querySync({ name }).state !== "granted");
if (ignore) console.log("the test of a migration needs a disk: run `deno task test`");

Deno.test({
  name: "changes of before the migration come out of the log in their order, and nobody is said to know them",
  ignore,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "flashseal-test-" });
    const file = `${folder}/database`;
    const world = createWorld(file);
    const { clock, ...secrets } = world;
    const catalogue = await createCatalogue(world);
    const order = await createOrder(world, catalogue, 5);
    const { id } = await enrolled(world, "line 1");
    granted(await world.owner.changeOrder(order, { change: "freeze" }));
    clock.nowMs -= 5000;
    granted(await world.owner.changeOrder(order, { change: "thaw" }));
    granted(await world.owner.changeOrder(order, { change: "raise", by: 1 }));
    const made = listChanges(world.db, { order }, 9);
    world.close();
    backToBefore(file);
    const later = openWorld(new Database(file), clock, secrets);
    const found = listChanges(later.db, { order }, 9);
    const told = ({ change, atMs }: { readonly change: string; readonly atMs: number }) => [change, atMs];
    assert.deepEqual(found.map(told), made.map(told));
    assert.deepEqual(found.map(({ change }) => change), ["raise", "thaw", "freeze"]);
    assert.ok(found.every(({ number }, index) => number > (found[index + 1]?.number ?? 0)));
    assert.ok(found.every(({ number, atMs }) => number > atMs), "above any state that was told before it");
    assert.deepEqual(knowledgeOf(later.db, id, found[0]!.number), { knownSinceMs: null, says: false });
    granted(await later.owner.changeOrder(order, { change: "freeze" }));
    assert.ok(listChanges(later.db, { order }, 1)[0]!.number > found[0]!.number);
    later.close();
    await Deno.remove(folder, { recursive: true });
  },
});

/** Makes the file one that the program of before the migration has written. */
function backToBefore(file: string): void {
  const database = new DatabaseSync(file);
  const before = migrations.findIndex((sql) => sql.includes("CREATE TABLE changes"));
  const old = new DatabaseSync(":memory:");
  for (const sql of migrations.slice(0, before)) old.exec(sql);
  for (const name of ["changes_known", "changes", "states_told"]) database.exec(`DROP TABLE ${name}`);
  database.exec("DROP TRIGGER appliances_are_told_upwards; ALTER TABLE appliances DROP COLUMN told_ms");
  database.exec("ALTER TABLE appliances DROP COLUMN stopped_ms");
  for (const name of ["lease_tickets_unaccounted", "leases_restored", "units_by_end", "tickets_by_end"]) {
    database.exec(`DROP INDEX ${name}`);
  }
  const lost = old.prepare(
    "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND (tbl_name = 'order_effects' OR name = 'appliances_hear_of_changes')",
  ).all();
  assert.ok(lost.length >= 3);
  for (const { sql } of lost) database.exec(String(sql));
  database.exec(`PRAGMA user_version = ${before}`);
  database.close();
  old.close();
}
