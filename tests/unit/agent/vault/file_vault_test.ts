import assert from "node:assert/strict";
import { noble } from "../../../../bootloader/suite/mod.ts";
import {
  openCertificate,
  openLeaseCertificate,
  SIGNERS,
  wholeUidMask,
} from "../../../../bootloader/ticket/mod.ts";
import { padUid, parseProductId, parseUid } from "../../../../bootloader/wire/mod.ts";
import { borrow, chip, Lender, openVault, ORDER, type Terms, uidOf } from "./lender.ts";
import { ids, random } from "../delivery/office.ts";

const writable = Deno.permissions.querySync({ name: "write" }).state === "granted" &&
  Deno.permissions.querySync({ name: "read" }).state === "granted";
if (!writable) console.log("the vault's tests on disk need rights: run `deno task test`");

function useOf(answer: ReturnType<ReturnType<typeof openVault>["vault"]["use"]>) {
  assert.ok("ticket" in answer, JSON.stringify(answer));
  return answer;
}

Deno.test("use() binds one ticket to a chip for ever and gives the same again (P-58)", async () => {
  const lender = await Lender.make();
  const world = openVault(lender);
  borrow(lender, world, 3);
  const first = useOf(world.vault.use(chip(uidOf(1))));
  const again = useOf(world.vault.use(chip(uidOf(1))));
  const other = useOf(world.vault.use(chip(uidOf(2))));
  assert.deepEqual([first.fresh, again.fresh, other.fresh], [true, false, true]);
  assert.equal(again.ticket.ticketId, first.ticket.ticketId);
  assert.notEqual(other.ticket.ticketId, first.ticket.ticketId);
  assert.deepEqual(world.vault.left().get(ids.product), 1);
  assert.deepEqual(world.vault.use({ ...chip(uidOf(1)), product: "99".repeat(8) }), {
    refused: "uid-other-release",
  });
});

Deno.test("use() signs a certificate that verifies with the product's certificate key alone (P-56)", async () => {
  const lender = await Lender.make();
  const world = openVault(lender);
  const lease = borrow(lender, world, 2);
  const { ticket } = useOf(world.vault.use(chip(uidOf(7))));
  assert.ok(ticket.certificate);
  const proof = { certificate: ticket.certificate, delegation: lease.delegation };
  const { publicKey } = lender.certificateKey;
  const opened = openLeaseCertificate(proof, { publicKey, uid: parseUid(uidOf(7)), primitives: noble });
  assert.ok("opened" in opened, JSON.stringify(opened));
  const { certificate } = opened.opened;
  assert.deepEqual(
    [certificate.serial, certificate.lease, certificate.ticketId, certificate.issuedAt],
    [1, lease.lease, ticket.ticketId, 1000],
  );
  const other = openLeaseCertificate(proof, { publicKey: random(32), uid: parseUid(uidOf(7)) });
  assert.deepEqual(other, { refused: "delegation-not-authentic" });
});

Deno.test("use() says when all that was lent is used up, and when nothing ever fitted", async () => {
  const lender = await Lender.make();
  const world = openVault(lender);
  assert.deepEqual(world.vault.use(chip(uidOf(1))), { none: "never-lent" });
  borrow(lender, world, 1);
  useOf(world.vault.use(chip(uidOf(1))));
  assert.deepEqual(world.vault.use(chip(uidOf(2))), { none: "spent" });
  const elsewhere: readonly (readonly [string, ReturnType<typeof chip>])[] = [
    ["another product", { ...chip(uidOf(3)), product: parseProductId("77".repeat(8)) }],
    ["another family", { ...chip(uidOf(3)), family: 2 }],
    ["a smaller flash", { ...chip(uidOf(3)), flashKb: 2 }],
  ];
  for (const [what, question] of elsewhere) {
    assert.deepEqual(world.vault.use(question), { none: "never-lent" }, what);
  }
});

