/**
 * A copy of the product in a folder of its own with one word changed: the counter-proof of a test must not need a
 * switch in the product.
 *
 * @module
 */
import assert from "node:assert/strict";

const ROOT = new URL("../../../", import.meta.url).pathname;
const PARTS = [
  "agent",
  "authority",
  "bootloader",
  "figures",
  "tests/peers/disk",
  "tests/unit/authority",
  "deno.json",
  "deno.lock",
];

/** Copies the product into `folder` and replaces `from` by `to` in one file, where it must stand exactly once. */
export async function copyTreeWith(
  folder: string,
  change: { readonly file: string; readonly from: string; readonly to: string },
): Promise<void> {
  for (const part of PARTS) await copy(`${ROOT}${part}`, `${folder}/${part}`);
  const path = `${folder}/${change.file}`;
  const parts = Deno.readTextFileSync(path).split(change.from);
  assert.equal(parts.length, 2, `"${change.from}" must stand exactly once in ${change.file}`);
  Deno.writeTextFileSync(path, parts.join(change.to));
}

async function copy(from: string, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) {
    await Deno.copyFile(from, to);
    return;
  }
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) await copy(`${from}/${entry.name}`, `${to}/${entry.name}`);
}
