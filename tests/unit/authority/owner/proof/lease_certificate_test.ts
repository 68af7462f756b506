/** Certificates made offline, checked with the product's certificate key alone on the second implementation (P-56). @module */

import assert from "node:assert/strict";
import { proofBytes, verifyCertificate } from "../../../../../authority/owner/mod.ts";
import { noble } from "../../../../../bootloader/suite/mod.ts";
import { delegationLayout, Malformed, parseUid } from "../../../../../bootloader/wire/mod.ts";
import { lent, scene } from "../../_vault.ts";
import { createWorld, granted, uidOf } from "../../_world.ts";

async function made() {
  const world = createWorld();
  const { catalogue, order, appliance } = await scene(world);
  const lease = await lent(world, appliance, order, 2);
  const uid = uidOf(1);
  granted(await lease.report([lease.use(1, uid, "committed")]));
  const record = granted(await world.owner.device({ family: 1, uid }));
  const region = new Uint8Array(448).fill(0xff);
  region.set(lease.certificate(1, uid));
  region.set(Uint8Array.fromHex(lease.grant.delegation), 216);
  const { owner } = granted(await world.owner.owner());
  const trust = { publicKey: catalogue.certificateKey, owner, product: catalogue.product, uid };
  world.close();
  return { lease, record, region, trust };
}

Deno.test("verifyCertificate() accepts a lease's certificate from a region, from 440 bytes and from a device record", async () => {
  const { lease, record, region, trust } = await made();
  const file = new TextEncoder().encode(JSON.stringify(record));
  const { bytes } = proofBytes("certificate", file);
  assert.deepEqual(bytes, region.slice(0, 440));
  for (const each of [region, region.slice(0, 440), bytes]) {
    const verdict = verifyCertificate(each, trust);
    assert.ok(verdict.holds);
    assert.deepEqual([verdict.says.serial, verdict.says.signer, verdict.says.lease], [
      2,
      2,
      lease.grant.lease,
    ]);
    assert.equal(verdict.says.delegation?.units, 2);
  }
});

Deno.test("verifyCertificate() finds every changed byte of a lease's certificate and of its delegation", async () => {
  const { region, trust } = await made();
  for (let at = 0; at < region.length; at += 1) {
    const changed = region.slice();
    changed[at]! ^= 0x04;
    const holds = () => verifyCertificate(changed, trust).holds;
    try {
      assert.equal(holds(), false, `byte ${at}`);
    } catch (error) {
      assert(error instanceof Malformed, `byte ${at}: ${error}`);
    }
  }
});

Deno.test("verifyCertificate() says whose a foreign certificate of a lease is not", async () => {
  const { lease, region, trust } = await made();
  const why = (bytes: Uint8Array, changes = {}) => {
    const verdict = verifyCertificate(bytes, { ...trust, ...changes });
    return verdict.holds ? "it holds" : verdict.why;
  };
  assert.equal(why(region), "it holds");
  const other = noble.ed25519PublicKey(new Uint8Array(32).fill(3));
  assert.equal(
    why(region, { publicKey: other }),
    "the product's certificate key did not sign its delegation",
  );
  assert.equal(why(region, { uid: parseUid("ee".repeat(12)) }), "it is of another chip");
  assert.equal(why(region, { owner: "ee".repeat(8) }), "it is of another owner");
  assert.equal(why(region, { product: "ee".repeat(8) }), "it is of another product");
  const forged = region.slice();
  forged.set(lease.certificate(1, uidOf(1), { serial: 3 }));
  assert.equal(why(forged), "its serial is not within its lease");
  forged[200]! ^= 1;
  assert.equal(why(forged), "the lease's key did not sign it");
  // Without its delegation nothing leads from the product's key to it.
  assert.equal(why(region.slice(0, 216)), "the product's certificate key did not sign it");
  assert.throws(() => why(region.slice(0, 439)), Malformed);
  const label = region.slice();
  label[216 + delegationLayout.offsets.label]! ^= 1;
  assert.throws(() => why(label), /nor a delegation/);
});
