/**
 * What provocations of refusals share: a line with an order, requests that are bent on their way, and answers by code.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { OrderId, TicketReply } from "../../authority/api/mod.ts";
import { wrapReleaseKey } from "../../bootloader/ticket/mod.ts";
import { Secret } from "../../bootloader/suite/mod.ts";
import type { ReleaseId } from "../../bootloader/wire/mod.ts";
import {
  type Appliance,
  type Catalogue,
  createCatalogue,
  createOrder,
  enrolled,
  granted,
  keyed,
  lockProof,
  ORIGIN,
  random,
  refusedCode,
  Target,
  ticketRequest,
  uidOf,
  type World,
} from "../unit/authority/_world.ts";

/** The one request that must be refused; everything before it was granted. Resolves with the code of its answer. */
export type Ask = () => Promise<string>;

/** Leads up to a refusal in a new world. */
export type Provocation = (world: World) => Promise<Ask>;

/** An id that nothing has. */
export const NOBODY = "00".repeat(8);
/** An order, release or ticket id that nothing has. */
export const NOTHING = "00".repeat(16);

/** A product with an order, and an appliance for it. */
export interface Line {
  readonly world: World;
  readonly catalogue: Catalogue;
  readonly order: OrderId;
  readonly appliance: Appliance;
  /** Asks for a ticket for chip `n`. */
  readonly ticket: (n: number, changes?: object) => ReturnType<Appliance["client"]["ticket"]>;
}

/** Makes a line with an order of `units`. */
export async function line(
  world: World,
  units = 3,
  more: Parameters<typeof createOrder>[3] = {},
): Promise<Line> {
  const catalogue = await createCatalogue(world);
  const order = await createOrder(world, catalogue, units, more);
  const appliance = await enrolled(world, "line 1");
  const ticket = (n: number, changes: object = {}) =>
    appliance.client.ticket({ ...ticketRequest(catalogue, uidOf(n)), ...changes });
  return { world, catalogue, order, appliance, ticket };
}

/** A provocation on a line: `act` leads up to it and returns what is asked. */
export function onLine(
  act: (line: Line) => Promise<() => Promise<Parameters<typeof refusedCode>[0]>>,
  units?: number,
  more?: Parameters<typeof createOrder>[3],
): Provocation {
  return async (world) => {
    const ask = await act(await line(world, units, more));
    return async () => refusedCode(await ask());
  };
}

/** A provocation of which the owner needs nothing but an authority. */
export function asOwner(act: (world: World) => Promise<Parameters<typeof refusedCode>[0]>): Provocation {
  return (world) => Promise.resolve(async () => refusedCode(await act(world)));
}

/** Message 1 of chip `n` under a ticket, with a lock record, for `client.message1`. */
export async function message1Of(
  { world, appliance }: Pick<Line, "world" | "appliance">,
  ticket: TicketReply,
  n: number,
  lies: Parameters<typeof lockProof>[3] = {},
) {
  const target = new Target(ticket, (await world.trust()).keySet.ticketKey, uidOf(n));
  return { message1: target.message1.toHex(), ...lockProof(appliance, ticket.ticketId, uidOf(n), lies) };
}

/** Delivers to chip `n` up to message 2. */
export function keyedAt({ world, appliance, catalogue }: Line, n: number) {
  return keyed(world, appliance, catalogue, uidOf(n));
}

/** Asks the authority without a client: for what no client of ours would send. Resolves with the code. */
export async function raw(
  world: World,
  path: string,
  init: RequestInit & { readonly key?: string } = {},
): Promise<string> {
  const headers = new Headers(init.headers);
  headers.set("authorization", `Bearer ${init.key ?? world.apiKey}`);
  headers.set("idempotency-key", random(8).toHex());
  const response = await world.fetch(new Request(`${ORIGIN}${path}`, { ...init, headers }));
  return (await response.json()).code ?? "granted";
}

/** Sends an appliance's request for its state bent by `bend`, and resolves with the code of the answer. */
export async function bent(
  world: World,
  appliance: Appliance,
  bend: (request: Request) => Request,
  sequence = 500,
): Promise<string> {
  let code = "";
  const client = appliance.clientWith(async (request) => {
    const response = await world.fetch(bend(request));
    code = (await response.clone().json()).code ?? "granted";
    return response;
  }, () => sequence);
  // The reply may be refused by the client as well: what matters here is what the authority said.
  await client.state().catch(() => {});
  return code;
}

/** Describes a new release of a catalogue's product, as `createRelease` takes it. */
export async function describeRelease(world: World, { product }: Catalogue, changes: object = {}) {
  const { keySet } = await world.trust();
  const { owner } = granted(await world.owner.owner());
  const release = random(16).toHex() as ReleaseId;
  const secrets = { releaseKey: new Secret(random(32)), salt: new Secret(random(32)) };
  const wrapped = wrapReleaseKey(secrets, { owner, product, release }, {
    unwrapKey: keySet.unwrapKey,
    random,
  });
  return {
    release,
    product,
    version: "2.0.0",
    length: 1024,
    personalOffset: 8,
    personalLength: 216,
    imageDigest: random(32).toHex(),
    wrappedKey: wrapped.toHex(),
    ...changes,
  };
}

/** Creates such a release; nothing of it is uploaded. */
export async function emptyRelease(world: World, catalogue: Catalogue): Promise<ReleaseId> {
  const described = await describeRelease(world, catalogue);
  granted(await world.owner.createRelease(described));
  return described.release;
}

/** What every order has in each state, in one line: what a refusal must not change. */
export async function ledgerOf(world: World): Promise<string> {
  const { orders } = granted(await world.owner.orders());
  const counts = orders.map(({ order, quota }) => `${order} ${JSON.stringify(quota)}`);
  assert.equal(new Set(counts).size, orders.length);
  return counts.sort().join("\n");
}
