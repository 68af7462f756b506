/**
 * kill -9 of agent, authority or both at any moment of deliveries, with real processes: after a restart every delivery
 * ends right by itself, no unit twice, none missing, and a device whose unit needs a person is named.
 *
 * An operator feeds the line: the board whose verdict is on the screen is taken out, another is put in; nothing else is
 * done by hand. `FLASHSEAL_KILLS` sets how many kills there are, `SEED` repeats targets and pauses; what the program is
 * doing at that instant is the machine's, so a seed makes a run like the other and not the same.
 *
 * The agent's death is the probe letting go: the board's file stays as the last completed flash operation left it.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { AgentEvent, DeliveryResult } from "../../agent/mod.ts";
import { decideDevice } from "../../authority/owner/mod.ts";
import { type Choice, choiceOf } from "./_choice.ts";
import { amountOf, ignore, pause, seed } from "./_conditions.ts";
import { checkInvariants, type Ledger, truthOf } from "./_ledger.ts";
import { type Board, makeSite, type Site } from "./_site.ts";

const KILLS = amountOf("FLASHSEAL_KILLS", 6);
/** Lines side by side, each with an authority of its own: one for each core of a small machine. */
const LINES = KILLS > 20 ? 2 : 1;
/** Units of an order: more than any run needs; what stays free is counted at the end. */
const GRANTED = 5_000;
/** The authority's default: how many messages 2 a unit gets. */
const MESSAGE2_LIMIT = 3;
const SETTLE_MS = 240_000;
/** Moments worth meeting oftener than by chance: each is followed by a write or a request. */
const MOMENTS: readonly AgentEvent["kind"][] = [
  "chip",
  "ticket",
  "installed",
  "keyed",
  "receipt",
  "committed",
];

interface Line {
  readonly site: Site;
  readonly choice: Choice;
  /** Boards that were taken out with the verdict that a device is on them. */
  readonly good: Set<Board>;
  /** Boards that were taken out for a person: the verdict says that a device may exist. */
  readonly named: Map<Board, DeliveryResult>;
  /** Verdicts that put a board neither here nor there. */
  readonly wrong: string[];
  readonly killed: Record<"agent" | "authority" | "both", number>;
  read: number;
}

const GOOD = new Set(["delivered-already", "authority-uid-committed"]);
const NEEDS_A_PERSON = new Set(["authority-message2-limit"]);

/** The operator: acts on each verdict that is on the screen. A verdict that asks for nothing leaves the board in. */
function operate(line: Line): void {
  const { site } = line;
  for (; line.read < site.ended.length; line.read++) {
    const result = site.ended[line.read];
    const board = site.boards.find(({ uid }) => uid === result?.uid);
    if (result === undefined || board === undefined || line.good.has(board) || line.named.has(board)) {
      continue;
    }
    if (result.outcome === "delivered" || GOOD.has(result.cause ?? "")) {
      line.good.add(board);
      site.takeOut(board);
    } else if (NEEDS_A_PERSON.has(result.cause ?? "")) {
      line.named.set(board, result);
      site.takeOut(board);
    } else {
      line.wrong.push(`${result.cause}: ${result.says} (${result.detail})`);
    }
  }
}

function boardsIn({ site, good, named }: Line): number {
  return site.boards.filter((board) => !good.has(board) && !named.has(board)).length;
}

/** Waits for the instant of the next kill: after a while, or right after one of the moments. */
async function instant(line: Line, deliveryMs: number): Promise<void> {
  const { choice, site } = line;
  const atMs = Date.now() + choice.fraction() * 0.8 * deliveryMs;
  const moment = choice.fraction() < 0.4 ? choice.oneOf(MOMENTS) : null;
  const from = site.events.length;
  const after = choice.fraction() * 30;
  while (moment === null ? Date.now() < atMs : Date.now() < atMs + 2 * deliveryMs) {
    operate(line);
    while (boardsIn(line) < 2) site.putBoard();
    if (moment !== null && site.events.slice(from).some(({ kind }) => kind === moment)) break;
    await pause(5);
  }
  if (moment !== null) await pause(after);
}

async function killOnce(line: Line): Promise<void> {
  const { site, choice } = line;
  const target = choice.oneOf(["agent", "agent", "authority", "both"] as const);
  line.killed[target]++;
  const agent = target === "authority" ? null : site.agent;
  const authority = target === "agent" ? null : site.authority;
  await Promise.all([agent?.kill(), authority?.kill()]);
  operate(line);
  checkInvariants(site, line.good);
  // Sometimes the other side has to do without for a while, sometimes not.
  const starts = [
    async () =>
      void (authority === null || (await pause(choice.below(2) * 1_500), await site.startAuthority())),
    async () => void (agent === null || await site.startAgent()),
  ];
  if (choice.below(2) === 0) await Promise.all(starts.map((start) => start()));
  else for (const start of starts) await start();
}

