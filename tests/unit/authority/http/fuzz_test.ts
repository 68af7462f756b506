/**
 * Every route of the contract under bodies, paths and queries that are nearly right: drawn from the route's own schema and
 * bent. No reply is a failure of ours, none tells of our inside or repeats what was sent, and the ledger holds afterwards.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { GenericSchema } from "valibot";
import {
  contentDigestOf,
  isRefusalCode,
  requestBase,
  type Route,
  routes,
  writeRequestParameters,
  writeSignature,
} from "../../../../authority/api/mod.ts";
import { checkChain, LOG_START } from "../../../../authority/log/mod.ts";
import { sign } from "../../../../bootloader/suite/mod.ts";
import {
  type Appliance,
  createCatalogue,
  createOrder,
  createWorld,
  enrolled,
  granted,
  keyed,
  ORIGIN,
  uidOf,
  type World,
} from "../_world.ts";

/** Stands in every value that is made up: a reply that has it repeats what was sent. */
const MARK = "PLANTED";

const NASTY: readonly unknown[] = [
  null,
  true,
  -1,
  -0,
  0.5,
  2 ** 53,
  1e308,
  "",
  " ",
  MARK,
  `${MARK}\u0000`,
  `'; DROP TABLE units; -- ${MARK}`,
  "\ud800",
  "\u202e",
  "0".repeat(704),
  "A".repeat(64),
  "9".repeat(400),
  [],
  [[]],
  {},
  { toString: MARK },
  [null],
];

interface Node {
  readonly type: string;
  readonly entries?: Readonly<Record<string, GenericSchema>>;
  readonly items?: readonly GenericSchema[];
  readonly item?: GenericSchema;
  readonly wrapped?: GenericSchema;
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
  readonly pipe?: readonly Node[];
  readonly requirement?: unknown;
  readonly message?: unknown;
}

/** The checks of a schema, those of the schemas that it builds on included. */
function checksOf(node: Node): readonly Node[] {
  return (node.pipe ?? []).flatMap((part) => part === node ? [] : [part, ...checksOf(part)]);
}

/** Returns what the schema takes, nearly always; `known` holds ids of things that exist. */
function fitting(schema: GenericSchema, known: readonly string[]): fc.Arbitrary<unknown> {
  const node = schema as unknown as Node;
  switch (node.type) {
    case "strict_object":
      return fc.record(mapValues(node.entries ?? {}, (entry) => fitting(entry, known)));
    case "variant":
      return fc.oneof(...(node.options as readonly GenericSchema[]).map((option) => fitting(option, known)));
    case "nullable":
    case "optional":
      return node.wrapped === undefined ? fc.constant(null) : fitting(node.wrapped, known);
    case "tuple":
      return fc.tuple(...(node.items ?? []).map((item) => fitting(item, known)));
    case "array":
      return node.item === undefined
        ? fc.constant([])
        : fc.array(fitting(node.item, known), { maxLength: 3 });
    case "picklist":
      return fc.constantFrom(...(node.options ?? []));
    case "literal":
      return fc.constant(node.literal);
    case "boolean":
      return fc.boolean();
    case "number":
      return numbers(node);
    case "string":
      return texts(node, known);
  }
  throw new Error(`the fuzz does not know schemas of type ${node.type}`);
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, f: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));
}

function numbers(node: Node): fc.Arbitrary<number> {
  const bound = (type: string, otherwise: number) =>
    Number(checksOf(node).find((check) => check.type === type)?.requirement ?? otherwise);
  const [min, max] = [bound("min_value", 0), bound("max_value", Number.MAX_SAFE_INTEGER)];
  return fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max: Math.min(max, min + 2000) }));
}

function texts(node: Node, known: readonly string[]): fc.Arbitrary<string> {
  const says = String(checksOf(node).find((check) => check.type === "regex")?.message ?? "");
  const bytes = /^must be (\d+) (?:to \d+ )?bytes/.exec(says)?.[1];
  if (bytes === undefined) return fc.constantFrom("a", "line 1", "none", "Widget", "x".repeat(32));
  const size = Number(bytes);
  const drawn = fc.uint8Array({ minLength: size, maxLength: size }).map((content) => content.toHex());
  const fits = known.filter((id) => id.length === 2 * size);
  return fits.length === 0 ? drawn : fc.oneof(drawn, fc.constantFrom(...fits));
}

/** Replaces, adds or removes one thing somewhere inside. */
function bent(value: unknown, choice: readonly [number, number, number]): unknown {
  const [way, where, what] = choice;
  if (typeof value !== "object" || value === null || way % 5 === 0) return NASTY[what % NASTY.length];
  const copy = structuredClone(value) as Record<string, unknown>;
  const keys = Object.keys(copy);
  const key = keys[where % Math.max(1, keys.length)];
  if (key === undefined || way % 5 === 1) return { ...copy, [`${MARK} of mine`]: 1 };
  if (way % 5 === 2) delete copy[key];
  else copy[key] = bent(copy[key], [way + 1, where >> 2, what]);
  return copy;
}

const SEGMENTS = [
  "%00",
  "%ff",
  "..%2f..%2fseal-key",
  "__proto__",
  "constructor",
  "%F0%9F%8F%AD",
  "A".repeat(32),
  "0".repeat(32),
  "0".repeat(16),
  "1",
  "65535",
  "65536",
  `${MARK}%27`,
];
const QUERIES = [
  "",
  "?",
  "?offset=-1",
  "?offset=0&length=0",
  "?offset=999999999999999&length=999999999999999",
  "?offset=1e3",
  "?limit=0",
  "?limit=999999999999999&after=999999999999999",
  `?after=${MARK}`,
  "?after=1-aaaaaaaaaaaaaaaaaaaaaaa1",
  "?after=%ff",
  "?offset=0&offset=1",
];

