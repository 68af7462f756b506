/**
 * Release encryption and upload: what arrives decrypts to the image, nothing clear ever leaves, and however often the
 * network is cut, at any request, before or after it, the firmware is encrypted once.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  type FileChoices,
  firmwareTargetOf,
  login,
  makeRelease,
  type NewRelease,
  openSession,
  showProduct,
} from "../../../../../authority/owner/mod.ts";
import { prepareRelease, readState } from "../../../../../authority/owner/release/mod.ts";
import type { ProductReply } from "../../../../../authority/api/mod.ts";
import { decryptChunk, imageDigest } from "../../../../../bootloader/session/mod.ts";
import { makeAgreementKeyPair, makeSigningKeyPair, pointTable } from "../../../../../bootloader/suite/mod.ts";
import { unwrapReleaseKey } from "../../../../../bootloader/ticket/mod.ts";
import {
  concat,
  Fault,
  idBytes,
  keysetLayout,
  Malformed,
  parseOwnerId,
  parseProductId,
} from "../../../../../bootloader/wire/mod.ts";
import { FLASH, makeFirmware } from "../../../../vectors/firmware/image.ts";
import { makeIntelHex } from "../../../../vectors/firmware/intel_hex.ts";
import {
  type Cut,
  cutNetwork,
  OwnersAuthority,
  seededRandom,
  type SmallWorld,
  smallWorld,
  URL_OF_AUTHORITY,
} from "../_owner_world.ts";

const STATE = "upload.state";
const firmware = makeFirmware(8192, { seed: 5 });
firmware.fill(0xff, 0x1000, 0x1000 + 256);

function order(changes: Partial<NewRelease> = {}): NewRelease {
  return {
    product: "blinker",
    version: "1.0.0",
    file: { name: "app.bin", bytes: firmware.slice() },
    choices: { personal: { address: FLASH + 0x1000, length: 256 } },
    stateFile: STATE,
    ...changes,
  };
}

async function run(world: SmallWorld, changes: Partial<NewRelease> = {}) {
  if (!world.files.files.has("profile")) {
    await login({
      url: URL_OF_AUTHORITY,
      caFile: "ca.pem",
      apiKeyFile: "key",
      profileFile: "profile",
    }, world);
  }
  return await makeRelease(await openSession("profile", world), order(changes));
}

/** Opens a stored release (the only one, unless named) with the authority's unwrap key: the way a target would see it. */
function openStored(authority: OwnersAuthority, version = "1.0.0") {
  const found = authority.releases().filter((release) => release.version === version);
  const [stored] = found;
  assert.ok(stored !== undefined && found.length === 1);
  const { release, product, length, count } = stored;
  const { wrappedKey, content } = authority.stored(release);
  const owner = authority.authority.owner;
  const opening = unwrapReleaseKey(wrappedKey, { owner, product, release }, authority.unwrapKey());
  assert.ok("opened" in opening);
  const chunks = Array.from({ length: count }, (_, index) => {
    const inner = content.subarray(index * 528, (index + 1) * 528);
    const clear = decryptChunk(inner, { release, index, count, length }, opening.opened.releaseKey);
    assert.ok(clear !== undefined, `chunk ${index} does not open`);
    return clear;
  });
  const image = new Uint8Array(8192).fill(0xff);
  image.set(concat(...chunks));
  return { image, secrets: opening.opened, digest: stored.imageDigest, content };
}

/** Asserts that no 8 bytes in a row of `secret` are anywhere in `places`, raw or as hex or base64 text. */
function assertNowhere(secret: Uint8Array, places: readonly Uint8Array[], what: string): void {
  const texts = places.flatMap((place) => {
    const text = new TextDecoder("latin1").decode(place);
    const decoded = [...text.matchAll(/[A-Za-z0-9+/]{40,}={0,2}/g)].flatMap(([run]) => {
      try {
        return [Uint8Array.fromBase64(run).toHex()];
      } catch {
        return [];
      }
    });
    return [place.toHex(), text.toLowerCase(), ...decoded];
  });
  for (let at = 0; at + 8 <= secret.length; at += 4) {
    const window = secret.subarray(at, at + 8);
    if (window.every((byte) => byte === 0xff)) continue;
    const hex = window.toHex();
    assert.ok(texts.every((text) => !text.includes(hex)), `${what} at ${at} was seen`);
  }
}

function everythingThatLeft(authority: OwnersAuthority, world: SmallWorld): readonly Uint8Array[] {
  const encode = (text: string) => new TextEncoder().encode(text);
  return [
    ...authority.seen.flatMap(({ body, headers, url }) => [body, encode(headers), encode(url)]),
    ...world.files.written,
  ];
}

