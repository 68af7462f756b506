/** deploy/ERRORS.md is what the tables give, and it names every code once. @module */
import assert from "node:assert/strict";
import { causes } from "../../agent/mod.ts";
import { refusals } from "../../authority/api/mod.ts";
import { EXIT } from "../../deploy/cli/mod.ts";
import { errorsPage } from "../../deploy/catalogue/page.ts";
import page from "../../deploy/ERRORS.md" with { type: "text" };

Deno.test("ERRORS.md is what the tables give", () => {
  assert.ok(page === errorsPage(), "run: deno run -A deploy/catalogue/write.ts");
});

Deno.test("ERRORS.md has each refusal with its number, each cause and each exit code, once", () => {
  const rows = page.split("\n").filter((line) => line.startsWith("| "));
  const times = (start: string) => rows.filter((row) => row.startsWith(start)).length;
  for (const [code, { number, status }] of Object.entries(refusals)) {
    assert.equal(times(`| ${number} | \`${code}\` | ${status} | **`), 1, code);
  }
  for (const [code, { outcome }] of Object.entries(causes)) {
    assert.equal(times(`| \`${code}\` | ${outcome} | **`), 1, code);
  }
  for (const [name, code] of Object.entries(EXIT)) assert.equal(times(`| ${code} | ${name} | **`), 1, name);
});

Deno.test("ERRORS.md has no cell that would break its table", () => {
  for (const table of page.split(/^## /m).slice(1)) {
    const rows = table.split("\n").filter((line) => line.startsWith("|"));
    assert.equal(new Set(rows.map((row) => row.split("|").length)).size, 1, table.slice(0, 20));
  }
});
