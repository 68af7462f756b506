/**
 * The power goes before or after each durable step of one use (P-57). What is left is opened by a new vault over the
 * same file, as after a restart: the same chip goes on with the same ticket, no second unit is taken, no message 2 is
 * forgotten, and at most one certificate per lease was in hand.
 */
import assert from "node:assert/strict";
import type { LeaseBook } from "../../../../agent/journal/mod.ts";
import { NkInitiator, sign } from "../../../../bootloader/suite/mod.ts";
import { openTicket } from "../../../../bootloader/ticket/mod.ts";
import {
  Fault,
  lockRecordLayout,
  message1PayloadLayout,
  padUid,
  parseTicketId,
  parseUid,
} from "../../../../bootloader/wire/mod.ts";
import { ids, random } from "../delivery/office.ts";
import { borrow, chip, Lender, openVault, uidOf, type VaultWorld } from "./lender.ts";

const writable = Deno.permissions.querySync({ name: "write" }).state === "granted" &&
  Deno.permissions.querySync({ name: "read" }).state === "granted";
const ignore = !writable;
if (ignore) console.log("the vault's power cuts need a disk: run `deno task test`");

const STEPS = ["intend", "certify", "bind", "storeMessage2"] as const;
type Step = (typeof STEPS)[number];

class PowerCut extends Error {}

/** A book whose power goes before or after the step is durable; nothing else of it is changed. */
function cutAt(step: Step, moment: "before" | "after") {
  return (book: LeaseBook): LeaseBook =>
    new Proxy(book, {
      get(target, name) {
        const value = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (name === step && moment === "before") throw new PowerCut();
          const result = value.apply(target, args);
          if (name === step) throw new PowerCut();
          return result;
        };
      },
    });
}

/** A chip's message 1 for its ticket, and the lock record that goes with it. */
function message1Of(lender: Lender, uid: string, ticketId: string, sealed: Uint8Array) {
  const opening = openTicket(sealed, { publicKey: lender.office.ticketKey.publicKey });
  assert.ok("opened" in opening);
  const padded = padUid(parseUid(uid));
  const initiator = new NkInitiator(opening.opened.ticket.T, { prologue: sealed, random });
  const payload = message1PayloadLayout.encode({
    family: 1,
    chipId: 0x466,
    bootloader: 0x0001_0000,
    uid: padded,
    entropy: 1,
    lock: 1,
    debug: 1,
    flashKb: 8,
  });
  const lockRecord = lockRecordLayout.encode({
    ticketId: parseTicketId(ticketId),
    uid: padded,
    appliance: ids.appliance,
    at: 1,
    lock: 1,
    debug: 1,
    flashUnderReset: 0,
    ramUnderReset: 1,
    plainAttach: 0,
  });
  const message1 = initiator.writeMessage1(payload);
  assert.ok(message1);
  return {
    message1: message1.toHex(),
    lockRecord: lockRecord.toHex(),
    lockSignature: sign(lender.office.identity.seed, lockRecord).toHex(),
  };
}

/** One use of a chip up to message 2, in the vault's own order. */
function useOnce(lender: Lender, { vault }: VaultWorld, uid: string) {
  const use = vault.use(chip(uid));
  assert.ok("ticket" in use, JSON.stringify(use));
  const { ticketId, sealed } = use.ticket;
  const answer = vault.answerMessage1(ticketId, message1Of(lender, uid, ticketId, sealed));
  assert.ok("granted" in answer, JSON.stringify(answer));
  return { ticketId, number: answer.granted.number, reply: answer.granted };
}

for (const step of STEPS) {
  for (const moment of ["before", "after"] as const) {
    Deno.test({
      name: `a power cut ${moment} ${step}() is durable costs no second ticket and forgets nothing (P-57)`,
      ignore,
      async fn() {
        const lender = await Lender.make();
        const path = `${Deno.makeTempDirSync()}/journal.db`;
        const before = openVault(lender, { path });
        const { leaseKey } = borrow(lender, before, 2);
        before.journal.close();
        const dying = openVault(lender, { path, book: cutAt(step, moment) });
        assert.throws(() => useOnce(lender, dying, uidOf(1)), PowerCut);
        const held = dying.journal.leases.unfinished();
        assert.ok(held.length <= 1, "at most one certificate in hand per lease");
        dying.journal.close();

        const after = openVault(lender, { path });
        const finished = after.vault.finishInterrupted();
        assert.deepEqual(after.journal.leases.unfinished(), []);
        // The crash says so: exactly the cuts that left an intent unbound are told.
        const leftUnbound = step === "certify" || (step === "intend" && moment === "after") ||
          (step === "bind" && moment === "before");
        assert.deepEqual(finished.map((ticket) => ticket.chip?.uid), leftUnbound ? [uidOf(1)] : []);
        // Another chip comes first after the restart, then the one that was cut off.
        const other = useOnce(lender, after, uidOf(2));
        const again = useOnce(lender, after, uidOf(1));
        assert.notEqual(again.ticketId, other.ticketId);
        assert.equal(again.number, step === "storeMessage2" && moment === "after" ? 2 : 1);
        const { free, open } = after.journal.leases.counts(leaseKey);
        assert.deepEqual([free, open], [0, 2], "two chips, two tickets");
        assert.ok("head" in after.journal.checkChain());
        after.journal.close();
      },
    });
  }
}

