/** init and serve on a real disk and a real TLS socket: what is written, who may read it, what opens without the seal key. @module */

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { request as httpsRequest } from "node:https";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { createHost, Database, initAuthority, serveAuthority } from "../../../authority/mod.ts";
import {
  createApplianceClient,
  createOwnerClient,
  enrolAppliance,
  fetchTrust,
  parseEnrolmentCode,
} from "../../../authority/api/mod.ts";
import { keyNames, openAtRest } from "../../../authority/signer/mod.ts";
import { insertKeySet, newestKeySet, readSealedKey } from "../../../authority/store/mod.ts";
import { makeSigningKeyPair, Secret, sign, signingKeyPairOf } from "../../../bootloader/suite/mod.ts";
import { Fault, Malformed } from "../../../bootloader/wire/mod.ts";
import { makeChannelCertificates, pemOf } from "../../../authority/http/mod.ts";
import { createWorld, granted, openWorld, ORIGIN, random } from "./_world.ts";

const allowed = (["read", "write", "net"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");
if (!allowed) {
  console.log("the tests of init and serve need --allow-read --allow-write --allow-net: deno task test");
}

const NAMES = ["127.0.0.1", "localhost"];

function channel(names: readonly string[]) {
  return makeChannelCertificates({ names, nowMs: Date.now(), random });
}

async function made() {
  const folder = await Deno.makeTempDir();
  const lines: string[] = [];
  const ports = {
    ...createHost(),
    say: (line: string) => lines.push(line),
    log: (line: string) => lines.push(line),
  };
  const result = await initAuthority({ folder: `${folder}/a`, ownerName: "Test owner", names: NAMES }, ports);
  return { folder, lines, ports, result, remove: () => Deno.remove(folder, { recursive: true }) };
}

/** The carrier before anything is trusted: it checks no certificate. */
function unchecked(request: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      request.url,
      { method: request.method, rejectUnauthorized: false },
      (message) => {
        const parts: Uint8Array<ArrayBuffer>[] = [];
        message.on("data", (part: Uint8Array) => parts.push(new Uint8Array(part)));
        message.on(
          "end",
          () => resolve(new Response(new Blob(parts), { status: message.statusCode ?? 500 })),
        );
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}

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

Deno.test("over TLS: trust by the code alone, enrolment, a signed request; other certificates are refused", {
  ignore: !allowed,
}, async () => {
  const { folder, lines, ports, result, remove } = await made();
  const served = await serveAuthority({ folder: `${folder}/a`, port: 0 }, ports);
  assert(lines.includes(`listening ${served.origin}`));
  assert(lines.includes(`owner's page ${served.origin}/console`));
  const { origin } = served;
  const apiKey = (await Deno.readTextFile(result.apiKeyFile)).trim();
  const trusting = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(result.caCertificateFile)] });
  const owner = createOwnerClient({
    origin,
    fetch: (r) => fetch(r, { client: trusting }),
    apiKey: () => apiKey,
    random,
  });
  const code = parseEnrolmentCode(
    granted(await owner.createEnrolment({ name: "line 1", products: [] })).code,
  );

  await assert.rejects(fetch(`${origin}/v1/trust`), TypeError);
  const trust = await fetchTrust({ origin, fetch: unchecked }, { rootHash: code.rootHash });
  await assert.rejects(fetchTrust({ origin, fetch: unchecked }, { rootHash: random(10) }), /another server/);
  const client = Deno.createHttpClient({ caCerts: [trust.caCertificate] });
  const carrier = (request: Request) => fetch(request, { client });
  const identity = makeSigningKeyPair(random);
  const enrolment = { code, trust, publicKey: identity.publicKey, nonce: random(32) };
  const { appliance } = granted(await enrolAppliance({ origin, fetch: carrier }, enrolment));
  assert.equal(granted(await enrolAppliance({ origin, fetch: carrier }, enrolment)).appliance, appliance);
  let sequence = 0;
  const agent = createApplianceClient({
    origin,
    fetch: carrier,
    appliance,
    sign: (message) => sign(identity.seed, message),
    logKeys: [trust.keySet.logKey],
    nextSequence: () => sequence += 1,
    nowSeconds: () => 1,
  });
  const state = granted(await agent.state());
  assert.equal(state.name, "line 1");
  client.close();
  trusting.close();
  await served.stop();
  await assert.rejects(fetch(`${origin}/v1/trust`), TypeError);
  await remove();
});

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

