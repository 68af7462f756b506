/** The owner's last word: what is denied, revoked or not allowed gets nothing more, however far a delivery has come. @module */

import assert from "node:assert/strict";
import { applianceNow, giveMessage2, issueTicket, type Office } from "../../../../authority/issuance/mod.ts";
import { createSigner } from "../../../../authority/signer/mod.ts";
import { readSealedKey } from "../../../../authority/store/mod.ts";
import { Secret } from "../../../../bootloader/suite/mod.ts";
import {
  createCatalogue,
  createOrder,
  createWorld,
  enrolled,
  granted,
  keyed,
  lockProof,
  quotaOf,
  random,
  refusedCode,
  Target,
  ticketRequest,
  uidOf,
  type World,
} from "../_world.ts";

async function line(units: number) {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  const order = await createOrder(world, catalogue, units);
  return { world, catalogue, order, appliance: await enrolled(world, "line 1") };
}

/** The office behind a world, as another process on the same database has it. */
async function officeOf(world: World): Promise<Office> {
  const { keySet, signedKeySet } = await world.trust();
  const signer = createSigner({
    sealKey: new Secret(world.sealKey.slice()),
    readSealed: (name) => readSealedKey(world.db, name),
    random,
  });
  return {
    db: world.db,
    signer,
    owner: keySet.owner,
    ownerName: "Test owner",
    epoch: keySet.epoch,
    rootPublicKey: world.rootPublicKey,
    keySet: signedKeySet,
    outdatedAfterMs: Infinity,
    random,
    nowMs: () => world.clock.nowMs,
  };
}

Deno.test("a UID that is denied after its ticket was issued gets no key, and its unit goes back", async () => {
  const { world, catalogue, order, appliance } = await line(2);
  const { keySet } = await world.trust();
  const uid = uidOf(1);
  const ticket = granted(await appliance.client.ticket(ticketRequest(catalogue, uid)));
  granted(await world.owner.decideDevice({ family: 1, uid }, { decision: "deny" }));
  assert.deepEqual(await quotaOf(world, order).then(({ free, reserved }) => [free, reserved]), [2, 0]);
  const ask = async (about: typeof ticket) =>
    refusedCode(
      await appliance.client.message1(about.ticketId, {
        message1: new Target(about, keySet.ticketKey, uid).message1.toHex(),
        ...lockProof(appliance, about.ticketId, uid),
      }),
    );
  assert.equal(await ask(ticket), "ticket-closed");
  granted(await world.owner.decideDevice({ family: 1, uid }, { decision: "allow" }));
  const again = await keyed(world, appliance, catalogue, uid);
  granted(await world.owner.decideDevice({ family: 1, uid }, { decision: "deny" }));
  // The retry of a keyed unit is a further key.
  assert.equal(await ask(again.ticket), "uid-denied");
  // What was keyed before is accounted for: its receipt is taken.
  const receipt = { number: 1, receipt: again.brought.receipt.toHex() };
  granted(await appliance.client.receipt(again.ticket.ticketId, receipt));
  world.close();
});

Deno.test("an appliance that is revoked between its request's admission and the act gets no ticket and no key", async () => {
  const { world, catalogue, order, appliance } = await line(2);
  const { keySet } = await world.trust();
  const office = await officeOf(world);
  const uid = uidOf(1);
  const running = await keyed(world, appliance, catalogue, uid);
  const admitted = applianceNow(office, appliance.id);
  assert(admitted !== undefined && admitted.revokedAtMs === null);
  granted(await world.owner.revokeAppliance(appliance.id));
  const request = { ...ticketRequest(catalogue, uidOf(2)), rework: false };
  assert.deepEqual(issueTicket(office, admitted, request), { refused: "appliance-revoked" });
  assert.equal((await quotaOf(world, order)).reserved, 0);
  const { ticketId } = running.ticket;
  const message1 = {
    message1: new Target(running.ticket, keySet.ticketKey, uid).message1.toHex(),
    ...lockProof(appliance, ticketId, uid),
  };
  assert.deepEqual(giveMessage2(office, admitted, ticketId, message1), { refused: "appliance-revoked" });
  world.close();
});

