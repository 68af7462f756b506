/** Releases over HTTP: what is refused, parts, repetition. @module */

import assert from "node:assert/strict";
import { contentDigestOf } from "../../../../authority/api/mod.ts";
import { Secret } from "../../../../bootloader/suite/mod.ts";
import { wrapReleaseKey } from "../../../../bootloader/ticket/mod.ts";
import { type ReleaseId } from "../../../../bootloader/wire/mod.ts";
import { createCatalogue, createWorld, granted, PRODUCT, random, refusedCode } from "../_world.ts";
import { ask } from "./_owner_door.ts";

Deno.test("createRelease() refuses what no ticket could be sealed for (P-16, P-17)", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  const { keySet } = await world.trust();
  const { owner } = granted(await world.owner.owner());
  const { product } = catalogue;
  const secrets = { releaseKey: new Secret(random(32)), salt: new Secret(random(32)) };
  const create = async (change: object) => {
    const release = random(16).toHex() as ReleaseId;
    const wrapped = wrapReleaseKey(secrets, { owner, product, release }, {
      unwrapKey: keySet.unwrapKey,
      random,
    });
    const region = { personalOffset: 8, personalLength: 216 };
    const described = { release, product, version: release, length: 1024, ...region, ...change };
    return refusedCode(
      await world.owner.createRelease({
        ...described,
        imageDigest: random(32).toHex(),
        wrappedKey: wrapped.toHex(),
      }),
    );
  };
  assert.equal(await create({}), "granted");
  for (
    const change of [
      { length: 0 },
      { length: 1000 },
      { length: PRODUCT.flashKb * 1024 + 512 },
      { personalOffset: 0 },
      { personalOffset: 12 },
      { personalLength: 220 },
      { personalLength: 208 },
      { personalLength: 776, length: 2048 },
      { personalOffset: 1024 - 208 },
      { personalLength: 0 },
      { personalLength: 0, personalOffset: 0 },
    ]
  ) assert.equal(await create(change), "release-does-not-fit", JSON.stringify(change));
  world.close();
});

Deno.test("parts of a release need their digest, follow each other, and may be repeated but not changed", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  const path = `/v1/owner/releases/${catalogue.release}/content?offset=0`;
  assert.equal(
    (await (await ask(world, path, { method: "PUT", body: new Uint8Array(8) })).json()).code,
    "malformed",
  );
  const headers = { "content-digest": contentDigestOf(new Uint8Array(8)) };
  assert.equal(
    (await (await ask(world, path, { method: "PUT", body: new Uint8Array(8), headers })).json()).code,
    "digest-wrong",
  );
  const same = new Uint8Array(catalogue.content.slice(0, 8));
  const again = await ask(world, path, {
    method: "PUT",
    body: same,
    headers: { "content-digest": contentDigestOf(same) },
  });
  assert.equal((await again.json()).complete, true);
  world.close();
});

Deno.test("a release is asked for again after its idempotency key was forgotten, and is the same; another of its id is refused", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  const { keySet } = await world.trust();
  const { owner } = granted(await world.owner.owner());
  const release = random(16).toHex() as ReleaseId;
  const secrets = { releaseKey: new Secret(random(32)), salt: new Secret(random(32)) };
  const { product } = catalogue;
  const wrapped = wrapReleaseKey(secrets, { owner, product, release }, {
    unwrapKey: keySet.unwrapKey,
    random,
  });
  const request = {
    release,
    product,
    version: "2.0.0",
    length: 512,
    personalOffset: 8,
    personalLength: 216,
    imageDigest: random(32).toHex(),
    wrappedKey: wrapped.toHex(),
  };
  const idempotencyKey = "key-of-an-upload";
  const first = granted(await world.owner.createRelease(request, { idempotencyKey }));
  granted(await world.owner.uploadRelease(release, { offset: 0, content: random(100) }));
  world.clock.nowMs += 72 * 3_600_000;
  granted(await world.owner.createProduct({ ...PRODUCT, name: "what makes old answers go" }));
  const again = granted(await world.owner.createRelease(request, { idempotencyKey }));
  assert.deepEqual(again, { ...first, receivedBytes: 100 });
  for (
    const change of [
      { imageDigest: random(32).toHex() },
      { length: 1024 },
      { version: "3.0.0" },
      { personalOffset: 16 },
      {
        wrappedKey: wrapReleaseKey(secrets, { owner, product, release }, {
          unwrapKey: keySet.unwrapKey,
          random,
        }).toHex(),
      },
    ]
  ) {
    assert.equal(refusedCode(await world.owner.createRelease({ ...request, ...change })), "name-taken");
  }
  const order = {
    name: "too early",
    release,
    product,
    granted: 1,
    notBeforeSeconds: 0,
    notAfterSeconds: world.clock.seconds + 9,
  };
  assert.equal(refusedCode(await world.owner.createOrder(order)), "release-incomplete");
  const gadget = await createCatalogue(world, "Gadget");
  assert.equal(
    refusedCode(await world.owner.createOrder({ ...order, release: gadget.release })),
    "release-unknown",
  );
  // A key that was wrapped for this release opens no other: found out before a board stands on the station.
  const other = { ...request, release: random(16).toHex() as ReleaseId, version: "4.0.0" };
  assert.equal(refusedCode(await world.owner.createRelease(other)), "wrapped-key-wrong");
  world.close();
});
