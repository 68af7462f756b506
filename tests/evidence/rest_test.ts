/**
 * Keys at rest: sealed under a key file (mode 0600) that is not in the database. Without that file a copy opens
 * nothing; a wrong one, a missing one and one that others may read are refused by name, on both sides.
 *
 * @module
 */
import assert from "node:assert/strict";
import { openAppliance } from "../../agent/control/appliance.ts";
import { createAuthority, createHost, Database, initAuthority, serveAuthority } from "../../authority/mod.ts";
import { openAtRest } from "../../authority/signer/mod.ts";
import { readSealedKey } from "../../authority/store/mod.ts";
import { Secret } from "../../bootloader/suite/mod.ts";
import { Fault } from "../../bootloader/wire/mod.ts";
import { atRest } from "./_secrets.ts";
import { evidence, shared, Site } from "./_site.ts";

const site = shared(() => Site.open(), (made) => made.close());
const NAMES = ["ticket", "log", "unwrap", "T-master", "receipt-master"];

/** A fault whose sentence holds all of the words. */
function saying(...words: readonly string[]) {
  return (error: unknown) => {
    assert.ok(error instanceof Fault, String(error));
    for (const word of words) assert.ok(error.message.includes(word), error.message);
    return true;
  };
}

evidence("authority: every key in the database opens with the seal key, and with no other", () => {
  const names = [...NAMES, `certificate ${site().product}`];
  for (const name of names) {
    assert.equal(atRest(site(), name).length, 32);
    const sealed = readSealedKey(site().db, name);
    assert.ok(sealed !== undefined);
    const other = () => new Secret(crypto.getRandomValues(new Uint8Array(32)));
    assert.throws(() => openAtRest(other(), { name, sealed }), saying(name, "seal key file"));
    // Moved under another name it does not open either.
    const seal = () => new Secret(site().sealKey.slice());
    assert.throws(() => openAtRest(seal(), { name: `${name}x`, sealed }), Fault);
    for (const at of [0, 1, 13, sealed.length - 1]) {
      const bent = sealed.slice();
      bent[at]! ^= 1;
      assert.throws(() => openAtRest(seal(), { name, sealed: bent }), Fault);
    }
  }
});

evidence("authority: a copy of the database without its key file gives no authority", () => {
  const copy = `${site().folder}/copy.sqlite`;
  for (const end of ["", "-wal"]) Deno.copyFileSync(site().databaseFile + end, copy + end);
  const db = new Database(copy);
  try {
    const open = (sealKey: Uint8Array) =>
      createAuthority({
        db,
        sealKey: new Secret(sealKey.slice()),
        caCertificate: "",
        random: site().random.draw,
        nowMs: () => 0,
        say: () => {},
      });
    assert.throws(() => open(new Uint8Array(32)), saying("seal key"));
    // The copy is whole: only the key file was missing.
    assert.equal(open(site().sealKey).owner, site().authority.owner);
  } finally {
    db.close();
  }
});

evidence(
  "authority: init makes secret files 0600 in folders 0700; serve names a key file that is open, missing, wrong",
  async () => {
    const folder = Deno.makeTempDirSync({ prefix: "flashseal-evidence-" });
    try {
      const host = createHost();
      const quiet = { say: () => {}, log: () => {} };
      const init = (name: string) =>
        initAuthority({ folder: `${folder}/${name}`, ownerName: "Owner", names: ["127.0.0.1"] }, {
          ...host,
          ...quiet,
        });
      const { sealKeyFile, rootKeyFile, apiKeyFile } = await init("a");
      const other = await init("b");
      const modeOf = (path: string) => Deno.statSync(path).mode! & 0o777;
      const secret = [
        sealKeyFile,
        rootKeyFile,
        apiKeyFile,
        `${folder}/a/tls/ca-key.pem`,
        `${folder}/a/tls/certificate-key.pem`,
      ];
      for (const path of secret) assert.equal(modeOf(path), 0o600, path);
      for (const path of ["a", "a/database", "a/tls"]) assert.equal(modeOf(`${folder}/${path}`), 0o700, path);
      assert.ok(!sealKeyFile.startsWith(`${folder}/a/database`), "the key lies beside the database");
      let listened = 0;
      const listen = () => {
        listened += 1;
        return Promise.resolve({ host: "127.0.0.1", port: 1, show: () => {}, stop: () => Promise.resolve() });
      };
      const serve = () => serveAuthority({ folder: `${folder}/a` }, { ...host, ...quiet, listen });
      for (const mode of [0o644, 0o640, 0o604, 0o660]) {
        Deno.chmodSync(sealKeyFile, mode);
        await assert.rejects(serve(), saying(sealKeyFile, "0600"));
      }
      const right = Deno.readTextFileSync(sealKeyFile);
      Deno.removeSync(sealKeyFile);
      await assert.rejects(serve(), saying(sealKeyFile));
      Deno.copyFileSync(other.sealKeyFile, sealKeyFile);
      await assert.rejects(serve(), saying(sealKeyFile, "not the one of this database"));
      assert.equal(listened, 0);
      Deno.writeTextFileSync(sealKeyFile, right);
      await (await serve()).stop();
      assert.equal(listened, 1);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);

evidence("appliance: its secret files are 0600 in a folder 0700, the seal key outside of it", () => {
  const { agentFolder, sealKeyFile } = site();
  const modeOf = (path: string) => Deno.statSync(path).mode! & 0o777;
  assert.deepEqual([modeOf(sealKeyFile), modeOf(`${agentFolder}/identity.json`)], [0o600, 0o600]);
  assert.equal(modeOf(agentFolder), 0o700);
  assert.ok(!sealKeyFile.startsWith(`${agentFolder}/`));
});

evidence(
  "appliance: a copy of its folder opens nothing when the key file is missing, wrong, or open to others",
  async () => {
    const { agentFolder, sealKeyFile, folder } = site();
    const copy = `${folder}/copy`;
    Deno.mkdirSync(copy);
    for (const name of ["config.json", "identity.json", "trust.json"]) {
      Deno.copyFileSync(`${agentFolder}/${name}`, `${copy}/${name}`);
    }
    const elsewhere = `${folder}/elsewhere.key`;
    const config = JSON.parse(Deno.readTextFileSync(`${copy}/config.json`));
    Deno.writeTextFileSync(`${copy}/config.json`, JSON.stringify({ ...config, sealKeyFile: elsewhere }));
    Deno.mkdirSync(`${copy}/releases`);
    const open = () => openAppliance(copy, site().agentPorts());
    try {
      await assert.rejects(open(), saying(elsewhere, "no such file"));
      Deno.writeTextFileSync(elsewhere, "11".repeat(32), { mode: 0o600 });
      await assert.rejects(open(), saying(elsewhere, "is not its seal key"));
      Deno.copyFileSync(sealKeyFile, elsewhere);
      for (const mode of [0o644, 0o640, 0o602]) {
        Deno.chmodSync(elsewhere, mode);
        await assert.rejects(open(), saying(elsewhere, "0600"));
      }
      assert.ok(
        ![...Deno.readDirSync(copy)].some(({ name }) => name.startsWith("journal")),
        "a journal was made",
      );
      // The copy is whole: only the key file was missing.
      Deno.chmodSync(elsewhere, 0o600);
      (await open()).close();
    } finally {
      Deno.removeSync(copy, { recursive: true });
    }
  },
);
