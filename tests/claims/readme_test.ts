/**
 * README.md says nothing that no test shows, unless it is marked; and what documents point at is there.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Claim, type Evidence, markOf } from "./_evidence.ts";
import { README_CLAIMS } from "./_readme.ts";
import { sentencesOf } from "./_sentences.ts";

const ROOT = new URL("../../", import.meta.url);
const ignore = Deno.permissions.querySync({ name: "read", path: ROOT }).state !== "granted";
if (ignore) console.log("what documents say is compared with the tree: run `deno task test`");

const textOf = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));

/** Sentences and claims that do not belong together, as a person is told. */
async function strays(markdown: string, claims: readonly Claim[]): Promise<readonly string[]> {
  const found: string[] = [];
  let next = 0;
  for (const { text, line } of sentencesOf(markdown)) {
    const claim = claims[next];
    if (claim !== undefined && text.startsWith(claim.says)) {
      next++;
      const mark = await markOf(text);
      if (mark !== claim.mark) {
        found.push(`line ${line} is not as it was: look at its evidence, then mark it ${mark}: ${text}`);
      }
    } else if (claims.some(({ says }) => text.startsWith(says))) {
      found.push(`line ${line} stands at another place: ${text}`);
    } else found.push(`line ${line} has nothing behind it: ${text}`);
  }
  return [...found, ...claims.slice(next).map(({ says }) => `not said, or not there: ${says}`)];
}

Deno.test("every sentence of README.md has what stands behind it in tests/claims, in the same order", {
  ignore,
}, async () => {
  assert.deepEqual(await strays(textOf("README.md"), README_CLAIMS), []);
});

Deno.test("a sentence that is new, changed, moved or gone is found", async () => {
  const behind = async (...sentences: readonly string[]) =>
    await Promise.all(sentences.map(async (says) => ({ says, mark: await markOf(says), by: [] })));
  const [one, two] = await behind("One.", "Two.") as unknown as [Claim, Claim];
  assert.deepEqual(
    await strays("One. Two.\n\n| a |\n| - |\n| three |\n", [one, two, ...await behind("three")]),
    [],
  );
  assert.deepEqual(await strays("One. New.", [one]), ["line 1 has nothing behind it: New."]);
  assert.deepEqual(await strays("One.", [one, two]), ["not said, or not there: Two."]);
  assert.equal((await strays("Two. One.", [one, two])).length, 2);
  const begins = { ...one, says: "On" };
  assert.match((await strays("Once.", [begins])).join(), /^line 1 is not as it was/);
  assert.deepEqual(
    await strays(
      "```sh\nrun me # now\n```\n```text\nit says\nmore\n```",
      await behind("run me # now", "Recorded: it says"),
    ),
    [],
  );
});

/** What a test is called: by Deno, as a step, or by a function of ours that makes one. */
const NAMES =
  /(?:\b(?:Deno\.test|step|evidence|fromShared|[a-z]+Test)\(|\b(?:name|what):)\s*("(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)/g;

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
      return [...textOf(`tests/${evidence.file}`).matchAll(NAMES)].some(([, name]) =>
        name!.includes(evidence.name)
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
