/** Nothing secret and nothing of our inside on any page, whatever is asked. @module */
import assert from "node:assert/strict";
import fc from "fast-check";
import { acts } from "../../../../authority/console/acts.ts";
import { checkChain, LOG_START } from "../../../../authority/log/mod.ts";
import { granted, ORIGIN, uidOf, type World } from "../_world.ts";
import { OWN_FORM, signedIn, Visitor } from "./_console.ts";
import { createFloor, type Floor } from "./_floor.ts";

/** Every secret that the database or this world has, as hexadecimal. */
function secretsOf({ world, catalogue }: Floor, visitor: Visitor): readonly string[] {
  const hexOf = (sql: string) =>
    world.db.all(sql).flatMap((row) => Object.values(row)).map((value) => (value as Uint8Array).toHex());
  return [
    world.apiKey,
    world.sealKey.toHex(),
    world.rootSeed.toHex(),
    catalogue.releaseKey.toHex(),
    catalogue.salt.toHex(),
    visitor.cookie.split("=")[1] ?? "",
    ...hexOf("SELECT sealed FROM sealed_keys"),
    ...hexOf("SELECT sealed_secret FROM enrolments"),
    ...hexOf("SELECT hash FROM api_keys"),
    ...hexOf("SELECT hash FROM console_sessions"),
    ...hexOf("SELECT wrapped_key FROM releases"),
    ...hexOf("SELECT h2 FROM messages2"),
  ];
}

/** Every address that a page links to, from the first one on. */
async function everyPage(visitor: Visitor): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const waiting = ["/console", "/console/sign-in", "/console/devices.csv"];
  // Bound: each address once; the language's links only double them.
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    const response = await visitor.get(path);
    assert(response.status < 400, `${path}: ${response.status}`);
    const text = await response.text();
    found.set(path, text);
    const links = [...text.matchAll(/href="(\/console[^"#]*)"/g)].map(([, href = ""]) =>
      href.replaceAll("&amp;", "&")
    );
    waiting.push(...links.filter((href) => !/\.css|\.svg/.test(href)));
  }
  return found;
}

Deno.test("no secret stands on any page that can be reached, in either language, nor in any log line", async () => {
  const floor = await createFloor();
  granted(await floor.world.owner.createEnrolment({ name: "line 2", products: [] }));
  const owner = await signedIn(floor.world);
  const pages = await everyPage(owner);
  assert(pages.size > 60, `only ${pages.size} pages`);
  const secrets = secretsOf(floor, owner).filter((secret) => secret !== "");
  assert(secrets.length > 15);
  for (const [path, text] of [...pages, ["the log", floor.world.lines.join("\n")] as const]) {
    for (const secret of secrets) {
      assert(!text.toLowerCase().includes(secret), `a secret stands on ${path}`);
    }
  }
  floor.world.close();
});

const OF_OUR_INSIDE = /SQLITE|node:|at file:|\.tsx?:\d|authority\/|TypeError|RangeError|undefined|\[object/;
const MARK = "PLANTED";

/** Values that are nearly right, and others that are not at all. */
function values(known: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(...known),
    fc.constantFrom(
      "",
      "0",
      "1",
      "-1",
      "1e3",
      "999999999999999",
      "yes",
      "2027-02-30",
      "2027-12-31",
      "' OR 1=1 --",
      `<b>${MARK}</b>`,
    ),
    fc.string({ maxLength: 40, unit: "binary" }),
    fc.stringMatching(/^[0-9a-f]{16,64}$/),
    fc.constant("9".repeat(400)),
  );
}

