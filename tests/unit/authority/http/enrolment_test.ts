/** Enrolment codes: once, for an hour, for the one who has it, at most 100. @module */

import assert from "node:assert/strict";
import { createWorld, granted, ORIGIN, random, refusedCode } from "../_world.ts";

Deno.test("enrolment: a code works once, for one hour, for the one who has it", async () => {
  const world = createWorld();
  const post = async (body: object) => {
    const response = await world.fetch(
      new Request(`${ORIGIN}/v1/enrolments`, { method: "POST", body: JSON.stringify(body) }),
    );
    return (await response.json()).code ?? "granted";
  };
  granted(await world.owner.createEnrolment({ name: "a", products: [] }));
  const hex = (n: number) => random(n).toHex();
  assert.equal(await post({ publicKey: hex(32), nonce: hex(32), mac: hex(32) }), "enrolment-refused");
  assert.equal(refusedCode(await world.owner.createEnrolment({ name: "a", products: [] })), "name-taken");
  assert.equal(
    refusedCode(await world.owner.createEnrolment({ name: "b", products: ["00".repeat(8)] })),
    "product-unknown",
  );

  const { enrolmentMac, parseEnrolmentCode } = await import("../../../../authority/api/mod.ts");
  const { code } = granted(await world.owner.createEnrolment({ name: "c", products: [] }));
  const { secret } = parseEnrolmentCode(code);
  const facts = { publicKey: random(32), nonce: random(32) };
  const request = {
    publicKey: facts.publicKey.toHex(),
    nonce: facts.nonce.toHex(),
    mac: enrolmentMac(secret, facts).toHex(),
  };
  const first = await (await world.fetch(
    new Request(`${ORIGIN}/v1/enrolments`, { method: "POST", body: JSON.stringify(request) }),
  )).json();
  const again = await (await world.fetch(
    new Request(`${ORIGIN}/v1/enrolments`, { method: "POST", body: JSON.stringify(request) }),
  )).json();
  assert.deepEqual(again, first);
  const thief = { publicKey: random(32), nonce: random(32) };
  const second = {
    publicKey: thief.publicKey.toHex(),
    nonce: thief.nonce.toHex(),
    mac: enrolmentMac(secret, thief).toHex(),
  };
  assert.equal(await post(second), "enrolment-refused");

  // A key that is enrolled already is not enrolled again under another code.
  const next = parseEnrolmentCode(
    granted(await world.owner.createEnrolment({ name: "next", products: [] })).code,
  );
  const twice = { ...request, mac: enrolmentMac(next.secret, facts).toHex() };
  assert.equal(await post(twice), "enrolment-refused");

  const late = parseEnrolmentCode(
    granted(await world.owner.createEnrolment({ name: "d", products: [] })).code,
  );
  world.clock.nowMs += 3_600_001;
  assert.equal(await post({ ...second, mac: enrolmentMac(late.secret, thief).toHex() }), "enrolment-refused");
  assert.equal(granted(await world.owner.appliances()).appliances.length, 1);
  world.close();
});

Deno.test("createEnrolment() keeps at most 100 codes open", async () => {
  const world = createWorld();
  const make = async (n: number) =>
    refusedCode(await world.owner.createEnrolment({ name: `line ${n}`, products: [] }));
  for (let n = 0; n < 100; n += 1) assert.equal(await make(n), "granted");
  assert.equal(await make(100), "enrolments-too-many");
  world.clock.nowMs += 3_600_001;
  assert.equal(await make(100), "granted");
  world.close();
});

/** Text of everything the database holds, in hexadecimal for bytes. */
