/**
 * The appliance's journal and the authority's store on a disk that forgets what was not synchronised: the process is
 * killed and the supply fails, again and again, and whatever was acknowledged must still be there. The product's own
 * code writes and reads; the counter-proof runs a copy of it in which SQLite is told synchronous=NORMAL, and loses.
 *
 * SQLite's WAL works on this FUSE mount as the product opens it, its shared memory file included: no
 * locking_mode=EXCLUSIVE is needed. `FLASHSEAL_POWER_LOSSES` sets how many cuts each store gets, `SEED` repeats the
 * choices (which instant the kill hits is the machine's).
 *
 * @module
 */
import assert from "node:assert/strict";
import { Journal, ReleaseStore } from "../../../agent/journal/mod.ts";
import { Database } from "../../../authority/store/mod.ts";
import { padUid, parseUid } from "../../../bootloader/wire/mod.ts";
import { createCatalogue, createOrder, createWorld, enrolled } from "../../unit/authority/_world.ts";
import { type AuthorityFact, type AuthorityOrders } from "./_authority_writer.ts";
import { copyTreeWith } from "./_copied_tree.ts";
import { type Forgetful, mountForgetful, mustSkip, type Toll } from "./_forgetful.ts";
import { type JournalFact, STEPS } from "./_journal_writer.ts";

const ignore = mustSkip("power losses of journal and store");
const isCi = ignore ? false : Deno.env.get("CI") === "true";
const CUTS = Number(ignore ? 0 : Deno.env.get("FLASHSEAL_POWER_LOSSES") ?? (isCi ? 300 : 20));
const CUTS_OF_COUNTERPROOF = 12;
const LANES = 2;
const SEED = ignore ? 0 : Number(Deno.env.get("SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0]);
const ROOT = new URL("../../../", import.meta.url).pathname;
/** A process is killed at most this long after its first fact, in milliseconds. */
const LIFE_MS = 120;

/** What one kind of store has to give to be tested. */
interface Subject<Fact> {
  /** Script and arguments of the writing process, from the root of a tree. */
  readonly writer: readonly string[];
  readonly stdin: () => string;
  /** Opens the store with the product's code and returns a sentence for each fact that is not there any more. */
  readonly missing: (facts: readonly Fact[]) => Promise<readonly string[]>;
}

interface Losses {
  readonly cuts: number;
  readonly facts: number;
  readonly cutsThatLostFacts: number;
  readonly missing: readonly string[];
}

/** Kills the writer and cuts the power `cuts` times. Facts that a cut took are counted once, then forgotten. */
async function loseAgainAndAgain<Fact>(
  disk: Forgetful,
  subject: Subject<Fact>,
  options: { readonly tree: string; readonly cuts: number },
): Promise<Losses> {
  const all: Fact[] = [];
  const missing: string[] = [];
  let [facts, cutsThatLostFacts] = [0, 0];
  for (let cut = 0; cut < options.cuts; cut++) {
    const fresh = await writeUntilKilled(subject, options.tree);
    assert.ok(fresh.length > 0, "the writer was not killed while it wrote");
    disk.cut(`${SEED}/${cut}`);
    facts += fresh.length;
    const lost = await subject.missing(fresh);
    missing.push(...lost);
    if (lost.length > 0) cutsThatLostFacts++;
    else all.push(...fresh);
  }
  // Not only the last ones: nothing old may go either.
  missing.push(...await subject.missing(all));
  return { cuts: options.cuts, facts, cutsThatLostFacts, missing };
}

async function writeUntilKilled<Fact>(subject: Subject<Fact>, tree: string): Promise<readonly Fact[]> {
  const [script, ...args] = subject.writer;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--cached-only", `${tree}${script}`, ...args],
    cwd: tree,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(subject.stdin()));
  await input.close();
  const complaints = new Response(child.stderr).text();
  const facts: Fact[] = [];
  let rest = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    timer ??= setTimeout(() => child.kill("SIGKILL"), Math.random() * LIFE_MS);
    const lines = (rest + part).split("\n");
    // A line without its end was not acknowledged.
    rest = lines.pop() ?? "";
    facts.push(...lines.map((line) => JSON.parse(line) as Fact));
  }
  clearTimeout(timer);
  const { signal } = await child.status;
  assert.equal(signal, "SIGKILL", `the writer ended by itself: ${(await complaints).slice(-600)}`);
  await complaints;
  return facts;
}