interface Attempt {
  readonly path: string;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

function attempts(route: Route, known: readonly string[]): fc.Arbitrary<Attempt> {
  const segment = fc.oneof(fc.constantFrom(...SEGMENTS), fc.constantFrom(...known));
  const path = fc.tuple(fc.array(segment, { minLength: 2, maxLength: 2 }), fc.constantFrom(...QUERIES))
    .map(([segments, query]) => {
      let n = 0;
      return route.path.replaceAll(/:[a-z]+/g, () => segments[n++] ?? "") + query;
    });
  const choice = fc.tuple(fc.nat(999), fc.nat(999), fc.nat(999));
  const whole = route.request === null ? fc.constant({}) : fitting(route.request, known);
  const value = fc.tuple(whole, fc.option(choice, { freq: 3 })).map(([fits, bend]) =>
    bend === null ? fits : bent(fits, bend)
  );
  const encode = (text: string) => new Uint8Array(new TextEncoder().encode(text));
  const body = fc.oneof(
    { weight: 8, arbitrary: value.map((content) => encode(JSON.stringify(content) ?? "")) },
    {
      weight: 1,
      arbitrary: value.map((content) =>
        encode(`{"__proto__":{"role":"owner"},${JSON.stringify(content)?.slice(1) ?? ""}`)
      ),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((content) => new Uint8Array(content)) },
    { weight: 1, arbitrary: fc.constant(encode(`${"[".repeat(8000)}${"]".repeat(8000)}`)) },
  );
  return fc.record({
    path,
    body: route.method === "GET" ? fc.constant(undefined) : body,
  });
}

let sequence = 1_000_000;

function requestOf(world: World, appliance: Appliance, route: Route, { path, body }: Attempt): Request {
  const url = `${ORIGIN}${path}`;
  const headers = new Headers({ "content-digest": contentDigestOf(body) });
  if (route.caller === "owner") {
    headers.set("authorization", `Bearer ${world.apiKey}`);
    headers.set("idempotency-key", `fuzz-${sequence += 1}`);
  }
  if (route.caller === "appliance") {
    const parameters = { createdSeconds: 1, sequence: sequence += 1, keyId: appliance.id };
    const base = requestBase({ method: route.method, url, contentDigest: contentDigestOf(body) }, parameters);
    headers.set("signature-input", `flashseal=${writeRequestParameters(parameters)}`);
    headers.set("signature", writeSignature(sign(appliance.identity.seed, base)));
  }
  return new Request(url, { method: route.method, headers, ...(body === undefined ? {} : { body }) });
}

const OF_OUR_INSIDE = /SQLITE|sqlite|constraint|no such column|\bat file:|\.ts:\d|Defect|undefined|\[object/;

async function ask(world: World, appliance: Appliance, route: Route, attempt: Attempt): Promise<number> {
  const request = requestOf(world, appliance, route, attempt);
  const response = await world.fetch(request);
  const { status } = response;
  const content = await response.bytes();
  if (response.headers.get("content-type") === "application/octet-stream") return status;
  const text = new TextDecoder().decode(content);
  const at = `${route.method} ${attempt.path} -> ${status} ${text}`;
  assert(status < 500, at);
  assert(!OF_OUR_INSIDE.test(text), at);
  assert(!text.includes(world.apiKey) && !text.includes(world.sealKey.toHex()), at);
  if (status >= 400) {
    const { code, detail } = JSON.parse(text);
    assert(isRefusalCode(code), at);
    assert(!text.includes(MARK) && String(detail ?? "").length < 300, at);
  } else if (route.reply !== null) {
    const { safeParse } = await import("valibot");
    assert(safeParse(route.reply, JSON.parse(text)).success, `not the contract's reply: ${at}`);
  }
  if (route.caller === "appliance") assert(response.headers.has("signature"), `not signed: ${at}`);
  return status;
}

for (const [name, route] of Object.entries(routes) as [string, Route][]) {
  Deno.test(`route "${name}" answers whatever comes with its contract or a refusal, and tells nothing of its inside`, async () => {
    const world = createWorld();
    const catalogue = await createCatalogue(world);
    const order = await createOrder(world, catalogue, 50);
    const appliance = await enrolled(world, "line 1");
    const { ticket } = await keyed(world, appliance, catalogue, uidOf(1));
    const known = [
      catalogue.product,
      catalogue.release,
      order,
      appliance.id,
      ticket.ticketId,
      uidOf(1),
      uidOf(2),
    ];
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(attempts(route, known), async (attempt) => {
        seen.add(await ask(world, appliance, route, attempt));
      }),
      { numRuns: 60 },
    );
    const { granted: total, free, leased, reserved, keyed: keys, committed, lost, unaccounted } =
      granted(await world.owner.quota()).total;
    assert.equal(total, free + leased + reserved + keys + committed + lost + unaccounted);
    const { entries } = granted(await world.owner.log());
    checkChain(entries, LOG_START);
    assert(!world.lines.some((line) => line.includes(`"incident"`)), world.lines.join("\n"));
    assert(seen.size > 0);
    world.close();
  });
}
