/**
 * P-78 with the real authority and the real appliance, by HTTPS and by file: a change is known where the appliance has said that
 * it has stored a state with it, from when the authority first heard so, and nowhere else.
 */
import assert from "node:assert/strict";
import { openAppliance } from "../../../../agent/control/appliance.ts";
import { sealRecordHead } from "../../../../bootloader/ticket/mod.ts";
import { knowledgeOf, listChanges, toldMs } from "../../../../authority/store/mod.ts";
import { createApplianceClient, type OrderChange } from "../../../../authority/api/mod.ts";
import { granted, ORIGIN } from "../../authority/_world.ts";
import { lentByFile, type Stick, stickTest } from "./_stick.ts";

async function idOf(stick: Stick) {
  return granted(await stick.world.owner.appliances()).appliances[0]!.appliance;
}

/** Since when the appliance is known to know each change of the order, newest first; null: not heard. */
async function known(stick: Stick): Promise<readonly (number | null)[]> {
  const { db } = stick.world;
  const id = await idOf(stick);
  return listChanges(db, { order: stick.order }, 9).map(({ number }) =>
    knowledgeOf(db, id, number).knownSinceMs
  );
}

async function change(stick: Stick, what: OrderChange): Promise<void> {
  granted(await stick.world.owner.changeOrder(stick.order, what));
}

/** A signed request that takes nothing into the journal: the appliance is heard of, and knows no more than before. */
async function contact(stick: Stick): Promise<void> {
  const appliance = await openAppliance(stick.folder, stick.ports);
  try {
    granted(await appliance.client.state());
  } finally {
    appliance.close();
  }
}

stickTest(
  "a contact is no knowledge; the state that was taken is, from the next message on (P-78)",
  async (stick) => {
    const { clock } = stick.world;
    await stick.https();
    clock.nowMs += 1000;
    await change(stick, { change: "freeze" });
    clock.nowMs += 1000;
    // Each is answered with the frozen order; the answer was lost, as far as this appliance's disk goes.
    await contact(stick);
    await contact(stick);
    assert.deepEqual(await known(stick), [null]);
    await stick.https();
    clock.nowMs += 1000;
    await contact(stick);
    assert.deepEqual(await known(stick), [clock.nowMs]);
    const first = clock.nowMs;
    clock.nowMs += 1000;
    await change(stick, { change: "thaw" });
    clock.nowMs += 1000;
    await contact(stick);
    assert.deepEqual(await known(stick), [null, first], "each change by itself");
    await stick.https();
    clock.nowMs += 1000;
    await contact(stick);
    clock.nowMs += 1000;
    await contact(stick);
    assert.deepEqual(await known(stick), [clock.nowMs - 1000, first], "the first word counts");
  },
);

stickTest(
  "by file: an export from before the change proves nothing, and comes as often as it likes (P-78)",
  async (stick) => {
    const { clock } = stick.world;
    await lentByFile(stick, 2);
    const before = await stick.export();
    await change(stick, { change: "freeze" });
    const { reply } = await stick.carry(before);
    await stick.carry(before);
    assert.deepEqual(await known(stick), [null], "the reply is on its way");
    await stick.import(reply!);
    assert.deepEqual(await known(stick), [null], "it has arrived, and nobody has told");
    const late = await stick.export();
    const after = await stick.export();
    await stick.carry(after);
    const heard = clock.nowMs;
    assert.deepEqual(await known(stick), [heard]);
    for (const file of [before, late, after]) await stick.carry(file);
    assert.deepEqual(await known(stick), [heard], "neither a replay nor what comes late moves it");
    await change(stick, { change: "thaw" });
    for (const file of [before, late, after]) await stick.carry(file);
    assert.deepEqual(await known(stick), [null, heard], "what was said before a change is no word about it");
  },
);

stickTest("a file that comes after a later one says less and changes nothing (P-78)", async (stick) => {
  const { clock } = stick.world;
  await lentByFile(stick, 2);
  const early = await stick.export();
  await change(stick, { change: "freeze" });
  await stick.trip();
  await stick.carry(await stick.export());
  const heard = clock.nowMs;
  assert.deepEqual(await known(stick), [heard]);
  // Numbers that the window still takes: no replay, only late.
  const { said } = await stick.carry(early);
  assert.ok(said.some(({ refused }) => refused === null), JSON.stringify(said));
  assert.deepEqual(await known(stick), [heard]);
});

for (const [clockIs, step] of [["stands still", 0], ["was put back an hour", -3_600_000]] as const) {
  stickTest(`no change passes for known where the authority's clock ${clockIs} (P-78)`, async (stick) => {
    const { clock } = stick.world;
    await stick.https();
    await contact(stick);
    const id = await idOf(stick);
    const told = toldMs(stick.world.db, id);
    clock.nowMs += step;
    await change(stick, { change: "freeze" });
    assert.ok(listChanges(stick.world.db, { order: stick.order }, 1)[0]!.number > told);
    await contact(stick);
    assert.deepEqual(await known(stick), [null]);
    await stick.https();
    await contact(stick);
    assert.deepEqual(await known(stick), [clock.nowMs]);
  });
}

