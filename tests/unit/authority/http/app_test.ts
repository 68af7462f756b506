/** The owner's door, limits, problems, idempotency; and no secret in any log, error or table. @module */

import assert from "node:assert/strict";
import { createApp } from "../../../../authority/http/mod.ts";
import { contentDigestOf, createOwnerClient, limits, routes } from "../../../../authority/api/mod.ts";
import type { Office } from "../../../../authority/issuance/mod.ts";
import { hashApiKey, keyNames, openAtRest } from "../../../../authority/signer/mod.ts";
import { insertApiKey, readSealedKey } from "../../../../authority/store/mod.ts";
import { Secret } from "../../../../bootloader/suite/mod.ts";
import { wrapReleaseKey } from "../../../../bootloader/ticket/mod.ts";
import { Defect, Fault, type ReleaseId } from "../../../../bootloader/wire/mod.ts";
import {
  createCatalogue,
  createOrder,
  createWorld,
  delivered,
  enrolled,
  granted,
  keyed,
  lockProof,
  ORIGIN,
  PRODUCT,
  random,
  refusedCode,
  Target,
  ticketRequest,
  uidOf,
  type World,
} from "../_world.ts";

function ask(
  world: World,
  path: string,
  init: RequestInit & { readonly key?: string | null } = {},
): Promise<Response> {
  const headers = new Headers(init.headers);
  if (init.key !== null) headers.set("authorization", `Bearer ${init.key ?? world.apiKey}`);
  return world.fetch(new Request(`${ORIGIN}${path}`, { ...init, headers }));
}

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

