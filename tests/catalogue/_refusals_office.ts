/**
 * Refusals that owners and their programs meet, and appliances that borrow or were away. Every request but the last is granted.
 *
 * @module
 */
import {
  createOwnerClient,
  DENIALS_MOST,
  enrolAppliance,
  limits,
  writeEnrolmentCode,
} from "../../authority/api/mod.ts";
import { parseEnrolmentCode, rootHashOf } from "../../authority/api/mod.ts";
import { allow, ask, drawKeys, lent, OFFLINE, scene } from "../unit/authority/_vault.ts";
import {
  createCatalogue,
  createOrder,
  delivered,
  enrolled,
  granted,
  ORIGIN,
  PRODUCT,
  random,
  refusedCode,
  ticketRequest,
  uidOf,
  type World,
} from "../unit/authority/_world.ts";
import {
  asOwner,
  describeRelease,
  emptyRelease,
  keyedAt,
  line,
  NOBODY,
  onLine,
  type Provocation,
  raw,
} from "./_desk.ts";

const create = (change: object) =>
  asOwner(({ owner }) => owner.createProduct({ ...PRODUCT, name: "x", ...change }));
const device = (world: World, decision: Parameters<World["owner"]["decideDevice"]>[1]) =>
  world.owner.decideDevice({ family: 1, uid: uidOf(1) }, decision);

/** A provocation where units may be lent. */
function whereLent(
  act: (at: Awaited<ReturnType<typeof scene>> & { readonly world: World }) => Promise<
    () => Promise<Parameters<typeof refusedCode>[0]>
  >,
  allowance?: number,
): Provocation {
  return async (world) => {
    const asked = await act({ world, ...await scene(world, 5, allowance) });
    return async () => refusedCode(await asked());
  };
}