for (const [clockIs, step] of [["is behind", 0], ["was behind and is put right", 5_400_000]] as const) {
  stickTest(
    `a restored authority whose clock ${clockIs} takes no word of before for its own changes (P-78, P-61)`,
    async (stick) => {
      const { clock } = stick.world;
      await stick.https();
      const backup = await stick.backup();
      clock.nowMs += 3_600_000;
      await stick.https();
      await stick.restore(backup);
      clock.nowMs -= 3_600_000;
      await change(stick, { change: "freeze" });
      clock.nowMs += step;
      // The appliance's last word may have a higher number than the change, and a lower one than what these two are told.
      await contact(stick);
      await contact(stick);
      assert.deepEqual(await known(stick), [null]);
      await stick.https();
      await contact(stick);
      assert.deepEqual(await known(stick), [clock.nowMs]);
    },
  );
}

stickTest(
  "a freeze after a restore stops what is lent before its order is confirmed (P-62, P-78)",
  async (stick) => {
    await lentByFile(stick, 3);
    const backup = await stick.backup();
    stick.world.clock.nowMs += 3_600_000;
    await stick.restore(backup);
    await change(stick, { change: "freeze" });
    await stick.trip();
    await stick.carry(await stick.export());
    assert.notDeepEqual(await known(stick), [null]);
    assert.equal((await stick.state()).paused, true);
    // A confirmed order is thawed by its owner's word alone.
    await change(stick, { change: "thaw" });
    await stick.trip();
    assert.equal((await stick.state()).paused, true, "a word that awaits confirmation undid a freeze");
  },
);

for (const what of ["stop", "freeze"] as const) {
  stickTest(
    `a lease whose grant was lost is not used after a ${what} that is known (P-78, P-79)`,
    async (stick) => {
      await stick.allow(3);
      await stick.trip();
      await stick.carry(await stick.export());
      stick.world.clock.nowMs += 1_000;
      if (what === "freeze") await change(stick, { change: "freeze" });
      else granted(await stick.world.owner.stopAppliance(await idOf(stick), { stopped: true }));
      stick.world.clock.nowMs += 1_000;
      assert.equal((await stick.https()).lent, 3, "the grant that was lost comes again");
      const { left, paused } = await stick.state();
      assert.deepEqual([left, paused], [0, true]);
    },
  );
}

stickTest(
  "an appliance cannot claim a state that it was never told, and one of before is called silent (P-78)",
  async (stick) => {
    await stick.https();
    await change(stick, { change: "freeze" });
    const { db, clock } = stick.world;
    const id = await idOf(stick);
    const appliance = await openAppliance(stick.folder, stick.ports);
    const { journal, identity } = appliance;
    const say = async (claimed: number | null) => {
      const client = createApplianceClient({
        origin: ORIGIN,
        fetch: stick.world.fetch,
        appliance: id,
        sign: identity.sign,
        logKeys: [appliance.trust().keySet.logKey],
        nowSeconds: () => clock.seconds,
        nextSequence: () => journal.shown.next().sequence,
        record: {
          next() {
            const { sequence, head: { number, hash } } = journal.shown.next();
            const none = {
              baseNumber: 0,
              baseHash: new Uint8Array(32),
              askedNumber: number,
              askedHash: hash,
            };
            const places = { appliance: id, sequence, number, hash, ...none, known: claimed };
            return { sequence, number, sealed: sealRecordHead(places, identity.sign) };
          },
          heard: () => {},
          skipTo: () => {},
          acknowledge: () => {},
        },
      });
      granted(await client.denials());
    };
    const [newest] = listChanges(db, { order: stick.order }, 1);
    try {
      await say(newest!.number + 1_000_000);
      assert.deepEqual(await known(stick), [null]);
      await say(null);
      assert.deepEqual(await known(stick), [null]);
    } finally {
      appliance.close();
    }
    const other = await stick.enrol("line 2", `${stick.root}/other`);
    assert.deepEqual(knowledgeOf(db, other, newest!.number), { knownSinceMs: null, says: false });
    assert.deepEqual(knowledgeOf(db, id, newest!.number), { knownSinceMs: null, says: true });
  },
);

stickTest(
  "a stopped appliance uses nothing it was lent once it has heard, by file too, and says so; resumed it goes on (P-79)",
  async (stick) => {
    await lentByFile(stick, 3);
    const { db, clock } = stick.world;
    const id = await idOf(stick);
    const stop = async (stopped: boolean) => granted(await stick.world.owner.stopAppliance(id, { stopped }));
    const since = () => {
      const [newest] = listChanges(db, { appliance: id }, 1);
      return [newest?.change, knowledgeOf(db, id, newest!.number).knownSinceMs];
    };
    await stop(true);
    assert.ok(await stick.use(1, "committed"), "it has not heard of it");
    assert.deepEqual(since(), ["stop", null]);
    const imported = await stick.trip();
    assert.deepEqual(
      [imported.reported, imported.lent, imported.refusals],
      [1, 0, []],
      "its report is taken",
    );
    assert.equal(await stick.use(2, "committed"), false);
    assert.deepEqual([(await stick.state()).left, (await stick.state()).paused], [0, true]);
    await stick.carry(await stick.export());
    assert.deepEqual(since(), ["stop", clock.nowMs]);
    await stop(false);
    await stick.trip();
    assert.ok(await stick.use(2, "committed"));
    await stick.carry(await stick.export());
    assert.deepEqual(since(), ["resume", clock.nowMs]);
  },
);