Deno.test("use() gives tickets of a lot to chips of the lot only", async () => {
  const lender = await Lender.make();
  const world = openVault(lender);
  const uidValue = new Uint8Array(16);
  const uidMask = new Uint8Array(16);
  [uidValue[0], uidMask[0]] = [0xa0, 0xf0];
  borrow(lender, world, 2, { uidValue, uidMask });
  assert.deepEqual(world.vault.use(chip("b1" + "00".repeat(11))), { none: "never-lent" });
  assert.equal(useOf(world.vault.use(chip("a7" + "00".repeat(11)))).fresh, true);
});

Deno.test("use() begins nothing with a lease that is over, frozen, or whose release is not here", async () => {
  const lender = await Lender.make();
  const world = openVault(lender);
  const lease = borrow(lender, world, 3);
  useOf(world.vault.use(chip(uidOf(1))));
  world.journal.leases.pause(ORDER, true);
  assert.deepEqual(world.vault.use(chip(uidOf(2))), { refused: "order-frozen" });
  assert.equal(useOf(world.vault.use(chip(uidOf(1)))).fresh, false, "what was begun goes on");
  world.journal.leases.pause(ORDER, false);
  useOf(world.vault.use(chip(uidOf(2))));
  world.now = lease.notAfterSeconds;
  assert.equal(world.vault.left().get(ids.product), 1, "the last valid second");
  world.now = lease.notAfterSeconds + 1;
  assert.deepEqual(world.vault.use(chip(uidOf(3))), { none: "over" });
  assert.deepEqual(world.vault.use(chip(uidOf(1))), { refused: "ticket-expired" });
  world.now = 1000;
  const { release, bytes } = lender.office.descriptor;
  world.journal.storeRelease(release, { sha256: "00".repeat(32), bytes });
  assert.deepEqual(world.vault.use(chip(uidOf(3))), { none: "spent" });
});

Deno.test("use() takes the lease that ends first, and the next one when it is used up", async () => {
  const lender = await Lender.make();
  const world = openVault(lender);
  const late = borrow(lender, world, 1, { notAfterSeconds: 1900 });
  const early = borrow(lender, world, 1, { notAfterSeconds: 1500 });
  const leases = [1, 2].map((n) => useOf(world.vault.use(chip(uidOf(n)))).lease.lease);
  assert.deepEqual(leases, [early.lease, late.lease]);
});

Deno.test("closeFree() closes from the end, and a closed ticket is never used (P-58)", async () => {
  const lender = await Lender.make();
  const world = openVault(lender);
  const { leaseKey } = borrow(lender, world, 3);
  useOf(world.vault.use(chip(uidOf(1))));
  assert.equal(world.vault.closeFree(leaseKey, 1), 1);
  assert.deepEqual(world.journal.leases.closed().map(({ leaseIndex }) => leaseIndex), [3]);
  assert.equal(useOf(world.vault.use(chip(uidOf(2)))).ticket.leaseIndex, 2);
  assert.deepEqual(world.vault.use(chip(uidOf(3))), { none: "spent" });
  assert.equal(world.vault.closeFree(leaseKey, 9), 0, "what is bound is not closed");
  assert.throws(
    () =>
      world.journal.leases.close([
        world.journal.leases.ticket(useOf(world.vault.use(chip(uidOf(1)))).ticket.ticketId)!.ticketId,
      ]),
    /not free/,
  );
});

const flaws: readonly (readonly [string, Terms, RegExp])[] = [
  ["another index", { bendTicket: (t) => ({ ...t, leaseIndex: t.leaseIndex + 1 }) }, /another index/],
  ["another T", { bendTicket: (t) => ({ ...t, T: random(32) }) }, /another T/],
  ["an appliance that is not this one", {
    bendTicket: (t) => ({ ...t, appliance: "00".repeat(8) as typeof t.appliance }),
  }, /another appliance/],
  ["another digest", { bendTicket: (t) => ({ ...t, imageDigest: random(32) }) }, /image digest/],
  ["an earlier epoch", { bendTicket: (t) => ({ ...t, epoch: 6 }) }, /earlier epoch/],
  ["another lease", {
    bendTicket: (t) => ({ ...t, lease: "12".repeat(16) as typeof t.lease }),
  }, /another lease/],
  ["an end after the lease's", { bendTicket: (t) => ({ ...t, notAfter: 3000 }) }, /ends after/],
  ["a delegation of more units", { bendDelegation: (d) => ({ ...d, units: 9 }) }, /number of units/],
  ["a delegation to another key", {
    bendDelegation: (d) => ({ ...d, leaseKey: new Uint8Array(64).fill(1, 0, 32) }),
  }, /another lease key/],
];
for (const [what, terms, says] of flaws) {
  Deno.test(`takeLease() keeps nothing of a lease with ${what}, and the request stays open`, async () => {
    const lender = await Lender.make();
    const { vault, journal } = openVault(lender);
    const asked = vault.createLease({ order: ORDER, product: ids.product, units: 2 });
    const taken = vault.takeLease(asked.leaseKey, lender.grant(asked, terms));
    assert.ok("flaw" in taken);
    assert.match(taken.flaw, says);
    assert.equal(journal.leases.leases().length, 0);
    assert.deepEqual(vault.openRequests(), [asked]);
  });
}

