/**
 * Sync by files on a stick, with the real authority and no network between: borrowed, reported, returned, frozen as over
 * HTTPS (P-65, P-66, P-67).
 */
import assert from "node:assert/strict";
import { exportMessages, importReplies } from "../../../../agent/mod.ts";
import { decodeMessageFile } from "../../../../authority/api/mod.ts";
import { openAppliance } from "../../../../agent/control/appliance.ts";
import { Fault } from "../../../../bootloader/wire/mod.ts";
import { granted, ticketRequest, uidOf } from "../../authority/_world.ts";
import { chipOf, ignore, lentByFile, never, type Stick, stickTest, withStick } from "./_stick.ts";

stickTest(
  "export, carry, import: three trips lend without any network, the fourth books what was made",
  async (stick) => {
    await lentByFile(stick, 4);
    assert.deepEqual((await stick.state()).left, 4);
    for (const n of [1, 2]) assert.ok(await stick.use(n, "committed"));
    assert.ok(await stick.use(3, "keyed"));
    const imported = await stick.trip();
    assert.deepEqual([imported.reported, imported.refusals, imported.problems], [3, [], []]);
    const state = await stick.state();
    assert.deepEqual([state.quota.committed, state.quota.keyed, state.untold], [2, 1, 0]);
    // The next trip fills up what was used.
    assert.equal((await stick.trip()).lent, 3);
    assert.deepEqual((await stick.state()).left, 4);
  },
);

stickTest(
  "a file changes nothing by itself: export writes beside a running agent, and takes only request numbers",
  async (stick) => {
    await lentByFile(stick, 2);
    const lock = await Deno.open(`${stick.folder}/agent.lock`, { write: true });
    assert.ok(await lock.tryLock(true), "this test is the running agent");
    const bytes = await stick.export();
    lock.close();
    assert.deepEqual(decodeMessageFile(bytes).messages.map(({ route }) => route), [
      "restoredLease",
      "denials",
      "state",
    ]);
  },
);

stickTest(
  "importing the same file twice, or an older one after a newer one, changes nothing (P-67)",
  async (stick) => {
    await lentByFile(stick, 3);
    await stick.use(1, "committed");
    const older = (await stick.carry(await stick.export())).reply!;
    granted(await stick.world.owner.changeOrder(stick.order, { change: "freeze" }));
    const newer = (await stick.carry(await stick.export())).reply!;
    await stick.import(newer);
    const before = await stick.state();
    assert.deepEqual([before.paused, before.left, before.untold], [true, 0, 0]);
    const again = await stick.import(newer);
    const late = await stick.import(older);
    for (const { reported, lent, returned, stateTaken } of [again, late]) {
      assert.deepEqual([reported, lent, returned, stateTaken], [0, 0, 0, false]);
    }
    assert.deepEqual(await stick.state(), before, "the owner's freeze is not undone by an older word");
  },
);

stickTest(
  "a file carried twice is refused as a replay, message by message, and harms nothing (P-66)",
  async (stick) => {
    await lentByFile(stick, 3);
    await stick.use(1, "committed");
    const bytes = await stick.export();
    const first = await stick.carry(bytes);
    const second = await stick.carry(bytes);
    assert.ok(second.said.every(({ refused }) => refused?.code === "replay"), JSON.stringify(second.said));
    // The useless reply first: it must not cost the one that counts.
    const useless = await stick.import(second.reply!);
    assert.equal(useless.reported, 0);
    assert.equal((await stick.import(first.reply!)).reported, 1);
    const { quota, untold } = await stick.state();
    assert.deepEqual([quota.committed, untold], [1, 0]);
  },
);

stickTest(
  "a request for a lease that was carried twice: the replay's refusal does not cost its keys (P-67)",
  async (stick) => {
    stick.online = false;
    await stick.allow(3);
    await stick.trip();
    const bytes = await stick.export();
    const first = (await stick.carry(bytes)).reply!;
    const second = (await stick.carry(bytes)).reply!;
    assert.deepEqual((await stick.import(second)).refusals.map(({ at, code }) => [at, code]), [
      ["lease", "replay"],
      ["denials", "replay"],
      ["state", "replay"],
    ]);
    assert.equal((await stick.import(first)).lent, 3);
    assert.equal((await stick.import(first)).lent, 0);
    const { open, quota } = await stick.state();
    assert.deepEqual([open, quota.leased], [3, 3]);
  },
);

