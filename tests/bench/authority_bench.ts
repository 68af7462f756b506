/**
 * What one authority does in a second, requests signed and checked, each transaction durable on this disk.
 *
 * @module
 */
import {
  createCatalogue,
  createOrder,
  createWorld,
  delivered,
  enrolled,
  ticketRequest,
  uidOf,
} from "../unit/authority/_world.ts";

const folder = Deno.makeTempDirSync({ prefix: "flashseal-bench-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const world = createWorld(`${folder}/authority.sqlite`);
const catalogue = await createCatalogue(world);
await createOrder(world, catalogue, 1_000_000);
const appliance = await enrolled(world, "bench");
let chips = 0;

Deno.bench("state: a signed request that changes nothing but its number", {
  group: "authority",
  baseline: true,
}, async () => {
  await appliance.client.state();
});

Deno.bench("ticket: a unit reserved, a ticket signed", { group: "authority" }, async () => {
  await appliance.client.ticket(ticketRequest(catalogue, uidOf(++chips)));
});

Deno.bench("whole delivery: trust, ticket, message 2, receipt, and the target's part", {
  group: "authority",
}, async () => {
  await delivered(world, appliance, catalogue, uidOf(++chips));
});
