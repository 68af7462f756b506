/**
 * An authority that delivers without end, in a process of its own that is killed: the real application on its real
 * store, asked by the real clients. Each answer that came is written to standard output as one JSON line, at once: what
 * stands there was acknowledged. Its orders come as JSON on standard input.
 *
 * @module
 */
import { createApplianceClient } from "../../../authority/api/mod.ts";
import { Database } from "../../../authority/store/mod.ts";
import { Secret, sign, signingKeyPairOf } from "../../../bootloader/suite/mod.ts";
import { type ApplianceId, parseUid, type ProductId } from "../../../bootloader/wire/mod.ts";
import { type Catalogue, Clock, granted, keyed, openWorld, ORIGIN } from "../../unit/authority/_world.ts";

/** What the parent says. */
export interface AuthorityOrders {
  readonly path: string;
  readonly sealKey: string;
  readonly rootSeed: string;
  readonly apiKey: string;
  readonly appliance: string;
  readonly identitySeed: string;
  readonly product: string;
  /** The last request number that was used. */
  readonly sequence: number;
}

/** What this process has been answered. */
export type AuthorityFact =
  | {
    readonly fact: "keyed";
    readonly uid: string;
    readonly ticketId: string;
    readonly ticket: string;
    readonly number: number;
    readonly sequence: number;
  }
  | {
    readonly fact: "committed";
    readonly uid: string;
    readonly ticketId: string;
    readonly serial: number;
    readonly certificate: string;
    readonly statement: string;
    readonly sequence: number;
  };

function say(fact: AuthorityFact): void {
  const line = new TextEncoder().encode(`${JSON.stringify(fact)}\n`);
  for (let written = 0; written < line.length;) written += Deno.stdout.writeSync(line.subarray(written));
}

async function main(): Promise<void> {
  const orders = JSON.parse(await new Response(Deno.stdin.readable).text()) as AuthorityOrders;
  const world = openWorld(new Database(orders.path), new Clock(), {
    sealKey: Uint8Array.fromHex(orders.sealKey),
    rootSeed: Uint8Array.fromHex(orders.rootSeed),
    apiKey: orders.apiKey,
  });
  const identity = signingKeyPairOf(new Secret(Uint8Array.fromHex(orders.identitySeed)));
  const { logKey } = (await world.trust()).keySet;
  let { sequence } = orders;
  const id = orders.appliance as ApplianceId;
  const client = createApplianceClient({
    origin: ORIGIN,
    fetch: world.fetch,
    appliance: id,
    sign: (message) => sign(identity.seed, message),
    logKeys: [logKey],
    nextSequence: () => sequence += 1,
    nowSeconds: () => 1,
  });
  const appliance = { id, identity, client, clientWith: () => client };
  const catalogue = { product: orders.product as ProductId } as Catalogue;
  for (;;) {
    const uid = parseUid(crypto.getRandomValues(new Uint8Array(12)).toHex());
    const { ticket, reply, brought } = await keyed(world, appliance, catalogue, uid);
    const { ticketId } = ticket;
    say({ fact: "keyed", uid, ticketId, ticket: ticket.ticket, number: reply.number, sequence });
    const report = { number: reply.number, receipt: brought.receipt.toHex() };
    const { serial, certificate, statement } = granted(await client.receipt(ticketId, report));
    say({ fact: "committed", uid, ticketId, serial, certificate, statement, sequence });
  }
}

if (import.meta.main) await main();
