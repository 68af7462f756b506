/**
 * README.md says nothing that no test shows, unless it is marked; and what documents point at is there.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Claim, Evidence } from "./_evidence.ts";
import { README_CLAIMS } from "./_readme.ts";
import { sentencesOf } from "./_sentences.ts";

const ROOT = new URL("../../", import.meta.url);
const ignore = Deno.permissions.querySync({ name: "read", path: ROOT }).state !== "granted";
if (ignore) console.log("what documents say is compared with the tree: run `deno task test`");

const textOf = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));

/** Sentences and claims that do not belong together, as a person is told. */
function strays(markdown: string, claims: readonly Claim[]): readonly string[] {
  const sentences = sentencesOf(markdown);
  const found: string[] = [];
  let next = 0;
  for (const { text, line } of sentences) {
    if (text.startsWith(claims[next]?.says ?? "\0")) next++;
    else if (claims.some(({ says }) => text.startsWith(says))) {
      found.push(`line ${line} stands at another place: ${text}`);
    } else found.push(`line ${line} has nothing behind it: ${text}`);
  }
  return [...found, ...claims.slice(next).map(({ says }) => `not said, or not there: ${says}`)];
}

Deno.test("every sentence of README.md has what stands behind it in tests/claims, in the same order", {
  ignore,
}, () => {
  assert.deepEqual(strays(textOf("README.md"), README_CLAIMS), []);
});

Deno.test("a sentence that is new, changed or gone is found", () => {
  const behind = (says: string) => ({ says, by: [] });
  assert.deepEqual(
    strays("One. Two.\n\n| a |\n| - |\n| three |\n", [behind("One"), behind("Two"), behind("three")]),
    [],
  );
  assert.deepEqual(strays("One. New.", [behind("One")]), ["line 1 has nothing behind it: New."]);
  assert.deepEqual(strays("One.", [behind("One"), behind("Two")]), ["not said, or not there: Two"]);
  assert.equal(strays("Two. One.", [behind("One"), behind("Two")]).length, 2);
  assert.deepEqual(
    strays("```sh\nrun me # now\n```\n```text\nit says\nmore\n```", [
      behind("run me"),
      behind("Recorded: it says"),
    ]),
    [],
  );
});

/** Texts in quotes or backticks: a test's name is one of them. */
const STRINGS = /"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;

function isThere(evidence: Evidence): boolean {
  try {
    return finds(evidence);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function finds(evidence: Evidence): boolean {
  switch (evidence.kind) {
    case "test":
      return [...textOf(`tests/${evidence.file}`).matchAll(STRINGS)].some(([text]) =>
        text.includes(evidence.name)
      );
    case "ci":
      return textOf(".ci/run").split("\n").some((line) =>
        /^(?:step|tests) /.test(line) && line.includes(evidence.line)
      );
    case "there":
      return Deno.statSync(new URL(evidence.path, ROOT)) !== null;
    case "untested":
      return true;
  }
}

Deno.test(
  "what stands behind README.md is there: tests by their names, steps of .ci/run, files",
  { ignore },
  () => {
    assert.deepEqual(README_CLAIMS.filter(({ by }) => by.length === 0), []);
    const missing = README_CLAIMS.flatMap(({ says, by }) =>
      by.filter((evidence) => !isThere(evidence)).map((evidence) => `${says}: ${JSON.stringify(evidence)}`)
    );
    assert.deepEqual(missing, []);
    assert.ok(!isThere({ kind: "test", file: "claims/readme_test.ts", name: "no test has this" + " name" }));
    assert.ok(!isThere({ kind: "test", file: "claims/no_test.ts", name: "" }));
    assert.ok(!isThere({ kind: "ci", line: "deno task nothing" }));
  },
);

function* documents(folder = ""): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(`./${folder}`, ROOT))) {
    if (name.startsWith(".") || ["dist", "coverage", "node_modules"].includes(name)) continue;
    if (isDirectory) yield* documents(`${folder}${name}/`);
    else if (name.endsWith(".md")) yield `${folder}${name}`;
  }
}

Deno.test("what the documents point at is there: every link of every .md to a file, and its heading", {
  ignore,
}, () => {
  let links = 0;
  for (const path of documents()) {
    for (const { 1: target = "" } of textOf(path).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      links++;
      const [file = "", heading] = target.split("#");
      const url = new URL(file === "" ? path : file, new URL(file === "" ? "./" : path, ROOT));
      assert.doesNotThrow(() => Deno.statSync(url), `${path}: ${target}`);
      if (heading !== undefined) {
        assert.ok(anchorsOf(Deno.readTextFileSync(url)).includes(heading), `${path}: ${target}`);
      }
    }
  }
  assert.ok(links >= 40, `${links} links`);
});

/** Headings as a link names them. */
function anchorsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
}
