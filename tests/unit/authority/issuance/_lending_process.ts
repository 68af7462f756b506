/**
 * One authority process among several on one database file, with one appliance's client. Reads what to do as JSON from stdin,
 * writes one JSON line for each answer it got, at once: what is written here was acknowledged.
 *
 * @module
 */

import { createApplianceClient, type LeaseUse, type OrderId } from "../../../../authority/api/mod.ts";
import { Database } from "../../../../authority/store/mod.ts";
import { agreementKeyPairOf, Secret, sign, signingKeyPairOf } from "../../../../bootloader/suite/mod.ts";
import type { ApplianceId, LeaseId } from "../../../../bootloader/wire/mod.ts";
import { drawKeys, type LeaseKeys, leaseRequest } from "../_vault.ts";
import { Clock, openWorld, ORIGIN, refusedCode } from "../_world.ts";

/** What the parent says. */
export interface LendingOrders {
  readonly path: string;
  readonly sealKey: string;
  readonly rootSeed: string;
  readonly apiKey: string;
  readonly appliance: string;
  readonly identitySeed: string;
  readonly firstSequence: number;
  /** `lend`: leases of `units` until refused. `same`: the lease of one seed, over and over. `report`: the given uses. */
  readonly act: "lend" | "same" | "report";
  readonly order: string;
  readonly units: number;
  readonly seed: number;
  readonly lease?: string;
  readonly uses?: readonly LeaseUse[];
}

/** Keys that are the same in each process for the same seed. */
export function keysOf(seed: number, units: number): LeaseKeys {
  const secret = (n: number) => new Secret(new Uint8Array(32).map((_, at) => (seed * 31 + n * 7 + at) & 255));
  return {
    leaseKey: signingKeyPairOf(secret(1)),
    wrap: agreementKeyPairOf(secret(2)),
    T: Array.from({ length: units }, (_, index) => agreementKeyPairOf(secret(3 + index))),
  };
}

async function main(): Promise<void> {
  const orders = JSON.parse(await new Response(Deno.stdin.readable).text()) as LendingOrders;
  const world = openWorld(new Database(orders.path), new Clock(), {
    sealKey: Uint8Array.fromHex(orders.sealKey),
    rootSeed: Uint8Array.fromHex(orders.rootSeed),
    apiKey: orders.apiKey,
  });
  const identity = signingKeyPairOf(new Secret(Uint8Array.fromHex(orders.identitySeed)));
  let sequence = orders.firstSequence;
  const client = createApplianceClient({
    origin: ORIGIN,
    fetch: world.fetch,
    appliance: orders.appliance as ApplianceId,
    sign: (message) => sign(identity.seed, message),
    logKeys: [(await world.trust()).keySet.logKey],
    nextSequence: () => sequence += 1,
    nowSeconds: () => 1,
  });
  const order = orders.order as OrderId;
  // Bound: no order of these tests lends more often.
  for (let turn = 0; turn < 50; turn += 1) {
    if (orders.act === "report") {
      const use = orders.uses?.[turn];
      if (use === undefined) break;
      const chain = { number: orders.seed * 1000 + turn, hash: "12".repeat(32) };
      const answer = await client.leaseUses(orders.lease as LeaseId, { uses: [use], chain });
      say({ code: refusedCode(answer), ticket: use.ticketId });
      continue;
    }
    if (orders.act === "same" && turn === 5) break;
    const keys = orders.act === "same" ? keysOf(orders.seed, orders.units) : drawKeys(orders.units);
    const answer = await client.lease(leaseRequest(order, keys));
    say({
      code: refusedCode(answer),
      ...("granted" in answer ? { lease: answer.granted.lease, tickets: answer.granted.tickets } : {}),
    });
    if ("refused" in answer) break;
  }
  world.close();
}

function say(line: object): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
  for (let written = 0; written < bytes.length;) written += Deno.stdout.writeSync(bytes.subarray(written));
}

if (import.meta.main) await main();
