/**
 * Whole deliveries on a modelled station whose office is "the authority first, then the vault": the test office is
 * switched off call by call, the reference target is the device.
 */
import assert from "node:assert/strict";
import { OfflineOffice } from "../../../../agent/vault/mod.ts";
import { createOffice } from "../../../../agent/sync/mod.ts";
import { noble } from "../../../../bootloader/suite/mod.ts";
import { openLeaseCertificate } from "../../../../bootloader/ticket/mod.ts";
import { parseUid } from "../../../../bootloader/wire/mod.ts";
import { freshUid, Rig, RigBoard } from "../delivery/rig.ts";
import { borrow, Lender, openVault, ORDER, type Terms } from "../vault/lender.ts";

/** A station with a vault that has borrowed `units`, one journal for both. */
async function station(units: number, terms: Terms = {}) {
  const lender = await Lender.make();
  const { office } = lender;
  const rig = new Rig(office);
  // The rig's journal serves the vault too, as in the appliance.
  const world = openVault(lender, { book: () => rig.journal.leases });
  const descriptor = office.descriptor;
  if (units > 0) borrow(lender, { ...world, journal: rig.journal }, units, terms);
  const offline = new OfflineOffice(world.vault, () => world.now);
  rig.keyHolder = createOffice({ client: office, vault: world.vault, offline, journal: rig.journal });
  // Held beforehand, as a sync round does it.
  const content = await office.releaseContent(descriptor.release, { offset: 0, length: descriptor.bytes });
  assert.ok("granted" in content);
  await rig.releases.keep(descriptor, content.granted);
  office.calls.length = 0;
  return { lender, office, rig, world, offline };
}

const ALL = ["ticket", "message1", "receipt", "failure", "releaseContent"];

function goAway(office: { down: Set<string> }) {
  for (const name of ALL) office.down.add(name);
}

Deno.test("createOffice() delivers offline while the authority is away: certificate, delegation, mode, word", async () => {
  const { lender, office, rig, world } = await station(2);
  goAway(office);
  const uid = freshUid();
  const board = new RigBoard(uid);
  const result = await rig.deliver(board);
  assert.deepEqual(
    [result.outcome, result.mode, result.unit],
    ["delivered", "offline", "committed on the appliance's word"],
    JSON.stringify(result),
  );
  const { offset, length } = office.personal;
  const personal = board.target!.flash.slice(offset, offset + length);
  const proof = { certificate: personal.slice(0, 216), delegation: personal.slice(216, 440) };
  const opened = openLeaseCertificate(proof, {
    publicKey: lender.certificateKey.publicKey,
    uid: parseUid(uid.toHex()),
    primitives: noble,
  });
  assert.ok("opened" in opened, JSON.stringify(opened));
  assert.deepEqual([...personal.slice(440)], Array(8).fill(0xff));
  assert.equal(result.certificate, proof.certificate.toHex());
  const [ticket] = rig.events.filter((event) => event.kind === "ticket");
  assert.ok(ticket?.kind === "ticket" && ticket.mode === "offline");
  const [committed] = rig.events.filter((event) => event.kind === "committed");
  assert.ok(committed?.kind === "committed" && committed.word === "appliance");
  const [record] = rig.journal.deliveries(1);
  assert.equal(record?.mode, "offline");
  const words = rig.journal.records().filter(({ kind }) => kind === "committed").map(({ body }) => body);
  assert.match(words.join(), /"word":"appliance"/);
  assert.equal(world.vault.left().get(result.release === null ? "" : office.descriptor.product), 1);
  assert.deepEqual(office.calls, ["ticket"], "the authority was asked first, and for nothing else");
});

Deno.test("createOffice() asks the authority first while it answers, and then uses nothing that was lent", async () => {
  const { office, rig, world } = await station(2);
  const result = await rig.deliver(new RigBoard(freshUid()));
  assert.deepEqual([result.outcome, result.mode, result.unit], ["delivered", "online", "committed"]);
  assert.equal(world.vault.left().get(office.descriptor.product), 2);
});

