/**
 * Heads of an appliance's record against a real authority, by the real client with a record of its own (P-68, P-69): what
 * freezes, and what never does.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  type ApplianceClient,
  createApplianceClient,
  type RecordPort,
} from "../../../../authority/api/mod.ts";
import { sign } from "../../../../bootloader/suite/mod.ts";
import { sealRecordHead } from "../../../../bootloader/ticket/mod.ts";
import { Database } from "../../../../authority/store/mod.ts";
import {
  type Appliance,
  createCatalogue,
  createOrder,
  createWorld,
  enrolled,
  granted,
  openWorld,
  ORIGIN,
  random,
  refusedCode,
  ticketRequest,
  uidOf,
  type World,
} from "../_world.ts";

/** A disk: a record as a list of hashes, and the last sequence. A copy of it is a copied disk. */
class Disk {
  hashes: Uint8Array[] = [];
  sequence = 0;
  acknowledged = 0;

  write(count: number): void {
    for (let i = 0; i < count; i += 1) this.hashes.push(random(32));
  }

  copy(): Disk {
    return Object.assign(new Disk(), { ...this, hashes: [...this.hashes] });
  }

  place(number: number) {
    const hash = this.hashes[number - 1];
    return hash === undefined ? { number: 0, hash: new Uint8Array(32) } : { number, hash };
  }
}

function clientOf(
  world: World,
  { id, identity, logKey }: Pick<Appliance, "id" | "identity"> & { readonly logKey: Uint8Array },
  disk: Disk,
  fetch: World["fetch"] = world.fetch,
) {
  const record: RecordPort = {
    next(askedNumber) {
      const sequence = disk.sequence += 1;
      const base = disk.place(disk.acknowledged);
      const asked = disk.place(askedNumber ?? 0);
      const { number, hash } = disk.place(disk.hashes.length);
      const sealed = sealRecordHead({
        appliance: id,
        sequence,
        number,
        hash,
        baseNumber: base.number,
        baseHash: base.hash,
        askedNumber: asked.number,
        askedHash: asked.hash,
      }, (message) => sign(identity.seed, message));
      return { sequence, number, sealed };
    },
    heard: () => {},
    skipTo: (sequence) => disk.sequence = Math.max(disk.sequence, sequence),
    acknowledge: ({ number }) => disk.acknowledged = number,
  };
  return createApplianceClient({
    origin: ORIGIN,
    fetch,
    appliance: id,
    sign: (message) => sign(identity.seed, message),
    logKeys: [logKey],
    nextSequence: () => disk.sequence += 1,
    nowSeconds: () => world.clock.seconds,
    record,
  });
}

interface Scene {
  readonly world: World;
  readonly disk: Disk;
  readonly client: (disk: Disk, fetch?: World["fetch"]) => ApplianceClient;
  /** The same appliance at another opened authority. */
  readonly clientAt: (world: World, disk: Disk) => ApplianceClient;
}

async function scene(path = ":memory:"): Promise<Scene> {
  const world = createWorld(path);
  const appliance = await enrolled(world, "Line 1");
  const { logKey } = (await world.trust()).keySet;
  const clientAt = (at: World, disk: Disk, fetch?: World["fetch"]) =>
    clientOf(at, { ...appliance, logKey }, disk, fetch);
  return { world, disk: new Disk(), client: (disk, fetch) => clientAt(world, disk, fetch), clientAt };
}

async function standing({ world }: Scene) {
  const [appliance] = granted(await world.owner.appliances()).appliances;
  assert.ok(appliance);
  return appliance;
}

/** Books the request and loses the answer. */
function deaf(world: World): World["fetch"] {
  return async (request) => {
    await world.fetch(request);
    throw new TypeError("the answer was lost");
  };
}

/** Brings the first request twice and gives the second answer. */
function doubled(world: World): World["fetch"] {
  let isFirst = true;
  return async (request) => {
    if (!isFirst) return await world.fetch(request);
    isFirst = false;
    const again = request.clone();
    await world.fetch(request);
    return await world.fetch(again);
  };
}

