/** init and serve on a real disk: what is written, who may read it, what opens without the seal key. @module */

import assert from "node:assert/strict";
import { Database, initAuthority, serveAuthority } from "../../../authority/mod.ts";
import { createOwnerClient } from "../../../authority/api/mod.ts";
import { keyNames, openAtRest } from "../../../authority/signer/mod.ts";
import { insertKeySet, newestKeySet, readSealedKey } from "../../../authority/store/mod.ts";
import { Secret, signingKeyPairOf } from "../../../bootloader/suite/mod.ts";
import { Fault, Malformed } from "../../../bootloader/wire/mod.ts";
import { createWorld, granted, openWorld, ORIGIN, random } from "./_world.ts";
import { allowed, made, NAMES } from "./_served.ts";

Deno.test(
  "initAuthority() makes secrets that only the owner may read, says which to take away, and overwrites nothing",
  { ignore: !allowed },
  async () => {
    const { folder, lines, ports, result, remove } = await made();
    for (
      const file of [
        result.rootKeyFile,
        result.apiKeyFile,
        result.sealKeyFile,
        `${folder}/a/tls/ca-key.pem`,
        `${folder}/a/tls/certificate-key.pem`,
      ]
    ) {
      assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600, file);
    }
    for (const name of ["", "/database", "/tls"]) {
      assert.equal(
        (await Deno.stat(`${folder}/a${name}`)).mode! & 0o777,
        0o700,
      );
    }
    assert(lines.some((line) => line.includes("TAKE OFFLINE") && line.includes(result.rootKeyFile)));
    const apiKey = (await Deno.readTextFile(result.apiKeyFile)).trim();
    const sealKey = (await Deno.readTextFile(result.sealKeyFile)).trim();
    assert(lines.every((line) => !line.includes(apiKey) && !line.includes(sealKey)));
    await assert.rejects(
      initAuthority({ folder: `${folder}/a`, ownerName: "x", names: NAMES }, ports),
      /there already, and nothing is overwritten/,
    );
    assert.equal((await Deno.readTextFile(result.sealKeyFile)).trim(), sealKey);
    // The root key's file is a PKCS #8 key that other programs read, and it is the root that was announced.
    const der = Uint8Array.fromBase64(
      (await Deno.readTextFile(result.rootKeyFile)).replace(/-----[^-]+-----|\s/g, ""),
    );
    const root = signingKeyPairOf(new Secret(der.slice(-32)));
    assert.deepEqual(new Uint8Array(root.publicKey), new Uint8Array(result.rootPublicKey));
    await crypto.subtle.importKey("pkcs8", der, "Ed25519", false, ["sign"]);
    await remove();
  },
);

Deno.test("a stolen database opens nothing without the seal key file, and the root's seed is nowhere in it", {
  ignore: !allowed,
}, async () => {
  const { folder, result, remove } = await made();
  const db = new Database(`${folder}/a/database/authority.sqlite`);
  const sealKey = Uint8Array.fromHex((await Deno.readTextFile(result.sealKeyFile)).trim());
  const secrets: string[] = [sealKey.toHex()];
  for (const name of keyNames) {
    const sealed = readSealedKey(db, name);
    assert(sealed !== undefined);
    assert.throws(() => openAtRest(new Secret(random(32)), { name, sealed }), Fault);
    secrets.push(openAtRest(new Secret(sealKey.slice()), { name, sealed }).use((bytes) => bytes.toHex()));
  }
  db.close();
  const der = Uint8Array.fromBase64(
    (await Deno.readTextFile(result.rootKeyFile)).replace(/-----[^-]+-----|\s/g, ""),
  );
  secrets.push(der.slice(-32).toHex(), (await Deno.readTextFile(result.apiKeyFile)).trim());
  for await (const entry of Deno.readDir(`${folder}/a/database`)) {
    const content = (await Deno.readFile(`${folder}/a/database/${entry.name}`)).toHex();
    const text = await Deno.readTextFile(`${folder}/a/database/${entry.name}`).catch(() => "");
    for (const secret of secrets) assert(!content.includes(secret) && !text.includes(secret));
  }
  await remove();
});

