/**
 * Offline work in a whole deployment: the real authority, switched off and on; boards of the model; certificates that
 * are read from flash and verified with the product's certificate key alone.
 */
import assert from "node:assert/strict";
import {
  decideDevice,
  freezeOrder,
  giveUpLease,
  listAllowances,
  listAppliances,
  listLeases,
  listLent,
  listScannedChips,
  revokeAppliance,
} from "../../../../authority/owner/mod.ts";
import { agentStatus, deliverOnce, runAgent, syncOnce } from "../../../../agent/mod.ts";
import { proofIn, quotaOf, results, synced } from "./_offline.ts";
import { deploy, type Deployment, granted, truthOf, until } from "./deployment.ts";

const allowed = (["read", "write", "net", "env", "run"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");
const ignore = !allowed;
if (ignore) console.log("offline work with a real authority needs disk and network: run `deno task test`");

const never = new AbortController().signal;

Deno.test({
  name:
    "runAgent() makes two devices offline, waits when the allowance is used up, and reports when the server is back",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 5, lent: 2 });
    const { events, ports, agentFolder } = deployment;
    const stop = new AbortController();
    const running = runAgent({ folder: agentFolder, signal: stop.signal }, ports);
    try {
      await until(() => synced(events).some(({ lent }) => lent === 2), 30_000, "two units are lent");
      await until(() => deployment.events.length > 0, 1_000, "events");
      assert.deepEqual((await quotaOf(deployment)).leased, 2);
      const before = await agentStatus({ folder: agentFolder }, ports);
      assert.deepEqual(before.offline.left.map(({ tickets }) => tickets), [2]);
      await until(() => before.offline.leases[0]!.usable, 1, "the release is held");
      await deployment.authority().stop();

      const boards = ["01", "02"].map((name) => deployment.putBoard(name));
      await until(() => results(events).length === 2, 120_000, "two deliveries end");
      assert.deepEqual(
        results(events).map(({ outcome, mode, unit }) => [outcome, mode, unit]),
        Array(2).fill(["delivered", "offline", "committed on the appliance's word"]),
        JSON.stringify(results(events)),
      );
      assert.ok(events.some((event) => event.kind === "contact" && !event.reachable));
      for (const board of boards) {
        const proof = proofIn(deployment, board);
        assert.ok("opened" in proof, JSON.stringify(proof));
        assert.equal(truthOf(board.path).isLocked, true);
      }
      const third = deployment.putBoard("03");
      const spent = () => events.find((event) => event.kind === "waiting" && event.cause === "offline-spent");
      await until(() => spent() !== undefined, 30_000, "the third board waits");
      const waiting = spent();
      assert.ok(waiting?.kind === "waiting");
      assert.equal(
        waiting.says,
        "The offline allowance is used up; 1 device waits for the owner's server",
      );
      const { url } = await agentStatus({ folder: agentFolder }, ports);
      const page = async (path: string) => await (await fetch(new URL(path, url!))).text();
      assert.match(await page("/"), /offline allowance is used up/);
      assert.match(await page("/health"), /finds double spending, does not prevent it/);
      assert.match(await page("/alarms"), /cannot be reached/);

      await deployment.restartAuthority();
      const wasBack = Date.now();
      await until(() => synced(events).some(({ reported }) => reported === 2), 40_000, "both are reported");
      console.log(`reported ${Date.now() - wasBack} ms after the server was back`);
      await until(() => results(events).length === 3, 60_000, "the third delivery ends");
      const last = results(events)[2]!;
      assert.deepEqual([last.outcome, last.uid], ["delivered", third.uid], JSON.stringify(last));
      // Both sides count the same once the newest steps are told: the agent's round follows within seconds.
      const equal = async () => {
        const mine = (await agentStatus({ folder: agentFolder }, ports)).offline;
        const theirs = granted(await listLeases(deployment.owner));
        return mine.unreported === 0 && mine.leases.length === theirs.length &&
          mine.leases.every((lease) => {
            const same = theirs.find((other) => other.lease === lease.lease);
            return same?.units === lease.units && same.used === lease.open + lease.committed &&
              same.returned === lease.returned && same.open === lease.free;
          });
      };
      const end = Date.now() + 30_000;
      while (!await equal()) {
        assert.ok(Date.now() < end, JSON.stringify(await agentStatus({ folder: agentFolder }, ports)));
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      const quota = await quotaOf(deployment);
      assert.deepEqual([quota.committed, quota.keyed, quota.reserved, quota.lost], [3, 0, 0, 0]);
      assert.equal(quota.granted, quota.free + quota.leased + quota.committed);
      assert.ok(synced(events).every(({ alarms }) => alarms.length === 0), JSON.stringify(synced(events)));
    } finally {
      stop.abort();
      await running;
      await deployment.stop();
    }
  },
});