Deno.test("an honest appliance is never frozen: lost answers, doubled and overtaken requests, restarts (P-68, P-69)", async () => {
  const each = await scene();
  const { world, disk, client } = each;
  const acts = ["write", "state", "deaf", "doubled", "overtaken", "ticket", "crash"] as const;
  const random32 = () => random(4).reduce((sum, byte) => sum * 256 + byte, 0);
  const done: string[] = [];
  for (let i = 0; i < 300; i += 1) {
    const act = acts[random32() % acts.length]!;
    done.push(act);
    if (act === "write") disk.write(1 + random32() % 4);
    if (act === "state") granted(await client(disk).state());
    if (act === "deaf") await assert.rejects(client(disk, deaf(world)).state());
    if (act === "doubled") granted(await client(disk, doubled(world)).state());
    // What a crash keeps is what was durable: the record, the sequence, the acknowledged place.
    if (act === "crash") disk.sequence += random32() % 3;
    world.clock.nowMs += random32() % 100;
    if (act === "overtaken") await overtaken(each);
    if (act === "ticket") await client(disk).failure("00".repeat(16) as never, FAILURE);
    assert.equal((await standing(each)).frozenAtMs, null, done.slice(-20).join());
  }
  disk.write(1);
  const { record } = granted(await client(disk).state());
  assert.deepEqual(record, { number: disk.hashes.length, hash: disk.hashes.at(-1)!.toHex() });
  world.close();
});

const FAILURE = { cause: "power", phase: "lock", atMs: 1, abandon: false };

/** Two requests on their way at once: the later one arrives first. */
async function overtaken({ world, disk, client }: Scene): Promise<void> {
  const held = Promise.withResolvers<void>();
  const slow = client(disk, async (request) => {
    await held.promise;
    return await world.fetch(request);
  }).state();
  disk.write(2);
  granted(await client(disk).state());
  held.resolve();
  granted(await slow);
}

Deno.test("a disk that was put back is frozen at its first word, after one replay at most; its later chips are named", async () => {
  const each = await scene();
  const { world, disk, client } = each;
  disk.write(5);
  granted(await client(disk).state());
  const old = disk.copy();
  world.clock.nowMs += 1000;
  disk.write(7);
  granted(await client(disk).state());
  granted(await client(disk).state());
  const uid = uidOf(5);
  const catalogue = await createCatalogue(world);
  await createOrder(world, catalogue, 1);
  granted(await client(disk).ticket(ticketRequest(catalogue, uid)));
  let requests = 0;
  const counting = (request: Request) => {
    requests += 1;
    return world.fetch(request);
  };
  const answer = await client(old, counting).state();
  assert.equal(refusedCode(answer), "appliance-frozen");
  assert.ok("refused" in answer && answer.refused.detail?.includes("put back to an earlier state"));
  assert.equal(requests, 2, "one replay that tells the number, one head that tells the rest");
  const { frozenAtMs, frozenBecause, frozenUids } = await standing(each);
  assert.ok(frozenAtMs !== null);
  assert.deepEqual(frozenUids, [uid]);
  assert.equal(frozenBecause, "put-back");
  // The disk that was there before is the same appliance: nothing more for it either.
  assert.equal(refusedCode(await client(disk).state()), "appliance-frozen");
  world.close();
});

Deno.test("a copy that has grown past the known record is found by what it cannot prove", async () => {
  const each = await scene();
  const { world, disk, client } = each;
  disk.write(5);
  granted(await client(disk).state());
  const copy = disk.copy();
  disk.write(7);
  granted(await client(disk).state());
  copy.write(50);
  copy.sequence = 500;
  assert.equal(refusedCode(await client(copy).state()), "appliance-frozen");
  assert.equal((await standing(each)).frozenBecause, "forked");
  world.close();
});

