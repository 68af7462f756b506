/**
 * One authority process among several on one database file, with clients of its own. Reads its orders as JSON from stdin,
 * writes one JSON line for each answer it got, at once: what is written here was acknowledged.
 *
 * @module
 */

import { createApplianceClient } from "../../../../authority/api/mod.ts";
import { Database } from "../../../../authority/store/mod.ts";
import { Secret, sign, signingKeyPairOf } from "../../../../bootloader/suite/mod.ts";
import { type ApplianceId, parseUid, type ProductId } from "../../../../bootloader/wire/mod.ts";
import {
  type Appliance,
  type Catalogue,
  Clock,
  keyed,
  openWorld,
  ORIGIN,
  refusedCode,
  ticketRequest,
} from "../_world.ts";

/** What the parent says. */
export interface ProcessOrders {
  readonly path: string;
  readonly sealKey: string;
  readonly rootSeed: string;
  readonly apiKey: string;
  readonly appliance: string;
  readonly identitySeed: string;
  readonly product: string;
  readonly firstSequence: number;
  readonly uids: readonly string[];
  /** `ticket`: tickets only; `delivery`: all the way to the receipt. */
  readonly act: "ticket" | "delivery";
}

async function main(): Promise<void> {
  const orders = JSON.parse(await new Response(Deno.stdin.readable).text()) as ProcessOrders;
  const world = openWorld(new Database(orders.path), new Clock(), {
    sealKey: Uint8Array.fromHex(orders.sealKey),
    rootSeed: Uint8Array.fromHex(orders.rootSeed),
    apiKey: orders.apiKey,
  });
  const identity = signingKeyPairOf(new Secret(Uint8Array.fromHex(orders.identitySeed)));
  const { logKey } = (await world.trust()).keySet;
  let sequence = orders.firstSequence;
  const client = createApplianceClient({
    origin: ORIGIN,
    fetch: world.fetch,
    appliance: orders.appliance as ApplianceId,
    sign: (message) => sign(identity.seed, message),
    logKeys: [logKey],
    nextSequence: () => sequence += 1,
    nowSeconds: () => 1,
  });
  const appliance: Appliance = {
    id: orders.appliance as ApplianceId,
    identity,
    client,
    clientWith: () => client,
  };
  const catalogue = { product: orders.product as ProductId } as Catalogue;
  for (const text of orders.uids) {
    const uid = parseUid(text);
    const answer = await client.ticket(ticketRequest(catalogue, uid));
    const code = refusedCode(answer);
    say({ uid, code, ...("granted" in answer ? { ticket: answer.granted.ticketId } : {}) });
    if (orders.act === "ticket" || "refused" in answer) continue;
    const { ticket, reply, brought } = await keyed(world, appliance, catalogue, uid);
    const receipt = await client.receipt(ticket.ticketId, {
      number: reply.number,
      receipt: brought.receipt.toHex(),
    });
    if ("granted" in receipt) say({ uid, code: "committed", serial: receipt.granted.serial });
  }
  world.close();
}

function say(line: object): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
  for (let written = 0; written < bytes.length;) written += Deno.stdout.writeSync(bytes.subarray(written));
}

if (import.meta.main) await main();