Deno.test({
  name: "runAgent() shares one lease between two stations: two chips, two tickets, one certificate each",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 4, lent: 2, stations: 2 });
    const { events, ports, agentFolder } = deployment;
    await syncOnce({ folder: agentFolder, signal: never }, ports);
    await deployment.authority().stop();
    const stop = new AbortController();
    const running = runAgent({ folder: agentFolder, signal: stop.signal }, ports);
    try {
      const boards = ["01", "02"].map((name) => deployment.putBoard(name));
      await until(() => results(events).length === 2, 120_000, "two deliveries end");
      const ends = results(events);
      assert.deepEqual(
        ends.map(({ outcome, mode }) => [outcome, mode]),
        Array(2).fill(["delivered", "offline"]),
      );
      assert.equal(new Set(ends.map(({ station }) => station)).size, 2, "both stations worked");
      assert.equal(new Set(ends.map(({ ticketId }) => ticketId)).size, 2);
      const proofs = boards.map((board) => proofIn(deployment, board));
      const serials = proofs.map((proof) => "opened" in proof ? proof.opened.certificate.serial : 0).sort();
      assert.deepEqual(serials, [1, 2]);
    } finally {
      stop.abort();
      await running;
      await deployment.stop();
    }
  },
});

Deno.test({
  name: "syncOnce() borrows, reports what was made offline, and gives back what the owner no longer allows",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 10, lent: 4 });
    const { ports, agentFolder } = deployment;
    try {
      const first = await syncOnce({ folder: agentFolder, signal: never }, ports);
      assert.deepEqual([first.lent, first.left, first.refusals], [4, 4, []]);
      await deployment.authority().stop();
      const board = deployment.putBoard("01");
      const made = await deliverOnce({ folder: agentFolder, board: board.path, signal: never }, ports);
      assert.deepEqual([made.outcome, made.mode], ["delivered", "offline"], JSON.stringify(made));
      await assert.rejects(syncOnce({ folder: agentFolder, signal: never }, ports), /Cannot reach/);
      await deployment.restartAuthority();
      await deployment.lend(1);
      const lowered = granted(await listAllowances(deployment.owner, "first"))[0]!;
      // One of them is used and not reported: effective at the sync that follows, and not before.
      assert.deepEqual([lowered.units, lowered.open, lowered.effectiveAtMs], [1, 4, null]);
      const second = await syncOnce({ folder: agentFolder, signal: never }, ports);
      assert.deepEqual([second.reported, second.returned, second.left, second.alarms], [1, 2, 1, []]);
      assert.deepEqual(second.refusals, []);
      const after = granted(await listAllowances(deployment.owner, "first"))[0]!;
      assert.ok(after.open === 1 && (after.effectiveAtMs ?? 0) > lowered.changedAtMs, JSON.stringify(after));
      let quota = await quotaOf(deployment);
      assert.deepEqual([quota.committed, quota.leased, quota.free], [1, 1, 8], JSON.stringify(quota));
      const last = await syncOnce({ folder: agentFolder, giveBack: true, signal: never }, ports);
      assert.deepEqual([last.returned, last.left], [1, 0]);
      quota = await quotaOf(deployment);
      assert.deepEqual([quota.committed, quota.leased, quota.free], [1, 0, 9]);
      const again = await deliverOnce({ folder: agentFolder, board: board.path, signal: never }, ports);
      assert.deepEqual([again.outcome, again.cause], ["refused", "delivered-already"]);
    } finally {
      await deployment.stop();
    }
  },
});

