/** The owner's door: routes, keys, problems, limits, idempotency. @module */

import assert from "node:assert/strict";
import { createApp } from "../../../../authority/http/mod.ts";
import { createOwnerClient, limits, routes } from "../../../../authority/api/mod.ts";
import type { Office } from "../../../../authority/issuance/mod.ts";
import { hashApiKey } from "../../../../authority/signer/mod.ts";
import { insertApiKey } from "../../../../authority/store/mod.ts";
import { Defect, Fault } from "../../../../bootloader/wire/mod.ts";
import {
  createCatalogue,
  createOrder,
  createWorld,
  granted,
  ORIGIN,
  PRODUCT,
  random,
  refusedCode,
} from "../_world.ts";
import { ask } from "./_owner_door.ts";

Deno.test("createApp() mounts every route of the contract, each with its method", async () => {
  const world = createWorld();
  for (const { method, path, caller } of Object.values(routes)) {
    const filled = path.replaceAll(/:[a-z]+/g, "1".repeat(16));
    const response = await ask(world, filled, { method, ...(method === "GET" ? {} : { body: "{}" }) });
    const text = await response.text();
    assert(!text.includes("route-unknown"), `${method} ${path} (${caller})`);
  }
  assert.equal((await (await ask(world, "/v1/nothing")).json()).code, "route-unknown");
  world.close();
});

Deno.test("owner routes refuse a missing, wrong, short or revoked key, all alike", async () => {
  const world = createWorld();
  const replies = [];
  for (
    const key of [null, random(32).toHex(), "abc", world.apiKey.toUpperCase(), `${world.apiKey} `.repeat(2)]
  ) {
    const response = await ask(world, "/v1/owner/orders", { key });
    replies.push(`${response.status} ${await response.text()}`);
  }
  assert.equal(new Set(replies).size, 1);
  assert(replies[0]?.startsWith("401"));
  world.db.run("UPDATE api_keys SET revoked_ms = 1");
  assert.equal((await ask(world, "/v1/owner/orders")).status, 401);
  world.close();
});

Deno.test("problems are problem+json with code, number, sentence, remedy and effect", async () => {
  const world = createWorld();
  const response = await ask(world, `/v1/owner/orders/${"0".repeat(32)}`);
  assert.equal(response.status, 404);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(await response.json(), {
    type: "urn:flashseal:refusal:order-unknown",
    title: "The owner's server knows no such order",
    status: 404,
    code: "order-unknown",
    number: 7,
    remedy: "List the orders and take one of them",
    effect: "no unit is used",
  });
  world.close();
});

Deno.test("bodies that are too large, no JSON, or of another shape are refused without an echo", async () => {
  const world = createWorld();
  const post = async (body: BodyInit) => {
    const response = await ask(world, "/v1/owner/products", {
      method: "POST",
      body,
      headers: { "idempotency-key": "12345678" },
    });
    const text = await response.text();
    assert(!text.includes("PLANTED"), text);
    return JSON.parse(text).code;
  };
  assert.equal(await post("x".repeat(limits.jsonBytes + 1)), "body-too-large");
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(4096)) });
  assert.equal(await post(endless), "body-too-large");
  assert.equal(await post('{"name":"PLANTED"'), "malformed");
  assert.equal(await post(JSON.stringify({ name: "PLANTED" })), "malformed");
  assert.equal(await post(JSON.stringify({ ...PRODUCT, name: "x", "PLANTED text": 1 })), "malformed");
  assert.equal(await post(JSON.stringify({ ...PRODUCT, name: " PLANTED" })), "malformed");
  assert.equal(await post(new Uint8Array([0xff, 0xfe])), "malformed");
  world.close();
});

Deno.test("a mutation runs once for its idempotency key, and another request under the key is refused", async () => {
  const world = createWorld();
  const create = (name: string, idempotencyKey: string) =>
    world.owner.createProduct({ ...PRODUCT, name }, { idempotencyKey });
  const first = granted(await create("A", "key-00000001"));
  assert.deepEqual(granted(await create("A", "key-00000001")), first);
  assert.equal(refusedCode(await create("B", "key-00000001")), "idempotency-conflict");
  assert.equal(refusedCode(await create("A", "key-00000002")), "name-taken");
  // A refusal keeps no answer: the mended request may use the key.
  granted(await create("C", "key-00000002"));
  assert.equal(granted(await world.owner.products()).products.length, 2);
  const bare = await ask(world, "/v1/owner/products", {
    method: "POST",
    body: JSON.stringify({ ...PRODUCT, name: "D" }),
  });
  assert.equal((await bare.json()).code, "malformed");
  const code = granted(
    await world.owner.createEnrolment({ name: "e", products: [] }, { idempotencyKey: "key-00000003" }),
  );
  assert.deepEqual(
    granted(
      await world.owner.createEnrolment({ name: "e", products: [] }, { idempotencyKey: "key-00000003" }),
    ),
    code,
  );
  world.close();
});

