/** One delivery from enrolment to commit over the real application, and each way in which it is refused. @module */

import assert from "node:assert/strict";
import { type Answer, openStatement, statementSubjects } from "../../../../authority/api/mod.ts";
import { checkChain, LOG_START } from "../../../../authority/log/mod.ts";
import { openCertificate, openTicket, SIGNERS } from "../../../../bootloader/ticket/mod.ts";
import {
  createCatalogue,
  createOrder,
  createWorld,
  delivered,
  enrolled,
  granted,
  keyed,
  lockProof,
  PRODUCT,
  quotaOf,
  refusedCode,
  Target,
  ticketRequest,
  uidOf,
} from "../_world.ts";

Deno.test("a delivery goes from ticket to committed, and every signed thing verifies", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  const order = await createOrder(world, catalogue, 5);
  const appliance = await enrolled(world, "line 1");
  const uid = uidOf(1);
  const { reply, brought, receipt, ticket } = await delivered(world, appliance, catalogue, uid);

  assert.equal(ticket.fresh, true);
  assert.equal(reply.number, 1);
  assert.deepEqual(brought.releaseKey, catalogue.releaseKey);
  assert.deepEqual(brought.salt, catalogue.salt);
  assert.deepEqual(reply.transport, brought.keys);
  assert.equal(brought.personal.length, 256);
  assert.equal(brought.personal.subarray(0, 216).toHex(), receipt.certificate);
  const opened = openCertificate(Uint8Array.fromHex(receipt.certificate), {
    signer: SIGNERS.product,
    publicKey: catalogue.certificateKey,
  });
  assert("opened" in opened);
  assert.equal(opened.opened.serial, 1);
  const { keySet } = await world.trust();
  const statement = openStatement(Uint8Array.fromHex(receipt.statement), {
    logKeys: [keySet.logKey],
    subject: statementSubjects.receipt,
    content: Uint8Array.fromHex(receipt.record),
  });
  assert.equal(statement.number, 1);
  const { free, committed, reserved, keyed } = await quotaOf(world, order);
  assert.deepEqual({ free, committed, reserved, keyed }, { free: 4, committed: 1, reserved: 0, keyed: 0 });
  world.close();
});

/** A world with a product, an order and one appliance. */
async function line(units: number, more: Parameters<typeof createOrder>[3] = {}) {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  const order = await createOrder(world, catalogue, units, more);
  const appliance = await enrolled(world, "line 1");
  return { world, catalogue, order, appliance };
}

Deno.test("issueTicket() gives the same UID the same ticket and no second unit", async () => {
  const { world, catalogue, order, appliance } = await line(5);
  const first = granted(await appliance.client.ticket(ticketRequest(catalogue, uidOf(1))));
  const again = granted(await appliance.client.ticket(ticketRequest(catalogue, uidOf(1))));
  assert.deepEqual([again.ticketId, again.ticket, again.fresh], [first.ticketId, first.ticket, false]);
  assert.equal((await quotaOf(world, order)).reserved, 1);
  world.close();
});

Deno.test("issueTicket() puts into the ticket what product, release and order say", async () => {
  const { world, catalogue, appliance } = await line(1, { ticketSeconds: 600 });
  const reply = granted(await appliance.client.ticket(ticketRequest(catalogue, uidOf(1))));
  const { keySet } = await world.trust();
  const opened = openTicket(Uint8Array.fromHex(reply.ticket), { publicKey: keySet.ticketKey });
  assert("opened" in opened);
  const { ticket } = opened.opened;
  assert.equal(ticket.ticketId, reply.ticketId);
  assert.equal(ticket.appliance, appliance.id);
  assert.equal(ticket.release, catalogue.release);
  assert.equal(ticket.notAfter, world.clock.seconds + 600);
  assert.deepEqual(ticket.uidMask, new Uint8Array(16).fill(0xff));
  assert.deepEqual([ticket.personalOffset, ticket.personalLength], [1024, 256]);
  assert.deepEqual([...ticket.optionValue], PRODUCT.optionValue);
  world.close();
});