/** Returns what a TLS client of the given newest version gets: a protocol name or `refused`. */
function handshake(port: number, version: "TLSv1.2" | "TLSv1.3"): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls({
      host: "127.0.0.1",
      port,
      minVersion: version,
      maxVersion: version,
      rejectUnauthorized: false,
    });
    socket.on("secureConnect", () => {
      resolve(String(socket.getProtocol()));
      socket.destroy();
    });
    socket.on("error", () => resolve("refused"));
  });
}

Deno.test(
  "the socket speaks TLS 1.3 and nothing older, and takes a part of 1 MiB",
  { ignore: !allowed },
  async () => {
    const { folder, ports, result, remove } = await made();
    const served = await serveAuthority({ folder: `${folder}/a`, port: 0 }, ports);
    const port = Number(new URL(served.origin).port);
    assert.equal(await handshake(port, "TLSv1.3"), "TLSv1.3");
    assert.equal(await handshake(port, "TLSv1.2"), "refused");
    const client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(result.caCertificateFile)] });
    const apiKey = (await Deno.readTextFile(result.apiKeyFile)).trim();
    const owner = createOwnerClient({
      origin: served.origin,
      fetch: (r) => fetch(r, { client }),
      apiKey: () => apiKey,
      random,
    });
    const release = random(16).toHex() as Parameters<typeof owner.release>[0];
    const send = async (bytes: number) => {
      const answer = await owner.uploadRelease(release, { offset: 0, content: new Uint8Array(bytes) });
      return "refused" in answer ? answer.refused.code : "granted";
    };
    assert.equal(await send(1_048_576), "release-unknown");
    assert.equal(await send(1_048_577), "body-too-large");
    const codes = await Promise.all(Array.from({ length: 20 }, () => owner.orders()));
    assert(codes.every((answer) => "granted" in answer));
    client.close();
    await served.stop();
    await remove();
  },
);

Deno.test("the owner's connection trusts its certificate authority alone, whatever else the machine trusts", {
  ignore: !allowed || Deno.permissions.querySync({ name: "run" }).state !== "granted",
}, async () => {
  const folder = await Deno.makeTempDir();
  const [ours, public_] = [await channel(["127.0.0.1"]), await channel(["127.0.0.1"])];
  const served = (names: typeof ours) =>
    createHost().listen({
      host: "127.0.0.1",
      port: 0,
      certificate: names.certificate,
      key: names.key,
      fetch: async (request) => new Response(await request.bytes(), { status: 200 }),
    });
  const [right, wrong] = [await served(ours), await served(public_)];
  await Deno.writeTextFile(`${folder}/ours.pem`, ours.caCertificate);
  await Deno.writeTextFile(`${folder}/public.pem`, public_.caCertificate);
  const program = `
    import { createOwnerHost } from ${JSON.stringify(import.meta.resolve("../../../authority/owner/mod.ts"))};
    const host = createOwnerHost();
    const fetch = host.connect(await Deno.readTextFile(${JSON.stringify(`${folder}/ours.pem`)}));
    for (const origin of ["https://127.0.0.1:${right.port}", "https://127.0.0.1:${wrong.port}", "https://localhost:${right.port}"]) {
      const ask = (body) => fetch(new Request(origin + "/x", { method: "POST", body })).then((r) => r.text());
      console.log(await ask("a").then(() => ask("hello"), () => "refused"));
    }
    host.close();
  `;
  // --cert stands for a certificate authority that the machine trusts, as it trusts the public ones.
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--cert", `${folder}/public.pem`, program],
  }).output();
  const said = new TextDecoder().decode(stdout).trim().split("\n");
  assert.deepEqual(said, ["hello", "refused", "refused"], new TextDecoder().decode(stderr));
  await right.stop();
  await wrong.stop();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a connection that says nothing, or stops in the middle, is ended; strange methods get an answer", {
  ignore: !allowed,
}, async () => {
  const { certificate, key } = await channel(["127.0.0.1"]);
  const listening = await createHost().listen({
    host: "127.0.0.1",
    port: 0,
    certificate,
    key,
    idleMs: 500,
    fetch: async (request) => new Response(await request.bytes()),
  });
  const connection = (said: string) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    let heard = "";
    const socket = connectTls({ port: listening.port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      if (said !== "") socket.write(said);
    });
    socket.on("data", (part) => heard += String(part));
    socket.on("error", () => {});
    socket.on("close", () => resolve(heard.split("\r\n")[0] ?? ""));
    return promise;
  };
  const bare = new Promise<string>((resolve) => {
    const socket = connectTcp(listening.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.on("close", () => resolve("closed"));
  });
  const head = "POST /v1/x HTTP/1.1\r\nhost: 127.0.0.1\r\n";
  assert.deepEqual(
    await Promise.all([
      bare,
      connection(""),
      connection(`${head}x-a: `),
      connection("TRACE / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"),
      connection(`${head}content-length: 2\r\n\r\nab`),
    ]),
    ["closed", "", "", "HTTP/1.1 400 Bad Request", "HTTP/1.1 200 OK"],
  );
  await listening.stop();
});

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