Deno.test("makeRelease() uploads what decrypts to the image, whole flash of 8,192 bytes, digest and length included", async () => {
  const authority = await OwnersAuthority.make();
  const world = smallWorld(authority);
  const progress: number[] = [];
  const result = await run(world, { onProgress: ({ sentBytes }) => progress.push(sentBytes) });
  assert.ok("granted" in result);
  const { release, resumed, findings } = result.granted;
  assert.deepEqual([release.length, release.personalOffset, release.personalLength, resumed], [
    8192,
    0x1000,
    256,
    false,
  ]);
  assert.deepEqual([release.complete, release.receivedBytes, findings], [true, 16 * 528, []]);
  const { image, secrets, digest } = openStored(authority);
  assert.deepEqual(image, firmware);
  assert.equal(digest, imageDigest(firmware, { offset: 0x1000, length: 256 }, secrets.salt).toHex());
  assert.equal(release.imageDigest, digest);
  const sent = openStored(authority).content;
  assert.equal(
    release.sha256,
    new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(sent))).toHex(),
  );
  assert.deepEqual([progress[0], progress.at(-1)], [0, 16 * 528]);
  assert.equal(world.files.files.has(STATE), false, "nothing is left to resume");
});

Deno.test("makeRelease() sends a release of 256 bytes as one chunk", async () => {
  const authority = await OwnersAuthority.make();
  const bytes = makeFirmware(256, { seed: 9 });
  const result = await run(smallWorld(authority), { file: { name: "app.bin", bytes }, choices: {} });
  assert.ok("granted" in result);
  assert.equal(result.granted.release.length, 512);
  assert.deepEqual(openStored(authority).image.subarray(0, 256), bytes);
});

Deno.test("makeRelease() lets no clear byte, no release key and no salt out: not by wire, not onto the disk", async () => {
  const authority = await OwnersAuthority.make();
  const world = smallWorld(authority);
  const file = { name: "app.hex", bytes: makeIntelHex([{ address: FLASH, bytes: firmware }]) };
  assert.ok("granted" in await run(world, { file }));
  const left = everythingThatLeft(authority, world);
  assert.ok(left.length > 8 && left.some(({ length }) => length >= 16 * 528));
  const { secrets } = openStored(authority);
  assertNowhere(firmware, left, "the image");
  secrets.releaseKey.use((key) => assertNowhere(key, left, "the release key"));
  secrets.salt.use((salt) => assertNowhere(salt, left, "the salt"));
  // The search itself finds what is there.
  assert.throws(
    () => assertNowhere(firmware, [...left, firmware.slice(100, 200)], "a planted part"),
    /planted part/,
  );
  const planted = new TextEncoder().encode(firmware.slice(100, 200).toBase64());
  assert.throws(() => assertNowhere(firmware, [planted], "a planted text"), /planted text/);
});

Deno.test("makeRelease() cut at each request, before and after it, resumes with the same bytes and never encrypts again", async () => {
  const whole = await OwnersAuthority.make();
  await run(smallWorld(whole));
  const requests = whole.seen.length;
  assert.ok(requests >= 7, `${requests} requests`);
  let resumes = 0;
  for (let at = 1; at < requests; at++) {
    for (const when of ["before", "after"] as const) {
      const authority = await OwnersAuthority.make();
      // Seven failures in a row outlast the six attempts of one call: the command dies there.
      const broken = smallWorld(authority, { fetch: cutNetwork(authority.fetch, { at, when, count: 7 }) });
      await assert.rejects(run(broken), Fault);
      const began = broken.files.files.has(STATE);
      const world: SmallWorld = { ...smallWorld(authority, { seed: 2 }), files: broken.files };
      const result = await run(world);
      assert.ok("granted" in result, JSON.stringify(result));
      assert.equal(result.granted.resumed, began);
      if (began) resumes++;
      assert.deepEqual(openStored(authority).image, firmware, `cut ${when} request ${at}`);
      assert.equal(authority.releases().length, 1);
      const keys = authority.seen.filter(({ method, url }) =>
        method === "POST" && url.endsWith("/v1/owner/releases")
      )
        .map(({ body }) => JSON.parse(new TextDecoder().decode(body)).wrappedKey);
      assert.equal(new Set(keys).size, 1, "one key, whatever happened");
      assert.equal(broken.files.files.has(STATE), false);
    }
  }
  assert.ok(resumes >= 8, `${resumes} resumes`);
});

Deno.test("makeRelease() goes through single failures without help, pausing longer each time", async () => {
  for (const when of ["before", "after"] as const) {
    for (let at = 1; at < 10; at++) {
      const authority = await OwnersAuthority.make();
      const cut: Cut = { at, when, count: 3 };
      const world = smallWorld(authority, { fetch: cutNetwork(authority.fetch, cut) });
      const result = await run(world);
      assert.ok("granted" in result, JSON.stringify(result));
      assert.deepEqual(openStored(authority).image, firmware);
    }
  }
  const dead = await OwnersAuthority.make();
  const world = smallWorld(dead, { fetch: cutNetwork(dead.fetch, { at: 3, when: "before", count: 99 }) });
  await assert.rejects(run(world), Fault);
  assert.deepEqual(world.waits, [250, 500, 1000, 2000, 4000]);
});

