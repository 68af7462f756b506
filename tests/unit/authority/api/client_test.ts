/** What the clients make of failing networks and nonsense; sentences name the place and never the content. @module */

import assert from "node:assert/strict";
import * as v from "valibot";
import {
  createApplianceClient,
  createOwnerClient,
  type Fetch,
  fillPath,
  orderRequest,
  readWith,
} from "../../../../authority/api/mod.ts";
import { parseAuthorityConfig } from "../../../../authority/config.ts";
import { initialConfig } from "../../../../authority/mod.ts";
import {
  Fault,
  Malformed,
  parseApplianceId,
  parseReleaseId,
  parseTicketId,
} from "../../../../bootloader/wire/mod.ts";
import { ORIGIN, random } from "../_world.ts";

function clientOf(fetch: () => Promise<Response>) {
  return createOwnerClient({ origin: ORIGIN, fetch, apiKey: () => "00".repeat(32), random });
}

Deno.test("a client turns network failures and the server's failures into Faults that say whether to retry", async () => {
  const cases: readonly (readonly [() => Promise<Response>, boolean, RegExp])[] = [
    [
      () => Promise.reject(new TypeError("connection refused")),
      true,
      /Cannot reach the owner's server at authority.test: connection/,
    ],
    [() => Promise.resolve(new Response("<html>", { status: 502 })), true, /failed with status 502/],
    [
      () => Promise.resolve(Response.json({ code: "no-such-code" }, { status: 409 })),
      false,
      /failed with status 409/,
    ],
    [() => Promise.resolve(new Response(new Uint8Array(9 * 1_048_576))), false, /longer than 8 MiB/],
  ];
  for (const [fetch, retry, says] of cases) {
    await assert.rejects(
      clientOf(fetch).orders(),
      (error) => error instanceof Fault && error.retry === retry && says.test(error.message),
    );
  }
});

Deno.test("message 1 alone goes by a connection of its own, since its answers count (P-29)", async () => {
  const asked: string[] = [];
  const by = (way: string): Fetch => (request) => {
    asked.push(`${way} ${new URL(request.url).pathname.split("/").at(-1)}`);
    return Promise.reject(new TypeError("away"));
  };
  const client = createApplianceClient({
    origin: ORIGIN,
    fetch: by("kept"),
    fetchAlone: by("alone"),
    appliance: parseApplianceId("11".repeat(8)),
    sign: () => new Uint8Array(64),
    nextSequence: () => asked.length,
    nowSeconds: () => 0,
    logKeys: [],
  });
  const ticket = parseTicketId("22".repeat(16));
  const release = parseReleaseId("33".repeat(16));
  const request = { message1: "", lockRecord: "", lockSignature: "" };
  for (
    const call of [
      () => client.state(),
      () => client.message1(ticket, request),
      () => client.receipt(ticket, { number: 1, receipt: "" }),
      () => client.releaseContent(release, { offset: 0, length: 1 }),
    ]
  ) await assert.rejects(call(), Fault);
  const names = ["kept state", "alone message1", "kept receipt", `kept ${release}`];
  assert.deepEqual(asked, names);
});

Deno.test("a client refuses a reply that is not what the contract says", async () => {
  for (const body of ["", "{", "[]", '{"orders":1}', '{"orders":[],"more":1}']) {
    await assert.rejects(clientOf(() => Promise.resolve(new Response(body))).orders(), Malformed, body);
  }
});

Deno.test("a client gives a refusal with this program's own sentences", async () => {
  const answer = await clientOf(() =>
    Promise.resolve(Response.json({ code: "replay", title: "other words" }, { status: 409 }))
  ).orders();
  assert("refused" in answer);
  assert.equal(answer.refused.says, "This request has been seen before or is too old");
});

Deno.test("fillPath() encodes what would leave its place", () => {
  assert.equal(fillPath("/v1/a/:x/b", { x: "../c?d#e" }), "/v1/a/..%2Fc%3Fd%23e/b");
});

Deno.test("readWith() names the key that is wrong, and no content", () => {
  const good = {
    name: "a",
    product: "00".repeat(8),
    release: "00".repeat(16),
    granted: 1,
    notBeforeSeconds: 0,
    notAfterSeconds: 1,
  };
  assert.deepEqual(readWith(orderRequest, good, "x"), {
    ...good,
    message2Limit: 3,
    ticketSeconds: 86_400,
    rework: false,
  });
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ ...good, granted: -1 }, /"granted": it must be >=0/],
    [{ ...good, granted: 1.5 }, /"granted"/],
    [{ ...good, granted: "5 PLANTED" }, /"granted": it must be number/],
    [{ ...good, product: "PLANTED" }, /"product": it must be 8 bytes in lower-case hex/],
    [{ ...good, name: "PLANTED\u202e\n" }, /"name": it must be one line/],
    [{ ...good, extra: "PLANTED" }, /"extra": there is no such key/],
  ];
  for (const [value, says] of cases) {
    assert.throws(() => readWith(orderRequest, value, "the request"), (error) => {
      assert(error instanceof Malformed);
      assert.match(error.message, says);
      return !error.message.includes("PLANTED");
    });
  }
  assert.throws(
    () => readWith(v.strictObject({}), { "x y": 1 }, "the request"),
    /Cannot read the request: there is no such key/,
  );
});

Deno.test("parseAuthorityConfig() takes what init writes and names the key that is wrong", () => {
  assert.deepEqual(parseAuthorityConfig(JSON.stringify(initialConfig)), initialConfig);
  assert.throws(() => parseAuthorityConfig("{"), Malformed);
  assert.throws(
    () => parseAuthorityConfig(JSON.stringify({ ...initialConfig, databse: "x" })),
    /"databse": there is no such key/,
  );
  assert.throws(
    () => parseAuthorityConfig(JSON.stringify({ ...initialConfig, listen: { port: 70_000 } })),
    /"listen.port"/,
  );
});
