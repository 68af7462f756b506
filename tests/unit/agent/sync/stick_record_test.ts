/**
 * The appliance's record, the owner's keys and people's decisions by file: heads that come late freeze nobody, a disk that was
 * put back does freeze; new keys come with the replies; denials and renewals as over HTTPS (P-68, P-69, P-70, P-73, P-74).
 */
import assert from "node:assert/strict";
import { openAppliance } from "../../../../agent/control/appliance.ts";
import { announceNextKeys, switchKeys } from "../../../../authority/key_set.ts";
import { decodeReplyFile, encodeReplyFile } from "../../../../authority/api/mod.ts";
import { Secret, signingKeyPairOf } from "../../../../bootloader/suite/mod.ts";
import { Malformed } from "../../../../bootloader/wire/mod.ts";
import { createWorld, granted, random, type World } from "../../authority/_world.ts";
import { chipOf, type Stick, stickTest } from "./_stick.ts";

const codes = (refusals: readonly { readonly at: string; readonly code: string }[]) =>
  refusals.map(({ at, code }) => `${at} ${code}`);

const standing = async (stick: Stick) => granted(await stick.world.owner.appliances()).appliances[0]!;

stickTest(
  "heads by file build on those of HTTPS, and late files, old or doubled, freeze nobody (P-68, P-69)",
  async (stick) => {
    await stick.allow(4);
    await stick.https();
    assert.ok(await stick.use(1, "keyed"));
    const early = await stick.export();
    assert.ok(await stick.use(1, "committed"));
    await stick.https();
    assert.ok(await stick.use(2, "committed"));
    const later = await stick.export();
    await stick.https();
    for (const file of [later, early, later]) {
      const { said } = await stick.carry(file);
      assert.deepEqual(said.filter(({ refused }) => refused !== null && refused.code !== "replay"), []);
    }
    stick.online = false;
    assert.ok(await stick.use(3, "committed"));
    assert.deepEqual(codes((await stick.trip()).refusals), []);
    assert.deepEqual([(await standing(stick)).frozenAtMs, (await stick.state()).barred], [null, null]);
  },
);

stickTest(
  "a file builds on the one before it, and on what was acknowledged by file where that one was lost (P-69)",
  async (stick) => {
    await stick.allow(4);
    await stick.https();
    stick.online = false;
    assert.ok(await stick.use(1, "committed"));
    const files = [await stick.export()];
    assert.ok(await stick.use(2, "committed"));
    files.push(await stick.export());
    for (const file of files) {
      const { said, reply } = await stick.carry(file);
      assert.deepEqual(said.filter(({ refused }) => refused !== null), []);
      await stick.import(reply!);
    }
    assert.ok(await stick.use(3, "keyed"));
    await stick.export();
    assert.ok(await stick.use(3, "committed"));
    assert.deepEqual(codes((await stick.trip()).refusals), []);
  },
);

stickTest(
  "files that were lost cost one more trip: the authority asks for a record, and the next file proves it (P-69)",
  async (stick) => {
    await stick.allow(4);
    await stick.https();
    assert.ok(await stick.use(1, "committed"));
    // The authority hears of it by HTTPS without a state after it.
    const appliance = await openAppliance(stick.folder, stick.ports);
    granted(await appliance.client.denials());
    appliance.close();
    stick.online = false;
    for (const n of [2, 3]) {
      assert.ok(await stick.use(n, "committed"));
      await stick.export();
    }
    const asked = await stick.trip();
    assert.deepEqual(codes(asked.refusals), ["state record-asked"]);
    assert.equal(asked.reported, 3, "nothing else waits for it");
    const proven = await stick.trip();
    assert.deepEqual([codes(proven.refusals), proven.stateTaken], [[], true]);
    assert.equal((await standing(stick)).frozenAtMs, null);
  },
);

