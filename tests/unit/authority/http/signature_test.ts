/** What the appliance's door lets in: the matrix of bent requests, replays, and what a client believes of a reply. @module */

import assert from "node:assert/strict";
import {
  contentDigestOf,
  createApplianceClient,
  limits,
  requestBase,
  writeRequestParameters,
  writeSignature,
} from "../../../../authority/api/mod.ts";
import { makeSigningKeyPair, sign } from "../../../../bootloader/suite/mod.ts";
import { Fault } from "../../../../bootloader/wire/mod.ts";
import {
  type Appliance,
  createCatalogue,
  createOrder,
  createWorld,
  enrolled,
  granted,
  keyed,
  lockProof,
  ORIGIN,
  quotaOf,
  random,
  refusedCode,
  Target,
  ticketRequest,
  uidOf,
  type World,
} from "../_world.ts";

/** Catches the requests of a client, so that they can be sent again or bent. */
function wiretap(world: World, appliance: Appliance, first: number) {
  const caught: {
    readonly url: string;
    readonly method: string;
    readonly headers: Headers;
    readonly body: Uint8Array;
  }[] = [];
  let sequence = first;
  const client = appliance.clientWith(async (request) => {
    const copy = request.clone();
    const body = new Uint8Array(await copy.arrayBuffer());
    caught.push({ url: request.url, method: request.method, headers: new Headers(request.headers), body });
    return await world.fetch(request);
  }, () => sequence += 1);
  const send = (
    n: number,
    bend: { url?: string; method?: string; headers?: Record<string, string | null>; body?: Uint8Array } = {},
  ) => {
    const original = caught[n];
    assert(original !== undefined);
    const headers = new Headers(original.headers);
    for (const [name, value] of Object.entries(bend.headers ?? {})) {
      value === null ? headers.delete(name) : headers.set(name, value);
    }
    const method = bend.method ?? original.method;
    const body = bend.body ?? original.body;
    return world.fetch(
      new Request(bend.url ?? original.url, {
        method,
        headers,
        ...(method === "GET" ? {} : { body: new Uint8Array(body) }),
      }),
    );
  };
  return { client, caught, send };
}

async function codeOf(response: Response): Promise<string> {
  return (await response.json()).code ?? "granted";
}

Deno.test("every part of a request that is bent after signing makes it not authentic", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  await createOrder(world, catalogue, 5);
  const appliance = await enrolled(world, "line 1");
  const other = await enrolled(world, "line 2");
  const { client, caught, send } = wiretap(world, appliance, 100);
  granted(await client.ticket(ticketRequest(catalogue, uidOf(1))));
  const input = caught[0]?.headers.get("signature-input") ?? "";
  const signature = caught[0]?.headers.get("signature") ?? "";
  const body = new TextEncoder().encode(JSON.stringify(ticketRequest(catalogue, uidOf(2))));
  const bends: readonly (readonly [name: string, bend: Parameters<typeof send>[1], expected: string])[] = [
    [
      "another sequence",
      { headers: { "signature-input": input.replace('nonce="101"', 'nonce="999"') } },
      "request-not-authentic",
    ],
    [
      "another time",
      { headers: { "signature-input": input.replace(/created=\d+/, "created=1") } },
      "request-not-authentic",
    ],
    [
      "another appliance",
      { headers: { "signature-input": input.replace(appliance.id, other.id) } },
      "request-not-authentic",
    ],
    [
      "an unknown appliance",
      { headers: { "signature-input": input.replace(appliance.id, "00".repeat(8)) } },
      "appliance-unknown",
    ],
    [
      "another tag",
      { headers: { "signature-input": input.replace('tag="flashseal"', 'tag="x"') } },
      "request-not-authentic",
    ],
    ["no input", { headers: { "signature-input": null } }, "request-not-authentic"],
    ["no signature", { headers: { signature: null } }, "request-not-authentic"],
    ["a changed signature", {
      headers: { signature: signature.replace(/:(.)/, (_, c) => `:${c === "A" ? "B" : "A"}`) },
    }, "request-not-authentic"],
    ["no digest", { headers: { "content-digest": null } }, "request-not-authentic"],
    ["another body", { body }, "malformed"],
    [
      "another body with its digest",
      { body, headers: { "content-digest": contentDigestOf(body) } },
      "request-not-authentic",
    ],
    ["another path", { url: `${ORIGIN}/v1/tickets/${"00".repeat(16)}/receipt` }, "request-not-authentic"],
    ["another query", { url: `${ORIGIN}/v1/tickets?a=1` }, "request-not-authentic"],
    ["another host", { url: "https://other.test/v1/tickets" }, "request-not-authentic"],
    ["nothing, sent again", {}, "replay"],
  ];
  for (const [name, bend, expected] of bends) assert.equal(await codeOf(await send(0, bend)), expected, name);
  world.close();
});