Deno.test("makeRelease() encrypts under another key on each run: same file, two versions, nothing in common", async () => {
  const [one, other] = [await OwnersAuthority.make(1), await OwnersAuthority.make(2)];
  await run(smallWorld(one, { seed: 1 }));
  await run(smallWorld(other, { seed: 2 }));
  const [first, second] = [openStored(one), openStored(other)];
  first.secrets.releaseKey.use((a) => second.secrets.releaseKey.use((b) => assert.notDeepEqual(a, b)));
  for (let index = 0; index < 16; index++) {
    assert.notDeepEqual(
      first.content.subarray(index * 528, index * 528 + 16),
      second.content.subarray(index * 528, index * 528 + 16),
    );
  }
  assert.notEqual(first.digest, second.digest);
});

Deno.test("makeRelease() does not mistake another file, choice or version for the upload that has begun", async () => {
  const authority = await OwnersAuthority.make();
  const broken = smallWorld(authority, {
    fetch: cutNetwork(authority.fetch, { at: 5, when: "before", count: 99 }),
  });
  await assert.rejects(run(broken), Fault);
  const world: SmallWorld = { ...smallWorld(authority, { seed: 2 }), files: broken.files };
  const message = /the upload of version "1\.0\.0" of product [0-9a-f]{16} is not finished; .* --restart/;
  const changed = firmware.slice();
  changed[100]! ^= 1;
  for (
    const other of [
      { version: "1.0.1" },
      { file: { name: "app.bin", bytes: changed } },
      { choices: { personal: { address: FLASH + 0x1000, length: 248 } } },
    ]
  ) {
    await assert.rejects(
      run(world, other),
      (error) => error instanceof Malformed && message.test(error.message),
    );
  }
  assert.ok("granted" in await run(world, { file: { name: "renamed.bin", bytes: firmware.slice() } }));
  assert.deepEqual(openStored(authority).image, firmware);
});

Deno.test("makeRelease() gives an unfinished upload up on request and begins anew under a new key", async () => {
  const authority = await OwnersAuthority.make();
  const broken = smallWorld(authority, {
    fetch: cutNetwork(authority.fetch, { at: 5, when: "before", count: 99 }),
  });
  await assert.rejects(run(broken), Fault);
  const kept = readState(broken.files.files.get(STATE)!);
  const world: SmallWorld = { ...smallWorld(authority, { seed: 2 }), files: broken.files };
  const result = await run(world, { restart: true, version: "1.0.1" });
  assert.ok("granted" in result);
  assert.equal(result.granted.resumed, false);
  assert.notEqual(result.granted.release.release, kept.request.release);
});

Deno.test("makeRelease() passes refusals on as values and keeps nothing of a release that was not created", async () => {
  const authority = await OwnersAuthority.make();
  const world = smallWorld(authority);
  await run(world);
  const again = await run(world);
  assert.ok("refused" in again);
  assert.equal(again.refused.code, "name-taken");
  assert.equal(world.files.files.has(STATE), false);
  const unknown = await run(world, { product: "no such" });
  assert.ok("refused" in unknown);
  assert.deepEqual([unknown.refused.code, unknown.refused.detail], [
    "product-unknown",
    'there is no "no such"; there is "blinker"',
  ]);
});

Deno.test("makeRelease() wraps to no key that the known root did not sign, whatever the server says", async () => {
  const authority = await OwnersAuthority.make();
  const stranger = await OwnersAuthority.make(2);
  /** A server that answers `GET /v1/owner` with something of its own. */
  const lying = (change: (reply: Record<string, string>) => void) =>
    smallWorld(authority, {
      fetch: async (request) => {
        const response = await authority.fetch(request);
        if (new URL(request.url).pathname !== "/v1/owner") return response;
        const reply = await response.json();
        change(reply);
        return new Response(JSON.stringify(reply));
      },
    });
  const honest = smallWorld(authority);
  await run(honest, { version: "0.9.0" });
  const unwrapAt = 2 * keysetLayout.offsets.unwrapKey;
  const swapped = lying((reply) => {
    const other = stranger.unwrapKey().publicKey.toHex();
    reply["keySet"] = reply["keySet"]!.slice(0, unwrapAt) + other + reply["keySet"]!.slice(unwrapAt + 64);
  });
  const replaced = lying((reply) => {
    reply["rootPublicKey"] = stranger.rootPublicKey.toHex();
  });
  for (
    const [world, message] of [[swapped, /the root's signature does not hold/], [
      replaced,
      /it is not the one of the last login/,
    ]] as const
  ) {
    world.files.files.set("profile", honest.files.files.get("profile")!);
    await assert.rejects(run(world), (error) => error instanceof Malformed && message.test(error.message));
    assert.equal(world.files.files.has(STATE), false);
  }
  assert.equal(authority.releases().length, 1);
});