Deno.test("a receipt of a revoked appliance commits its unit: it is the target's word; nothing else is taken", async () => {
  const { world, catalogue, order, appliance } = await line(2);
  const { ticket, reply, brought } = await keyed(world, appliance, catalogue, uidOf(1));
  granted(await world.owner.revokeAppliance(appliance.id));
  const failure = { cause: "none", phase: "none", atMs: 1, abandon: true };
  assert.equal(
    refusedCode(await appliance.client.failure(ticket.ticketId, failure)),
    "appliance-revoked",
  );
  assert.equal(refusedCode(await appliance.client.state()), "appliance-revoked");
  const bent = brought.receipt.slice();
  bent[99] = (bent[99] ?? 0) ^ 1;
  const report = (receipt: Uint8Array) =>
    appliance.client.receipt(ticket.ticketId, { number: reply.number, receipt: receipt.toHex() });
  assert.equal(refusedCode(await report(bent)), "receipt-not-authentic");
  granted(await report(brought.receipt));
  assert.equal((await quotaOf(world, order)).committed, 1);
  world.close();
});

Deno.test("an appliance fetches the releases of its products only", async () => {
  const { world, catalogue } = await line(1);
  const other = await createCatalogue(world, "Gadget");
  const bound = await enrolled(world, "gadgets only", [other.product]);
  const range = { offset: 0, length: 16 };
  granted(await bound.client.releaseContent(other.release, range));
  assert.equal(
    refusedCode(await bound.client.releaseContent(catalogue.release, range)),
    "product-not-allowed",
  );
  assert.equal(
    refusedCode(await bound.client.ticket(ticketRequest(catalogue, uidOf(1)))),
    "product-not-allowed",
  );
  world.close();
});

Deno.test("a board that is given up leaves no open ticket behind: neither a reserved one nor a keyed one", async () => {
  const { world, catalogue, order, appliance } = await line(2);
  const { keySet } = await world.trust();
  const up = { cause: "operator", phase: "install", atMs: 1, abandon: true };
  const openTickets = () => world.db.one("SELECT count(*) AS n FROM tickets WHERE closed = 0")["n"];
  const reserved = granted(await appliance.client.ticket(ticketRequest(catalogue, uidOf(1))));
  granted(await appliance.client.failure(reserved.ticketId, up));
  assert.equal(openTickets(), 0);
  const running = await keyed(world, appliance, catalogue, uidOf(1));
  assert.deepEqual(granted(await appliance.client.failure(running.ticket.ticketId, up)), { unit: "keyed" });
  assert.equal(openTickets(), 0);
  const late = await appliance.client.message1(running.ticket.ticketId, {
    message1: new Target(running.ticket, keySet.ticketKey, uidOf(1)).message1.toHex(),
    ...lockProof(appliance, running.ticket.ticketId, uidOf(1)),
  });
  assert.equal(refusedCode(late), "ticket-closed");
  assert.deepEqual(await quotaOf(world, order).then(({ free, keyed: keys }) => [free, keys]), [1, 1]);
  await keyed(world, appliance, catalogue, uidOf(2));
  granted(await world.owner.decideDevice({ family: 1, uid: uidOf(2) }, { decision: "lost" }));
  assert.equal(openTickets(), 0);
  world.close();
});

Deno.test("a receipt closes every ticket of its unit, also one that was made after the receipt's own", async () => {
  const { world, catalogue, appliance } = await line(1);
  const first = await keyed(world, appliance, catalogue, uidOf(1));
  const up = { cause: "operator", phase: "verify", atMs: 1, abandon: true };
  granted(await appliance.client.failure(first.ticket.ticketId, up));
  const renewed = granted(await appliance.client.ticket(ticketRequest(catalogue, uidOf(1))));
  assert.notEqual(renewed.ticketId, first.ticket.ticketId);
  granted(
    await appliance.client.receipt(first.ticket.ticketId, {
      number: 1,
      receipt: first.brought.receipt.toHex(),
    }),
  );
  assert.equal(world.db.one("SELECT count(*) AS n FROM tickets WHERE closed = 0")["n"], 0);
  world.close();
});