Deno.test("giveMessage2() draws afresh each time, keeps the certificate byte for byte, and stops at the limit", async () => {
  const { world, catalogue, order, appliance } = await line(5);
  const uid = uidOf(1);
  const runs = [];
  for (let n = 0; n < 3; n += 1) runs.push(await keyed(world, appliance, catalogue, uid));
  assert.deepEqual(runs.map(({ reply }) => reply.number), [1, 2, 3]);
  assert.equal(new Set(runs.map(({ reply }) => reply.message2)).size, 3);
  assert.equal(new Set(runs.map(({ reply }) => reply.transport.hostToTarget)).size, 3);
  assert.equal(new Set(runs.map(({ brought }) => brought.personal.toHex())).size, 1);
  assert.equal(refusedCode(await appliance.client.ticket(ticketRequest(catalogue, uid))), "message2-limit");
  const [last] = runs.slice(-1);
  assert(last !== undefined);
  const target = new Target(last.ticket, (await world.trust()).keySet.ticketKey, uid);
  const fourth = await appliance.client.message1(last.ticket.ticketId, {
    message1: target.message1.toHex(),
    ...lockProof(appliance, last.ticket.ticketId, uid),
  });
  assert.equal(refusedCode(fourth), "message2-limit");
  assert.equal((await quotaOf(world, order)).keyed, 1);
  // Each of the three may be the one that worked: the receipt of the second commits.
  const [, second] = runs;
  assert(second !== undefined);
  granted(
    await appliance.client.receipt(second.ticket.ticketId, {
      number: 2,
      receipt: second.brought.receipt.toHex(),
    }),
  );
  world.close();
});

Deno.test("giveMessage2() counts per unit: a new ticket does not start the count again", async () => {
  const { world, catalogue, appliance } = await line(5, { message2Limit: 2, ticketSeconds: 60 });
  const uid = uidOf(1);
  const first = await keyed(world, appliance, catalogue, uid);
  world.clock.nowMs += 120_000;
  const second = await keyed(world, appliance, catalogue, uid);
  assert.notEqual(second.ticket.ticketId, first.ticket.ticketId);
  assert.equal(second.reply.number, 2);
  assert.equal(second.brought.personal.toHex(), first.brought.personal.toHex());
  world.clock.nowMs += 120_000;
  assert.equal(refusedCode(await appliance.client.ticket(ticketRequest(catalogue, uid))), "message2-limit");
  // The first ticket's device may have been good: its receipt still commits the unit, once.
  granted(
    await appliance.client.receipt(first.ticket.ticketId, {
      number: 1,
      receipt: first.brought.receipt.toHex(),
    }),
  );
  const late = await appliance.client.receipt(second.ticket.ticketId, {
    number: 2,
    receipt: second.brought.receipt.toHex(),
  });
  assert.equal(refusedCode(late), "receipt-other");
  world.close();
});

Deno.test("giveMessage2() gives no key without the proof of lock (P-45)", async () => {
  const { world, catalogue, order, appliance } = await line(5);
  const stranger = await enrolled(world, "line 2");
  const uid = uidOf(1);
  const { keySet } = await world.trust();
  const ticket = granted(await appliance.client.ticket(ticketRequest(catalogue, uid)));
  const other = granted(await appliance.client.ticket(ticketRequest(catalogue, uidOf(2))));
  const message1 = new Target(ticket, keySet.ticketKey, uid).message1.toHex();
  const good = lockProof(appliance, ticket.ticketId, uid);
  const proofs = {
    "flash readable": lockProof(appliance, ticket.ticketId, uid, { flashUnderReset: 1 }),
    "attach answered": lockProof(appliance, ticket.ticketId, uid, { plainAttach: 1 }),
    "lock open": lockProof(appliance, ticket.ticketId, uid, { lock: 0 }),
    "another lock level": lockProof(appliance, ticket.ticketId, uid, { lock: 2 }),
    "debug open": lockProof(appliance, ticket.ticketId, uid, { debug: 0 }),
    "another ticket": lockProof(appliance, other.ticketId, uid),
    "another chip": lockProof(appliance, ticket.ticketId, uidOf(2)),
    "another appliance": lockProof(stranger, ticket.ticketId, uid),
    "the name of another appliance": lockProof(
      { ...stranger, identity: appliance.identity },
      ticket.ticketId,
      uid,
    ),
    "another signer": lockProof(appliance, ticket.ticketId, uid, { signer: stranger.identity }),
    "a changed bit": { ...good, lockRecord: good.lockRecord.replace(/0(?=0{6}$)/, "1") },
  };
  for (const [name, proof] of Object.entries(proofs)) {
    assert.equal(
      refusedCode(await appliance.client.message1(ticket.ticketId, { message1, ...proof })),
      "lock-not-proven",
      name,
    );
  }
  assert.deepEqual(await quotaOf(world, order).then(({ reserved, keyed }) => [reserved, keyed]), [2, 0]);
  assert.equal(
    refusedCode(await appliance.client.message1(ticket.ticketId, { message1, ...good })),
    "granted",
  );
  world.close();
});

