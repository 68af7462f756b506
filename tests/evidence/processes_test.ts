/**
 * The same look at the real processes: a whole demo with an owner's own firmware, its folder kept. Nothing of the image
 * and no key is in what the processes wrote to disk, to the captures, to standard output or standard error.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Database } from "../../authority/mod.ts";
import { openAtRest } from "../../authority/signer/mod.ts";
import { readSealedKey } from "../../authority/store/mod.ts";
import { bootloaderFor } from "../../bootloader/firmware/mod.ts";
import { Secret } from "../../bootloader/suite/mod.ts";
import { firmware } from "./_site.ts";
import { type Place, Windows, windowsOf } from "./_windows.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const ignore = (["run", "read", "write", "net", "env"] as const)
  .some((name) => Deno.permissions.querySync({ name }).state !== "granted");
if (ignore) console.log("ignored: the look at real processes: run deno task test");

/** Files that are the secret (PROTOCOL section 14), and boards, whose flash is the device itself. */
const LEFT_OUT = /(seal-key|owner-api-key\.txt|root-key-TAKE-OFFLINE\.pem|-key\.pem|\.board|image\.bin)$/;

/** Runs a demo that is kept, stops it when it is done, and returns all that it said. */
async function runDemo(firmwareFile: string, capture: string): Promise<string> {
  const args = [
    "demo",
    "--devices",
    "2",
    "--json",
    "--keep",
    "--firmware",
    firmwareFile,
    "--capture",
    capture,
  ];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", MAIN, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(180_000),
  }).spawn();
  const out = new Response(child.stdout).text();
  let err = "";
  const decoder = new TextDecoder();
  let asked = false;
  for await (const part of child.stderr) {
    err += decoder.decode(part, { stream: true });
    if (asked || !err.includes("Kept: ")) continue;
    asked = true;
    child.kill("SIGTERM");
  }
  const { code } = await child.status;
  assert.equal(code, 0, err);
  return `${await out}${err}`;
}

function* filesIn(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* filesIn(`${folder}/${name}`);
    else yield `${folder}/${name}`;
  }
}

function keysOf(folder: string): Windows {
  const keys = new Windows();
  const hexIn = (path: string) => Uint8Array.fromHex(Deno.readTextFileSync(`${folder}/${path}`).trim());
  const sealKey = hexIn("authority/seal-key");
  keys.addKey("the authority's seal key", sealKey);
  keys.addKey("the appliance's seal key", hexIn("appliance.seal-key"));
  keys.addKey("the owner's API key", hexIn("authority/owner-api-key.txt"));
  for (const path of ["authority/root-key-TAKE-OFFLINE.pem", "authority/tls/ca-key.pem"]) {
    const text = Deno.readTextFileSync(`${folder}/${path}`).replaceAll(/-----.*-----|\s/g, "");
    // The seed, or the private scalar, is what a PKCS #8 key of 32 bytes has at its known place.
    const der = Uint8Array.fromBase64(text);
    keys.addKey(path, path.includes("root") ? der.slice(-32) : der.slice(36, 68));
  }
  const db = new Database(`${folder}/authority/database/authority.sqlite`);
  for (const name of ["ticket", "log", "unwrap", "T-master", "receipt-master"]) {
    const sealed = readSealedKey(db, name);
    assert.ok(sealed !== undefined);
    openAtRest(new Secret(sealKey.slice()), { name, sealed }).use((key) => keys.addKey(name, key));
  }
  db.close();
  assert.equal(keys.count, 10 * 17);
  return keys;
}

Deno.test({
  name:
    "a whole demo: neither image nor keys in any file, capture, standard output or standard error of its processes",
  ignore,
  async fn() {
    const own = Deno.makeTempDirSync({ prefix: "flashseal-evidence-" });
    let folder: string | undefined;
    try {
      const image = firmware(6000, 23);
      Deno.writeFileSync(`${own}/app.bin`, image);
      const said = await runDemo(`${own}/app.bin`, `${own}/capture`);
      folder = /Everything happens in (\S+)/.exec(said)?.[1];
      assert.ok(folder !== undefined, said);
      assert.match(said, /"outcome":"delivered".*"outcome":"delivered"/);
      const places: Place[] = [{ name: "what was said", bytes: new TextEncoder().encode(said) }];
      for (const path of [...filesIn(folder), ...filesIn(`${own}/capture`)]) {
        if (LEFT_OUT.test(path)) continue;
        places.push({ name: path, bytes: Deno.readFileSync(path) });
      }
      for (const wanted of ["authority.sqlite", "journal.db", "link-tx.bin", "debug-rx.bin", "trust.json"]) {
        assert.ok(places.some(({ name }) => name.endsWith(wanted)), `${wanted} was not looked at`);
      }
      const bootloader = new Windows();
      for (const window of windowsOf(bootloaderFor("stm32g0")!.bytes)) bootloader.addKey("known", window);
      const windows = new Windows();
      windows.addContent("the image", image, bootloader);
      assert.ok(windows.count > 5_000);
      assert.deepEqual(windows.find(places), []);
      assert.deepEqual(keysOf(folder).find(places), []);
      // The same look finds the image where it has to be: in the boards that were taken out, and in the demo's own copy.
      const boards = [...filesIn(`${folder}/drawer`), `${own}/capture/image.bin`];
      const there = boards.map((name) => ({ name, bytes: Deno.readFileSync(name) }));
      const delivered = said.split('"outcome":"delivered"').length - 1;
      assert.ok(delivered >= 2);
      assert.equal(new Set(windows.find(there).map(({ place }) => place)).size, delivered + 1);
    } finally {
      Deno.removeSync(own, { recursive: true });
      if (folder !== undefined) Deno.removeSync(folder, { recursive: true });
    }
  },
});