Deno.test("whatever is asked or sent gets a page or a refusal: no failure of ours, nothing of our inside, no echo", async () => {
  const floor = await createFloor();
  const { world, order, appliance, catalogue, lease } = floor;
  // Its own address for each: this is about what is asked, not how often.
  let address = 0;
  const owner = await signedIn(world);
  const known = [
    order,
    appliance.id,
    catalogue.product,
    lease.grant.lease,
    uidOf(1),
    uidOf(4),
    "16".repeat(8),
  ];
  const value = values(known);
  const segment = value.map((text) => encodeURIComponent(text.replaceAll(/[\ud800-\udfff]/g, "")));
  const names = fc.constantFrom(
    "order",
    "by",
    "units",
    "appliance",
    "product",
    "lease",
    "family",
    "uid",
    "from",
    "until",
    "allowed",
    "form",
    "shown",
    "deviceMayExist",
    "acknowledges",
    "page",
    "after",
    "lang",
    "done",
  );
  const fields = fc.array(fc.tuple(names, value), { maxLength: 6 });
  const paths = fc.oneof(
    fc.constantFrom(...Object.keys(acts)).map((name) => `acts/${name}`),
    segment.map((text) => `acts/${text}`),
    segment.map((text) => `orders/${text}`),
    segment.map((text) => `appliances/${text}`),
    fc.tuple(segment, segment).map(([a, b]) => `devices/${a}/${b}`),
    fc.tuple(segment, segment).map(([a, b]) => `devices/${a}/${b}/proofs.json`),
    fc.constantFrom(
      "",
      "devices",
      "devices.csv",
      "appliances",
      "products",
      "dates",
      "stop",
      "sign-in",
      "sign-out",
    ),
    segment,
  );
  const form = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => bytes.toHex());
  const right: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ["acts/order-raise", { order, by: "1" }],
    ["acts/lend", { order, units: "3", appliance: appliance.id, acknowledges: "yes" }],
    ["acts/order-dates", { order, from: "2027-01-01", until: "2028-12-31" }],
    ["acts/device-lost", { family: "1", uid: uidOf(4) }],
    ["acts/device-deny", { family: "1", uid: uidOf(3) }],
    ["sign-out", {}],
  ];
  // All of it right, or right but for one field that is put in its place or beside it.
  const nearlyRight = fc.tuple(fc.constantFrom(...right), form, fc.option(fc.tuple(names, value))).map(
    ([[path, rest], id, bent]): [string, [string, string][]] => [
      path,
      Object.entries({ ...rest, form: id, ...(bent === null ? {} : { [bent[0]]: bent[1] }) }),
    ],
  );
  const attempts = fc.oneof(fc.tuple(paths, fields), nearlyRight);
  let proof = await proofOf(owner);
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(
      attempts,
      fc.constantFrom("GET", "POST", "POST", "PUT", "DELETE"),
      fc.boolean(),
      async ([path, pairs], method, proven) => {
        const body = new URLSearchParams(
          [...pairs, ...(proven ? [["proof", proof]] : [])] as [string, string][],
        );
        const isGet = method === "GET";
        const request = new Request(`${ORIGIN}/console/${path}${isGet ? `?${body}` : ""}`, {
          method,
          headers: { ...OWN_FORM, cookie: owner.cookie },
          ...(isGet ? {} : { body: body.toString() }),
        });
        address += 1;
        const fetch = world.fetch as (request: Request, peer: string) => Promise<Response>;
        const response = await fetch(request, `10.${address >> 16}.${(address >> 8) & 255}.${address & 255}`);
        const text = await response.text();
        seen.add(response.status);
        const at = `${method} ${request.url} ${body} -> ${response.status} ${text}`;
        assert(response.status < 500, at);
        assert(!text.includes(`<b>${MARK}`), at);
        if ((response.headers.get("content-type") ?? "").startsWith("text/html")) {
          assert(
            !OF_OUR_INSIDE.test(text),
            at,
          );
        }
        // Whoever signed out comes back.
        if (path === "sign-out" && response.status === 303) {
          owner.cookie = (await signedIn(world, `172.16.0.${address & 255}`)).cookie;
          proof = await proofOf(owner);
        }
      },
    ),
    { numRuns: 400 },
  );
  assert([200, 303, 400, 403, 404].every((status) => seen.has(status)), [...seen].join());
  holds(world);
  const { entries } = granted(await world.owner.log());
  checkChain(entries, LOG_START);
  assert(!world.lines.some((line) => line.includes('"incident"')), world.lines.join("\n"));
  world.close();
});

function holds(world: World): void {
  for (const row of world.db.all("SELECT * FROM orders")) {
    const used = ["leased", "reserved", "keyed", "committed", "lost", "unaccounted"].map((state) =>
      Number(row[state])
    );
    assert(
      used.every((units) => units >= 0) &&
        Number(row["granted"]) >= used.reduce((sum, units) => sum + units, 0),
    );
  }
}

async function proofOf(visitor: Visitor): Promise<string> {
  return /name="proof" value="([0-9a-f]+)"/.exec(await visitor.page("/console"))?.[1] ?? "";
}

Deno.test("an API key pasted into the address bar is in no log line, and every place of the page is there by its name", async () => {
  const { world } = await createFloor();
  const owner = await signedIn(world);
  for (const visitor of [owner, new Visitor(world)]) {
    for (const path of [`/console/${world.apiKey}`, `/console/ordersx/${world.apiKey}`]) {
      await visitor.get(path);
    }
  }
  const places = [
    "/console",
    "/console/dates",
    "/console/devices/1/aa",
    "/console/style.css",
    "/console/acts/lend",
  ];
  for (const path of places) await owner.get(path);
  assert(!world.lines.join("\n").includes(world.apiKey));
  const paths = world.lines.map((line) => (JSON.parse(line) as { path?: string }).path);
  assert.equal(paths.filter((path) => path === "/console/*").length, 4);
  for (const path of places) assert(paths.includes(path), path);
  world.close();
});
