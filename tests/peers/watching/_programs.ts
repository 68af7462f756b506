/**
 * Programs of Debian packages that the tests in this folder hold the files of deploy/ against.
 *
 * @module
 */
import assert from "node:assert/strict";

/** Whether a program is there; tells which package is missing, and fails under CI where nothing may be skipped. */
export function isMissing(program: string, debianPackage: string): boolean {
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted") return true;
  const found = new Deno.Command("sh", { args: ["-c", `command -v ${program}`], stdout: "null" })
    .outputSync();
  if (found.success) return false;
  assert.ok(Deno.env.get("CI") !== "true", `${program} is missing: apt install ${debianPackage}`);
  console.log(`ignored: ${program} is missing: apt install ${debianPackage}`);
  return true;
}

/** Runs a program to its end. */
export async function run(program: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(program, { args: [...args], stdin: "null" })
    .output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)) as [string, string];
  return { code, out, err };
}
