import assert from "node:assert/strict";
import { startChild } from "../../../../deploy/demo/children.ts";

const ignore = Deno.permissions.querySync({ name: "run" }).state !== "granted";
if (ignore) console.log("tests of child processes start processes: run `deno task test`");

function talking(script: string): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

Deno.test({
  name:
    "startChild(): what the taker of a line throws is told by `troubled`; the child is read on and can be stopped",
  ignore,
  async fn() {
    const script = "console.log('one'); console.log('two'); setInterval(() => {}, 1000);";
    const thrown = new SyntaxError("line one cannot be taken");
    const child = startChild([], (line) => {
      if (line === "one") throw thrown;
    }, talking(script));
    await assert.rejects(child.troubled, (error) => error === thrown);
    assert.equal(await child.line("two"), "two");
    assert.notEqual(await child.stop(), 0);
    assert.equal(await child.ended, await child.stop());
  },
});

Deno.test({
  name: "startChild(): who waits for a line of a child that ends first is told its last words",
  ignore,
  async fn() {
    const child = startChild(["some", "command"], undefined, talking("console.log('my last words')"));
    await assert.rejects(child.line("listening "), /some command ended with 0 \(my last words\)/);
  },
});