Deno.test("makeRelease() refuses a damaged state file and says what to do", async () => {
  const authority = await OwnersAuthority.make();
  const world = smallWorld(authority);
  world.files.files.set(STATE, new TextEncoder().encode("{"));
  await assert.rejects(run(world), /Cannot read the upload state: it is damaged; start again with --restart/);
  world.files.files.set(STATE, new TextEncoder().encode('{"flashsealUpload":2}'));
  await assert.rejects(run(world), Malformed);
});

const product: ProductReply = {
  product: parseProductId("0102030405060708"),
  owner: parseOwnerId("00112233445566aa"),
  name: "blinker",
  family: 1,
  chipId: null,
  flashKb: 8,
  lockLevel: 1,
  optionValue: [0x0500_0000, 0, 0, 0],
  optionMask: [0x0500_0000, 0, 0, 0],
  personal: "optional",
  offline: null,
  acknowledges: { deviceClassC: true, lockClass: true, offline: false },
  certificatePublicKey: makeSigningKeyPair(seededRandom(55)).publicKey.toHex(),
  createdAtMs: 1000,
};

function prepare(bytes: Uint8Array, changes: Partial<ProductReply> = {}, choices: FileChoices = {}) {
  const changed = { ...product, ...changes };
  return prepareRelease({ name: "app", bytes }, {
    owner: changed.owner,
    product: changed,
    target: firmwareTargetOf(changed),
    version: "1",
    unwrapKey: makeAgreementKeyPair(seededRandom(56)).publicKey,
  }, { choices, random: seededRandom(57) });
}

Deno.test("prepareRelease() holds the product's rule for personal regions", () => {
  const personal = { address: FLASH + 0x1000, length: 256 };
  assert.throws(
    () => prepare(makeFirmware(256), { personal: "required" }),
    /"app" for product "blinker": the product requires a personal region: declare/,
  );
  assert.throws(
    () => prepare(makeFirmware(256), { personal: "none" }, { personal }),
    /the product allows no personal region/,
  );
  assert.equal(prepare(makeFirmware(256), { personal: "required" }, { personal }).request.length, 0x1200);
  assert.equal(prepare(makeFirmware(256), { personal: "none" }).request.personalLength, 0);
});

Deno.test("prepareRelease() takes option bytes that the product sets and refuses others", () => {
  const file = (value: number) =>
    makeIntelHex([{ address: FLASH, bytes: makeFirmware(256) }, {
      address: 0x1fff_7800,
      bytes: new Uint8Array(new Uint32Array([value]).buffer),
    }]);
  const all: Partial<ProductReply> = {
    optionValue: [0x3f4f_fe00, 0, 0, 0],
    optionMask: [0x3f4f_ff00, 0, 0, 0],
  };
  prepare(file(0xffff_febb), all);
  assert.throws(
    () => prepare(file(0xffff_febb)),
    /its option word 0 \(0x3F4FFE00, mask 0x3F4FFF00\) is not what the product sets \(0x05000000, mask 0x05000000\): create/,
  );
  assert.throws(() => prepare(file(0xffff_ffbb), all), /is not what the product sets/);
});

Deno.test("prepareRelease() puts the product's certificate key into the slot, before encryption, as the target needs it", async () => {
  const authority = await OwnersAuthority.make();
  const world = smallWorld(authority);
  const bytes = makeFirmware(1024);
  const mark = new TextEncoder().encode("flashseal certk\0");
  bytes.set(mark, 0x100);
  bytes.fill(0xff, 0x110, 0x1b0);
  const result = await run(world, { file: { name: "app.bin", bytes }, choices: {} });
  assert.ok("granted" in result);
  assert.ok(
    result.granted.findings.some(({ code, says }) =>
      code === "certificate-key" && says.includes("0x08000100")
    ),
  );
  const made = await showProduct(await openSession("profile", world), "blinker");
  assert.ok("granted" in made);
  const publicKey = Uint8Array.fromHex(made.granted.certificatePublicKey);
  const { yMinusX, yPlusX, twoDxy } = pointTable(publicKey);
  const ids = concat(idBytes(made.granted.owner), idBytes(made.granted.product), new Uint8Array(16));
  const wanted = concat(mark, publicKey, yMinusX, yPlusX, twoDxy, ids);
  assert.deepEqual(openStored(authority).image.slice(0x100, 0x1b0), wanted);
});