Deno.test("a method that is bent after signing makes a request not authentic", async () => {
  const world = createWorld();
  const appliance = await enrolled(world, "line 1");
  const parameters = { createdSeconds: 1, sequence: 1, keyId: appliance.id };
  const contentDigest = contentDigestOf();
  const base = requestBase({ method: "PUT", url: `${ORIGIN}/v1/state`, contentDigest }, parameters);
  const headers = {
    "content-digest": contentDigest,
    "signature-input": `flashseal=${writeRequestParameters(parameters)}`,
    signature: writeSignature(sign(appliance.identity.seed, base)),
  };
  assert.equal(
    await codeOf(await world.fetch(new Request(`${ORIGIN}/v1/state`, { headers }))),
    "request-not-authentic",
  );
  world.close();
});

Deno.test("a replayed message 1 is never answered with keys and costs nothing", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  const order = await createOrder(world, catalogue, 5);
  const appliance = await enrolled(world, "line 1");
  const uid = uidOf(1);
  const ticket = granted(await appliance.client.ticket(ticketRequest(catalogue, uid)));
  const { client, send } = wiretap(world, appliance, 200);
  const target = new Target(ticket, (await world.trust()).keySet.ticketKey, uid);
  granted(
    await client.message1(ticket.ticketId, {
      message1: target.message1.toHex(),
      ...lockProof(appliance, ticket.ticketId, uid),
    }),
  );
  for (let n = 0; n < 3; n += 1) {
    const reply = await send(0);
    const text = await reply.text();
    assert.equal(reply.status, 409);
    assert.equal(JSON.parse(text).code, "replay");
    assert(!text.includes("transport") && !text.includes('message2":'));
  }
  const record = granted(await world.owner.device({ family: 1, uid }));
  assert.equal(record.device?.message2Count, 1);
  assert.equal((await quotaOf(world, order)).keyed, 1);
  world.close();
});

Deno.test("stations overtake each other within the window; what is older or repeated is a replay, whatever the clock", async () => {
  const world = createWorld();
  const appliance = await enrolled(world, "line 1");
  const state = async (sequence: number) =>
    refusedCode(await appliance.clientWith(world.fetch, () => sequence).state());
  assert.equal(await state(5_000), "granted");
  for (const sequence of [4_999, 4_000, 5_000 - limits.sequenceWindow + 1]) {
    assert.equal(await state(sequence), "granted");
  }
  for (const sequence of [5_000, 4_999, 5_000 - limits.sequenceWindow, 1]) {
    assert.equal(await state(sequence), "replay");
  }
  world.clock.nowMs -= 400_000_000_000;
  assert.equal(await state(5_001), "granted");
  world.clock.nowMs += 800_000_000_000;
  assert.equal(await state(5_001), "replay");
  // Not a replay: what the clock does say is another rule (P-73).
  assert.equal(await state(5_002), "appliance-outdated");
  world.close();
});

Deno.test("the sequence is durable: another process on the same database refuses the replay", async () => {
  const world = createWorld();
  const appliance = await enrolled(world, "line 1");
  const { client, send } = wiretap(world, appliance, 300);
  granted(await client.state());
  const row = world.db.one("SELECT sequence_highest FROM appliances WHERE id = ?", appliance.id);
  assert.equal(row["sequence_highest"], 301);
  assert.equal(await codeOf(await send(0)), "replay");
  world.close();
});

