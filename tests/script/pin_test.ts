/**
 * `flashseal agent pin` as a user runs it: the PIN comes by standard input, is kept as a slow hash, and shows up nowhere.
 *
 * @module
 */
import assert from "node:assert/strict";
import { writeConfig } from "../../agent/mod.ts";
import { flashseal, ignore, inFolder, MAIN } from "./_flashseal.ts";

async function pin(folder: string, input: string, ...more: readonly string[]) {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", MAIN, "agent", "pin", "--dir", folder, ...more],
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return { code, text };
}

Deno.test({
  name: "agent pin sets and removes the PIN, refuses what is none with exit code 2, and never repeats it",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const file = `${folder}/pin.json`;
      await Deno.writeTextFile(
        `${folder}/config.json`,
        writeConfig({
          version: 1,
          origin: "https://authority:8443",
          appliance: "a1".repeat(8),
          owner: "b2".repeat(8),
          name: "Line 1",
          sealKeyFile: "/nowhere",
          statusPort: 0,
          stations: [{ name: "station-1", product: null, driver: "model", boards: "boards" }],
        }),
      );
      const set = await pin(folder, "86753099\n");
      assert.equal(set.code, 0, set.text);
      assert.match(set.text, /PIN set/);
      assert.doesNotMatch(set.text + await Deno.readTextFile(file), /86753099/);
      for (const bad of ["123\n", "12345x\n", "", "1234567890123456789\n"]) {
        const before = await Deno.readTextFile(file);
        const ran = await pin(folder, bad);
        assert.equal(ran.code, 2, ran.text);
        assert.match(ran.text, /it must be 4 to 12 digits/);
        assert.equal(await Deno.readTextFile(file), before, "a PIN that is refused changes nothing");
      }
      const removed = await pin(folder, "", "--remove");
      assert.equal(removed.code, 0, removed.text);
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["config.json"]);
      const none = await flashseal("agent", "pin", "--dir", `${folder}/nobody`, "--remove");
      assert.equal(none.code, 69);
      assert.match(none.err, /enrol the appliance first/);
    }),
});
