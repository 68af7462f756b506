/**
 * The triangle: every clause of PROTOCOL.md is cited by product code and by a test or vector, and nothing cites a clause that
 * does not exist. The lists of exceptions name what is still open; a clause that is cited by now has to leave its list.
 * @module
 */
import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);
const readable = Deno.permissions.querySync({ name: "read", path: ROOT }).state === "granted";
const PRODUCT = ["bootloader", "authority", "agent", "deploy"];
const SOURCE = /\.(ts|tsx|c|h|S|ld|inc)$/;

/** Clauses that no product code cites yet. Each line has a reason; the aim is none. */
const NOT_IN_PRODUCT: Record<string, string> = {};

/** Clauses that no test or vector cites yet. Each line has a reason; the aim is none. */
const NOT_IN_TESTS: Record<string, string> = {};

function* files(folder: URL): Generator<URL> {
  for (const entry of Deno.readDirSync(folder)) {
    if (entry.isDirectory) yield* files(new URL(`${entry.name}/`, folder));
    else if (SOURCE.test(entry.name)) yield new URL(entry.name, folder);
  }
}

/** Every clause that the files of some folders cite by its own number: a range cites its two ends only. */
function cited(folders: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const folder of folders) {
    const url = new URL(`${folder}/`, ROOT);
    if (!exists(url)) continue;
    for (const file of files(url)) {
      if (file.pathname.endsWith("/tests/conformance/clauses_test.ts")) continue;
      // Two digits at most: P-256 is a curve.
      for (const [clause] of Deno.readTextFileSync(file).matchAll(/\bP-\d{1,2}\b/g)) found.add(clause);
    }
  }
  return found;
}

function exists(url: URL): boolean {
  try {
    return Deno.statSync(url).isDirectory;
  } catch {
    return false;
  }
}

function compare(
  clauses: ReadonlySet<string>,
  found: ReadonlySet<string>,
  exceptions: Record<string, string>,
): void {
  const missing = [...clauses].filter((clause) => !found.has(clause) && !(clause in exceptions));
  assert.deepEqual(missing, [], "clauses that nothing cites");
  const stale = Object.keys(exceptions).filter((clause) => found.has(clause) || !clauses.has(clause));
  assert.deepEqual(stale, [], "cited by now: delete these lines from the list of exceptions");
}

if (!readable) {
  console.log("ignored: clauses of PROTOCOL.md in the code: run deno task test, which may read files");
}

function clauses(): Set<string> {
  const protocol = Deno.readTextFileSync(new URL("bootloader/PROTOCOL.md", ROOT));
  return new Set([...protocol.matchAll(/^\*\*(P-\d+)\*\*/gm)].map((m) => m[1]!));
}

Deno.test({
  name: "PROTOCOL.md: clauses are numbered from P-1 without gap",
  ignore: !readable,
  fn: () => {
    const all = [...clauses()];
    assert.ok(all.length >= 54);
    assert.deepEqual(all, all.map((_, index) => `P-${index + 1}`));
  },
});

Deno.test({
  name: "every clause of PROTOCOL.md is cited by product code",
  ignore: !readable,
  fn: () => compare(clauses(), cited(PRODUCT), NOT_IN_PRODUCT),
});

Deno.test({
  name: "every clause of PROTOCOL.md is cited by a test or vector",
  ignore: !readable,
  fn: () => compare(clauses(), cited(["tests"]), NOT_IN_TESTS),
});

Deno.test({
  name: "no code cites a clause that PROTOCOL.md does not have",
  ignore: !readable,
  fn: () => {
    const known = clauses();
    const strangers = [...cited([...PRODUCT, "tests"])].filter((clause) => !known.has(clause));
    assert.deepEqual(strangers, []);
  },
});
