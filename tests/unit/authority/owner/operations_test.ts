/**
 * The owner's operations: people's words become ids and seconds, each act happens once however often its reply is
 * lost, refusals come back as values, and long lists are fetched to their end.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  createOrder,
  createProduct,
  freezeOrder,
  listDevices,
  listOrders,
  lowerOrder,
  makeRelease,
  parseTime,
  raiseOrder,
  redateOrder,
  showDevice,
  showProduct,
  showRelease,
  thawOrder,
} from "../../../../authority/owner/mod.ts";
import { type Fetch, limits } from "../../../../authority/api/mod.ts";
import { Malformed } from "../../../../bootloader/wire/mod.ts";
import { FLASH, makeFirmware } from "../../../vectors/firmware/image.ts";
import { makeIntelHex } from "../../../vectors/firmware/intel_hex.ts";
import { cutNetwork, OwnersAuthority, sessionOf } from "./_owner_world.ts";

async function withRelease(authority: OwnersAuthority) {
  const { session } = await sessionOf(authority);
  const file = { name: "app.bin", bytes: makeFirmware(300) };
  const made = await makeRelease(session, { product: "blinker", version: "1.0.0", file, stateFile: "state" });
  assert.ok("granted" in made);
  const { release, product } = made.granted.release;
  return { session, release, product };
}

const order = { name: "March", product: "blinker", release: "1.0.0", granted: 5 };

Deno.test("createOrder() finds product by name, release by version, and turns days into seconds", async () => {
  const authority = await OwnersAuthority.make();
  const { session, release, product } = await withRelease(authority);
  const made = await createOrder(session, { ...order, from: "2027-03-01", until: "2027-03-31" });
  assert.ok("granted" in made);
  const { notBeforeSeconds, notAfterSeconds } = made.granted;
  assert.deepEqual([made.granted.product, made.granted.release], [product, release]);
  assert.equal(new Date(notBeforeSeconds * 1000).toISOString(), "2027-03-01T00:00:00.000Z");
  assert.equal(new Date(notAfterSeconds * 1000).toISOString(), "2027-03-31T23:59:59.000Z");
  const byId = await createOrder(session, { ...order, name: "April", product, release });
  assert.ok("granted" in byId);
  assert.equal(byId.granted.notBeforeSeconds, 1_800_000_000);
  assert.equal(byId.granted.notAfterSeconds, 1_800_000_000 + 365 * 86_400);
  assert.equal(byId.granted.message2Limit, 3);
  const patient = await createOrder(session, { ...order, name: "May", message2Limit: 16 });
  assert.ok("granted" in patient && patient.granted.message2Limit === 16);
});

Deno.test("createOrder() refuses unknown words as a value that says what there is, and nonsense as Malformed", async () => {
  const { session } = await withRelease(await OwnersAuthority.make());
  const release = await createOrder(session, { ...order, release: "9.9" });
  assert.ok("refused" in release);
  assert.deepEqual([release.refused.code, release.refused.detail], [
    "release-unknown",
    'there is no "9.9"; there is "1.0.0"',
  ]);
  const unknown = await createOrder(session, { ...order, product: "x" });
  assert.ok("refused" in unknown && unknown.refused.code === "product-unknown");
  for (const granted of [0, -1, 1.5, NaN, 2e9]) {
    await assert.rejects(createOrder(session, { ...order, granted }), Malformed);
  }
  for (const message2Limit of [0, 17, 2.5, NaN]) {
    await assert.rejects(createOrder(session, { ...order, message2Limit }), /messages 2: .* from 1 to 16/);
  }
  await assert.rejects(
    createOrder(session, { ...order, from: "2027-02-01", until: "2027-01-01" }),
    /the last day lies before the first/,
  );
});

Deno.test("an act whose reply is lost three times over happens once", async () => {
  const authority = await OwnersAuthority.make();
  await withRelease(authority);
  // Requests of this session: 0 login, 1 products, 2 releases, 3 products, 4 the order itself.
  const { session } = await sessionOf(authority, {
    seed: 2,
    fetch: cutNetwork(authority.fetch, { at: 4, when: "after", count: 3 }),
  });
  const made = await createOrder(session, order);
  assert.ok("granted" in made, JSON.stringify(made));
  const list = await listOrders(session);
  assert.ok("granted" in list && list.granted.length === 1);
  const { session: raising } = await sessionOf(authority, {
    seed: 3,
    fetch: cutNetwork(authority.fetch, { at: 2, when: "after", count: 4 }),
  });
  const raised = await raiseOrder(raising, "March", 2);
  assert.ok("granted" in raised);
  assert.equal(raised.granted.quota.granted, 7, "raised once");
});

Deno.test("orders are raised, lowered, frozen, thawed and dated by name", async () => {
  const { session } = await withRelease(await OwnersAuthority.make());
  assert.ok("granted" in await createOrder(session, order));
  const raised = await raiseOrder(session, "March", 3);
  assert.ok("granted" in raised && raised.granted.quota.granted === 8);
  const lowered = await lowerOrder(session, "March", 6);
  assert.ok("granted" in lowered && lowered.granted.quota.free === 2);
  const tooLow = await lowerOrder(session, "March", 3);
  assert.ok("refused" in tooLow && tooLow.refused.code === "order-below-use");
  const frozen = await freezeOrder(session, "March");
  assert.ok("granted" in frozen && frozen.granted.frozen);
  const thawed = await thawOrder(session, frozen.granted.order);
  assert.ok("granted" in thawed && !thawed.granted.frozen);
  const before = thawed.granted.notBeforeSeconds;
  const dated = await redateOrder(session, "March", { until: "2030-01-01T12:00Z" });
  assert.ok("granted" in dated);
  assert.deepEqual([dated.granted.notBeforeSeconds, dated.granted.notAfterSeconds], [
    before,
    Date.UTC(2030, 0, 1, 12) / 1000,
  ]);
  for (const by of [0, 0.5, -3]) {
    await assert.rejects(raiseOrder(session, "March", by), Malformed);
    await assert.rejects(lowerOrder(session, "March", by), Malformed);
  }
  const list = await listOrders(session);
  assert.ok("granted" in list && list.granted.length === 1);
});

Deno.test("words that several things answer to are refused, ids are not", async () => {
  const { session, release } = await withRelease(await OwnersAuthority.make());
  const acknowledges = { deviceClassC: true, lockClass: true };
  assert.ok("granted" in await createProduct(session, { name: "other", chip: "stm32g0-8k", acknowledges }));
  const file = { name: "app.bin", bytes: makeFirmware(300) };
  assert.ok(
    "granted" in await makeRelease(session, { product: "other", version: "1.0.0", file, stateFile: "state" }),
  );
  const both = await showRelease(session, "1.0.0");
  assert.ok("refused" in both);
  assert.match(both.refused.detail ?? "", /"1\.0\.0" names 2 of them: take the id instead/);
  assert.ok("granted" in await showRelease(session, release));
  assert.ok("granted" in await showRelease(session, "1.0.0", "other"));
});

Deno.test("createProduct() sets the chip's defaults, and the option words of a file beside them", async () => {
  const { session } = await sessionOf(await OwnersAuthority.make());
  const acknowledges = { deviceClassC: true, lockClass: true };
  const plain = await createProduct(session, { name: "a", chip: "stm32g0-8k", acknowledges });
  assert.ok("granted" in plain);
  const { family, chipId, flashKb, lockLevel, personal, optionValue, optionMask } = plain.granted;
  assert.deepEqual([family, chipId, flashKb, lockLevel, personal], [1, null, 8, 1, "optional"]);
  assert.deepEqual([optionValue, optionMask], [[0x0500_0000, 0, 0, 0], [0x0500_0000, 0, 0, 0]]);
  const options = { address: 0x1fff_7800, bytes: new Uint8Array(new Uint32Array([0xffff_febb]).buffer) };
  const optionsFrom = {
    name: "a.hex",
    bytes: makeIntelHex([{ address: FLASH, bytes: makeFirmware(256) }, options]),
  };
  const fromFile = await createProduct(session, {
    name: "b",
    chip: "stm32g0-64k",
    chipId: 0x466,
    personal: "required",
    optionsFrom,
    acknowledges,
  });
  assert.ok("granted" in fromFile, JSON.stringify(fromFile));
  const { granted } = fromFile;
  assert.deepEqual([granted.flashKb, granted.chipId, granted.personal], [64, 0x466, "required"]);
  assert.deepEqual([granted.optionValue, granted.optionMask], [[0x3f4f_fe00, 0, 0, 0], [
    0x3f4f_ff00,
    0,
    0,
    0,
  ]]);
  await assert.rejects(
    createProduct(session, { name: "c", chip: "z80", acknowledges }),
    /Cannot use chip "z80": supported are stm32g0/,
  );
});

Deno.test("listDevices() fetches page after page to the end or the limit", async () => {
  const authority = await OwnersAuthority.make();
  const devices = Array.from({ length: 1234 }, (_, index) => ({
    family: 1,
    uid: index.toString(16).padStart(24, "0"),
    order: "0".repeat(32),
    product: "0".repeat(16),
    release: "0".repeat(32),
    version: "1.0.0",
    appliance: "0".repeat(16),
    station: "1",
    state: "committed",
    serial: index,
    message2Count: 1,
    reworks: 0,
    message2Before: 0,
    changedAtMs: index,
    lease: null,
  }));
  /** Stands in for a long list only: 1,234 deliveries would take too long here. */
  const fetch: Fetch = async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== "/v1/owner/devices") return await authority.fetch(request);
    const [from, limit] = [Number(searchParams.get("after") ?? 0), Number(searchParams.get("limit"))];
    assert.ok(limit >= 1 && limit <= limits.pageEntries);
    const next = from + limit < devices.length ? String(from + limit) : null;
    return new Response(JSON.stringify({ devices: devices.slice(from, from + limit), next }));
  };
  const { session } = await sessionOf(authority, { fetch });
  const all = await listDevices(session, { limit: 5000 });
  assert.ok("granted" in all);
  assert.deepEqual(all.granted.devices.map(({ serial }) => serial), devices.map(({ serial }) => serial));
  assert.equal(all.granted.next, null);
  const some = await listDevices(session, { limit: 700 });
  assert.ok("granted" in some);
  assert.deepEqual([some.granted.devices.length, some.granted.next], [700, "700"]);
  const rest = await listDevices(session, { after: "700", limit: 5000 });
  assert.ok("granted" in rest);
  assert.equal(rest.granted.devices.length, 534);
  await assert.rejects(showDevice(session, { uid: "12" }), Malformed);
});

Deno.test("showProduct() and showRelease() take names, versions and ids", async () => {
  const { session, release, product } = await withRelease(await OwnersAuthority.make());
  for (const word of ["blinker", product]) assert.ok("granted" in await showProduct(session, word));
  for (const word of ["1.0.0", release]) assert.ok("granted" in await showRelease(session, word, "blinker"));
});

Deno.test("parseTime() takes days and instants with a zone, and no date that does not exist", () => {
  assert.equal(parseTime("2027-01-31", "first"), Date.UTC(2027, 0, 31) / 1000);
  assert.equal(parseTime("2027-01-31", "last"), Date.UTC(2027, 0, 31, 23, 59, 59) / 1000);
  assert.equal(parseTime("2027-01-31T08:00:01+02:00", "last"), Date.UTC(2027, 0, 31, 6, 0, 1) / 1000);
  for (
    const text of [
      "",
      "tomorrow",
      "2027-02-30",
      "2027-13-01",
      "2027-1-1",
      "2027-01-31T08:00",
      "1969-12-31",
      "27",
    ]
  ) {
    assert.throws(() => parseTime(text, "first"), Malformed, text);
  }
});
