/** The HTTPS channel on real sockets: who is trusted, which versions and certificates, who is cut off, renewal. @module */

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { createHost, serveAuthority } from "../../../authority/mod.ts";
import {
  createApplianceClient,
  createOwnerClient,
  enrolAppliance,
  fetchTrust,
  parseEnrolmentCode,
} from "../../../authority/api/mod.ts";
import { makeSigningKeyPair, sign } from "../../../bootloader/suite/mod.ts";
import { pemOf } from "../../../authority/http/mod.ts";
import { granted, random } from "./_world.ts";
import { allowed, channel, made, NAMES, unchecked } from "./_served.ts";

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