Deno.test("createOffice() finishes with the vault what the vault began, also when the authority answers again", async () => {
  const { office, rig, world } = await station(2);
  goAway(office);
  const board = new RigBoard(freshUid());
  board.onFrame = (type) => {
    // The line breaks at the first chunk: the unit is keyed, no device exists.
    if (type === 0x04) board.misdeeds.silent = true;
  };
  const first = await rig.deliver(board);
  assert.deepEqual([first.outcome, first.mode], ["failed", "offline"], JSON.stringify(first));
  office.down.clear();
  board.onFrame = () => {};
  board.misdeeds.silent = false;
  office.calls.length = 0;
  const second = await rig.deliver(board);
  assert.deepEqual([second.outcome, second.mode, second.ticketId], ["delivered", "offline", first.ticketId]);
  assert.deepEqual(office.calls, []);
  const use = rig.journal.leases.ticket(first.ticketId!);
  assert.deepEqual([use?.state, use?.message2], ["committed", 2]);
  assert.equal(world.vault.left().get(office.descriptor.product), 1, "one unit for one chip");
});

Deno.test("createOffice() keeps the limit of message 2 for a chip that is tried again offline (P-29)", async () => {
  const { office, rig } = await station(2, { message2Limit: 2 });
  goAway(office);
  const board = new RigBoard(freshUid());
  board.onFrame = (type) => {
    if (type === 0x04) board.misdeeds.silent = true;
  };
  const ends: (string | null)[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    board.misdeeds.silent = false;
    ends.push((await rig.deliver(board)).cause);
  }
  assert.equal(ends[2], "authority-message2-limit", ends.join());
  assert.equal(rig.journal.leases.counts().free, 1);
});

Deno.test("createOffice() takes no lent unit for a chip that may have been keyed online", async () => {
  const { office, rig, world } = await station(2);
  const board = new RigBoard(freshUid());
  // The authority's answer to message 1 is lost: the unit may be keyed there.
  office.down.add("message1");
  const first = await rig.deliver(board);
  assert.deepEqual([first.cause, first.mode], ["authority-unreachable", "online"]);
  goAway(office);
  const second = await rig.deliver(board);
  assert.deepEqual([second.cause, second.unit], ["authority-unreachable", "reserved for this chip"]);
  assert.equal(world.vault.left().get(office.descriptor.product), 2);
});

Deno.test("createOffice() goes offline with a chip that was only reserved online", async () => {
  const { office, rig } = await station(1);
  const board = new RigBoard(freshUid());
  board.misdeeds.badByte = 4;
  const first = await rig.deliver(board);
  assert.deepEqual([first.cause, first.mode], ["readback-differs", "online"]);
  board.misdeeds.badByte = null;
  goAway(office);
  const second = await rig.deliver(board);
  assert.deepEqual([second.outcome, second.mode], ["delivered", "offline"], JSON.stringify(second));
});

Deno.test("createOffice() says how many devices wait when the allowance is used up, and goes on by itself", async () => {
  const { office, rig } = await station(1);
  goAway(office);
  assert.equal((await rig.deliver(new RigBoard(freshUid()))).outcome, "delivered");
  rig.patient = true;
  const said: string[] = [];
  rig.onWait = () => {
    const last = rig.events.at(-1);
    if (last?.kind === "waiting") said.push(`${last.cause}: ${last.says}`);
    office.down.clear();
  };
  const result = await rig.deliver(new RigBoard(freshUid()));
  assert.deepEqual(said, [
    "offline-spent: The offline allowance is used up; 1 device waits for the owner's server",
  ]);
  assert.deepEqual([result.outcome, result.mode], ["delivered", "online"]);
});

Deno.test("createOffice() counts the devices that wait: each chip once, until it is served", async () => {
  const { office, offline, rig } = await station(1);
  goAway(office);
  await rig.deliver(new RigBoard(freshUid()));
  const ask = (uid: string) => {
    const answer = offline.ticketNow({
      uid,
      family: 1,
      chipId: 0x466,
      flashKb: 8,
      product: office.descriptor.product,
      station: "station-1",
    });
    return answer !== null && "waiting" in answer ? answer.waiting : null;
  };
  assert.deepEqual([ask("01".repeat(12)), ask("02".repeat(12)), ask("01".repeat(12))], [1, 2, 2]);
  offline.served("01".repeat(12));
  assert.equal(ask("02".repeat(12)), 1);
});

Deno.test("createOffice() tells the plain truth where nothing was lent: the server cannot be reached", async () => {
  const { office, rig } = await station(0);
  goAway(office);
  const result = await rig.deliver(new RigBoard(freshUid()));
  assert.deepEqual([result.cause, result.mode, result.unit], [
    "authority-unreachable",
    "online",
    "none used",
  ]);
});