stickTest(
  "a disk that was put back is frozen by its file, and what it used is named by the next one (P-69)",
  async (stick) => {
    await stick.allow(4);
    await stick.https();
    stick.online = false;
    await Deno.copyFile(`${stick.folder}/journal.db`, `${stick.root}/journal.copy`);
    assert.ok(await stick.use(1, "committed"));
    assert.equal((await stick.trip()).reported, 1);
    await Deno.copyFile(`${stick.root}/journal.copy`, `${stick.folder}/journal.db`);
    assert.ok(await stick.use(2, "committed"));
    for (let n = 0; n < 3 && (await stick.state()).barred === null; n++) await stick.trip();
    assert.equal((await stick.state()).barred, "appliance-frozen");
    assert.notEqual((await standing(stick)).frozenAtMs, null);
    await stick.trip();
    assert.ok((await standing(stick)).frozenUids.some((uid) => uid === chipOf(2)));
    assert.equal(await stick.use(3, "bound"), false, "nothing that was lent is used any more");
  },
);

function changeKeys(world: World): void {
  const parts = () => ({
    db: world.db,
    sealKey: new Secret(world.sealKey.slice()),
    root: signingKeyPairOf(new Secret(world.rootSeed.slice())),
    random,
    nowMs: world.clock.nowMs,
  });
  assert.ok("keySet" in announceNextKeys(parts()));
  assert.ok("keySet" in switchKeys(parts()));
}

stickTest(
  "an appliance that missed a change of keys learns it from the file of replies, and takes no other root's (P-70)",
  async (stick) => {
    await stick.allow(2);
    stick.online = false;
    const old = (await stick.world.trust()).signedKeySet;
    changeKeys(stick.world);
    const reply = (await stick.carry(await stick.export())).reply!;
    const stranger = createWorld();
    const theirs = (await stranger.trust()).signedKeySet;
    stranger.close();
    for (const keySet of [old, theirs]) {
      const bent = encodeReplyFile({ ...decodeReplyFile(reply), keySet });
      await assert.rejects(stick.importFile(bent), (error) => error instanceof Malformed);
    }
    const cut = (await stick.carry(await stick.export(), 1)).reply!;
    assert.equal((await stick.import(cut)).stateTaken, false, "the keys come without any state");
    const appliance = await openAppliance(stick.folder, stick.ports);
    assert.equal(appliance.trust().keySet.serial, 3);
    appliance.close();
    assert.equal((await stick.import(reply)).stateTaken, true);
    assert.equal((await stick.trip()).lent, 2, "tickets under the new key are taken");
  },
);

stickTest(
  "a chip that the owner denies is denied by the next file, and allowed by the one after (P-74)",
  async (stick) => {
    await stick.allow(2);
    await stick.https();
    stick.online = false;
    const key = { family: 1, uid: chipOf(1) } as Parameters<World["owner"]["decideDevice"]>[0];
    const late = (await stick.carry(await stick.export())).reply!;
    granted(await stick.world.owner.decideDevice(key, { decision: "deny" }));
    await stick.trip();
    assert.equal(await stick.use(1, "bound"), false);
    await stick.import(late);
    assert.equal(await stick.use(1, "bound"), false, "an older list takes nothing back");
    granted(await stick.world.owner.decideDevice(key, { decision: "allow" }));
    await stick.trip();
    assert.ok(await stick.use(1, "bound"));
  },
);

stickTest(
  "an appliance that was away for a year asks by file to be renewed, and works on when a person agrees (P-73)",
  async (stick) => {
    await stick.allow(2);
    await stick.https();
    stick.online = false;
    stick.world.clock.nowMs += 366 * 86_400_000;
    const early = (await stick.carry(await stick.export())).reply!;
    await stick.import(early);
    assert.equal((await stick.state()).barred, "appliance-outdated");
    assert.equal((await standing(stick)).renewalAskedAtMs, null);
    await stick.trip();
    const { appliance, renewalAskedAtMs } = await standing(stick);
    assert.notEqual(renewalAskedAtMs, null);
    granted(await stick.world.owner.decideRenewal(appliance, { decision: "approve" }));
    assert.equal((await stick.trip()).stateTaken, true);
    assert.equal((await stick.state()).barred, null);
    assert.ok((await stick.import(early)).refusals.length > 0);
    assert.equal((await stick.state()).barred, null, "an older refusal bars nothing");
  },
);