Deno.test("giveMessage2() says one word for every message 1 that does not fit, and the unit stays reserved", async () => {
  const { world, catalogue, order, appliance } = await line(5);
  const uid = uidOf(1);
  const { keySet } = await world.trust();
  const ticket = granted(await appliance.client.ticket(ticketRequest(catalogue, uid)));
  const good = new Target(ticket, keySet.ticketKey, uid).message1;
  const bad = {
    "another UID": new Target(ticket, keySet.ticketKey, uidOf(9)).message1,
    "an open lock": new Target(ticket, keySet.ticketKey, uid, { lock: 0 }).message1,
    "an open debug port": new Target(ticket, keySet.ticketKey, uid, { debug: 0 }).message1,
    "a changed bit": good.with(40, (good[40] ?? 0) ^ 1),
    "a low-order point": good.slice().fill(0, 0, 32),
  };
  const details = new Set<string>();
  for (const [name, message1] of Object.entries(bad)) {
    const answer = await appliance.client.message1(ticket.ticketId, {
      message1: message1.toHex(),
      ...lockProof(appliance, ticket.ticketId, uid),
    });
    assert.equal(refusedCode(answer), "message1-not-authentic", name);
    if ("refused" in answer) details.add(String(answer.refused.detail));
  }
  assert.equal(details.size, 1);
  assert.deepEqual(await quotaOf(world, order).then(({ reserved, keyed }) => [reserved, keyed]), [1, 0]);
  // The log has each cause.
  const { entries } = granted(await world.owner.log());
  const causes = entries.map(({ entry }) => JSON.parse(entry)).filter(({ event }) =>
    event === "message2-refused"
  )
    .map(({ about }) => about.cause);
  assert.deepEqual(causes, ["uid-not-in-ticket", "wrong-lock", "debug-open", "not-authentic"]);
  world.close();
});

Deno.test("acceptReceipt() commits the right receipt once, repeats its answer, and refuses each other one", async () => {
  const { world, catalogue, order, appliance } = await line(5);
  const uid = uidOf(1);
  const { ticket, brought } = await keyed(world, appliance, catalogue, uid);
  const send = (receipt: Uint8Array, number = 1) =>
    appliance.client.receipt(ticket.ticketId, { number, receipt: receipt.toHex() });
  for (let at = 0; at < brought.receipt.length; at += 1) {
    const bent = brought.receipt.with(at, (brought.receipt[at] ?? 0) ^ 1);
    assert.equal(refusedCode(await send(bent)), "receipt-not-authentic", `byte ${at}`);
  }
  assert.equal(refusedCode(await send(brought.receipt, 2)), "receipt-number-unknown");
  assert.equal((await quotaOf(world, order)).keyed, 1);
  const first = granted(await send(brought.receipt));
  world.clock.nowMs += 10_000_000_000;
  assert.deepEqual(granted(await send(brought.receipt)), first);
  assert.equal((await quotaOf(world, order)).committed, 1);
  assert.equal(refusedCode(await appliance.client.ticket(ticketRequest(catalogue, uid))), "uid-committed");
  const target = new Target(ticket, (await world.trust()).keySet.ticketKey, uid);
  const after = await appliance.client.message1(ticket.ticketId, {
    message1: target.message1.toHex(),
    ...lockProof(appliance, ticket.ticketId, uid),
  });
  assert.equal(refusedCode(after), "uid-committed");
  world.close();
});

Deno.test("a receipt that never came leaves the unit keyed, also when the board is given up", async () => {
  const { world, catalogue, order, appliance } = await line(2);
  const { ticket } = await keyed(world, appliance, catalogue, uidOf(1));
  const gone = await appliance.client.failure(ticket.ticketId, {
    cause: "no-receipt",
    phase: "receipt",
    atMs: 1,
    abandon: true,
  });
  assert.deepEqual(granted(gone), { unit: "keyed" });
  world.clock.nowMs += 900_000_000;
  granted(await appliance.client.ticket(ticketRequest(catalogue, uidOf(2))));
  assert.deepEqual(await quotaOf(world, order).then(({ free, keyed, reserved }) => [free, keyed, reserved]), [
    0,
    1,
    1,
  ]);
  world.close();
});

