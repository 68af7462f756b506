/**
 * Refusals of the owner's page: what a browser is refused. Every request but the last is granted.
 *
 * @module
 */
import type { World } from "../unit/authority/_world.ts";
import { createOrder } from "../unit/authority/_world.ts";
import { createCatalogue } from "../unit/authority/_world.ts";
import { signedIn, Visitor } from "../unit/authority/console/_console.ts";
import type { Provocation } from "./_desk.ts";

/** Runs one request and resolves with the code that the authority's own log has of it. */
async function logged(world: World, ask: () => Promise<Response>): Promise<string> {
  const before = world.lines.length;
  await (await ask()).text();
  const lines = world.lines.slice(before).map((line) => JSON.parse(line) as { refused?: string | null });
  return lines.find(({ refused }) => typeof refused === "string")?.refused ?? "granted";
}

/** The provocations. */
export const consoleRefusals = {
  "session-missing": (world) =>
    Promise.resolve(() => logged(world, () => new Visitor(world).get("/console"))),
  "form-not-ours": async (world) => {
    const catalogue = await createCatalogue(world);
    const order = await createOrder(world, catalogue, 3);
    const owner = await signedIn(world);
    const path = "/console/acts/order-raise";
    return () => logged(world, () => owner.post(path, { order, by: "1" }, { origin: "https://other.test" }));
  },
  "too-many-tries": async (world) => {
    const guesser = new Visitor(world);
    const guess = () => guesser.signIn("0".repeat(64));
    for (let n = 0; n < 5; n += 1) await (await guess()).text();
    return () => logged(world, guess);
  },
} as const satisfies Readonly<Record<string, Provocation>>;
