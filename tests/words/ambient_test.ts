/** No product file formats by the locale or the zone of the process: what is printed must not depend on where it runs. @module */
import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);
const ignore = Deno.permissions.querySync({ name: "read", path: ROOT }).state !== "granted";
if (ignore) console.log("tests of ambient locales need to read the tree: run `deno task test`");

/** Calls whose result depends on locale or zone of the process, unless both are given. */
const AMBIENT = [
  /\.toLocale(?!LowerCase|UpperCase)\w*\(/,
  /new Intl\.\w+\(\s*(\)|undefined)/,
  /\.localeCompare\(/,
  /\.get(FullYear|Month|Date|Day|Hours|Minutes|Seconds|TimezoneOffset)\(\)/,
];

function* productFiles(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(new URL(folder, ROOT))) {
    if (entry.isDirectory) yield* productFiles(`${folder}${entry.name}/`);
    else if (/\.tsx?$/.test(entry.name)) yield `${folder}${entry.name}`;
  }
}

Deno.test({
  name: "no product file asks the process for its locale or zone",
  ignore,
  fn() {
    const found = ["bootloader/", "authority/", "agent/", "deploy/"].flatMap((folder) => [
      ...productFiles(folder),
    ]).flatMap((file) => {
      const source = Deno.readTextFileSync(new URL(file, ROOT));
      return AMBIENT.filter((call) => call.test(source)).map((call) => `${file}: ${call.source}`);
    });
    assert.deepEqual(found, []);
  },
});

Deno.test("what depends on locale or zone is recognised", () => {
  for (
    const call of [
      "n.toLocaleString()",
      "new Intl.NumberFormat()",
      "new Intl.DateTimeFormat(undefined, {})",
      "a.localeCompare(b)",
      "now.getHours()",
    ]
  ) assert(AMBIENT.some((pattern) => pattern.test(call)), call);
  assert(!AMBIENT.some((pattern) => pattern.test('new Intl.DateTimeFormat("en-GB", { timeZone })')));
});