Deno.test("a recorded request that is played again freezes nobody", async () => {
  const each = await scene();
  const { world, disk, client } = each;
  disk.write(5);
  let recorded: Request | undefined;
  granted(
    await client(disk, (request) => {
      recorded = request.clone();
      return world.fetch(request);
    }).state(),
  );
  disk.write(5);
  granted(await client(disk).state());
  const replayed = await world.fetch(recorded!);
  assert.equal((await replayed.json() as { code: string }).code, "replay");
  assert.equal((await standing(each)).frozenAtMs, null);
  granted(await client(disk).state());
  world.close();
});

const hasDisk = (["read", "write"] as const).every((name) =>
  Deno.permissions.querySync({ name }).state === "granted"
);
if (!hasDisk) console.log("tests of a restored database need to read and write: run `deno task test`");

Deno.test({
  name: "a server that was restored from a backup knows less and freezes nobody (P-69)",
  ignore: !hasDisk,
  async fn() {
    const folder = await Deno.makeTempDir();
    const each = await scene(`${folder}/authority.sqlite`);
    const { world, disk, client, clientAt } = each;
    disk.write(5);
    granted(await client(disk).state());
    world.db.run("VACUUM INTO ?", `${folder}/backup.sqlite`);
    disk.write(100);
    for (let i = 0; i < 40; i += 1) granted(await client(disk).state());
    world.close();
    const restored = openWorld(new Database(`${folder}/backup.sqlite`), world.clock, world);
    const before = granted(await clientAt(restored, disk).state());
    assert.equal(before.record?.number, 105);
    disk.write(1);
    assert.equal(granted(await clientAt(restored, disk).state()).record?.number, 106);
    restored.close();
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("a head of another request or signer is not authentic; one that was shown once is missed when it is not", async () => {
  const each = await scene();
  const { world, disk, client } = each;
  disk.write(3);
  const stranger = await enrolled(world, "Line 2");
  const { logKey } = (await world.trust()).keySet;
  granted(await client(disk).state());
  // A record of Line 1 shown by Line 2.
  const shows = clientOf(world, { ...stranger, logKey }, disk.copy());
  granted(await shows.state());
  const forged = createApplianceClient({
    origin: ORIGIN,
    fetch: world.fetch,
    appliance: stranger.id,
    sign: (message) => sign(stranger.identity.seed, message),
    logKeys: [logKey],
    nextSequence: () => 1000,
    nowSeconds: () => world.clock.seconds,
    record: {
      next: () => ({ sequence: 1000, number: 1, sealed: new Uint8Array(224) }),
      heard: () => {},
      skipTo: () => {},
      acknowledge: () => {},
    },
  });
  assert.equal(refusedCode(await forged.state()), "request-not-authentic");
  const silent = stranger.clientWith(world.fetch, () => 2000);
  assert.equal(refusedCode(await silent.state()), "record-asked");
  assert.equal((await standing(each)).frozenAtMs, null);
  world.close();
});

Deno.test("heads of the last two days are all kept, older ones one an hour, the newest always", async () => {
  const each = await scene();
  const { world, disk, client } = each;
  const count = () => Number(world.db.one("SELECT count(*) AS n FROM record_heads")["n"]);
  for (let i = 0; i < 20; i += 1) {
    disk.write(1);
    granted(await client(disk).state());
    world.clock.nowMs += 60_000;
  }
  assert.equal(count(), 20);
  world.clock.nowMs += 50 * 3_600_000;
  granted(await client(disk).state());
  assert.equal(count(), 20, "nothing is new, nothing goes");
  disk.write(1);
  granted(await client(disk).state());
  assert.ok(count() <= 3, `${count()} heads`);
  assert.throws(() => world.db.run("DELETE FROM record_heads"), /never forgotten/);
  assert.throws(() => world.db.run("UPDATE record_heads SET sequence = 0"), /stays as it was/);
  world.close();
});
