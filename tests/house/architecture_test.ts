/**
 * Holds the code to the house plan: who imports whom, by which door, which packages, and that no import goes
 * round in a circle. Type imports, dynamic imports and `.tsx` files count.
 *
 * @module
 */
import assert from "node:assert/strict";
import { HOUSE_PLAN } from "./house_plan.ts";
import { importsOf } from "./imports.ts";

const ROOT = new URL("../../", import.meta.url);
const OUTSIDE_THE_HOUSE = ["tests", "node_modules", "dist", "coverage"];
const canRead = Deno.permissions.querySync({ name: "read", path: ROOT }).state === "granted";
const ignore = !canRead;
if (ignore) console.log("architecture tests need to read the tree: run `deno task test`");

/** The room `file` lies in: the longest row of the plan that contains it. */
function roomOf(file: string): string {
  const rooms = Object.keys(HOUSE_PLAN).filter((room) => file === room || file.startsWith(`${room}/`));
  return rooms.sort((a, b) => b.length - a.length)[0] ?? "(no room)";
}

function* productFiles(folder = ""): Generator<string> {
  for (const entry of Deno.readDirSync(new URL(folder, ROOT))) {
    const path = `${folder}${entry.name}`;
    if (entry.name.startsWith(".") || OUTSIDE_THE_HOUSE.includes(path)) continue;
    if (entry.isDirectory) yield* productFiles(`${path}/`);
    else if (/\.tsx?$/.test(path)) yield path;
  }
}

interface Imports {
  /** Files of ours, as paths from the root. */
  readonly files: readonly string[];
  /** Packages from outside: `hono`, `@noble/curves`, `node:sqlite`. */
  readonly packages: readonly string[];
}

function readImports(file: string): Imports {
  const specifiers = importsOf(Deno.readTextFileSync(new URL(file, ROOT)));
  const files = specifiers.filter((s) => s.startsWith("."))
    .map((s) => new URL(s, `file:///${file}`).pathname.slice(1));
  const packages = specifiers.filter((s) => !s.startsWith(".")).map(packageOf);
  return { files, packages };
}

function packageOf(specifier: string): string {
  if (specifier.startsWith("node:")) return specifier;
  const parts = specifier.replace(/^npm:\/?/, "").split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0]!;
}

function readHouse(): ReadonlyMap<string, Imports> {
  const house = new Map<string, Imports>();
  for (const file of productFiles()) house.set(file, readImports(file));
  return house;
}

const house = canRead ? readHouse() : new Map<string, Imports>();

Deno.test("HOUSE_PLAN lists rooms bottom-up, so it holds no cycle", () => {
  const rooms = Object.keys(HOUSE_PLAN);
  for (const [room, { rooms: below }] of Object.entries(HOUSE_PLAN)) {
    for (const other of below) {
      assert.ok(rooms.includes(other), `${room} names ${other}, which is no room`);
      assert.ok(rooms.indexOf(other) < rooms.indexOf(room), `${room} names ${other}, listed after it`);
    }
  }
});

Deno.test({
  name: "every import follows the plan and enters by the door",
  ignore,
  fn() {
    const broken: string[] = [];
    for (const [file, { files }] of house) {
      const from = roomOf(file);
      if (from === "(no room)") broken.push(`${file}: lies in no room of the plan`);
      for (const target of files) {
        const to = roomOf(target);
        if (from === to || !/\.tsx?$/.test(target) && to === from) continue;
        if (!HOUSE_PLAN[from]?.rooms.includes(to)) {
          broken.push(`${file} -> ${target}: ${from} may not import ${to}`);
        } else if (target !== to && target !== `${to}/mod.ts`) {
          broken.push(`${file} -> ${target}: enter ${to} by its mod.ts`);
        }
      }
    }
    assert.deepEqual(broken, []);
  },
});

Deno.test({
  name: "every package is used only in the rooms that the plan names",
  ignore,
  fn() {
    const broken: string[] = [];
    for (const [file, { packages }] of house) {
      const allowed = HOUSE_PLAN[roomOf(file)]?.packages ?? [];
      for (const name of packages) if (!allowed.includes(name)) broken.push(`${file}: ${name}`);
    }
    assert.deepEqual(broken, []);
  },
});

Deno.test({
  name: "no import goes round in a circle",
  ignore,
  fn() {
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      const seen = path.indexOf(file);
      assert.ok(seen < 0, [...path.slice(seen), file].join(" -> "));
      if (done.has(file)) return;
      for (const next of house.get(file)?.files ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of house.keys()) visit(file, []);
  },
});

Deno.test({
  name: "the plan keeps no unused permission",
  ignore,
  fn() {
    const used = new Set<string>();
    for (const [file, { files, packages }] of house) {
      for (const target of files) used.add(`${roomOf(file)} -> ${roomOf(target)}`);
      for (const name of packages) used.add(`${roomOf(file)} -> ${name}`);
    }
    const idle = Object.entries(HOUSE_PLAN).flatMap(([room, { rooms, packages }]) =>
      [...rooms, ...packages].map((other) => `${room} -> ${other}`).filter((edge) => !used.has(edge))
    );
    assert.deepEqual(idle, []);
  },
});

Deno.test({
  name: "every package of the import map is imported by the product or the tests",
  ignore,
  fn() {
    const map = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT))) as {
      imports: Record<string, string>;
    };
    const used = new Set([...house.values()].flatMap((imports) => imports.packages));
    for (const file of testFiles()) for (const name of readImports(file).packages) used.add(name);
    const idle = Object.keys(map.imports).map((key) => packageOf(key.replace(/\/$/, ""))).filter((name) =>
      !used.has(name) && name !== "hono"
    );
    assert.deepEqual(idle, []);
  },
});

function* testFiles(folder = "tests/"): Generator<string> {
  for (const entry of Deno.readDirSync(new URL(folder, ROOT))) {
    if (entry.isDirectory) yield* testFiles(`${folder}${entry.name}/`);
    else if (/\.tsx?$/.test(entry.name)) yield `${folder}${entry.name}`;
  }
}