Deno.test({
  name:
    "a copied disk is found at its first sync, and the first disk at its next: the appliance is frozen (P-69)",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 5, lent: 2 });
    const { agentFolder, ports, owner } = deployment;
    try {
      await syncOnce({ folder: agentFolder, signal: never }, ports);
      const copy = `${deployment.folder}/copy`;
      const copied = await new Deno.Command("cp", { args: ["-r", agentFolder, copy] }).output();
      assert.equal(copied.success, true);
      await deployment.authority().stop();
      const boards = [agentFolder, copy].map((folder, index) => {
        const board = deployment.putBoard(`0${index + 1}`);
        return { folder, ...board };
      });
      for (const { folder, path } of boards) {
        const made = await deliverOnce({ folder, board: path, signal: never }, ports);
        // What vault `file` cannot prevent: both devices exist, both certificates hold.
        assert.deepEqual([made.outcome, made.mode], ["delivered", "offline"], JSON.stringify(made));
      }
      for (const board of boards) assert.ok("opened" in proofIn(deployment, board));
      await deployment.restartAuthority();
      const first = await syncOnce({ folder: agentFolder, signal: never }, ports);
      assert.deepEqual([first.reported, first.refusals], [1, []]);
      const untilFrozen = async (folder: string) => {
        const codes = (await syncOnce({ folder, signal: never }, ports)).refusals.map(({ code }) => code);
        assert.deepEqual(codes, ["appliance-frozen"], folder);
      };
      await untilFrozen(copy);
      // The first disk learns it as soon as it has anything to say, and stops working offline.
      await deployment.authority().stop();
      const next = deployment.putBoard("03");
      const one = await deliverOnce({ folder: agentFolder, board: next.path, signal: never }, ports);
      assert.deepEqual([one.outcome, one.mode], ["delivered", "offline"]);
      await deployment.restartAuthority();
      await untilFrozen(agentFolder);
      await deployment.authority().stop();
      const last = deployment.putBoard("04");
      const refused = await deliverOnce({ folder: agentFolder, board: last.path, signal: never }, ports);
      assert.deepEqual([refused.outcome, refused.cause], ["refused", "authority-appliance-frozen"]);
      assert.equal(truthOf(last.path).isBlank, true);
      await deployment.restartAuthority();
      const [appliance] = granted(await listAppliances(owner));
      assert.ok(appliance?.frozenAtMs);
      assert.ok(
        boards.every(({ uid }) => appliance.frozenUids.some((named) => named === uid)),
        "both UIDs are named",
      );
    } finally {
      await deployment.stop();
    }
  },
});

Deno.test({
  name: "a product that is online only lends nothing, and the station says that the server cannot be reached",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 2 });
    const { agentFolder, ports } = deployment;
    try {
      const sync = await syncOnce({ folder: agentFolder, signal: never }, ports);
      assert.deepEqual([sync.lent, sync.left, sync.refusals], [0, 0, []]);
      await deployment.authority().stop();
      const board = deployment.putBoard("01");
      const result = await deliverOnce({ folder: agentFolder, board: board.path, signal: never }, ports);
      assert.deepEqual([result.cause, result.mode], ["authority-unreachable", "online"]);
      assert.equal(truthOf(board.path).isBlank, true);
    } finally {
      await deployment.stop();
    }
  },
});

Deno.test({
  name: "a chip that the owner has denied is refused offline as well, once the appliance has synced (P-74)",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 2, lent: 2 });
    const { ports, agentFolder: folder, owner } = deployment;
    const signal = never;
    try {
      const [bad, good] = ["01", "02"].map((name) => deployment.putBoard(name));
      assert.ok(bad && good);
      granted(await decideDevice(owner, { uid: bad.uid }, { decision: "deny" }));
      await syncOnce({ folder, signal }, ports);
      await deployment.authority().stop();
      const refused = await deliverOnce({ folder, board: bad.path, signal }, ports);
      assert.deepEqual([refused.outcome, refused.cause], ["refused", "authority-uid-denied"]);
      assert.equal(refused.says, "The owner has denied this chip");
      assert.equal(truthOf(bad.path).isBlank, true);
      const made = await deliverOnce({ folder, board: good.path, signal }, ports);
      assert.deepEqual([made.outcome, made.mode], ["delivered", "offline"]);
    } finally {
      await deployment.stop();
    }
  },
});

