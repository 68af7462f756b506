/** Keys at rest open under their own name and seal key only; what the signer hands out is what the protocol says. @module */

import assert from "node:assert/strict";
import {
  createSigner,
  drawKeys,
  keyNames,
  openAtRest,
  sealAtRest,
} from "../../../../authority/signer/mod.ts";
import { Secret } from "../../../../bootloader/suite/mod.ts";
import { Fault } from "../../../../bootloader/wire/mod.ts";
import { random } from "../_world.ts";

Deno.test("openAtRest() gives back what sealAtRest() sealed, under the same key and name", () => {
  const sealKey = new Secret(random(32));
  const secret = random(32);
  const sealed = sealAtRest(sealKey, { name: "ticket", secret }, random);
  assert.deepEqual(openAtRest(sealKey, { name: "ticket", sealed }).use((bytes) => bytes.slice()), secret);
  assert(!sealed.toHex().includes(secret.toHex()));
});

Deno.test("openAtRest() refuses another key, another name and every changed byte", () => {
  const sealKey = new Secret(random(32));
  const sealed = sealAtRest(sealKey, { name: "ticket", secret: random(32) }, random);
  assert.throws(() => openAtRest(new Secret(random(32)), { name: "ticket", sealed }), Fault);
  assert.throws(() => openAtRest(sealKey, { name: "log", sealed }), Fault);
  assert.throws(() => openAtRest(sealKey, { name: "ticket", sealed: sealed.subarray(0, 20) }), Fault);
  for (let at = 0; at < sealed.length; at += 1) {
    const bent = sealed.slice();
    bent[at] = (bent[at] ?? 0) ^ 1;
    assert.throws(() => openAtRest(sealKey, { name: "ticket", sealed: bent }), Fault, `byte ${at}`);
  }
});

Deno.test("sealAtRest() never seals twice alike", () => {
  const sealKey = new Secret(random(32));
  const secret = random(32);
  const seals = Array.from({ length: 50 }, () => sealAtRest(sealKey, { name: "a", secret }, random).toHex());
  assert.equal(new Set(seals).size, 50);
});

Deno.test("createSigner() refuses a seal key that is not the database's, and shows no key when printed", () => {
  const sealKey = random(32);
  const { sealed } = drawKeys(new Secret(sealKey.slice()), random);
  const readSealed = (name: string) => sealed.get(name as (typeof keyNames)[number]);
  assert.throws(() => createSigner({ sealKey: new Secret(random(32)), readSealed, random }), Fault);
  const signer = createSigner({ sealKey: new Secret(sealKey.slice()), readSealed, random });
  const secrets = keyNames.map((name) =>
    openAtRest(new Secret(sealKey.slice()), { name, sealed: sealed.get(name) ?? new Uint8Array() }).use((
      bytes,
    ) => bytes.toHex())
  );
  const shown = JSON.stringify(signer) + Deno.inspect(signer, { depth: 10, showHidden: true });
  for (const secret of secrets) assert(!shown.includes(secret));
  assert.equal(new Set(secrets).size, keyNames.length);
});
