/**
 * An agent that is killed in the middle of a delivery.
 *
 * @module
 */
import assert from "node:assert/strict";

/** Starts a delivery in a process of its own and kills it (SIGKILL) at an event of this kind. */
export async function killAt(kind: string, args: readonly string[]): Promise<void> {
  const script = new URL("one_delivery.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", script, ...args],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  let killed = false;
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (killed || !text.includes(`"kind":"${kind}"`)) continue;
    killed = true;
    child.kill("SIGKILL");
  }
  assert.equal((await child.status).signal, "SIGKILL", `no "${kind}": ${text.slice(-500)}`);
}
