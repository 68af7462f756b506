/**
 * The truth of a site at one instant, read from the files alone: the authority's database, the appliance's journal, the
 * boards. Counts are made anew from the rows, not taken from the ledger's own columns; then both are compared.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { readBoard } from "../../bootloader/mcu/mod.ts";
import type { Board, Site } from "./_site.ts";

/** State of a unit as the authority has it. */
export type UnitState = "reserved" | "keyed" | "committed" | "lost";

/** What the authority's database says of its units. */
export interface Ledger {
  readonly granted: number;
  readonly free: number;
  /** State of the unit that each UID occupies. */
  readonly units: ReadonlyMap<string, UnitState>;
  readonly message2Most: number;
}

const COUNTED = ["leased", "reserved", "keyed", "committed", "lost", "unaccounted"] as const;
const NOT_LOCKED = 0xaa;

function withDatabase<T>(path: string, act: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path, { timeout: 10_000 });
  try {
    // One read transaction: a process that lives on must not change what is compared.
    db.exec("BEGIN");
    return act(db);
  } finally {
    db.close();
  }
}

/** Reads the ledger and checks it against itself: the sum of the states, and each count against the rows. */
export function readLedger(site: Site): Ledger {
  return withDatabase(`${site.authorityFolder}/database/authority.sqlite`, (db) => {
    const order = db.prepare("SELECT * FROM orders").get() ?? {};
    const rows = db.prepare("SELECT lower(hex(substr(uid, 1, 12))) AS uid, state FROM units").all();
    const units = new Map(rows.map(({ uid, state }) => [String(uid), String(state) as UnitState]));
    assert.equal(units.size, rows.length, "two units for one UID");
    for (const state of ["reserved", "keyed", "committed", "lost"] as const) {
      const counted = [...units.values()].filter((found) => found === state).length;
      assert.equal(
        Number(order[state]),
        counted,
        `the order counts ${order[state]} ${state}, rows ${counted}`,
      );
    }
    const used = COUNTED.reduce((sum, state) => sum + Number(order[state]), 0);
    const granted = Number(order["granted"]);
    const free = granted - used;
    assert.ok(free >= 0, `over-granted: ${used} of ${granted}`);
    const sent = db.prepare(
      `SELECT max(n) AS most FROM (SELECT count(*) AS n FROM messages2 m JOIN tickets t ON t.id = m.ticket GROUP BY t.unit)`,
    ).get();
    const message2Most = Number(sent?.["most"] ?? 0);
    assert.ok(message2Most <= Number(order["message2_limit"]), `${message2Most} messages 2 for one unit`);
    return { granted, free, units, message2Most };
  });
}

/** What is on a board. */
export type BoardTruth = "blank" | "device" | "other";

/** Tells what is on a board: `device` is the owner's image, whole, with its certificate, locked. */
export function truthOf(site: Site, board: Board): BoardTruth {
  const { flash, options } = readBoard(Deno.readFileSync(board.path));
  if (flash.every((byte) => byte === 0xff) && options[0] === NOT_LOCKED) return "blank";
  const { image, personal } = site.owner;
  const end = personal.offset + personal.length;
  const isImage = image.every((byte, at) => (at >= personal.offset && at < end) || flash[at] === byte);
  return isImage && options[0] !== NOT_LOCKED ? "device" : "other";
}

/** The certificate that the authority signed for a UID, as the board must carry it; null when there is none. */
function certificates(site: Site): ReadonlyMap<string, string> {
  return withDatabase(`${site.authorityFolder}/database/authority.sqlite`, (db) => {
    const rows = db.prepare(
      "SELECT lower(hex(substr(uid, 1, 12))) AS uid, lower(hex(sealed)) AS sealed FROM certificates",
    ).all();
    assert.equal(new Set(rows.map(({ uid }) => uid)).size, rows.length, "two certificates for one UID");
    return new Map(rows.map(({ uid, sealed }) => [String(uid), String(sealed)]));
  });
}

/**
 * Checks what must hold at every instant, whoever was killed: no unit twice, none missing, no device without its unit,
 * no committed unit without its device, no journal that says more than the authority gave. Boards in `known` are
 * devices that were taken out and looked at before.
 */
export function checkInvariants(site: Site, known: ReadonlySet<Board> = new Set()): Ledger {
  // What was committed before the boards were read must be devices by then; what became a device must have its key later.
  const before = committedOf(readLedger(site));
  const truths = new Map<Board, BoardTruth>(
    site.boards.map((board) => [board, known.has(board) ? "device" : truthOf(site, board)]),
  );
  // The journal before the ledger it is held against: the authority is always ahead of what it has answered.
  const journal = readJournal(site);
  const ledger = readLedger(site);
  const signed = certificates(site);
  let devices = 0;
  for (const [board, truth] of truths) {
    const state = ledger.units.get(board.uid);
    if (truth === "device") {
      devices++;
      assert.ok(
        state === "keyed" || state === "committed" || state === "lost",
        `a device without a unit: ${state}`,
      );
      assertCertificate(site, board, signed);
    } else {
      assert.ok(!before.has(board.uid), `${board.uid} is committed and its board is ${truth}`);
    }
  }
  assert.ok(before.size <= devices, `${before.size} committed, ${devices} devices`);
  checkJournal(journal, ledger);
  return ledger;
}

function committedOf(ledger: Ledger): ReadonlySet<string> {
  return new Set([...ledger.units].filter(([, state]) => state === "committed").map(([uid]) => uid));
}

function assertCertificate(site: Site, board: Board, signed: ReadonlyMap<string, string>): void {
  const { flash } = readBoard(Deno.readFileSync(board.path));
  const { offset } = site.owner.personal;
  const certificate = signed.get(board.uid);
  assert.ok(certificate !== undefined, `no certificate is recorded for the device ${board.uid}`);
  const length = certificate.length / 2;
  assert.equal(flash.slice(offset, offset + length).toHex(), certificate, "its certificate is another one");
}

type JournalRows = readonly Record<string, unknown>[];

function readJournal(site: Site): JournalRows {
  return withDatabase(
    `${site.agentFolder}/journal.db`,
    (db) => db.prepare("SELECT uid, state, message2 FROM tickets").all(),
  );
}

/** The appliance's record against the authority's: it never says more than was given. */
function checkJournal(rows: JournalRows, ledger: Ledger): void {
  for (const { uid, state, message2 } of rows) {
    const unit = ledger.units.get(String(uid));
    if (Number(message2) > 0) {
      assert.ok(unit !== "reserved", `journal: message 2 for ${uid}, authority: reserved`);
    }
    if (state === "committed") {
      assert.equal(unit, "committed", `journal: ${uid} committed, authority: ${unit}`);
    }
    if (state === "receipted") {
      assert.ok(unit === "keyed" || unit === "committed", `journal: receipt, unit ${unit}`);
    }
  }
}
