/**
 * The owner's machine: files whole or not at all, mode 0600, absence as an answer, failure as a Fault.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createOwnerHost } from "../../../../authority/owner/mod.ts";
import { Fault } from "../../../../bootloader/wire/mod.ts";

const allowed = (["read", "write"] as const).every((name) =>
  Deno.permissions.querySync({ name }).state === "granted"
);
if (!allowed) console.log("tests of the owner's disk need to read and write: run `deno task test`");

Deno.test({
  name:
    "createOwnerHost() replaces files whole, readable by their owner only, and leaves nothing beside them",
  ignore: !allowed,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const { files } = createOwnerHost();
      const path = `${folder}/profile.json`;
      assert.equal(await files.read(path), undefined);
      for (const text of ["first", "second, longer", "3", ""]) {
        await files.writeSecretly(path, new TextEncoder().encode(text));
        assert.equal(new TextDecoder().decode(await files.read(path)), text);
      }
      assert.equal(await files.isOpenToOthers(path), false);
      // A leftover of an earlier cut, open to all, must not pass its rights on.
      await Deno.writeTextFile(`${path}.new`, "leftover");
      await Deno.chmod(`${path}.new`, 0o644);
      assert.equal(await files.isOpenToOthers(`${path}.new`), Deno.build.os !== "windows");
      await files.writeSecretly(path, new Uint8Array([1]));
      assert.equal(await files.isOpenToOthers(path), false);
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["profile.json"]);
      await files.remove(path);
      await files.remove(path);
      assert.equal(await files.read(path), undefined);
      await assert.rejects(files.read(folder), (error) => error instanceof Fault && error.place === "disk");
      await assert.rejects(files.writeSecretly(`${folder}/none/x`, new Uint8Array()), Fault);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("createOwnerHost() draws other bytes each time", () => {
  const { random } = createOwnerHost();
  assert.equal(random(32).length, 32);
  assert.notDeepEqual(random(32), random(32));
});
