/**
 * Restored authorities by file: what they forgot is shown and told again, late replies of before the restore settle nothing,
 * an authority that was put back is stopped (P-61, P-63, P-64, P-67). The same end as over HTTPS.
 */
import assert from "node:assert/strict";
import { openAppliance } from "../../../../agent/control/appliance.ts";
import { refusedCode, ticketRequest, uidOf } from "../../authority/_world.ts";
import { ignore, type Stick, stickTest, withStick } from "./_stick.ts";

/** Until there is nothing new: first what was forgotten is learnt of, then shown, then settled. */
const ROUNDS = 4;

async function restoredBy(stick: Stick, carrier: "https" | "file"): Promise<unknown> {
  await stick.allow(4);
  const backup = await stick.backup();
  await stick.https();
  assert.ok(await stick.use(1, "committed"));
  await stick.https();
  assert.ok(await stick.use(2, "keyed"));
  await stick.keepReceipt(9);
  await stick.restore(backup);
  stick.online = carrier === "https";
  const round = () => carrier === "https" ? stick.https() : stick.trip();
  for (let n = 0; n < ROUNDS; n++) await round();
  await stick.confirm();
  for (let n = 0; n < ROUNDS; n++) {
    const { refusals } = await round();
    if (n > 0) assert.deepEqual(refusals.map(({ at, code }) => `${at} ${code}`), []);
  }
  return await stick.state();
}

Deno.test({
  name: "a restored authority hears by file what it forgot, and both sides end as over HTTPS (P-63)",
  ignore,
  async fn() {
    const ends: unknown[] = [];
    for (const carrier of ["https", "file"] as const) {
      await withStick(async (stick) => void ends.push(await restoredBy(stick, carrier)));
    }
    assert.deepEqual(ends[1], ends[0]);
    const { quota, untold, devices } = ends[1] as Awaited<ReturnType<Stick["state"]>>;
    // Chip 1 and the authority's own, on their receipts; chip 2 has its keys.
    assert.deepEqual([quota.committed, quota.keyed, untold, devices.length], [2, 1, 0, 3]);
  },
});

stickTest(
  "a reply of before the restore comes late: what it says was booked is told again (P-61, P-67)",
  async (stick) => {
    await stick.allow(4);
    await stick.https();
    stick.online = false;
    const backup = await stick.backup();
    const early = await stick.export();
    assert.ok(await stick.use(1, "committed"));
    const late = (await stick.carry(await stick.export())).reply!;
    assert.equal((await stick.state()).quota.committed, 1);
    await stick.restore(backup);
    await stick.import((await stick.carry(early)).reply!);
    const imported = await stick.import(late);
    assert.deepEqual([imported.reported, imported.unreported, imported.stateTaken], [0, 1, false]);
    assert.equal((await stick.trip()).reported, 1);
    assert.deepEqual([(await stick.state()).quota.committed, (await stick.state()).untold], [1, 0]);
  },
);

stickTest(
  "a state of an earlier epoch is not worked with, however new its time says that it is (P-61)",
  async (stick) => {
    await stick.allow(4);
    const backup = await stick.backup();
    await stick.restore(backup);
    await stick.https();
    stick.online = false;
    await stick.restore(backup, { epoch: false });
    const { refusals, stateTaken } = await stick.trip();
    assert.deepEqual(refusals.map(({ at, code }) => [at, code]), [["state", "epoch-needed"]]);
    assert.equal(stateTaken, false);
  },
);

stickTest("a restored authority whose clock is behind is heard all the same (P-61, P-67)", async (stick) => {
  await stick.allow(4);
  await stick.https();
  stick.online = false;
  await stick.restore(await stick.backup());
  stick.world.clock.nowMs -= 3_600_000;
  assert.equal((await stick.trip()).stateTaken, true);
});

stickTest(
  "an authority that was put back by hand is told so with proof by the second file, and stops (P-64)",
  async (stick) => {
    const backup = await stick.backup();
    await stick.keepReceipt(9);
    await stick.https();
    stick.online = false;
    await stick.restore(backup, { epoch: false });
    assert.deepEqual((await stick.trip()).refusals, [], "this one tells that the ticket is not known");
    const { refusals } = await stick.trip();
    assert.deepEqual(refusals.map(({ at, code }) => [at, code]), [["restored", "epoch-needed"]]);
    stick.online = true;
    const appliance = await openAppliance(stick.folder, stick.ports);
    try {
      const answer = await appliance.client.ticket(ticketRequest(stick.catalogue, uidOf(10)));
      assert.equal(refusedCode(answer), "epoch-needed");
    } finally {
      appliance.close();
    }
  },
);

stickTest(
  "a lease that an authority put back by hand does not know stops it with the first file (P-64)",
  async (stick) => {
    await stick.allow(4);
    const backup = await stick.backup();
    await stick.https();
    stick.online = false;
    await stick.restore(backup, { epoch: false });
    const { refusals } = await stick.trip();
    assert.deepEqual(refusals.map(({ at, code }) => [at, code])[0], ["restored", "epoch-needed"]);
  },
);
