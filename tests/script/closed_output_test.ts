/**
 * Output that reaches nobody: a reader that goes away, a disk that is full. No stack trace, no process and no key is left
 * behind.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ignore, inFolder, MAIN } from "./_flashseal.ts";

interface Ending {
  readonly code: number;
  readonly err: string;
}

/** Runs `flashseal ...args`; its standard output is read until `enough` holds of what was read, then closed. */
async function readUntil(
  args: readonly string[],
  enough: (text: string) => boolean,
  env: Record<string, string> = {},
): Promise<Ending> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", MAIN, ...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(180_000),
  }).spawn();
  const err = new Response(process.stderr).text();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!enough(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  await reader.cancel();
  return { code: (await process.status).code, err: await err };
}

Deno.test({
  name: "demo | head: the demo ends in order, says why, and leaves no folder behind",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const { code, err } = await readUntil(
        ["demo", "--devices", "1", "--offline", "0"],
        (text) => text.includes("The appliance is enrolled"),
        { TMPDIR: folder },
      );
      assert.equal(code, 69, err);
      assert.match(err, /^flashseal: Cannot finish the demo: its output reaches nobody any more/);
      assert.doesNotMatch(err, /\n\s+at |BrokenPipe/);
      assert.deepEqual([...Deno.readDirSync(folder)], []);
    }),
});

for (const args of [["chips", "--json"], ["--help"], ["mcu", "list"]] as const) {
  Deno.test({
    name: `flashseal ${args.join(" ")} with nobody to read it ends with 0 and says nothing`,
    ignore,
    async fn() {
      assert.deepEqual(await readUntil(args, () => true), { code: 0, err: "" });
    },
  });
  Deno.test({
    name: `flashseal ${args.join(" ")} onto a full disk is a fault`,
    ignore: ignore || Deno.build.os !== "linux",
    async fn() {
      const shell = new Deno.Command("/bin/sh", {
        args: ["-c", 'exec "$0" run -A --no-check "$@" > /dev/full', Deno.execPath(), MAIN, ...args],
        stdin: "null",
        env: { NO_COLOR: "1" },
      });
      const { code, stderr } = await shell.output();
      const err = new TextDecoder().decode(stderr);
      assert.equal(code, 69, err);
      assert.match(err, /no space is left on the disk; make room/);
      assert.doesNotMatch(err, /\n\s+at |Internal error/);
    },
  });
}