Deno.test("a failed board costs no unit: given up, taken over, ended or revoked before any key", async () => {
  const { world, catalogue, order, appliance } = await line(1, { ticketSeconds: 60 });
  const ask = (n: number) => appliance.client.ticket(ticketRequest(catalogue, uidOf(n)));
  const first = granted(await ask(1));
  assert.equal(refusedCode(await ask(2)), "quota-spent");
  const failure = { cause: "readback-different", phase: "install", atMs: 1 };
  assert.deepEqual(granted(await appliance.client.failure(first.ticketId, { ...failure, abandon: false })), {
    unit: "reserved",
  });
  assert.equal(refusedCode(await ask(2)), "quota-spent");
  assert.deepEqual(granted(await appliance.client.failure(first.ticketId, { ...failure, abandon: true })), {
    unit: "free",
  });
  // Its ticket is closed: it gets no key, although the UID is right.
  const target = new Target(first, (await world.trust()).keySet.ticketKey, uidOf(1));
  const late = await appliance.client.message1(first.ticketId, {
    message1: target.message1.toHex(),
    ...lockProof(appliance, first.ticketId, uidOf(1)),
  });
  assert.equal(refusedCode(late), "ticket-closed");
  granted(await ask(2));
  world.clock.nowMs += 61_000;
  granted(await ask(3));
  const second = await enrolled(world, "line 2");
  const taken = granted(await second.client.ticket(ticketRequest(catalogue, uidOf(3))));
  assert.equal(taken.fresh, false);
  granted(await world.owner.revokeAppliance(second.id));
  assert.equal((await quotaOf(world, order)).free, 1);
  granted(await ask(4));
  world.close();
});

Deno.test("a UID that took a unit anew cannot be committed by a receipt of its earlier life", async () => {
  const { world, catalogue, order, appliance } = await line(1);
  const uid = uidOf(1);
  const key = { family: 1, uid };
  const first = await keyed(world, appliance, catalogue, uid);
  granted(await world.owner.decideDevice(key, { decision: "lost" }));
  assert.equal(refusedCode(await appliance.client.ticket(ticketRequest(catalogue, uid))), "uid-lost");
  assert.equal(
    refusedCode(await world.owner.decideDevice(key, { decision: "re-credit", deviceMayExist: false })),
    "acknowledge-missing",
  );
  const record = granted(
    await world.owner.decideDevice(key, { decision: "re-credit", deviceMayExist: true }),
  );
  assert.equal(record.certificateRevoked, true);
  const second = await keyed(world, appliance, catalogue, uid);
  assert.notEqual(second.brought.personal.toHex(), first.brought.personal.toHex());
  const late = await appliance.client.receipt(first.ticket.ticketId, {
    number: 1,
    receipt: first.brought.receipt.toHex(),
  });
  assert.equal(refusedCode(late), "ticket-closed");
  assert.equal((await quotaOf(world, order)).keyed, 1);
  granted(
    await appliance.client.receipt(second.ticket.ticketId, {
      number: 1,
      receipt: second.brought.receipt.toHex(),
    }),
  );
  world.close();
});

Deno.test("freeze and revoke stop tickets and keys at once, and never a receipt of a delivery under way", async () => {
  const { world, catalogue, order, appliance } = await line(5);
  const running = await keyed(world, appliance, catalogue, uidOf(1));
  const waiting = granted(await appliance.client.ticket(ticketRequest(catalogue, uidOf(2))));
  granted(await world.owner.changeOrder(order, { change: "freeze" }));
  assert.equal(
    refusedCode(await appliance.client.ticket(ticketRequest(catalogue, uidOf(3)))),
    "order-frozen",
  );
  const message1 = () => ({
    message1: new Target(waiting, keyOfTickets, uidOf(2)).message1.toHex(),
    ...lockProof(appliance, waiting.ticketId, uidOf(2)),
  });
  const keyOfTickets = (await world.trust()).keySet.ticketKey;
  assert.equal(refusedCode(await appliance.client.message1(waiting.ticketId, message1())), "order-frozen");
  granted(
    await appliance.client.receipt(running.ticket.ticketId, {
      number: 1,
      receipt: running.brought.receipt.toHex(),
    }),
  );
  granted(await world.owner.changeOrder(order, { change: "thaw" }));
  granted(await appliance.client.message1(waiting.ticketId, message1()));
  granted(await world.owner.revokeAppliance(appliance.id));
  assert.equal(refusedCode(await appliance.client.state()), "appliance-revoked");
  world.close();
});