stickTest(
  "a lost reply: the next export says it again, and nothing is booked or lent twice",
  async (stick) => {
    stick.online = false;
    await stick.allow(3);
    await stick.trip();
    await stick.carry(await stick.export());
    // The lease was granted and nobody brought it home.
    assert.equal((await stick.state()).open, 3);
    const { lent } = await stick.trip();
    const state = await stick.state();
    assert.deepEqual([lent, state.open, state.quota.leased], [3, 3, 3]);
  },
);

stickTest(
  "a request that was refused keeps its keys while another copy of it may be granted (P-67)",
  async (stick) => {
    stick.online = false;
    await stick.allow(3);
    await stick.trip();
    const [one, two] = [await stick.export(), await stick.export()];
    granted(await stick.world.owner.changeOrder(stick.order, { change: "freeze" }));
    const refused = (await stick.carry(one)).reply!;
    granted(await stick.world.owner.changeOrder(stick.order, { change: "thaw" }));
    const grantedLater = (await stick.carry(two)).reply!;
    const first = await stick.import(refused);
    assert.deepEqual(first.refusals.map(({ at, code }) => [at, code]), [["lease", "order-frozen"]]);
    assert.equal((await stick.import(grantedLater)).lent, 3);
    const { left, open, drafts } = { ...await stick.state(), ...(await stick.trip(), await stick.state()) };
    assert.deepEqual([left, open, drafts], [3, 3, 0]);
  },
);

stickTest("a request whose every copy was refused ends, and another is made when it fits", async (stick) => {
  stick.online = false;
  await stick.allow(3);
  await stick.trip();
  granted(await stick.world.owner.changeOrder(stick.order, { change: "freeze" }));
  assert.equal((await stick.trip()).refusals[0]?.code, "order-frozen");
  assert.equal((await stick.state()).drafts, 0);
  granted(await stick.world.owner.changeOrder(stick.order, { change: "thaw" }));
  await stick.trip();
  assert.equal((await stick.trip()).lent, 3);
});

Deno.test({
  name:
    "a carrier that is cut off after any message keeps what was answered; the next trips bring the same end",
  ignore,
  async fn() {
    for (let most = 0; most <= 4; most++) {
      await withStick(async (stick) => {
        await lentByFile(stick, 4);
        await stick.use(1, "committed");
        await stick.allow(2);
        await stick.trip();
        await stick.use(2, "keyed");
        const { reply } = await stick.carry(await stick.export(), most);
        if (reply !== null) await stick.import(reply);
        for (let n = 0; n < 3; n++) await stick.trip();
        const { quota, left, open, untold, drafts } = await stick.state();
        const expected = { committed: 1, keyed: 1, left: 2, open: 2, untold: 0, drafts: 0 };
        assert.deepEqual(
          { committed: quota.committed, keyed: quota.keyed, left, open, untold, drafts },
          expected,
        );
      });
    }
  },
});

stickTest(
  "one use that does not fit holds up no other: from the next file on each goes by itself",
  async (stick) => {
    await lentByFile(stick, 4);
    for (const n of [1, 2, 3]) await stick.use(n, "committed");
    await spoil(stick, 2);
    const first = await stick.trip();
    assert.deepEqual([first.reported, first.refusals], [0, []]);
    const second = await stick.trip();
    assert.deepEqual([second.reported, second.refusals.map(({ code }) => code)], [2, ["use-not-valid"]]);
    const { quota, untold } = await stick.state();
    assert.deepEqual([quota.committed, untold], [2, 1]);
  },
);

stickTest(
  "units that the owner no longer allows go back by file, closed before they are said (P-58)",
  async (stick) => {
    await lentByFile(stick, 4);
    await stick.use(1, "committed");
    await stick.allow(1);
    await stick.trip();
    assert.equal((await stick.state()).left, 1);
    assert.equal((await stick.trip()).returned, 2);
    const { quota, open } = await stick.state();
    assert.deepEqual([quota.leased, open, quota.committed], [1, 1, 1]);
  },
);

stickTest("export writes over its own kind of file and over no other", async (stick) => {
  const file = `${stick.root}/firmware.elf`;
  await Deno.writeTextFile(file, "the only copy");
  await assert.rejects(
    exportMessages({ folder: stick.folder, file }, stick.ports),
    (error) => error instanceof Fault && /there is another file/.test(error.message),
  );
  assert.equal(await Deno.readTextFile(file), "the only copy");
  await assert.rejects(
    importReplies({ folder: stick.folder, file: `${stick.root}/none`, signal: never }, stick.ports),
    /there is no such file/,
  );
});

