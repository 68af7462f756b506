/**
 * Refusals 1 to 32 but one: what an appliance is refused on the line. Every request but the last is granted.
 *
 * @module
 */
import { createApplianceClient } from "../../authority/api/mod.ts";
import { makeSigningKeyPair, sign } from "../../bootloader/suite/mod.ts";
import type { ApplianceId, TicketId } from "../../bootloader/wire/mod.ts";
import {
  createCatalogue,
  createOrder,
  delivered,
  enrolled,
  granted,
  ORIGIN,
  PRODUCT,
  random,
  ticketRequest,
  uidOf,
} from "../unit/authority/_world.ts";
import {
  asOwner,
  bent,
  emptyRelease,
  keyedAt,
  type Line,
  line,
  message1Of,
  NOBODY,
  NOTHING,
  onLine,
  type Provocation,
} from "./_desk.ts";

const dates = ({ world, order }: Line, from: number, until: number) =>
  world.owner.changeOrder(order, {
    change: "dates",
    notBeforeSeconds: world.clock.seconds + from,
    notAfterSeconds: world.clock.seconds + until,
  });

/** A chip that the owner said something about, after its message 2. */
const decided = (decision: "lost" | "deny") =>
  onLine(async (at) => {
    await keyedAt(at, 1);
    granted(await at.world.owner.decideDevice({ family: 1, uid: uidOf(1) }, { decision }));
    return () => at.ticket(1);
  });

/** A ticket, and then a message 1 that must be refused. */
const atMessage1 = (
  between: (at: Line, ticket: TicketId) => Promise<void>,
  change: { readonly lies?: Parameters<typeof message1Of>[3]; readonly body?: object } = {},
) =>
  onLine(async (at) => {
    const ticket = granted(await at.ticket(1));
    const body = { ...await message1Of(at, ticket, 1, change.lies), ...change.body };
    await between(at, ticket.ticketId);
    return () => at.appliance.client.message1(ticket.ticketId, body);
  });

/** A receipt after message 2 that must be refused. */
const atReceipt = (changes: (receipt: string) => { readonly number: number; readonly receipt: string }) =>
  onLine(async (at) => {
    const { ticket, brought } = await keyedAt(at, 1);
    const body = changes(brought.receipt.toHex());
    return () => at.appliance.client.receipt(ticket.ticketId, body);
  });