/** The provocations. */
export const officeRefusals = {
  "enrolment-refused": async (world) => {
    const trust = await world.trust();
    const guess = writeEnrolmentCode({ secret: random(10), rootHash: rootHashOf(world.rootPublicKey) });
    const enrolment = {
      code: parseEnrolmentCode(guess),
      trust,
      publicKey: random(32),
      nonce: random(32),
    };
    return async () => refusedCode(await enrolAppliance({ origin: ORIGIN, fetch: world.fetch }, enrolment));
  },
  "api-key-wrong": asOwner(({ fetch }) => {
    const stranger = random(32).toHex();
    return createOwnerClient({ origin: ORIGIN, fetch, apiKey: () => stranger, random }).orders();
  }),
  "class-c-not-acknowledged": create({
    acknowledges: { deviceClassC: false, lockClass: true, offline: false },
  }),
  "lock-class-not-acknowledged": create({
    acknowledges: { deviceClassC: true, lockClass: false, offline: false },
  }),
  "idempotency-conflict": onLine(async ({ world, order }) => {
    const options = { idempotencyKey: "key-00000001" };
    granted(await world.owner.changeOrder(order, { change: "raise", by: 1 }, options));
    return () => world.owner.changeOrder(order, { change: "raise", by: 2 }, options);
  }),
  "name-taken": onLine(({ world }) =>
    Promise.resolve(() => world.owner.createProduct({ ...PRODUCT, name: "Widget" }))
  ),
  "order-below-use": onLine(({ world, order }) =>
    Promise.resolve(() => world.owner.changeOrder(order, { change: "lower", by: 4 }))
  ),
  "range-wrong": onLine(({ appliance, catalogue }) =>
    Promise.resolve(() =>
      appliance.client.releaseContent(catalogue.release, { offset: 1_000_000, length: 1 })
    )
  ),
  "upload-elsewhere": onLine(async ({ world, catalogue }) => {
    const release = await emptyRelease(world, catalogue);
    return () => world.owner.uploadRelease(release, { offset: 100, content: random(10) });
  }),
  "upload-finished": onLine(({ world, catalogue }) =>
    Promise.resolve(() => world.owner.finishRelease(catalogue.release, { sha256: random(32).toHex() }))
  ),
  "digest-wrong": onLine(async ({ world, catalogue }) => {
    const release = await emptyRelease(world, catalogue);
    granted(await world.owner.uploadRelease(release, { offset: 0, content: random(10) }));
    return () => world.owner.uploadRelease(release, { offset: 0, content: random(10) });
  }),
  "wrapped-key-wrong": onLine(async ({ world, catalogue }) => {
    const described = await describeRelease(world, catalogue, { wrappedKey: random(112).toHex() });
    return () => world.owner.createRelease(described);
  }),
  "release-does-not-fit": onLine(async ({ world, catalogue }) => {
    const described = await describeRelease(world, catalogue, { length: PRODUCT.flashKb * 1024 + 512 });
    return () => world.owner.createRelease(described);
  }),
  "body-too-large": (world) =>
    Promise.resolve(() =>
      raw(world, "/v1/owner/products", { method: "POST", body: "x".repeat(limits.jsonBytes + 1) })
    ),
  "malformed": (world) =>
    Promise.resolve(() => raw(world, "/v1/owner/products", { method: "POST", body: '{"name":' })),
  "route-unknown": (world) => Promise.resolve(() => raw(world, "/v1/nothing")),
  "device-unknown": onLine(({ world }) => Promise.resolve(() => device(world, { decision: "lost" }))),
  "unit-state": onLine(async (at) => {
    await delivered(at.world, at.appliance, at.catalogue, uidOf(1));
    return () => device(at.world, { decision: "lost" });
  }),
  "acknowledge-missing": onLine(async (at) => {
    await keyedAt(at, 1);
    granted(await device(at.world, { decision: "lost" }));
    return () => device(at.world, { decision: "re-credit", deviceMayExist: false });
  }),
  "appliance-not-found": asOwner(({ owner }) => owner.revokeAppliance(NOBODY as never)),
  "enrolments-too-many": async (world) => {
    const make = (n: number) => world.owner.createEnrolment({ name: `line ${n}`, products: [] });
    for (let n = 0; n < 100; n += 1) granted(await make(n));
    return async () => refusedCode(await make(100));
  },
  "options-wrong": create({ optionValue: [0, 0, 0, 0], optionMask: [PRODUCT.optionMask[0], 0, 0, 0] }),
  "offline-not-acknowledged": create({ offline: OFFLINE }),
  "offline-not-allowed": onLine(({ world, order, appliance }) =>
    Promise.resolve(() => allow(world, order, appliance, 1))
  ),
  "allowance-too-large": whereLent(({ world, order, appliance }) =>
    Promise.resolve(() => allow(world, order, appliance, OFFLINE.unitsMax + 1))
  ),
  "allowance-spent": whereLent(
    ({ order, appliance }) => Promise.resolve(() => ask(appliance, order, drawKeys(2))),
    1,
  ),
  "lease-region-short": async (world) => {
    const short = await createCatalogue(world, "Short", { offline: OFFLINE, personalLength: 432 });
    const order = await createOrder(world, short, 5);
    const appliance = await enrolled(world, "line 1");
    granted(await allow(world, order, appliance, 1));
    return async () => refusedCode(await ask(appliance, order, drawKeys(1)));
  },
  "lease-unknown": whereLent(async ({ world, appliance, order }) => {
    const lease = await lent(world, appliance, order, 1);
    const other = await enrolled(world, "line 2");
    const uses = { uses: [lease.use(0, uidOf(1), "keyed")], chain: lease.nextHead() };
    return () => other.client.leaseUses(lease.grant.lease, uses);
  }),
  "lease-key-used": whereLent(async ({ world, appliance, order }) => {
    const keys = drawKeys(1);
    granted(await ask(appliance, order, keys));
    const second = await enrolled(world, "line 2");
    granted(await allow(world, order, second, 1));
    return () => ask(second, order, keys);
  }),
  "use-not-valid": whereLent(async ({ world, appliance, order }) => {
    const lease = await lent(world, appliance, order, 1);
    const use = lease.use(0, uidOf(1), "keyed");
    return () => lease.report([use, use]);
  }),
  "appliance-frozen": whereLent(async ({ world, appliance, order }) => {
    const lease = await lent(world, appliance, order, 1);
    granted(await lease.report([lease.use(0, uidOf(1), "committed")]));
    // The same ticket for another chip: its disk was copied.
    return () => lease.report([lease.use(0, uidOf(2), "committed")]);
  }),
  "uid-leased": whereLent(async ({ world, appliance, order, catalogue }) => {
    const lease = await lent(world, appliance, order, 1);
    granted(await lease.report([lease.use(0, uidOf(1), "keyed")]));
    return () => appliance.client.ticket(ticketRequest(catalogue, uidOf(1)));
  }),
  "rework-not-allowed": onLine(async (at) => {
    await delivered(at.world, at.appliance, at.catalogue, uidOf(1));
    return () => device(at.world, { decision: "rework" });
  }),
  "appliance-outdated": onLine(({ world, appliance }) => {
    world.clock.nowMs += 366 * 86_400_000;
    return Promise.resolve(() => appliance.client.state());
  }),
  "renewal-not-asked": async (world) => {
    const { appliance } = await line(world);
    return async () => refusedCode(await world.owner.decideRenewal(appliance.id, { decision: "approve" }));
  },
  "denials-too-many": (world) => {
    const insert = "INSERT INTO denials SELECT 1, unhex(printf('%024x%08x', value, 0)) FROM " +
      "(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT ?) SELECT value FROM n)";
    world.db.run(insert, DENIALS_MOST);
    return Promise.resolve(async () =>
      refusedCode(await world.owner.decideDevice({ family: 1, uid: uidOf(99) }, { decision: "deny" }))
    );
  },
  "allowance-missing": whereLent(
    ({ world, order, appliance }) =>
      Promise.resolve(() =>
        world.owner.setListedUids(order, { appliance: appliance.id, uids: [uidOf(1)], others: false })
      ),
    0,
  ),
} as const satisfies Readonly<Record<string, Provocation>>;
