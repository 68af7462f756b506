/**
 * What the tree cites is there: sections of DESIGN.md (`D§n`), clauses of PROTOCOL.md (`P-n`), threats of THREATS.md (`T-n`).
 *
 * @module
 */
import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);
const canRead = Deno.permissions.querySync({ name: "read", path: ROOT }).state === "granted";
if (!canRead) console.log("the citations need to read the tree: run `deno task test`");

/** Each kind of citation, and what the document it is about has of it. */
const KINDS = [
  { cited: /D§(\d+)/g, document: "DESIGN.md", has: /^## (\d+)\. /gm },
  // P-256 is a curve.
  { cited: /\bP-(?!256\b)(\d+)\b/g, document: "bootloader/PROTOCOL.md", has: /^\*\*P-(\d+)\*\*/gm },
  { cited: /\bT-(\d+)\b/g, document: "bootloader/THREATS.md", has: /^\*\*T-(\d+) /gm },
] as const;
const TEXTS = /\.(tsx?|md|c|h|S|ld|pml|json|yml|service|css|js)$/;
const NOT_OURS = ["node_modules", "dist", "coverage", "deno.lock"];

function* texts(folder = ""): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (name.startsWith(".") || NOT_OURS.includes(name)) continue;
    if (isDirectory) yield* texts(`${folder}${name}/`);
    else if (TEXTS.test(name)) yield folder + name;
  }
}

function numbersIn(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, number]) => number!);
}

Deno.test({
  name: "every section, clause and threat that is cited is there",
  ignore: !canRead,
  fn() {
    const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));
    const there = KINDS.map(({ document, has }) => new Set(numbersIn(read(document), has)));
    for (const numbers of there) assert.ok(numbers.size >= 12, `only ${numbers.size}`);
    const missing = [...texts()].flatMap((file) => {
      const text = read(file);
      return KINDS.flatMap(({ cited, document }, kind) =>
        numbersIn(text, cited).filter((number) => !there[kind]!.has(number))
          .map((number) => `${file}: ${number} of ${document}`)
      );
    });
    assert.deepEqual(missing, []);
  },
});
