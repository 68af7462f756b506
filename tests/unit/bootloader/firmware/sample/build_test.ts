/**
 * Holds the sample's build to its messages. That it gives the committed bytes is checked where the compiler is:
 * `checkSample` in the firmware task.
 *
 * @module
 */
import assert from "node:assert/strict";
import { buildSample } from "../../../../../bootloader/firmware/sample/build.ts";
import { Fault } from "../../../../../bootloader/wire/mod.ts";

const ignore = Deno.permissions.querySync({ name: "run" }).state !== "granted" ||
  Deno.permissions.querySync({ name: "env" }).state !== "granted";
if (ignore) console.log("tests of the sample's build need to run commands: run `deno task test`");

Deno.test({
  name: "buildSample() says that the compiler is absent and how to get it",
  ignore,
  async fn() {
    await assert.rejects(buildSample({ gcc: "no-such-gcc", out: "." }), (error: unknown) => {
      assert.ok(error instanceof Fault);
      assert.match(
        error.message,
        /^Cannot build the sample firmware: there is no compiler "no-such-gcc": install /,
      );
      return true;
    });
  },
});

Deno.test({
  name: "buildSample() refuses a compiler of another version, naming both",
  ignore,
  async fn() {
    await assert.rejects(buildSample({ gcc: Deno.execPath(), out: "." }), (error: unknown) => {
      assert.ok(error instanceof Fault);
      assert.match(
        error.message,
        /is "deno [^"]*", which makes other bytes than "arm-none-eabi-gcc .* 12\.2\.1/,
      );
      return true;
    });
  },
});