Deno.test({
  name:
    "chips scanned ahead are delivered offline, any other waits with a sentence until the server is back (P-75)",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 2, lent: 2 });
    const { events, ports, agentFolder, owner, folder } = deployment;
    const file = `${folder}/scan.csv`;
    Deno.writeTextFileSync(file, `no;UID\n1;"0123456789abcdef01234567"\n2;not a chip\n`);
    const scan = { order: "first", appliance: "Line 1", file, others: false };
    await assert.rejects(listScannedChips(owner, scan), /line 3 has no UID/);
    const boards = makeBoards(deployment);
    Deno.writeTextFileSync(file, `no;UID\n1;"${boards.listed.uid.toUpperCase()}"\n`);
    assert.equal(granted(await listScannedChips(owner, scan)).chips, "only 1 listed chip");
    const stop = new AbortController();
    const running = runAgent({ folder: agentFolder, signal: stop.signal }, ports);
    try {
      await until(() => synced(events).some(({ lent }) => lent === 1), 30_000, "one unit is lent");
      await deployment.authority().stop();
      boards.putIn("stranger");
      const waits = () =>
        events.find((event) => event.kind === "waiting" && event.cause === "offline-not-listed");
      await until(() => waits() !== undefined, 30_000, "the stranger waits");
      const waiting = waits();
      assert.ok(waiting?.kind === "waiting");
      assert.equal(waiting.says, "The owner's list for offline work does not name this chip");
      assert.equal(truthOf(boards.stranger.path).isBlank, true);
      await deployment.restartAuthority();
      await until(() => results(events).length === 1, 60_000, "it is delivered by the server");
      const [stranger] = results(events);
      assert.deepEqual([stranger?.outcome, stranger?.mode, stranger?.uid], [
        "delivered",
        "online",
        boards.stranger.uid,
      ]);
      await deployment.authority().stop();
      boards.putIn("listed");
      await until(() => results(events).length === 2, 60_000, "the listed chip is delivered");
      const listed = results(events)[1];
      assert.deepEqual([listed?.outcome, listed?.mode, listed?.uid], [
        "delivered",
        "offline",
        boards.listed.uid,
      ]);
    } finally {
      stop.abort();
      await running;
      await deployment.stop();
    }
  },
});

/** Two boards that lie ready beside the appliance. */
function makeBoards({ agentFolder, folder, putBoard }: Deployment) {
  const ready = (name: string) => {
    const { path, uid } = putBoard(name);
    const aside = `${folder}/${name}.board`;
    Deno.renameSync(path, aside);
    return { aside, path: `${agentFolder}/boards/${name}.board`, uid };
  };
  const boards = { listed: ready("listed"), stranger: ready("stranger") };
  return {
    ...boards,
    putIn: (name: keyof typeof boards) => Deno.renameSync(boards[name].aside, boards[name].path),
  };
}

for (const what of ["freezes the order", "revokes the appliance"] as const) {
  Deno.test({
    name:
      `what was lent is not used any more offline after the owner ${what}, once the appliance has synced (D§5)`,
    ignore,
    async fn() {
      const deployment = await deploy({ granted: 4, lent: 2 });
      const { ports, agentFolder: folder, owner } = deployment;
      const signal = never;
      try {
        assert.equal((await syncOnce({ folder, signal }, ports)).lent, 2);
        const board = deployment.putBoard("01");
        const freezes = what === "freezes the order";
        if (freezes) granted(await freezeOrder(owner, "first"));
        else granted(await revokeAppliance(owner, "Line 1"));
        const lent = granted(await listLent(owner, { order: granted(await listLeases(owner))[0]!.order }));
        assert.deepEqual(lent.map(({ applianceName, open }) => [applianceName, open]), [["Line 1", 2]]);
        await syncOnce({ folder, signal }, ports);
        await deployment.authority().stop();
        const result = await deliverOnce({ folder, board: board.path, signal }, ports);
        assert.notEqual(result.outcome, "delivered", JSON.stringify(result));
        assert.equal(result.cause, freezes ? "authority-order-frozen" : "authority-appliance-revoked");
        assert.equal(truthOf(board.path).isBlank, true);
        await deployment.restartAuthority();
        if (freezes) return;
        // Nothing comes back from it: a person gives the lease up, knowing that devices may exist.
        const [lease] = granted(await listLeases(owner));
        const given = granted(await giveUpLease(owner, lease!.lease));
        assert.deepEqual([given.open, given.unaccounted], [0, 2]);
        const quota = await quotaOf(deployment);
        assert.deepEqual([quota.free, quota.leased, quota.unaccounted], [2, 0, 2]);
      } finally {
        await deployment.stop();
      }
    },
  });
}