function journalOn(disk: Forgetful): Subject<JournalFact> {
  const [path, releases] = [`${disk.folder}/journal.db`, `${disk.folder}/releases`];
  Deno.mkdirSync(releases);
  new Journal(path, () => Date.now()).close();
  disk.settle();
  return {
    writer: ["tests/peers/disk/_journal_writer.ts", path, releases],
    stdin: () => "",
    async missing(facts) {
      const journal = new Journal(path, () => Date.now());
      try {
        const chain = journal.checkChain();
        const says = "broken" in chain ? [`the chain breaks at ${chain.broken.number}`] : [];
        const count = "broken" in chain ? 0 : chain.count;
        const store = new ReleaseStore(releases, journal);
        for (const fact of facts) {
          const problem = fact.fact === "release"
            ? (await store.open(fact) === null ? "is not held" : null)
            : journalProblem(journal, fact, count);
          if (problem !== null) says.push(`${JSON.stringify(fact).slice(0, 120)}: ${problem}`);
        }
        return says;
      } finally {
        journal.close();
      }
    },
  };
}

function journalProblem(
  journal: Journal,
  fact: Exclude<JournalFact, { readonly fact: "release" }>,
  records: number,
): string | null {
  if (fact.fact === "sequence") return journal.nextSequence() > fact.number ? null : "would come again";
  if (fact.fact === "ended") return records >= fact.records ? null : `there are ${records} records`;
  const step = STEPS.indexOf(fact.step);
  if (step === STEPS.indexOf("committed")) return journal.isCommitted(fact.uid) ? null : "is not committed";
  if (journal.isCommitted(fact.uid)) return null;
  const found = journal.openTicket(fact.uid);
  if (found === null || found.ticketId !== fact.ticketId) return "the ticket is gone";
  const bytes = fact.step === "receipt" ? found.receipt : found.sealed;
  if (bytes?.toHex() !== fact.bytes) return "its bytes are others";
  if (step >= STEPS.indexOf("erase") && !found.eraseBegun) return "the erase was forgotten";
  return step >= STEPS.indexOf("message2") && found.message2 < 1 ? "message 2 was forgotten" : null;
}

async function storeOn(disk: Forgetful): Promise<Subject<AuthorityFact>> {
  const path = `${disk.folder}/authority.sqlite`;
  const world = createWorld(path);
  const catalogue = await createCatalogue(world);
  await createOrder(world, catalogue, 1_000_000);
  const appliance = await enrolled(world, "Line 1");
  const orders: AuthorityOrders = {
    path,
    sealKey: world.sealKey.toHex(),
    rootSeed: world.rootSeed.toHex(),
    apiKey: world.apiKey,
    appliance: appliance.id,
    identitySeed: appliance.identity.seed.use((seed) => seed.toHex()),
    product: catalogue.product,
    sequence: 0,
  };
  world.close();
  disk.settle();
  let sequence = 1_000;
  return {
    writer: ["tests/peers/disk/_authority_writer.ts"],
    stdin: () => JSON.stringify({ ...orders, sequence: sequence += 10_000 }),
    missing(facts) {
      const db = new Database(path);
      try {
        const intact = db.first("PRAGMA integrity_check")?.["integrity_check"];
        const says = intact === "ok" ? [] : [`integrity_check: ${intact}`];
        for (const fact of facts) {
          const problem = storeProblem(db, fact);
          if (problem !== null) says.push(`${JSON.stringify(fact).slice(0, 120)}: ${problem}`);
        }
        return Promise.resolve(says);
      } finally {
        db.close();
      }
    },
  };
}