Deno.test("a starved order goes on after a raise, and lowering stops at what is used", async () => {
  const { world, catalogue, order, appliance } = await line(1);
  await delivered(world, appliance, catalogue, uidOf(1));
  assert.equal(refusedCode(await appliance.client.ticket(ticketRequest(catalogue, uidOf(2)))), "quota-spent");
  assert.equal(granted(await appliance.client.state()).products[0]?.orders[0]?.refusal, "quota-spent");
  assert.equal(
    refusedCode(await world.owner.changeOrder(order, { change: "lower", by: 1 })),
    "order-below-use",
  );
  granted(await world.owner.changeOrder(order, { change: "raise", by: 2 }));
  granted(await appliance.client.ticket(ticketRequest(catalogue, uidOf(2))));
  assert.equal(
    refusedCode(await world.owner.changeOrder(order, { change: "lower", by: 2 })),
    "order-below-use",
  );
  assert.equal(granted(await world.owner.changeOrder(order, { change: "lower", by: 1 })).quota.granted, 2);
  // A station that waits asks every few seconds: its refusal stands in the log once.
  for (let n = 0; n < 20; n += 1) await appliance.client.ticket(ticketRequest(catalogue, uidOf(3)));
  const { entries } = granted(await world.owner.log());
  const starved = entries.filter(({ entry }) => entry.includes("quota-spent") && entry.includes(uidOf(3)));
  assert.equal(starved.length, 1);
  world.close();
});

Deno.test("deny, wrong chip, blank UID, foreign product: refused before a unit is touched", async () => {
  const { world, catalogue, order, appliance } = await line(5);
  const request = ticketRequest(catalogue, uidOf(1));
  const narrow = await enrolled(world, "narrow", [(await createCatalogue(world, "Other")).product]);
  granted(await world.owner.decideDevice({ family: 1, uid: uidOf(7) }, { decision: "deny" }));
  const cases: readonly (readonly [Promise<Answer<unknown>>, string])[] = [
    [appliance.client.ticket({ ...request, uid: uidOf(7) }), "uid-denied"],
    [appliance.client.ticket({ ...request, flashKb: 64 }), "chip-wrong"],
    [appliance.client.ticket({ ...request, chipId: 0x460 }), "chip-wrong"],
    [appliance.client.ticket({ ...request, family: 2 }), "chip-wrong"],
    [appliance.client.ticket({ ...request, uid: "0".repeat(24) }), "uid-invalid"],
    [appliance.client.ticket({ ...request, uid: "f".repeat(24) }), "uid-invalid"],
    [appliance.client.ticket({ ...request, product: "00".repeat(8) }), "product-unknown"],
    [narrow.client.ticket(request), "product-not-allowed"],
    [appliance.client.ticket({ ...request, uid: "xyz" }), "malformed"],
  ];
  for (const [answer, expected] of cases) assert.equal(refusedCode(await answer), expected);
  granted(await world.owner.decideDevice({ family: 1, uid: uidOf(7) }, { decision: "allow" }));
  granted(await appliance.client.ticket({ ...request, uid: uidOf(7) }));
  assert.equal((await quotaOf(world, order)).reserved, 1);
  world.close();
});

Deno.test("the log tells of every ticket, message 2, receipt and refusal, and its head is signed", async () => {
  const { world, catalogue, appliance } = await line(1);
  await delivered(world, appliance, catalogue, uidOf(1));
  await appliance.client.ticket(ticketRequest(catalogue, uidOf(2)));
  const { entries, head } = granted(await world.owner.log());
  checkChain(entries, LOG_START);
  const events = entries.map(({ entry }) => JSON.parse(entry).event);
  assert.deepEqual(events.slice(-5), [
    "appliance-enrolled",
    "ticket",
    "message2",
    "receipt",
    "ticket-refused",
  ]);
  const last = entries.at(-1);
  assert(head !== null && last !== undefined);
  const statement = openStatement(Uint8Array.fromHex(head), {
    logKeys: [(await world.trust()).keySet.logKey],
    subject: statementSubjects.logHead,
    content: Uint8Array.fromHex(last.hash),
  });
  assert.equal(statement.number, last.index);
  world.close();
});
