/**
 * Refusals that follow a restore of the owner's server, and those that ask for an appliance's record. Everything before the
 * last request is granted; the database is really copied, put back and opened again.
 *
 * @module
 */
import { createApplianceClient, type OrderId } from "../../authority/api/mod.ts";
import { sign } from "../../bootloader/suite/mod.ts";
import { sealRecordHead } from "../../bootloader/ticket/mod.ts";
import { keyedAndKept, type RestorePlace } from "../unit/authority/_epochs.ts";
import {
  type Appliance,
  type Catalogue,
  createCatalogue,
  createOrder,
  granted,
  ORIGIN,
  random,
  refusedCode,
  ticketRequest,
  uidOf,
} from "../unit/authority/_world.ts";
import { type Ask, message1Of } from "./_desk.ts";

/** Leads up to a refusal at a place where backups are restored. */
export type RestoreProvocation = (place: RestorePlace) => Promise<Ask>;

interface Scene {
  readonly place: RestorePlace;
  readonly catalogue: Catalogue;
  readonly order: OrderId;
  readonly appliance: Appliance;
  readonly ticket: (n: number) => ReturnType<Appliance["client"]["ticket"]>;
}

async function sceneOf(place: RestorePlace): Promise<Scene> {
  const catalogue = await createCatalogue(place.world);
  const order = await createOrder(place.world, catalogue, 2);
  const appliance = await place.appliance("line 1");
  const ticket = (n: number) => appliance.client.ticket(ticketRequest(catalogue, uidOf(n)));
  return { place, catalogue, order, appliance, ticket };
}

function restoring(
  act: (scene: Scene) => Promise<() => Promise<Parameters<typeof refusedCode>[0]>>,
): RestoreProvocation {
  return async (place) => {
    const ask = await act(await sceneOf(place));
    return async () => refusedCode(await ask());
  };
}

async function restored({ place }: Scene, options: { readonly epoch?: boolean } = {}): Promise<void> {
  await place.restore(await place.backup(), options);
}

/** A key that the restored database does not know, shown to it; `flip` bends its record. */
const shown = (options: { readonly epoch: boolean; readonly flip: boolean }) =>
  restoring(async (scene) => {
    const { place, appliance, catalogue } = scene;
    const backup = await place.backup();
    const { kept } = await keyedAndKept(place, appliance, catalogue, uidOf(1));
    await place.restore(backup, { epoch: options.epoch });
    const bend = (hex: string) => (hex[0] === "0" ? "1" : "0") + hex.slice(1);
    const ticket = options.flip ? bend(kept.ticket) : kept.ticket;
    return () => appliance.client.restored({ tickets: [{ ...kept, ticket }] });
  });

/** The provocations. */
export const restoredRefusals = {
  "ticket-epoch": restoring(async (scene) => {
    const ticket = granted(await scene.ticket(1));
    const body = await message1Of({ ...scene, world: scene.place.world }, ticket, 1);
    await restored(scene);
    return () => scene.appliance.client.message1(ticket.ticketId, body);
  }),
  "order-awaits-confirmation": restoring(async (scene) => {
    await restored(scene);
    return () => scene.ticket(1);
  }),
  "unit-epoch": restoring(async (scene) => {
    granted(await scene.ticket(1));
    await restored(scene);
    await scene.place.confirm(scene.order);
    return () => scene.ticket(1);
  }),
  "epoch-needed": shown({ epoch: false, flip: false }),
  "restored-not-authentic": shown({ epoch: true, flip: true }),
  "unaccounted-spent": async (place) => {
    const { order, appliance, catalogue } = await sceneOf(place);
    const backup = await place.backup();
    const { kept } = await keyedAndKept(place, appliance, catalogue, uidOf(1));
    await place.restore(backup);
    await place.confirm(order);
    const free = { change: "free-unaccounted", units: 2, deviceMayExist: true } as const;
    granted(await place.world.owner.changeOrder(order, free));
    for (const n of [2, 3]) await keyedAndKept(place, appliance, catalogue, uidOf(n));
    // Of several tickets that are shown, one is refused: its code is told as that ticket's alarm.
    return async () => granted(await appliance.client.restored({ tickets: [kept] })).tickets[0]?.alarm ?? "";
  },
  "unaccounted-not-acknowledged": restoring(async (scene) => {
    await restored(scene);
    await scene.place.confirm(scene.order);
    const free = { change: "free-unaccounted", units: 1, deviceMayExist: false } as const;
    return () => scene.place.world.owner.changeOrder(scene.order, free);
  }),
  "order-not-as-shown": restoring(async (scene) => {
    const { place, order } = scene;
    await restored(scene);
    const { quota, frozen, notBeforeSeconds, notAfterSeconds } = granted(
      await place.world.owner.order(order),
    );
    granted(await place.world.owner.changeOrder(order, { change: "freeze" }));
    const terms = { granted: quota.granted, frozen, notBeforeSeconds, notAfterSeconds };
    return () => place.world.owner.changeOrder(order, { change: "confirm", ...terms });
  }),
  "record-asked": restoring(async ({ place, appliance }) => {
    const { logKey } = (await place.world.trust()).keySet;
    const hash = random(32);
    const zero = new Uint8Array(32);
    const showing = createApplianceClient({
      origin: ORIGIN,
      fetch: (request) => place.world.fetch(request),
      appliance: appliance.id,
      sign: (message) => sign(appliance.identity.seed, message),
      logKeys: [logKey],
      nextSequence: () => 300,
      nowSeconds: () => place.clock.seconds,
      record: {
        next: () => ({
          sequence: 300,
          number: 1,
          sealed: sealRecordHead({
            appliance: appliance.id,
            sequence: 300,
            number: 1,
            hash,
            baseNumber: 0,
            baseHash: zero,
            askedNumber: 0,
            askedHash: zero,
          }, (message) => sign(appliance.identity.seed, message)),
        }),
        heard: () => {},
        skipTo: () => {},
        acknowledge: () => {},
      },
    });
    granted(await showing.state());
    // From now on it shows no record at all.
    const silent = appliance.clientWith((request) => place.world.fetch(request), () => 400);
    return () => silent.state();
  }),
} as const satisfies Readonly<Record<string, RestoreProvocation>>;