Deno.test("use() finishes what a disk fault left in this very process before it begins with another chip", async () => {
  const lender = await Lender.make();
  let full = false;
  const world = openVault(lender, {
    book: (book) =>
      new Proxy(book, {
        get(target, name) {
          const value = Reflect.get(target, name, target);
          if (typeof value !== "function") return value;
          return (...args: unknown[]) => {
            if (full && name === "certify") throw new Fault("Cannot write", { place: "disk", retry: true });
            return value.apply(target, args);
          };
        },
      }),
  });
  borrow(lender, world, 2);
  full = true;
  assert.throws(() => world.vault.use(chip(uidOf(1))), Fault);
  full = false;
  const other = useOnce(lender, world, uidOf(2));
  const again = useOnce(lender, world, uidOf(1));
  assert.notEqual(other.ticketId, again.ticketId);
  assert.equal(world.vault.left().get(ids.product), 0);
});

Deno.test("the journal refuses a second certificate in hand and a second unit for a chip (P-57, P-58)", async () => {
  const lender = await Lender.make();
  const world = openVault(lender);
  const { leaseKey } = borrow(lender, world, 3);
  const { leases } = world.journal;
  const [one, two, three] = leases.free(leaseKey).map(({ ticketId }) => ticketId);
  leases.intend(one!, { family: 1, uid: uidOf(1), issuedAtSeconds: 5 });
  assert.throws(() => leases.intend(two!, { family: 1, uid: uidOf(2), issuedAtSeconds: 5 }), /UNIQUE/);
  assert.throws(() => leases.bind(one!, { afterRestart: false }), /does not fit the state/);
  assert.throws(() => leases.storeMessage2(one!, hashes(1)), /does not follow/);
  leases.certify(one!, new Uint8Array(216));
  leases.bind(one!, { afterRestart: false });
  assert.throws(() => leases.intend(three!, { family: 1, uid: uidOf(1), issuedAtSeconds: 5 }), /UNIQUE/);
  assert.throws(() => leases.storeMessage2(one!, hashes(2)), /does not follow/);
  leases.storeMessage2(one!, hashes(1));
  assert.throws(() => leases.storeMessage2(one!, hashes(1)), /does not follow/);
  assert.throws(() => leases.close([one!]), /not free/);

  function hashes(number: number) {
    return { number, hh: new Uint8Array(64), h2: new Uint8Array(64) };
  }
});

Deno.test("answerMessage1() gives message 2 and the two Split keys and nothing else, and counts (P-29)", async () => {
  const lender = await Lender.make();
  const world = openVault(lender);
  borrow(lender, world, 1, { message2Limit: 2 });
  const first = useOnce(lender, world, uidOf(1));
  assert.deepEqual(Object.keys(first.reply).sort(), ["message2", "number", "transport"]);
  assert.deepEqual(Object.keys(first.reply.transport).sort(), ["hostToTarget", "targetToHost"]);
  const second = useOnce(lender, world, uidOf(1));
  assert.deepEqual([first.number, second.number], [1, 2]);
  // P-23: nothing of a handshake is kept.
  assert.notEqual(first.reply.message2.slice(0, 64), second.reply.message2.slice(0, 64));
  assert.deepEqual(world.vault.use(chip(uidOf(1))), { refused: "message2-limit" });
});

Deno.test("answerMessage1() gives no key to another chip, without proof of lock, or for a ticket never bound", async () => {
  const lender = await Lender.make();
  const world = openVault(lender);
  const { leaseKey } = borrow(lender, world, 2);
  const use = world.vault.use(chip(uidOf(1)));
  assert.ok("ticket" in use);
  const { ticketId, sealed } = use.ticket;
  const good = message1Of(lender, uidOf(1), ticketId, sealed);
  const ask = (request: typeof good, id = ticketId) => {
    const answer = world.vault.answerMessage1(id, request);
    return "refused" in answer ? answer.refused : "granted";
  };
  // P-20: the lot allows any chip, the binding one alone. The lock record is that chip's too.
  const stranger = message1Of(lender, uidOf(2), ticketId, sealed);
  assert.equal(ask(stranger), "lock-not-proven");
  assert.equal(
    ask({ ...stranger, lockRecord: good.lockRecord, lockSignature: good.lockSignature }),
    "message1-not-authentic",
  );
  assert.equal(ask({ ...good, lockSignature: "00".repeat(64) }), "lock-not-proven");
  assert.equal(ask({ ...good, message1: "00".repeat(80) }), "message1-not-authentic");
  const [free] = world.journal.leases.free(leaseKey);
  assert.equal(ask(good, free!.ticketId), "ticket-unknown");
  assert.equal(ask(good, "ab".repeat(16)), "ticket-unknown");
  world.now = 2001;
  assert.equal(ask(good), "ticket-expired");
  world.now = 1000;
  assert.equal(world.journal.leases.ticket(ticketId)?.message2, 0, "a refusal counts nothing");
  assert.equal(ask(good), "granted");
});
