/** No page reads a whole table of units, tickets, messages or log entries: each query that a page makes is explained. @module */
import assert from "node:assert/strict";
import type { Value } from "../../../../authority/store/database.ts";
import { uidOf } from "../_world.ts";
import { signedIn } from "./_console.ts";
import { createFloor } from "./_floor.ts";

/** Tables that grow with devices or contacts. The partial indexes hold what is lent, and what is unaccounted, and nothing else. */
const BIG =
  /^SCAN (?:u|units|t|tickets|r|receipts|m|messages2|certificates|log|lease_tickets|lease_uses|record_heads|contact_hours|release_parts|idempotency)\b(?!.* lease_tickets_(?:open|unaccounted))/;

Deno.test("every query of every page goes by an index", async () => {
  const { world, order, appliance, lease } = await createFloor();
  const owner = await signedIn(world);
  const asked = new Map<string, readonly Value[]>();
  const { db } = world;
  const [all, first] = [db.all.bind(db), db.first.bind(db)];
  db.all = (sql, ...values) => {
    asked.set(sql, values);
    return all(sql, ...values);
  };
  db.first = (sql, ...values) => {
    asked.set(sql, values);
    return first(sql, ...values);
  };
  const chip = `1/${uidOf(1)}`;
  for (
    const path of [
      "",
      `/orders/${order}`,
      "/appliances",
      `/appliances/${appliance.id}`,
      "/devices",
      `/devices?after=1-${uidOf(2)}`,
      "/devices?uid=aaaa",
      "/devices.csv",
      `/devices/${chip}`,
      `/devices/${chip}/proofs.json`,
      "/products",
      "/dates",
      "/stop",
      `/acts/order-raise?order=${order}&by=1`,
      `/acts/lend?order=${order}&appliance=${appliance.id}&units=9`,
      "/acts/stop-all",
      `/acts/device-deny?family=1&uid=${uidOf(3)}`,
      `/acts/lease-give-up?lease=${lease.grant.lease}`,
    ]
  ) await owner.page(`/console${path}`);
  const reads = [...asked].filter(([sql]) => /^\s*SELECT/.test(sql));
  assert(reads.length > 30, `${reads.length} queries`);
  for (const [sql, values] of reads) {
    const plan = all(`EXPLAIN QUERY PLAN ${sql}`, ...values).map((row) => String(row["detail"]));
    // What was made on a day is counted in the index alone, however many devices the order has.
    if (sql.includes("changed_ms >= ?")) assert.match(plan.join(), /COVERING INDEX units_made/);
    const scans = plan.filter((detail) => BIG.test(detail));
    // The page of devices reads its table in the order of its key and stops at its limit.
    const isPaged = /ORDER BY u\.family, u\.uid LIMIT/.test(sql) && plan.length <= 3 &&
      !plan.some((detail) => /TEMP B-TREE/.test(detail));
    const isLastEntry = /FROM log ORDER BY position DESC LIMIT 1/.test(sql);
    assert(scans.length === 0 || isPaged || isLastEntry, `${sql}\n${plan.join("\n")}`);
  }
  world.close();
});