Deno.test("enrolment: a code works once, for one hour, for the one who has it", async () => {
  const world = createWorld();
  const post = async (body: object) => {
    const response = await world.fetch(
      new Request(`${ORIGIN}/v1/enrolments`, { method: "POST", body: JSON.stringify(body) }),
    );
    return (await response.json()).code ?? "granted";
  };
  granted(await world.owner.createEnrolment({ name: "a", products: [] }));
  const hex = (n: number) => random(n).toHex();
  assert.equal(await post({ publicKey: hex(32), nonce: hex(32), mac: hex(32) }), "enrolment-refused");
  assert.equal(refusedCode(await world.owner.createEnrolment({ name: "a", products: [] })), "name-taken");
  assert.equal(
    refusedCode(await world.owner.createEnrolment({ name: "b", products: ["00".repeat(8)] })),
    "product-unknown",
  );

  const { enrolmentMac, parseEnrolmentCode } = await import("../../../../authority/api/mod.ts");
  const { code } = granted(await world.owner.createEnrolment({ name: "c", products: [] }));
  const { secret } = parseEnrolmentCode(code);
  const facts = { publicKey: random(32), nonce: random(32) };
  const request = {
    publicKey: facts.publicKey.toHex(),
    nonce: facts.nonce.toHex(),
    mac: enrolmentMac(secret, facts).toHex(),
  };
  const first = await (await world.fetch(
    new Request(`${ORIGIN}/v1/enrolments`, { method: "POST", body: JSON.stringify(request) }),
  )).json();
  const again = await (await world.fetch(
    new Request(`${ORIGIN}/v1/enrolments`, { method: "POST", body: JSON.stringify(request) }),
  )).json();
  assert.deepEqual(again, first);
  const thief = { publicKey: random(32), nonce: random(32) };
  const second = {
    publicKey: thief.publicKey.toHex(),
    nonce: thief.nonce.toHex(),
    mac: enrolmentMac(secret, thief).toHex(),
  };
  assert.equal(await post(second), "enrolment-refused");

  // A key that is enrolled already is not enrolled again under another code.
  const next = parseEnrolmentCode(
    granted(await world.owner.createEnrolment({ name: "next", products: [] })).code,
  );
  const twice = { ...request, mac: enrolmentMac(next.secret, facts).toHex() };
  assert.equal(await post(twice), "enrolment-refused");

  const late = parseEnrolmentCode(
    granted(await world.owner.createEnrolment({ name: "d", products: [] })).code,
  );
  world.clock.nowMs += 3_600_001;
  assert.equal(await post({ ...second, mac: enrolmentMac(late.secret, thief).toHex() }), "enrolment-refused");
  assert.equal(granted(await world.owner.appliances()).appliances.length, 1);
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

Deno.test("createRelease() refuses what no ticket could be sealed for (P-16, P-17)", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  const { keySet } = await world.trust();
  const { owner } = granted(await world.owner.owner());
  const { product } = catalogue;
  const secrets = { releaseKey: new Secret(random(32)), salt: new Secret(random(32)) };
  const create = async (change: object) => {
    const release = random(16).toHex() as ReleaseId;
    const wrapped = wrapReleaseKey(secrets, { owner, product, release }, {
      unwrapKey: keySet.unwrapKey,
      random,
    });
    const region = { personalOffset: 8, personalLength: 216 };
    const described = { release, product, version: release, length: 1024, ...region, ...change };
    return refusedCode(
      await world.owner.createRelease({
        ...described,
        imageDigest: random(32).toHex(),
        wrappedKey: wrapped.toHex(),
      }),
    );
  };
  assert.equal(await create({}), "granted");
  for (
    const change of [
      { length: 0 },
      { length: 1000 },
      { length: PRODUCT.flashKb * 1024 + 512 },
      { personalOffset: 0 },
      { personalOffset: 12 },
      { personalLength: 220 },
      { personalLength: 208 },
      { personalLength: 776, length: 2048 },
      { personalOffset: 1024 - 208 },
      { personalLength: 0 },
      { personalLength: 0, personalOffset: 0 },
    ]
  ) assert.equal(await create(change), "release-does-not-fit", JSON.stringify(change));
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

Deno.test("createEnrolment() keeps at most 100 codes open", async () => {
  const world = createWorld();
  const make = async (n: number) =>
    refusedCode(await world.owner.createEnrolment({ name: `line ${n}`, products: [] }));
  for (let n = 0; n < 100; n += 1) assert.equal(await make(n), "granted");
  assert.equal(await make(100), "enrolments-too-many");
  world.clock.nowMs += 3_600_001;
  assert.equal(await make(100), "granted");
  world.close();
});

/** Text of everything the database holds, in hexadecimal for bytes. */
function wholeDatabase(world: World): string {
  const tables = world.db.all("SELECT name FROM sqlite_schema WHERE type = 'table'").map((row) =>
    String(row["name"])
  );
  const cells: string[] = [];
  for (const table of tables) {
    for (const row of world.db.all(`SELECT * FROM "${table}"`)) {
      for (const value of Object.values(row)) {
        cells.push(value instanceof Uint8Array ? value.toHex() : String(value));
      }
    }
  }
  return cells.join("\n").toLowerCase();
}

Deno.test("no secret stands in any log line, log entry, table, problem or owner's reply", async () => {
  const world = createWorld();
  const replies: string[] = [];
  const catalogue = await createCatalogue(world);
  await createOrder(world, catalogue, 5);
  const enrolment = granted(await world.owner.createEnrolment({ name: "kept", products: [] }));
  const appliance = await enrolled(world, "line 1");
  const { reply, brought } = await delivered(world, appliance, catalogue, uidOf(1));
  const open = await keyed(world, appliance, catalogue, uidOf(2));
  // Requests that fail in many ways, so that their errors are in the logs.
  const target = new Target(open.ticket, (await world.trust()).keySet.ticketKey, uidOf(2), { lock: 0 });
  await appliance.client.message1(open.ticket.ticketId, {
    message1: target.message1.toHex(),
    ...lockProof(appliance, open.ticket.ticketId, uidOf(2)),
  });
  await appliance.client.ticket({ ...ticketRequest(catalogue, uidOf(3)), flashKb: 1 });
  for (
    const path of [
      "/v1/owner",
      "/v1/owner/orders",
      "/v1/owner/devices",
      "/v1/owner/log",
      "/v1/owner/releases",
      `/v1/owner/devices/1/${uidOf(1)}`,
    ]
  ) {
    replies.push(await (await ask(world, path)).text());
  }
  await ask(world, "/v1/owner/orders", { key: "ab".repeat(32) });

  const { parseEnrolmentCode } = await import("../../../../authority/api/mod.ts");
  const sealed = keyNames.map((name) =>
    [
      name,
      openAtRest(new Secret(world.sealKey.slice()), {
        name,
        sealed: readSealedKey(world.db, name) ?? new Uint8Array(),
      }).use((b) => b.slice()),
    ] as const
  );
  const secrets = new Map<string, Uint8Array>([
    ...sealed,
    ["seal key", world.sealKey],
    ["root", world.rootSeed],
    ["API key", Uint8Array.fromHex(world.apiKey)],
    ["release key", catalogue.releaseKey],
    ["salt", catalogue.salt],
    ["enrolment secret", parseEnrolmentCode(enrolment.code).secret],
    ["transport key", Uint8Array.fromHex(reply.transport.hostToTarget)],
    ["transport key back", Uint8Array.fromHex(reply.transport.targetToHost)],
    ["appliance identity", appliance.identity.seed.use((seed) => seed.slice())],
    ["image", catalogue.image.slice(0, 16)],
  ]);
  assert(brought.personal.length > 0);
  const hay = {
    "log lines": world.lines.join("\n"),
    database: wholeDatabase(world),
    "owner's replies": replies.join("\n"),
  };
  for (const [place, text] of Object.entries(hay)) {
    assert(text.length > 500, place);
    for (const [name, secret] of secrets) {
      const spellings = [
        secret.toHex(),
        secret.toBase64().replace(/=+$/, ""),
        secret.toBase64({ alphabet: "base64url" }).replace(/=+$/, ""),
      ];
      for (const spelling of spellings) {
        assert(!text.toLowerCase().includes(spelling.toLowerCase()), `${name} stands in the ${place}`);
      }
    }
    assert(!text.includes(enrolment.code.toLowerCase()), `enrolment code in the ${place}`);
  }
  // The search has teeth: a secret that is put there is found.
  world.db.run("INSERT INTO settings (name, value) VALUES ('test', ?)", catalogue.releaseKey.toHex());
  assert(wholeDatabase(world).includes(catalogue.releaseKey.toHex()));
  world.close();
});

Deno.test("parts of a release need their digest, follow each other, and may be repeated but not changed", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  const path = `/v1/owner/releases/${catalogue.release}/content?offset=0`;
  assert.equal(
    (await (await ask(world, path, { method: "PUT", body: new Uint8Array(8) })).json()).code,
    "malformed",
  );
  const headers = { "content-digest": contentDigestOf(new Uint8Array(8)) };
  assert.equal(
    (await (await ask(world, path, { method: "PUT", body: new Uint8Array(8), headers })).json()).code,
    "digest-wrong",
  );
  const same = new Uint8Array(catalogue.content.slice(0, 8));
  const again = await ask(world, path, {
    method: "PUT",
    body: same,
    headers: { "content-digest": contentDigestOf(same) },
  });
  assert.equal((await again.json()).complete, true);
  world.close();
});

Deno.test("a release is asked for again after its idempotency key was forgotten, and is the same; another of its id is refused", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  const { keySet } = await world.trust();
  const { owner } = granted(await world.owner.owner());
  const release = random(16).toHex() as ReleaseId;
  const secrets = { releaseKey: new Secret(random(32)), salt: new Secret(random(32)) };
  const { product } = catalogue;
  const wrapped = wrapReleaseKey(secrets, { owner, product, release }, {
    unwrapKey: keySet.unwrapKey,
    random,
  });
  const request = {
    release,
    product,
    version: "2.0.0",
    length: 512,
    personalOffset: 8,
    personalLength: 216,
    imageDigest: random(32).toHex(),
    wrappedKey: wrapped.toHex(),
  };
  const idempotencyKey = "key-of-an-upload";
  const first = granted(await world.owner.createRelease(request, { idempotencyKey }));
  granted(await world.owner.uploadRelease(release, { offset: 0, content: random(100) }));
  world.clock.nowMs += 72 * 3_600_000;
  granted(await world.owner.createProduct({ ...PRODUCT, name: "what makes old answers go" }));
  const again = granted(await world.owner.createRelease(request, { idempotencyKey }));
  assert.deepEqual(again, { ...first, receivedBytes: 100 });
  for (
    const change of [
      { imageDigest: random(32).toHex() },
      { length: 1024 },
      { version: "3.0.0" },
      { personalOffset: 16 },
      {
        wrappedKey: wrapReleaseKey(secrets, { owner, product, release }, {
          unwrapKey: keySet.unwrapKey,
          random,
        }).toHex(),
      },
    ]
  ) {
    assert.equal(refusedCode(await world.owner.createRelease({ ...request, ...change })), "name-taken");
  }
  const order = {
    name: "too early",
    release,
    product,
    granted: 1,
    notBeforeSeconds: 0,
    notAfterSeconds: world.clock.seconds + 9,
  };
  assert.equal(refusedCode(await world.owner.createOrder(order)), "release-incomplete");
  const gadget = await createCatalogue(world, "Gadget");
  assert.equal(
    refusedCode(await world.owner.createOrder({ ...order, release: gadget.release })),
    "release-unknown",
  );
  // A key that was wrapped for this release opens no other: found out before a board stands on the station.
  const other = { ...request, release: random(16).toHex() as ReleaseId, version: "4.0.0" };
  assert.equal(refusedCode(await world.owner.createRelease(other)), "wrapped-key-wrong");
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