Deno.test("a client believes only what the log key signed for this very request", async () => {
  const world = createWorld();
  const appliance = await enrolled(world, "line 1");
  let earlier: Response | undefined;
  let sequence = 1_000;
  const through = (bend: (response: Response) => Response | Promise<Response>) =>
    appliance.clientWith(async (request) => await bend(await world.fetch(request)), () => sequence += 1);
  const rewrite = async (
    response: Response,
    change: { status?: number; body?: Uint8Array<ArrayBuffer>; drop?: string; digest?: boolean },
  ) => {
    const body = change.body ?? new Uint8Array(await response.arrayBuffer());
    const headers = new Headers(response.headers);
    if (change.drop !== undefined) headers.delete(change.drop);
    if (change.digest === true) headers.set("content-digest", contentDigestOf(body));
    return new Response(body, { status: change.status ?? response.status, headers });
  };
  granted(await through((response) => (earlier = response.clone(), response)).state());
  const other = new TextEncoder().encode("{}");
  const bends: readonly (readonly [string, (response: Response) => Response | Promise<Response>])[] = [
    ["another body", (response) => rewrite(response, { body: other })],
    ["another body and digest", (response) => rewrite(response, { body: other, digest: true })],
    ["another status", (response) => rewrite(response, { status: 201 })],
    ["no signature", (response) => rewrite(response, { drop: "signature" })],
    ["no input", (response) => rewrite(response, { drop: "signature-input" })],
    ["no digest", (response) => rewrite(response, { drop: "content-digest" })],
    ["the reply to an earlier request", () => earlier?.clone() ?? Response.error()],
    ["a proxy's error page", () => new Response("<html>", { status: 502 })],
  ];
  for (const [name, bend] of bends) {
    await assert.rejects(through(bend).state(), (error) => error instanceof Fault && error.retry, name);
  }
  world.close();
});

Deno.test("a client refuses a log key that is not enrolled", async () => {
  const world = createWorld();
  const appliance = await enrolled(world, "line 1");
  const client = createApplianceClient({
    origin: ORIGIN,
    fetch: world.fetch,
    appliance: appliance.id,
    sign: (message) => sign(appliance.identity.seed, message),
    logKeys: [makeSigningKeyPair(random).publicKey],
    nextSequence: () => 77,
    nowSeconds: () => 1,
  });
  await assert.rejects(client.state(), Fault);
  world.close();
});

Deno.test("refusals and the signed time reach the appliance signed", async () => {
  const world = createWorld();
  const appliance = await enrolled(world, "line 1");
  const answer = await appliance.client.ticket({
    uid: uidOf(1),
    family: 1,
    chipId: 1,
    flashKb: 8,
    product: "00".repeat(8),
    station: "left",
  });
  assert("refused" in answer);
  assert.equal(answer.refused.code, "product-unknown");
  assert.equal(answer.atSeconds, world.clock.seconds);
  assert.equal(answer.refused.number, 5);
  world.close();
});

Deno.test("release content comes in ranges whose digests are signed; nothing beyond the content is given", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  const appliance = await enrolled(world, "line 1");
  const { content, release } = catalogue;
  const read = (offset: number, length: number) =>
    appliance.client.releaseContent(release, { offset, length });
  assert.deepEqual(granted(await read(0, content.length)), new Uint8Array(content));
  const middle = Math.floor(content.length / 2) - 10;
  assert.deepEqual(granted(await read(middle, 40)), new Uint8Array(content.slice(middle, middle + 40)));
  for (
    const [offset, length] of [[0, content.length + 1], [content.length, 1], [5, 0], [
      0,
      limits.partBytes + 1,
    ]] as const
  ) {
    assert.equal(refusedCode(await read(offset, length)), "range-wrong");
  }
  const unknown = "00".repeat(16) as typeof release;
  assert.equal(
    refusedCode(await appliance.client.releaseContent(unknown, { offset: 0, length: 1 })),
    "release-unknown",
  );
  world.close();
});

Deno.test("one delivery's replies say the authority's time and nothing of the release key", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  await createOrder(world, catalogue, 5);
  const appliance = await enrolled(world, "line 1");
  const { reply } = await keyed(world, appliance, catalogue, uidOf(1));
  assert.deepEqual(Object.keys(reply).sort(), ["message2", "number", "transport"]);
  assert(!JSON.stringify(reply).includes(catalogue.releaseKey.toHex()));
  world.close();
});