function storeProblem(db: Database, fact: AuthorityFact): string | null {
  const { highest } = db.one("SELECT max(sequence_highest) AS highest FROM appliances");
  if (Number(highest) < fact.sequence) return "a replay of its request would be taken";
  const ticket = db.first("SELECT * FROM tickets WHERE id = ?", fact.ticketId);
  if (ticket === undefined) return "the ticket is gone";
  const unit = db.first("SELECT * FROM units WHERE uid = ?", padUid(parseUid(fact.uid)));
  if (unit === undefined) return "the unit is free again";
  if (fact.fact === "keyed") {
    if ((ticket["sealed"] as Uint8Array).toHex() !== fact.ticket) return "the ticket is another one";
    const sent = db.first(
      "SELECT * FROM messages2 WHERE ticket = ? AND number = ?",
      fact.ticketId,
      fact.number,
    );
    if (sent === undefined) return "message 2 was forgotten";
    return unit["state"] === "keyed" || unit["state"] === "committed" ? null : `the unit is ${unit["state"]}`;
  }
  if (unit["state"] !== "committed") return `the unit is ${unit["state"]}`;
  const receipt = db.first("SELECT * FROM receipts WHERE ticket = ?", fact.ticketId);
  if ((receipt?.["statement"] as Uint8Array | undefined)?.toHex() !== fact.statement) return "no receipt";
  const certificate = db.first("SELECT * FROM certificates WHERE serial = ?", fact.serial);
  return (certificate?.["sealed"] as Uint8Array | undefined)?.toHex() === fact.certificate
    ? null
    : "no certificate";
}

const STORES = [
  {
    name: "the appliance's journal",
    file: "agent/journal/statements.ts",
    on: (disk: Forgetful) => Promise.resolve(journalOn(disk) as Subject<unknown>),
  },
  {
    name: "the authority's store",
    file: "authority/store/database.ts",
    on: async (disk: Forgetful) => await storeOn(disk) as Subject<unknown>,
  },
] as const;

/** Loses on several disks side by side: there is a processor for each, and the writers mostly start up. */
async function loseOnLanes(
  store: (typeof STORES)[number],
): Promise<readonly (Losses & { readonly toll: Toll })[]> {
  const shares = Array.from({ length: LANES }, (_, lane) => Math.floor((CUTS + lane) / LANES));
  return await Promise.all(shares.map(async (cuts) => {
    const disk = await mountForgetful();
    try {
      const losses = await loseAgainAndAgain(disk, await store.on(disk), { tree: ROOT, cuts });
      return { ...losses, toll: disk.toll() };
    } finally {
      await disk.unmount();
    }
  }));
}

for (const store of STORES) {
  Deno.test({
    name: `${store.name} loses nothing acknowledged in ${CUTS} power losses`,
    ignore,
    async fn() {
      const lanes = await loseOnLanes(store);
      const sum = (count: (lane: (typeof lanes)[number]) => number) =>
        lanes.reduce((total, lane) => total + count(lane), 0);
      const missing = lanes.flatMap((lane) => lane.missing);
      const cutsThatLost = sum(({ toll }) => toll.cutsThatLost);
      console.log(
        `${store.name}: ${sum(({ cuts }) => cuts)} power losses, ${
          sum(({ facts }) => facts)
        } facts acknowledged, ` +
          `${missing.length} lost; ${cutsThatLost} cuts took ${
            sum(({ toll }) => toll.writesLost)
          } writes (seed ${SEED})`,
      );
      assert.deepEqual(missing.slice(0, 5), []);
      // Cuts that took nothing would prove nothing.
      assert.equal(sum(({ toll }) => toll.cuts), CUTS);
      assert.ok(cutsThatLost > CUTS / 20, `${cutsThatLost} of ${CUTS} cuts took anything`);
    },
  });

  Deno.test({
    name: `${store.name} with synchronous=NORMAL loses what was acknowledged: the test above can fail`,
    ignore,
    async fn() {
      const disk = await mountForgetful();
      const tree = await Deno.makeTempDir({ prefix: "flashseal-normal-" });
      try {
        const change = { from: "synchronous = FULL", to: "synchronous = NORMAL", file: store.file };
        await copyTreeWith(tree, change);
        const options = { tree: `${tree}/`, cuts: CUTS_OF_COUNTERPROOF };
        const losses = await loseAgainAndAgain(disk, await store.on(disk), options);
        console.log(
          `${store.name}, NORMAL: ${losses.cutsThatLostFacts} of ${losses.cuts} power losses took ` +
            `${losses.missing.length} acknowledged facts (seed ${SEED})`,
        );
        assert.ok(losses.cutsThatLostFacts > 0, "synchronous=NORMAL lost nothing");
      } finally {
        await disk.unmount();
        await Deno.remove(tree, { recursive: true });
      }
    },
  });
}