Deno.test(
  "serveAuthority() refuses a seal key that others may read, another one, and a config it does not know",
  { ignore: !allowed },
  async () => {
    const { folder, ports, result, remove } = await made();
    const serve = () => serveAuthority({ folder: `${folder}/a`, port: 0 }, ports);
    await Deno.chmod(result.sealKeyFile, 0o640);
    await assert.rejects(serve(), /others may read it; set its mode to 0600/);
    await Deno.chmod(result.sealKeyFile, 0o600);
    const kept = await Deno.readTextFile(result.sealKeyFile);
    await Deno.writeTextFile(result.sealKeyFile, `${random(32).toHex()}\n`);
    await assert.rejects(
      serve(),
      (error) => error instanceof Fault && /not the one of this database/.test(error.message),
    );
    await Deno.writeTextFile(result.sealKeyFile, "short\n");
    await assert.rejects(serve(), Malformed);
    await Deno.writeTextFile(result.sealKeyFile, kept);
    const config = JSON.parse(await Deno.readTextFile(result.configFile));
    await Deno.writeTextFile(result.configFile, JSON.stringify({ ...config, sealKey: "x" }));
    await assert.rejects(serve(), /"sealKey": there is no such key/);
    await remove();
  },
);

Deno.test(
  "two servers on one database give one truth, and a restart changes nothing",
  { ignore: !allowed },
  async () => {
    const { folder, ports, result, remove } = await made();
    const apiKey = (await Deno.readTextFile(result.apiKeyFile)).trim();
    const client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(result.caCertificateFile)] });
    const at = (origin: string) =>
      createOwnerClient({ origin, fetch: (r) => fetch(r, { client }), apiKey: () => apiKey, random });
    const first = await serveAuthority({ folder: `${folder}/a`, port: 0 }, ports);
    const second = await serveAuthority({ folder: `${folder}/a`, port: 0 }, ports);
    const options = { idempotencyKey: "one-act-for-both" };
    const made1 = granted(await at(first.origin).createEnrolment({ name: "e", products: [] }, options));
    const made2 = granted(await at(second.origin).createEnrolment({ name: "e", products: [] }, options));
    assert.deepEqual(made2, made1);
    await first.stop();
    await second.stop();
    const third = await serveAuthority({ folder: `${folder}/a`, port: 0 }, ports);
    assert.deepEqual(
      granted(await at(third.origin).createEnrolment({ name: "e", products: [] }, options)),
      made1,
    );
    client.close();
    await third.stop();
    await remove();
  },
);

Deno.test(
  "a stranger's attempt to enrol waits for no write lock and takes none",
  { ignore: !allowed },
  async () => {
    const folder = await Deno.makeTempDir();
    const world = createWorld(`${folder}/a.sqlite`);
    granted(await world.owner.createEnrolment({ name: "line 1", products: [] }));
    // Another process is in the middle of a transaction.
    const busy = new Database(`${folder}/a.sqlite`);
    busy.run("BEGIN IMMEDIATE");
    const body = JSON.stringify({
      publicKey: random(32).toHex(),
      nonce: random(32).toHex(),
      mac: random(32).toHex(),
    });
    const response = await world.fetch(new Request(`${ORIGIN}/v1/enrolments`, { method: "POST", body }));
    assert.equal((await response.json()).code, "enrolment-refused");
    busy.run("ROLLBACK");
    busy.close();
    world.close();
    await Deno.remove(folder, { recursive: true });
  },
);

Deno.test("createAuthority() refuses a database whose key set names other keys than it holds", () => {
  const [world, stranger] = [createWorld(), createWorld()];
  const foreign = newestKeySet(stranger.db);
  assert(foreign !== undefined);
  insertKeySet(world.db, 2, foreign);
  assert.throws(() => openWorld(world.db, world.clock, world), /its key set names other keys/);
  world.close();
  stranger.close();
});

Deno.test(
  "the owner's page is served, and slows down by the address of the socket, whatever a header says of it",
  {
    ignore: !allowed,
  },
  async () => {
    const { folder, ports, result, remove } = await made();
    // A clock that stands: no wait is over, however slow this machine is.
    const atMs = Date.now();
    const { origin, stop } = await serveAuthority({ folder: `${folder}/a`, port: 0 }, {
      ...ports,
      nowMs: () => atMs,
    });
    const client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(result.caCertificateFile)] });
    const page = await fetch(`${origin}/console/sign-in`, { client });
    assert.match(await page.text(), /<input[^>]* name="apiKey"/);
    const statuses: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      const response = await fetch(`${origin}/console/sign-in`, {
        method: "POST",
        client,
        headers: { origin, "x-forwarded-for": `192.0.2.${n}`, forwarded: `for=192.0.2.${n}` },
        body: new URLSearchParams({ apiKey: "0".repeat(64) }),
      });
      statuses.push(response.status);
      await response.body?.cancel();
    }
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429]);
    client.close();
    await stop();
    await remove();
  },
);