Deno.test("takeLease() refuses tickets that no key of the root-signed key set has signed (P-53)", async () => {
  const lender = await Lender.make();
  const { vault } = openVault(lender);
  const stranger = await Lender.make();
  const asked = vault.createLease({ order: ORDER, product: ids.product, units: 1 });
  const taken = vault.takeLease(asked.leaseKey, {
    ...lender.grant(asked),
    tickets: stranger.grant(asked).tickets,
  });
  assert.ok("flaw" in taken && /no ticket key/.test(taken.flaw), JSON.stringify(taken));
});

Deno.test("openRequests() asks for the same keys until there is an answer; dropRequest() ends it", async () => {
  const lender = await Lender.make();
  const { vault, journal } = openVault(lender);
  const asked = vault.createLease({ order: ORDER, product: ids.product, units: 2 });
  assert.deepEqual(vault.openRequests(), [asked]);
  assert.equal(new Set(asked.ticketKeys).size, 2);
  vault.dropRequest(asked.leaseKey, "allowance-spent");
  assert.deepEqual(vault.openRequests(), []);
  assert.ok(
    journal.records().some(({ kind, body }) => kind === "lease refused" && body.includes("allowance-spent")),
  );
});

Deno.test({
  name: "FileVault leaves no private key in clear on the disk, in raw or in hex (D§3)",
  ignore: !writable,
  async fn() {
    const lender = await Lender.make();
    const drawn: Uint8Array[] = [];
    const path = `${Deno.makeTempDirSync()}/journal.db`;
    const world = openVault(lender, {
      path,
      random: (length) => {
        const bytes = random(length);
        // A copy: the vault wipes its own.
        if (length === 32) drawn.push(bytes.slice());
        return bytes;
      },
    });
    const { leaseKey } = borrow(lender, world, 4);
    useOf(world.vault.use(chip(uidOf(1))));
    world.vault.closeFree(leaseKey, 1);
    // Lease key, four T's, wrap key; the receipt master is drawn with the first message 2.
    assert.equal(drawn.length, 6);
    const raw = [path, `${path}-wal`].map((file) => new TextDecoder("latin1").decode(Deno.readFileSync(file)))
      .join();
    assert.ok(raw.includes(leaseKey), "the search finds what is there");
    for (const secret of drawn) {
      assert.equal(raw.includes(new TextDecoder("latin1").decode(secret)), false, "raw");
      assert.equal(raw.toLowerCase().includes(secret.toHex()), false, "hex");
    }
    world.journal.close();
  },
});

Deno.test("finishInterrupted() signs the same certificate again: Ed25519 and the intent's own time", async () => {
  const lender = await Lender.make();
  const world = openVault(lender);
  const lease = borrow(lender, world, 2);
  const { leases } = world.journal;
  const [free] = leases.free(lease.leaseKey);
  leases.intend(free!.ticketId, { family: 1, uid: uidOf(5), issuedAtSeconds: 1234 });
  world.now = 1500;
  const [bound] = world.vault.finishInterrupted();
  assert.ok(bound?.certificate);
  assert.deepEqual([bound.state, bound.chip?.uid], ["bound", uidOf(5)]);
  const publicKey = Uint8Array.fromHex(lease.leaseKey);
  const opened = openCertificate(bound.certificate, { signer: SIGNERS.leaseEd25519, publicKey });
  assert.ok("opened" in opened && opened.opened.issuedAt === 1234);
  assert.ok(world.journal.records().some(({ body }) => body.includes('"afterRestart":1')));
});