stickTest("no file holds a secret: no private half, no seal key, no release key, no image", async (stick) => {
  await lentByFile(stick, 2);
  await stick.use(1, "committed");
  await stick.trip();
  const appliance = await openAppliance(stick.folder, stick.ports);
  const sealed = appliance.journal.leases.leases().map(({ sealedKey }) => sealedKey);
  appliance.close();
  const sealKey = (await Deno.readTextFile(`${stick.folder}.seal-key`)).trim();
  const { releaseKey, salt, image } = stick.catalogue;
  const secrets = new Map<string, Uint8Array>([
    ["the seal key", Uint8Array.fromHex(sealKey)],
    ["the release key", releaseKey],
    ["the release's salt", salt],
    ["the image", image.slice(0, 32)],
    ["the API key", Uint8Array.fromHex(stick.world.apiKey)],
    ["the authority's seal key", stick.world.sealKey],
    ["a sealed lease key", sealed[0]!],
  ]);
  assert.ok(stick.files.length >= 8);
  for (const [what, secret] of secrets) {
    for (const bytes of stick.files) {
      const text = new TextDecoder("latin1").decode(bytes);
      assert.ok(!text.includes(new TextDecoder("latin1").decode(secret)), `${what} as bytes`);
      assert.ok(!text.includes(secret.toHex()), `${what} in hexadecimal`);
    }
  }
  // The search finds what is there: the chip that was made, in the appliance's report.
  assert.ok(stick.files.some((bytes) => new TextDecoder("latin1").decode(bytes).includes(chipOf(1))));
});

/** Makes the report of a chip one that the authority cannot accept: its receipt is for another digest. */
async function spoil(stick: Stick, n: number): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(`${stick.folder}/journal.db`);
  const row = database.prepare("SELECT receipt FROM lease_tickets WHERE uid = ?").get(chipOf(n));
  const receipt = JSON.parse(String(row?.["receipt"])) as { report: string };
  const report = "ff".repeat(32) + receipt.report.slice(64);
  database.prepare("UPDATE lease_tickets SET receipt = ? WHERE uid = ?").run(
    JSON.stringify({ ...receipt, report }),
    chipOf(n),
  );
  database.close();
}

stickTest(
  "a receipt that waits goes by file: its unit is committed once, countersigned, also when it comes again by HTTPS",
  async (stick) => {
    const uid = await stick.keepReceipt(9);
    stick.online = false;
    const one = await stick.export();
    const two = await stick.export();
    const reply = (await stick.carry(one)).reply!;
    const imported = await stick.import(reply);
    assert.deepEqual(imported.receipts.map(({ refused }) => refused), [null]);
    assert.ok(stick.events.some((event) => event.kind === "reported-late" && event.uid === uid));
    const before = await stick.state();
    assert.equal(before.quota.committed, 1);
    assert.deepEqual((await stick.import((await stick.carry(two)).reply!)).receipts, []);
    stick.online = true;
    await stick.https();
    assert.deepEqual(await stick.state(), before);
  },
);

stickTest("a failure that was not heard is told by the carrier that comes first, once", async (stick) => {
  const appliance = await openAppliance(stick.folder, stick.ports);
  const { journal, client } = appliance;
  const uid = uidOf(8);
  const { ticketId, release, ticket } = granted(await client.ticket(ticketRequest(stick.catalogue, uid)));
  const delivery = journal.startDelivery("station-1", "lock");
  const sealed = Uint8Array.fromHex(ticket);
  const { product } = stick.catalogue;
  journal.storeTicket(delivery, { ticketId, uid, product, release: release.release, sealed });
  journal.endDelivery(delivery, { outcome: "failed", cause: "lock-not-proven" });
  appliance.close();
  const failures = () =>
    stick.world.owner.log({ limit: 500 }).then((answer) =>
      granted(answer).entries.filter(({ entry }) => entry.includes('"event":"failure"')).length
    );
  stick.online = false;
  await stick.trip();
  assert.equal(await failures(), 1);
  await stick.trip();
  stick.online = true;
  await stick.https();
  assert.equal(await failures(), 1);
});

stickTest(
  "what is made between export and import is room for the next request: its report stands before it",
  async (stick) => {
    await lentByFile(stick, 4);
    const bytes = await stick.export();
    for (const n of [1, 2]) await stick.use(n, "committed");
    await stick.import((await stick.carry(bytes)).reply!);
    const { reported, lent, refusals } = await stick.trip();
    assert.deepEqual([reported, lent, refusals], [2, 2, []]);
    assert.equal((await stick.state()).left, 4);
  },
);
