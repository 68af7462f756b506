/**
 * The tables of offline work hold the ledger's invariants by themselves: whatever writes past the decisions is refused.
 * Each case is one statement that a faulty program could send.
 *
 * @module
 */

import assert from "node:assert/strict";
import { freezeAppliance } from "../../../../authority/store/mod.ts";
import { Defect } from "../../../../bootloader/wire/mod.ts";
import { allow, lent, scene } from "../_vault.ts";
import { createWorld, granted, quotaOf, uidOf, type World } from "../_world.ts";

/** A world with a lease of 5: tickets used, doubled, returned, unaccounted, leased. */
async function filled() {
  const world = createWorld();
  const { order, appliance } = await scene(world, 10, 6);
  const lease = await lent(world, appliance, order, 4);
  const late = await lent(world, appliance, order, 1);
  granted(await late.report([late.use(0, uidOf(1), "keyed")]));
  granted(
    await lease.report([lease.use(0, uidOf(1), "committed"), lease.use(1, uidOf(2), "reserved")]),
  );
  granted(await lease.giveBack(2));
  const id = (index: number) => lease.ticket(index).ticketId;
  return { world, order, appliance, lease, late, id };
}

function refuses(world: World, says: RegExp, sql: string, ...values: (string | number | Uint8Array)[]): void {
  assert.throws(() => world.db.run(sql, ...values), (error: unknown) => {
    assert(error instanceof Defect, `${sql}: ${error}`);
    assert.match(error.message, says);
    return true;
  });
}

Deno.test("no unit is lent beyond the allowance or the order, nor outside its lease, nor in another state than leased", async () => {
  const { world, order, appliance, lease, late } = await filled();
  const insert = "INSERT INTO lease_tickets (id, lease, position, t, sealed, state, changed_ms) VALUES " +
    "(?, ?, ?, randomblob(32), zeroblob(352), ?, 1)";
  const { lease: id } = lease.grant;
  refuses(world, /within the lease/, insert, "ab".repeat(16), id, 5, "leased");
  refuses(world, /begins as leased/, insert, "ab".repeat(16), late.grant.lease, 1, "used");
  refuses(world, /UNIQUE/, insert, "ab".repeat(16), late.grant.lease, 1, "leased");
  granted(await allow(world, order, appliance, 1));
  refuses(world, /beyond the allowance/, insert, "ab".repeat(16), late.grant.lease, 1, "leased");
  granted(await allow(world, order, appliance, 100));
  const { free } = await quotaOf(world, order);
  granted(await world.owner.changeOrder(order, { change: "lower", by: free }));
  world.db.run("DROP TRIGGER lease_tickets_begin_leased");
  refuses(world, /CHECK/, insert, "ab".repeat(16), late.grant.lease, 2, "leased");
  world.close();
});

Deno.test("a lent unit leaves its lease once; nothing of a lease is deleted or rewritten", async () => {
  const { world, order, appliance, lease, id } = await filled();
  const move = "UPDATE lease_tickets SET state = ? WHERE id = ?";
  const moves = [[0, "leased"], [0, "returned"], [0, "unaccounted"], [2, "used"], [2, "leased"]] as const;
  for (const [index, state] of moves) refuses(world, /no such move of a lent unit/, move, state, id(index));
  world.db.run(move, "unaccounted", id(3));
  for (const state of ["leased", "returned"]) {
    refuses(world, /no such move of a lent unit/, move, state, id(3));
  }
  refuses(world, /never deleted/, "DELETE FROM lease_tickets");
  refuses(world, /never deleted/, "DELETE FROM leases");
  refuses(world, /never deleted/, "DELETE FROM lease_uses");
  refuses(world, /not deleted/, "DELETE FROM allowances");
  refuses(world, /stays as it was/, "UPDATE leases SET units = 200");
  refuses(world, /changes its state only/, "UPDATE lease_tickets SET position = 9 WHERE id = ?", id(3));
  refuses(world, /changes its state only/, "UPDATE lease_tickets SET sealed = zeroblob(352)");
  refuses(
    world,
    /UNIQUE/,
    "INSERT INTO leases SELECT 'cd' || substr(id, 3), order_id, product, release, appliance, epoch, " +
      "units, uid_value, uid_mask, lease_key, wrap_key, delegation, wrapped_key, not_after, created_ms, 0 FROM leases LIMIT 1",
  );
  refuses(
    world,
    /FOREIGN KEY/,
    "INSERT INTO leases SELECT 'cd' || substr(id, 3), order_id, product, release, '0011223344556677', epoch, units, " +
      "uid_value, uid_mask, randomblob(32), wrap_key, delegation, wrapped_key, not_after, created_ms, 0 FROM leases LIMIT 1",
  );
  assert.equal((await quotaOf(world, order)).unaccounted, 1);
  assert.equal(granted(await world.owner.allowances(order)).allowances[0]?.open, 0);
  assert.equal(appliance.id, lease.appliance.id);
  world.close();
});