Deno.test("createProduct() is refused without the acknowledgements, saying what they mean, and with options that cannot work", async () => {
  const world = createWorld();
  const create = async (change: object) => {
    const answer = await world.owner.createProduct({ ...PRODUCT, name: "x", ...change });
    return "refused" in answer
      ? `${answer.refused.code}: ${answer.refused.says} ${answer.refused.detail ?? ""}`
      : "granted";
  };
  assert.match(
    await create({ acknowledges: { deviceClassC: false, lockClass: true } }),
    /^class-c.*has the firmware for ever/,
  );
  assert.match(
    await create({ acknowledges: { deviceClassC: true, lockClass: false } }),
    /^lock-class.*RAM.*Lock class 2/,
  );
  assert.match(await create({ family: 99 }), /^chip-unknown/);
  assert.match(await create({ chipId: 0x999 }), /^chip-unknown/);
  const [value, ...values] = PRODUCT.optionValue;
  const [mask, ...masks] = PRODUCT.optionMask;
  assert.match(
    await create({ optionValue: [value, ...values], optionMask: [mask | 0xff, ...masks] }),
    /^options-wrong/,
  );
  assert.match(await create({ optionValue: [0, 0, 0, 0], optionMask: [mask, 0, 0, 0] }), /^options-wrong/);
  world.close();
});

Deno.test("errors of our own and of the world become 500 and 503 with an incident and without their inside", async () => {
  const lines: string[] = [];
  const world = createWorld();
  const base = { random, nowMs: () => 0, signer: { logKeyId: "", signReply: () => new Uint8Array(64) } };
  const failing = (error: Error) => {
    const db = {
      first: () => {
        throw error;
      },
    };
    return createApp({ ...base, db } as unknown as Office, {
      trust: null as never,
      say: (line) => lines.push(line),
    });
  };
  const request = () =>
    new Request(`${ORIGIN}/v1/owner`, { headers: { authorization: `Bearer ${world.apiKey}` } });
  const defect = await failing(new Defect("PLANTED inside")).fetch(request());
  assert.equal(defect.status, 500);
  const body = await defect.text();
  assert(!body.includes("PLANTED"));
  const { incident } = JSON.parse(body);
  assert(lines.some((line) => line.includes(incident) && line.includes("PLANTED inside")));
  const fault = await failing(
    new Fault("Cannot use the database: the disk is full", { place: "database", retry: true }),
  ).fetch(request());
  assert.equal(fault.status, 503);
  assert.equal((await fault.json()).title, "Cannot use the database: the disk is full");
  world.close();
});

Deno.test("an idempotency key is bound to the address and to the caller, not to the body alone", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  const [first, second] = [await createOrder(world, catalogue, 1), await createOrder(world, catalogue, 2)];
  const idempotencyKey = "key-00000001";
  granted(await world.owner.changeOrder(first, { change: "freeze" }, { idempotencyKey }));
  assert.equal(
    refusedCode(await world.owner.changeOrder(second, { change: "freeze" }, { idempotencyKey })),
    "idempotency-conflict",
  );
  // Another person's key of the same spelling is another key.
  const other = random(32).toHex();
  insertApiKey(world.db, { hash: hashApiKey(other), name: "second", role: "owner", createdMs: 1 });
  const client = createOwnerClient({ origin: ORIGIN, fetch: world.fetch, apiKey: () => other, random });
  granted(await client.changeOrder(second, { change: "freeze" }, { idempotencyKey }));
  assert.deepEqual(granted(await world.owner.orders()).orders.map(({ frozen }) => frozen), [true, true]);
  world.close();
});

Deno.test("the request log has no query: what was put there by mistake does not stay", async () => {
  const world = createWorld();
  await ask(world, "/v1/owner/orders?key=PLANTED");
  const line = world.lines.find((text) => text.includes("/v1/owner/orders")) ?? "";
  assert.equal(JSON.parse(line).path, "/v1/owner/orders");
  assert(!world.lines.join().includes("PLANTED"));
  world.close();
});

Deno.test("the whole quota is readable when the orders' sum lies above the bound of one", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  await createOrder(world, catalogue, 1_000_000_000);
  await createOrder(world, catalogue, 1_000_000_000, { name: "another" });
  assert.equal(granted(await world.owner.quota()).total.granted, 2_000_000_000);
  world.close();
});

Deno.test("names with marks that turn the direction, or with half a character, are refused", async () => {
  const world = createWorld();
  for (const name of ["a\u202eb", "a\u2066b", "a\u061cb", "a\ud800b", "\u200fa"]) {
    assert.equal(refusedCode(await world.owner.createEnrolment({ name, products: [] })), "malformed");
  }
  granted(await world.owner.createEnrolment({ name: "Straße 3, 線路 \u{1f3ed}", products: [] }));
  world.close();
});