Deno.test("createOffice() passes a refusal of the authority on: no lent unit is used against its word", async () => {
  const { office, rig, world } = await station(2);
  for (
    const code of [
      "order-frozen",
      "uid-denied",
      "order-expired",
      "appliance-frozen",
      "appliance-stopped",
    ] as const
  ) {
    office.refuse = code;
    const result = await rig.deliver(new RigBoard(freshUid()));
    assert.equal(result.cause, `authority-${code}`);
  }
  assert.equal(world.vault.left().get(office.descriptor.product), 2);
});

Deno.test("createOffice() uses what was lent when the order has nothing else left, and then says what the authority says", async () => {
  const { office, rig, world } = await station(1);
  office.refuse = "quota-spent";
  office.spentOrders = [ORDER];
  const made = await rig.deliver(new RigBoard(freshUid()));
  assert.deepEqual([made.outcome, made.mode], ["delivered", "offline"]);
  assert.equal(world.vault.left().get(office.descriptor.product) ?? 0, 0);
  const next = await rig.deliver(new RigBoard(freshUid()));
  assert.deepEqual([next.cause, next.unit], ["authority-quota-spent", "none used"]);
});

Deno.test("takeReceipt() commits on a receipt of its own key only, the same one again and no other (P-39, P-60)", async () => {
  const { office, rig, world } = await station(1);
  goAway(office);
  const result = await rig.deliver(new RigBoard(freshUid()));
  assert.equal(result.outcome, "delivered");
  const ticketId = result.ticketId!;
  const kept = rig.journal.leases.ticket(ticketId)?.receipt;
  assert.ok(kept);
  const same = world.vault.takeReceipt(ticketId, { number: kept.number, receipt: kept.report });
  assert.ok("granted" in same && same.granted.word === "appliance");
  const forged = kept.report.slice(0, -2) + (kept.report.endsWith("00") ? "01" : "00");
  assert.deepEqual(world.vault.takeReceipt(ticketId, { number: kept.number, receipt: forged }), {
    refused: "receipt-other",
  });
});

Deno.test("takeReceipt() refuses a receipt whose MAC is another, and the unit stays keyed", async () => {
  const { office, rig, world } = await station(1);
  goAway(office);
  const office2 = rig.keyHolder!;
  let refused = "";
  rig.keyHolder = {
    ...office2,
    receipt(ticketId, request, options) {
      const forged = request.receipt.slice(0, -2) + (request.receipt.endsWith("00") ? "01" : "00");
      const answer = world.vault.takeReceipt(ticketId, { ...request, receipt: forged });
      refused = "refused" in answer ? answer.refused : "";
      const unknown = world.vault.takeReceipt(ticketId, { ...request, number: 9 });
      assert.deepEqual(unknown, { refused: "receipt-number-unknown" });
      assert.equal(rig.journal.leases.ticket(ticketId)?.state, "keyed");
      return office2.receipt(ticketId, request, options);
    },
  };
  assert.equal((await rig.deliver(new RigBoard(freshUid()))).outcome, "delivered");
  assert.equal(refused, "receipt-not-authentic");
});

Deno.test("an offline delivery leaves release key, salt and transport keys in no event, record or answer (P-29)", async () => {
  const { lender, office, rig } = await station(1);
  goAway(office);
  const inner = rig.keyHolder!;
  const handed: string[] = [];
  rig.keyHolder = {
    ...inner,
    async message1(ticketId, request, options) {
      const answer = await inner.message1(ticketId, request, options);
      assert.ok("granted" in answer);
      assert.deepEqual(Object.keys(answer.granted).sort(), ["message2", "number", "transport"]);
      const { targetToHost, hostToTarget } = answer.granted.transport;
      handed.push(targetToHost, hostToTarget);
      return answer;
    },
  };
  assert.equal((await rig.deliver(new RigBoard(freshUid()))).outcome, "delivered");
  const { releaseKey, salt } = lender.office.releaseSecrets;
  const secrets = [...handed, ...[releaseKey, salt].map((secret) => secret.use((bytes) => bytes.toHex()))];
  assert.equal(secrets.length, 4);
  const told = JSON.stringify([rig.events, rig.journal.records(), rig.journal.deliveries(5)]);
  const wires = [...rig.wiretap, ...rig.debugtap].map(({ bytes }) => bytes.toHex()).join("|");
  assert.ok(told.includes(rig.journal.leases.leases()[0]!.lease), "the search finds what is there");
  for (const secret of secrets) {
    assert.equal(told.includes(secret), false, "told");
    assert.equal(wires.includes(secret), false, "on a wire");
  }
});