async function runLine(number: number, kills: number): Promise<Line> {
  const line: Line = {
    site: await makeSite({ granted: GRANTED }),
    choice: choiceOf(seed + number),
    good: new Set(),
    named: new Map(),
    wrong: [],
    killed: { agent: 0, authority: 0, both: 0 },
    read: 0,
  };
  const { site } = line;
  try {
    await site.startAgent();
    const started = Date.now();
    site.putBoard();
    await untilEmpty(line);
    const deliveryMs = Date.now() - started;
    for (let kill = 0; kill < kills; kill++) {
      await instant(line, deliveryMs);
      await killOnce(line);
    }
    await untilEmpty(line);
    checkEnd(line);
    return line;
  } finally {
    await site.close();
  }
}

/** Waits until every board has its verdict; nobody touches anything meanwhile. */
async function untilEmpty(line: Line): Promise<void> {
  const end = Date.now() + SETTLE_MS;
  while (boardsIn(line) > 0) {
    const says = `${boardsIn(line)} boards without a verdict; ${
      line.wrong.slice(-3).join(" | ")
    }; last events: ${line.site.events.slice(-4).map((event) => JSON.stringify(event)).join(" ")}`;
    assert.ok(Date.now() < end, says);
    operate(line);
    await pause(20);
  }
}

function checkEnd(line: Line): void {
  const { site, good, named } = line;
  const ledger: Ledger = checkInvariants(site);
  for (const board of good) {
    assert.equal(truthOf(site, board), "device", `${board.uid} lies with the good ones`);
    assert.equal(
      ledger.units.get(board.uid),
      "committed",
      `${board.uid} is with the good ones and not committed`,
    );
  }
  for (const [board, result] of named) {
    assert.match(`${result.says}. ${result.remedy}`, /a device may exist/, "what may be lost is not named");
    assert.match(result.unit, /a device may exist/);
    assert.equal(ledger.units.get(board.uid), "keyed");
  }
  assert.equal(good.size + named.size, site.boards.length);
  assert.equal(ledger.units.size, site.boards.length, "a unit without a board");
  assert.equal(ledger.free, GRANTED - site.boards.length, "units are missing");
}

Deno.test({
  name:
    `${KILLS} kills of agent, authority or both: every delivery ends right by itself, no unit twice, none missing`,
  ignore,
  async fn() {
    const shares = Array.from({ length: LINES }, (_, n) => Math.floor((KILLS + n) / LINES));
    const started = Date.now();
    const lines = await Promise.all(shares.map((kills, number) => runLine(number, kills)));
    const sum = (count: (line: Line) => number) => lines.reduce((total, line) => total + count(line), 0);
    const boards = sum(({ site }) => site.boards.length);
    console.log(
      `${KILLS} kills, lines ${LINES} (${sum(({ killed }) => killed.agent)} agent, ${
        sum(({ killed }) => killed.authority)
      } authority, ` +
        `${sum(({ killed }) => killed.both)} both) in ${
          Math.round((Date.now() - started) / 1000)
        } s: ${boards} boards, ` +
        `${sum(({ good }) => good.size)} delivered, ${
          sum(({ named }) => named.size)
        } named for a person, seed ${seed}`,
    );
    const wrong = lines.flatMap((line) => line.wrong);
    if (wrong.length > 0) {
      console.log(`${wrong.length} verdicts that were followed by another try: ${wrong[0]}`);
    }
    assert.equal(sum(({ good, named }) => good.size + named.size), boards);
  },
});

Deno.test({
  name: "a chip whose agent is killed at each key is named: a device may exist, and the owner books it lost",
  ignore,
  async fn() {
    const site = await makeSite({ granted: 2 });
    try {
      const board = site.putBoard();
      for (let number = 1; number <= MESSAGE2_LIMIT; number++) {
        const keyed = Promise.withResolvers<void>();
        const onEvent = ({ kind }: AgentEvent) => kind === "keyed" && keyed.resolve();
        await site.startAgent({ onEvent });
        await keyed.promise;
        await site.agent?.kill();
        assert.equal(checkInvariants(site).units.get(board.uid), "keyed");
      }
      await site.startAgent();
      const end = Date.now() + SETTLE_MS;
      while (site.ended.length === 0) {
        assert.ok(Date.now() < end, "no verdict");
        await pause(50);
      }
      const [result] = site.ended;
      assert.deepEqual([result?.outcome, result?.cause], ["refused", "authority-message2-limit"]);
      assert.match(`${result?.remedy}`, /a device may exist/);
      assert.match(`${result?.unit}`, /a device may exist/);
      const { session } = site.owner;
      const decided = await decideDevice(session, { uid: board.uid }, {
        decision: "lost",
      });
      assert.ok("granted" in decided, JSON.stringify(decided));
      const ledger = checkInvariants(site);
      assert.deepEqual([ledger.units.get(board.uid), ledger.free], ["lost", 1]);
    } finally {
      await site.close();
    }
  },
});