Deno.test("the vault gives a denied chip no ticket, not its own again, and no key (P-74)", async () => {
  const lender = await Lender.make();
  const world = openVault(lender);
  borrow(lender, world, 2);
  const { ticket } = useOf(world.vault.use(chip(uidOf(1))));
  const list = { number: 1, statement: new Uint8Array(144), chips: [{ family: 1, uid: uidOf(1) }] };
  assert.equal(world.journal.denials.store(list), true);
  assert.deepEqual(world.vault.use(chip(uidOf(1))), { refused: "uid-denied" });
  const request = { message1: "00".repeat(80), lockRecord: "00".repeat(72), lockSignature: "00".repeat(64) };
  assert.deepEqual(world.vault.answerMessage1(ticket.ticketId, request), { refused: "uid-denied" });
  useOf(world.vault.use(chip(uidOf(2))));
  assert.equal(world.journal.denials.store({ ...list, chips: [] }), false, "the same number again");
  assert.deepEqual(world.vault.use(chip(uidOf(1))), { refused: "uid-denied" });
  assert.equal(world.journal.denials.store({ ...list, number: 2, chips: [] }), true);
  useOf(world.vault.use(chip(uidOf(1))));
  assert.ok("count" in world.journal.checkChain());
});

/** Lends tickets for the chips named first, one each, and for any chip after them. */
function lendListed(lender: Lender, world: ReturnType<typeof openVault>, units: number, ...uids: string[]) {
  return borrow(lender, world, units, {
    bendTicket: (fields) => {
      const uid = uids[fields.leaseIndex - 1];
      if (uid === undefined) return fields;
      return { ...fields, uidValue: padUid(parseUid(uid)), uidMask: wholeUidMask() };
    },
  });
}

Deno.test("use() gives a listed chip the ticket made for it, and no other chip that ticket (P-75)", async () => {
  const lender = await Lender.make();
  const world = openVault(lender);
  lendListed(lender, world, 2, uidOf(7), uidOf(8));
  assert.deepEqual(world.vault.left().get(ids.product), 2);
  assert.deepEqual(world.vault.use(chip(uidOf(1))), { none: "not-listed" });
  assert.deepEqual(useOf(world.vault.use(chip(uidOf(8)))).ticket.leaseIndex, 2);
  assert.deepEqual(useOf(world.vault.use(chip(uidOf(7)))).ticket.leaseIndex, 1);
  assert.deepEqual(useOf(world.vault.use(chip(uidOf(7)))).fresh, false);
  assert.deepEqual(world.vault.use({ ...chip(uidOf(9)), product: "77".repeat(8) }), { none: "never-lent" });
});

Deno.test("use() keeps bound tickets and those for any chip apart, over all leases (P-75)", async () => {
  const lender = await Lender.make();
  const world = openVault(lender);
  borrow(lender, world, 1);
  lendListed(lender, world, 2, uidOf(7));
  assert.equal(useOf(world.vault.use(chip(uidOf(7)))).ticket.forUid, uidOf(7), "its own before the lot's");
  for (const n of [1, 2]) assert.equal(useOf(world.vault.use(chip(uidOf(n)))).ticket.forUid, null);
  assert.deepEqual(world.vault.use(chip(uidOf(3))), { none: "spent" });
  const [bound] = world.journal.leases.leases();
  assert.ok(bound);
});

Deno.test("the journal's table refuses a bound ticket for another chip (P-75)", async () => {
  const lender = await Lender.make();
  const world = openVault(lender);
  lendListed(lender, world, 1, uidOf(7));
  const [ticket] = world.journal.leases.madeFor(uidOf(7));
  assert.ok(ticket);
  const other = { family: 1, uid: uidOf(8), issuedAtSeconds: 1 };
  assert.throws(() => world.journal.leases.intend(ticket.ticketId, other), /used for another/);
});