Deno.test("makeChannelCertificates() makes a leaf of one year under an authority without end, each for its own use", async () => {
  const { caCertificate, certificate } = await channel(["127.0.0.1", "server.test"]);
  const [ca, leaf] = [new X509Certificate(caCertificate), new X509Certificate(certificate)];
  const daysLeft = (c: X509Certificate) => Math.round((Date.parse(c.validTo) - Date.now()) / 86_400_000);
  assert.deepEqual([daysLeft(leaf), new Date(ca.validTo).getUTCFullYear()], [365, 9999]);
  // A clock without a battery begins in 1970.
  assert.deepEqual([ca, leaf].map(({ validFrom }) => Date.parse(validFrom)), [0, 0]);
  assert.deepEqual([ca.ca, leaf.ca], [true, false]);
  assert.match(leaf.subjectAltName ?? "", /IP Address:127\.0\.0\.1/);
  assert.match(leaf.subjectAltName ?? "", /DNS:server\.test/);
  assert.notEqual(ca.serialNumber, leaf.serialNumber);
});

Deno.test({
  name:
    "serveAuthority() renews the channel's certificate in its last four months, at its start and while it runs (P-73)",
  ignore: !allowed,
  async fn() {
    const { folder, lines, ports, remove } = await made();
    const file = `${folder}/a/tls/certificate.pem`;
    const ca = Deno.readTextFileSync(`${folder}/a/tls/ca-certificate.pem`);
    const first = Deno.readTextFileSync(file);
    let days = 0;
    let tick = () => {};
    const later = {
      ...ports,
      nowMs: () => Date.now() + days * 86_400_000,
      every: (_ms: number, act: () => void) => {
        tick = act;
        return () => {};
      },
    };
    const serve = () => serveAuthority({ folder: `${folder}/a`, port: 0 }, later);
    const ends = () => Date.parse(new X509Certificate(Deno.readTextFileSync(file)).validTo);
    await (await serve()).stop();
    assert.equal(Deno.readTextFileSync(file), first, "it is not due");
    days = 300;
    const served = await serve();
    try {
      const second = Deno.readTextFileSync(file);
      assert.notEqual(second, first);
      assert.ok(new X509Certificate(second).verify(new X509Certificate(ca).publicKey));
      assert.ok(Math.abs(ends() - later.nowMs() - 365 * 86_400_000) < 60_000);
      days = 600;
      tick();
      const until = Date.now() + 10_000;
      const shows = async () => {
        const now = Deno.readTextFileSync(file);
        return now !== second && await presented(served.origin, ca) === now;
      };
      while (!await shows()) {
        assert.ok(Date.now() < until, "the running server does not show a renewed certificate");
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.ok(ends() > later.nowMs() + 360 * 86_400_000);
      assert.equal(lines.filter((line) => line.includes("channel-renewed")).length, 2);
    } finally {
      await served.stop();
      // Without the key of the certificate authority it goes on and says what is missing.
      Deno.removeSync(`${folder}/a/tls/ca-key.pem`);
      days = 900;
      await (await serve()).stop();
      assert.ok(lines.some((line) => line.includes("channel-not-renewed") && line.includes("ca-key.pem")));
      // Another authority's key would make a certificate that every appliance refuses: the old one stays.
      const kept = Deno.readTextFileSync(file);
      Deno.writeTextFileSync(`${folder}/a/tls/ca-key.pem`, (await channel(NAMES)).caKey);
      await (await serve()).stop();
      assert.equal(Deno.readTextFileSync(file), kept);
      assert.ok(lines.some((line) => line.includes("not one of this certificate authority")));
      await remove();
    }
  },
});

/** Returns the certificate that a server shows to whoever trusts `ca` alone; empty while it shows none. */
function presented(origin: string, ca: string): Promise<string> {
  const { hostname: host, port } = new URL(origin);
  return new Promise((resolve) => {
    const socket = connectTls({ host, port: Number(port), ca }, () => {
      const { raw } = socket.getPeerCertificate();
      socket.end();
      resolve(pemOf("CERTIFICATE", new Uint8Array(raw)));
    });
    socket.on("error", () => resolve(""));
  });
}

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
