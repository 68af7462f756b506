/**
 * What an owner types: a product with option bytes, and the server's log that anybody can check.
 *
 * @module
 */
import assert from "node:assert/strict";
import { FLASH } from "../vectors/firmware/image.ts";
import { makeIntelHex } from "../vectors/firmware/intel_hex.ts";
import { loopingFirmware } from "./_firmware.ts";
import { flashseal, ignore } from "./_flashseal.ts";
import { asOwner } from "./_owner.ts";

/** FLASH_OPTR as the factory leaves it, but RDP 0xBB (level 1), with its complement, as a file names it. */
const OPTR_AT = 0x1fff_7800;
const OPTR = 0xffff_febb;

function hexWithOptions(optr: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, optr, true);
  view.setUint32(4, ~optr >>> 0, true);
  return makeIntelHex([{ address: FLASH, bytes: loopingFirmware(1024) }, { address: OPTR_AT, bytes }]);
}

const PRODUCT = [
  "product",
  "create",
  "--chip",
  "stm32g0-8k",
  "--acknowledge-device-class-c",
  "--acknowledge-lock-class",
] as const;

Deno.test({
  name:
    "owner product create --options-from: the release with these option bytes is taken, and without them it is not",
  ignore,
  fn: () =>
    asOwner(async ({ folder, owner, done }) => {
      const file = `${folder}/opt_bb.hex`;
      await Deno.writeFile(file, hexWithOptions(OPTR));
      await done(...PRODUCT, "--name", "plain");
      const release = ["release", "create", file, "--version", "1"];
      const refused = await owner(...release, "--product", "plain");
      assert.equal(refused.code, 65, refused.err);
      assert.match(refused.err, /create a product with these option words.*--options-from/);

      const made = await done(...PRODUCT, "--name", "with options", "--options-from", file);
      const [mask, value] = [(made["optionMask"] as number[])[0]!, (made["optionValue"] as number[])[0]!];
      assert.equal(value, (OPTR & mask) >>> 0);
      assert.notEqual(mask & 0x0400_0000, 0, "the file's bits are in the mask");
      await done(...release, "--product", "with options");

      const unfit = `${folder}/opt_level0.hex`;
      await Deno.writeFile(unfit, hexWithOptions(0xffff_feaa));
      const contradicts = await owner(...PRODUCT, "--name", "x", "--options-from", unfit);
      assert.deepEqual(
        [contradicts.code, /protection level 0/.test(contradicts.err)],
        [65, true],
        contradicts.err,
      );
      const none = await owner(...PRODUCT, "--name", "x", "--options-from", `${folder}/none.hex`);
      assert.deepEqual([none.code, /there is no such file/.test(none.err)], [2, true], none.err);
      const folderGiven = await owner("release", "create", folder, "--version", "1", "--product", "plain");
      assert.deepEqual([folderGiven.code, /name a file/.test(folderGiven.err)], [69, true], folderGiven.err);
    }),
});

Deno.test({
  name:
    "owner log --to FILE, verify log FILE: whole and signed it holds; one entry changed, or cut, it does not",
  ignore,
  fn: () =>
    asOwner(async ({ folder, origin, caCertificateFile, owner, done }) => {
      await done(...PRODUCT, "--name", "lamp");
      const file = `${folder}/log.json`;
      await done("log", "--to", file);
      const again = await owner("log", "--to", file);
      assert.deepEqual([again.code, /nothing is overwritten/.test(again.err)], [69, true], again.err);
      const client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(caCertificateFile)] });
      const trust = await (await fetch(`${origin}/v1/trust`, { client })).text();
      client.close();
      await Deno.writeTextFile(`${folder}/trust.json`, trust);
      const verify = (path: string, by = "trust.json") =>
        flashseal("verify", "log", path, "--trust", `${folder}/${by}`, "--json");
      const holds = await verify(file);
      assert.equal(holds.code, 0, holds.err);
      const text = await Deno.readTextFile(file);
      const { entries, head } = JSON.parse(text) as { entries: unknown[]; head: string };
      assert.deepEqual((holds.json() as Record<string, unknown>)["entries"], entries.length);
      assert.ok(text.includes("product-created"));

      await Deno.writeTextFile(`${folder}/changed.json`, text.replace("product-created", "product-deleted"));
      const changed = await verify(`${folder}/changed.json`);
      assert.deepEqual([changed.code, /does not follow/.test(changed.err)], [77, true], changed.err);
      await Deno.writeTextFile(`${folder}/cut.json`, JSON.stringify({ entries: entries.slice(0, -1), head }));
      const cut = await verify(`${folder}/cut.json`);
      assert.deepEqual([cut.code, /the last one here is/.test(cut.err)], [77, true], cut.err);

      const { keySet } = JSON.parse(trust) as { keySet: string };
      await Deno.writeTextFile(`${folder}/no-root.json`, JSON.stringify({ keySet }));
      const noRoot = await verify(file, "no-root.json");
      assert.equal(noRoot.code, 65);
      assert.match(noRoot.err, /Cannot read the trust file at "rootPublicKey": it is missing/);
    }),
});