Deno.test("a use is of a used ticket, keeps its chip, certificate and receipt, and goes forward only", async () => {
  const { world, order, id } = await filled();
  const before = await quotaOf(world, order);
  const insert =
    "INSERT INTO lease_uses (ticket, family, uid, unit, state, message2_count, certificate, reported_ms) " +
    "VALUES (?, 1, zeroblob(16), NULL, 'keyed', 1, zeroblob(216), 1)";
  refuses(world, /not booked as used/, insert, id(3));
  const forward = /goes forward only/;
  const one = "WHERE ticket = ?";
  refuses(world, forward, `UPDATE lease_uses SET uid = zeroblob(16) ${one}`, id(0));
  refuses(world, forward, `UPDATE lease_uses SET certificate = zeroblob(216) ${one}`, id(0));
  refuses(world, forward, `UPDATE lease_uses SET receipt = zeroblob(212) ${one}`, id(0));
  refuses(world, forward, `UPDATE lease_uses SET receipt_number = 3 ${one}`, id(0));
  refuses(world, forward, `UPDATE lease_uses SET state = 'keyed', receipt = NULL ${one}`, id(0));
  refuses(world, forward, `UPDATE lease_uses SET message2_count = 0 ${one}`, id(0));
  refuses(world, forward, `UPDATE lease_uses SET unit = ? ${one}`, "ab".repeat(16), id(0));
  refuses(world, /CHECK/, `UPDATE lease_uses SET state = 'keyed' ${one}`, id(1));
  refuses(world, /CHECK/, `UPDATE lease_uses SET state = 'committed', message2_count = 1 ${one}`, id(1));
  world.db.run(`UPDATE lease_uses SET revoked_ms = 5 ${one}`, id(1));
  refuses(world, forward, `UPDATE lease_uses SET revoked_ms = NULL ${one}`, id(1));
  assert.deepEqual(await quotaOf(world, order), before);
  world.close();
});

Deno.test("a bound unit of a lease does not go back by itself, and keeps its lease", async () => {
  const { world, id } = await filled();
  refuses(world, /vault has bound/, "DELETE FROM units WHERE lease_ticket = ?", id(1));
  refuses(world, /keeps its lease/, "UPDATE units SET lease_ticket = NULL WHERE lease_ticket = ?", id(1));
  world.close();
});

Deno.test("a frozen appliance stays frozen, with the chips first named; a reported head of a journal stays", async () => {
  const { world, appliance } = await filled();
  freezeAppliance(world.db, appliance.id, { uids: [uidOf(1)], because: "put-back", nowMs: 5 });
  freezeAppliance(world.db, appliance.id, { uids: [], because: "forked", nowMs: 6 });
  const [listed] = granted(await world.owner.appliances()).appliances;
  assert.deepEqual([listed?.frozenAtMs, listed?.frozenUids], [5, [uidOf(1)]]);
  refuses(world, /stays frozen/, "UPDATE appliances SET frozen_ms = NULL");
  refuses(world, /stays frozen/, "UPDATE appliances SET frozen_uids = '[]'");
  refuses(world, /never forgotten/, "DELETE FROM journal_heads");
  refuses(world, /stays as it was/, "UPDATE journal_heads SET hash = zeroblob(32)");
  refuses(world, /CHECK/, "UPDATE products SET offline_days = NULL");
  world.close();
});
