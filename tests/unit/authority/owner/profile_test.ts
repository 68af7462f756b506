/**
 * Login: what is tried before the profile is kept, what is kept, and what is refused.
 *
 * @module
 */
import assert from "node:assert/strict";
import { login, type LoginOptions, openSession } from "../../../../authority/owner/mod.ts";
import { Malformed } from "../../../../bootloader/wire/mod.ts";
import { CA, OwnersAuthority, smallWorld } from "./_owner_world.ts";

const options: LoginOptions = {
  url: "https://authority.test:8443/",
  caFile: "ca.pem",
  apiKeyFile: "key",
  profileFile: "profile",
};

Deno.test("login() keeps URL, certificate authority, API key path and root, and no secret", async () => {
  const authority = new OwnersAuthority();
  const world = smallWorld(authority);
  const result = await login(options, world);
  assert.ok("granted" in result);
  const { url, caCertificate, apiKeyFile, owner, rootPublicKey, rootHash, rootTaken } = result.granted;
  assert.deepEqual([url, caCertificate, apiKeyFile, owner, rootTaken], [
    "https://authority.test:8443",
    CA,
    "key",
    authority.authority.owner,
    true,
  ]);
  assert.equal(rootPublicKey, authority.rootPublicKey.toHex());
  const digest = new Uint8Array(
    await crypto.subtle.digest("SHA-512", new Uint8Array(authority.rootPublicKey)),
  );
  assert.equal(rootHash, digest.subarray(0, 10).toHex());
  const kept = new TextDecoder().decode(world.files.files.get("profile"));
  assert.ok(!kept.includes(authority.apiKey));
  const session = await openSession("profile", world);
  assert.deepEqual(session.profile, {
    url,
    caCertificate,
    apiKeyFile,
    owner,
    name: "Ada",
    rootPublicKey,
  });
});

Deno.test("login() compares the root with the one that was given", async () => {
  const authority = new OwnersAuthority();
  const world = smallWorld(authority);
  const right = await login({ ...options, rootPublicKey: authority.rootPublicKey.toHex() }, world);
  assert.ok("granted" in right && !right.granted.rootTaken);
  await assert.rejects(
    login({ ...options, rootPublicKey: "11".repeat(32) }, world),
    /this is another server/,
  );
  await assert.rejects(login({ ...options, rootPublicKey: "11" }, world), /it must be 64 hexadecimal digits/);
});

Deno.test("login() keeps nothing when address, files, key or key set cannot be used", async () => {
  const authority = new OwnersAuthority();
  const cases: readonly (readonly [Partial<LoginOptions>, RegExp])[] = [
    [{ url: "http://authority.test" }, /Cannot use the server's address: it must be https/],
    [{ url: "https://authority.test/path" }, /it must be https:\/\/HOST:PORT without a path/],
    [{ url: "nonsense" }, /the server's address/],
    [{ caFile: "none.pem" }, /Cannot use the certificate authority: there is no file "none\.pem"/],
    [{ caFile: "key" }, /"key" holds no PEM certificate/],
    [{ apiKeyFile: "none" }, /Cannot use the API key: there is no file "none"/],
    [{ apiKeyFile: "ca.pem" }, /"ca\.pem" does not hold 64 lower-case hexadecimal digits/],
  ];
  for (const [change, message] of cases) {
    const world = smallWorld(authority);
    await assert.rejects(
      login({ ...options, ...change }, world),
      (error) => error instanceof Malformed && message.test(error.message),
    );
    assert.equal(world.files.files.has("profile"), false);
  }
  const careless = smallWorld(authority);
  careless.files.open.add("key");
  await assert.rejects(
    login(options, careless),
    /others may read "key": take their rights away with chmod 600/,
  );
  const damaged = smallWorld(authority, {
    fetch: async (request) => {
      const reply = await (await authority.fetch(request)).json();
      return new Response(JSON.stringify({ ...reply, keySet: `00${reply.keySet.slice(2)}` }));
    },
  });
  await assert.rejects(login(options, damaged), /the root's signature does not hold/);
  assert.equal(damaged.files.files.has("profile"), false);
});

Deno.test("openSession() says how to make a missing or damaged profile", async () => {
  const world = smallWorld(new OwnersAuthority());
  await assert.rejects(
    openSession("profile", world),
    /there is no "profile": log in first with flashseal owner login/,
  );
  world.files.files.set("profile", new TextEncoder().encode("{"));
  await assert.rejects(openSession("profile", world), /Cannot use the profile: it is damaged: log in again/);
  world.files.files.set("profile", new TextEncoder().encode('{"flashsealProfile":1}'));
  await assert.rejects(openSession("profile", world), Malformed);
});