/** The provocations. */
export const lineRefusals = {
  "quota-spent": onLine(async ({ ticket }) => {
    granted(await ticket(1));
    return () => ticket(2);
  }, 1),
  "order-frozen": onLine(async ({ world, order, ticket }) => {
    granted(await world.owner.changeOrder(order, { change: "freeze" }));
    return () => ticket(1);
  }),
  "order-not-begun": onLine(async (at) => {
    granted(await dates(at, 1000, 2000));
    return () => at.ticket(1);
  }),
  "order-expired": onLine(async (at) => {
    granted(await dates(at, -20, -10));
    return () => at.ticket(1);
  }),
  "product-unknown": onLine(({ ticket }) => Promise.resolve(() => ticket(1, { product: NOBODY }))),
  "order-missing": onLine(async ({ world, appliance }) => {
    const other = await createCatalogue(world, "Gadget");
    return () => appliance.client.ticket(ticketRequest(other, uidOf(1)));
  }),
  "order-unknown": asOwner(({ owner }) => owner.order(NOTHING as never)),
  "release-unknown": asOwner(({ owner }) => owner.release(NOTHING as never)),
  "release-incomplete": onLine(async ({ world, catalogue }) => {
    const release = await emptyRelease(world, catalogue);
    return () => world.owner.finishRelease(release, { sha256: random(32).toHex() });
  }),
  "appliance-unknown": async (world) => {
    const { keySet } = await world.trust();
    const pair = makeSigningKeyPair(random);
    let code = "";
    const client = createApplianceClient({
      origin: ORIGIN,
      fetch: async (request) => {
        const response = await world.fetch(request);
        code = (await response.clone().json()).code;
        return response;
      },
      appliance: NOBODY as ApplianceId,
      sign: (message) => sign(pair.seed, message),
      logKeys: [keySet.logKey],
      nextSequence: () => 1,
      nowSeconds: () => world.clock.seconds,
    });
    return async () => {
      await client.state().catch(() => {});
      return code;
    };
  },
  "appliance-revoked": onLine(async ({ world, appliance, ticket }) => {
    granted(await world.owner.revokeAppliance(appliance.id));
    return () => ticket(1);
  }),
  "appliance-stopped": onLine(async ({ world, appliance, ticket }) => {
    granted(await world.owner.stopAppliance(appliance.id, { stopped: true }));
    return () => ticket(1);
  }),
  "product-not-allowed": onLine(async ({ world, catalogue }) => {
    const other = await createCatalogue(world, "Gadget");
    const { client } = await enrolled(world, "line 2", [other.product]);
    return () => client.ticket(ticketRequest(catalogue, uidOf(1)));
  }),
  "request-not-authentic": async (world) => {
    const { appliance } = await line(world);
    return () =>
      bent(world, appliance, (request) => new Request(`${request.url}?ticket=${NOTHING}`, request));
  },
  "replay": async (world) => {
    const { appliance } = await line(world);
    const again = () => bent(world, appliance, (request) => request);
    await again();
    return again;
  },
  "uid-invalid": onLine(({ ticket }) => Promise.resolve(() => ticket(1, { uid: "00".repeat(12) }))),
  "uid-denied": decided("deny"),
  "uid-committed": onLine(async ({ world, appliance, catalogue, ticket }) => {
    await delivered(world, appliance, catalogue, uidOf(1));
    return () => ticket(1);
  }),
  "uid-elsewhere": onLine(async (at) => {
    await keyedAt(at, 1);
    const { client } = await enrolled(at.world, "line 2");
    return () => client.ticket(ticketRequest(at.catalogue, uidOf(1)));
  }),
  "uid-lost": decided("lost"),
  "uid-other-release": onLine(async (at) => {
    await keyedAt(at, 1);
    const other = await createCatalogue(at.world, "Gadget");
    await createOrder(at.world, other, 1, { name: "gadgets" });
    return () => at.appliance.client.ticket(ticketRequest(other, uidOf(1)));
  }),
  "chip-wrong": onLine(({ ticket }) => Promise.resolve(() => ticket(1, { flashKb: 64 }))),
  "chip-unknown": asOwner(({ owner }) => owner.createProduct({ ...PRODUCT, name: "x", family: 99 })),
  "ticket-unknown": onLine(async (at) => {
    const ticket = granted(await at.ticket(1));
    const body = await message1Of(at, ticket, 1);
    return () => at.appliance.client.message1(NOTHING as TicketId, body);
  }),
  "ticket-closed": atMessage1(async ({ appliance }, ticket) => {
    const failure = { cause: "readback-differs", phase: "install", atMs: 1, abandon: true };
    granted(await appliance.client.failure(ticket, failure));
  }),
  "ticket-expired": atMessage1(({ world }) => {
    world.clock.nowMs += 900_000_000;
    return Promise.resolve();
  }),
  "message2-limit": onLine(
    async (at) => {
      const { ticket } = await keyedAt(at, 1);
      const body = await message1Of(at, ticket, 1);
      return () => at.appliance.client.message1(ticket.ticketId, body);
    },
    3,
    { message2Limit: 1 },
  ),
  "lock-not-proven": atMessage1(() => Promise.resolve(), { lies: { flashUnderReset: 1 } }),
  "message1-not-authentic": atMessage1(() => Promise.resolve(), { body: { message1: "00".repeat(80) } }),
  "receipt-not-authentic": atReceipt((receipt) => ({
    number: 1,
    receipt: receipt.slice(0, -2) + (receipt.endsWith("00") ? "01" : "00"),
  })),
  "receipt-number-unknown": atReceipt((receipt) => ({ number: 2, receipt })),
  "receipt-other": onLine(async (at) => {
    const [first, second] = [await keyedAt(at, 1), await keyedAt(at, 1)];
    const told = (of: typeof first) =>
      at.appliance.client.receipt(of.ticket.ticketId, {
        number: of.reply.number,
        receipt: of.brought.receipt.toHex(),
      });
    granted(await told(first));
    return () => told(second);
  }),
} as const satisfies Readonly<Record<string, Provocation>>;
