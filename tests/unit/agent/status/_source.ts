/**
 * Made floors for the status pages: any snapshot, a real journal in memory, and what the agent's control would hand in.
 *
 * @module
 */
import { refusals } from "../../../../authority/api/mod.ts";
import { causes, type DeliveryResult } from "../../../../agent/delivery/mod.ts";
import { Journal } from "../../../../agent/journal/mod.ts";
import {
  emptyStation,
  type Health,
  type LentUnits,
  type Noted,
  type StationState,
  type StationStatus,
  type StatusSnapshot,
  type StatusSource,
} from "../../../../agent/status/mod.ts";

/** Noon of a day in November, UTC. */
export const NOW_MS = Date.UTC(2026, 10, 30, 12, 0, 0);

export const PRODUCT = "c3".repeat(8);

export const result: DeliveryResult = {
  delivery: 7,
  station: "station-1",
  outcome: "refused",
  uid: "00".repeat(12),
  chip: "stm32g0-8k",
  ticketId: null,
  release: null,
  mode: "online",
  cause: "not-blank",
  says: "The chip is not blank and this appliance has no open delivery for it",
  remedy: "Take the board out; use a blank chip, or have a person erase this one",
  detail: null,
  unit: "none used",
  certificate: null,
  seconds: { modelled: 1, wall: 1 },
};

const quotaSpent = {
  cause: "authority-quota-spent",
  says: "The order has no units left",
  remedy: "Ask the owner to raise the order",
};
const spent = {
  cause: "offline-spent",
  says: "The offline allowance is used up",
  remedy: "Restore the connection to the owner's server; the station goes on by itself",
};
const noAnswer = {
  cause: "no-answer",
  says: "The chip does not answer the probe, not even under reset",
  remedy: "Check contacts and supply; a chip locked for ever (level 2) never answers",
};

/** Returns a station that is in a state. */
export function stationIn(state: StationState, number = 1): StationStatus {
  const station = `station-${number}`;
  const board = {
    ...emptyStation(station),
    uid: `b6be3b9ca6877bd6a858${(0x1a46 + 4097 * number).toString(16)}`,
    chip: "stm32g0-8k",
    delivery: number,
    atMs: NOW_MS,
  };
  const { uid } = board;
  switch (state) {
    case "ready":
      return emptyStation(station);
    case "working":
      return { ...board, state: "working", phase: "transfer", progress: { done: 9, total: 19 } };
    case "good": {
      const last = {
        ...result,
        station,
        uid,
        outcome: "delivered" as const,
        cause: null,
        says: null,
        remedy: null,
      };
      return { ...board, state: "done", phase: "report", last };
    }
    case "waiting":
      return { ...board, state: "waiting", phase: "ticket", ...spent };
    case "blocked":
      return { ...board, state: "waiting", phase: "ticket", ...quotaSpent };
    case "refused": {
      const { cause, says, remedy } = result;
      return {
        ...board,
        state: "done",
        phase: "identify",
        cause,
        says,
        remedy,
        last: { ...result, station, uid },
      };
    }
    case "failed":
      return {
        ...board,
        state: "done",
        phase: "attach",
        uid: null,
        ...noAnswer,
        last: { ...result, station, uid: null, outcome: "failed", ...noAnswer },
      };
    case "fault":
      return {
        ...emptyStation(station),
        fault: `Cannot look for boards in "/var/boards": check the folder and its rights`,
        faultReason: "boards-unreadable",
      };
  }
}

/** Returns a station that met a board again which it, or another, had delivered before. */
export function stationMeetingAgain(cause: "delivered-already" | "authority-uid-committed", number = 1) {
  const { says, remedy } = cause === "delivered-already" ? causes[cause] : refusals["uid-committed"];
  const station = stationIn("refused", number);
  return { ...station, cause, says, remedy, last: { ...station.last!, cause, says, remedy } };
}

/** Returns one lease, with parts changed: 190 units of the product, for another day. */
export function lentUnits(parts: Partial<LentUnits> = {}): LentUnits {
  const notAfterSeconds = NOW_MS / 1000 + 86_400;
  return {
    lease: "ab".repeat(16),
    product: PRODUCT,
    free: 190,
    notAfterSeconds,
    usable: true,
    over: false,
    ...parts,
  };
}

/** Returns what is told of offline work, with parts changed; each product's tickets are one lease of a day, unless given. */
export function offlineWith(parts: Partial<NonNullable<StatusSnapshot["offline"]>> = {}) {
  const { left = [{ product: PRODUCT, tickets: 190 }] } = parts;
  return {
    reachable: true as boolean | null,
    vault: {
      kind: "file",
      promise: "finds double spending, does not prevent it",
      says: "Keys lie sealed in a file",
    },
    left,
    unreported: 0,
    leases: left.map(({ product, tickets }) => lentUnits({ product, free: tickets })),
    contact: { lastMs: NOW_MS - 3_000 as number | null, ageMs: 3_000 as number | null },
    ...parts,
  };
}

/** Returns a snapshot with these stations: 60 devices an hour, 190 tickets left. */
export function snapshotOf(
  stations: readonly StationStatus[],
  parts: Partial<StatusSnapshot> = {},
): StatusSnapshot {
  return {
    appliance: "a1".repeat(8),
    name: "Line 1",
    origin: "https://authority.example:8443",
    stations,
    counts: { delivered: 240, refused: 2, failed: 4, unreported: 0 },
    standing: null,
    offline: offlineWith(),
    atMs: NOW_MS,
    zone: "Asia/Shanghai",
    tallies: Object.fromEntries(stations.map(({ station }) => [station, { good: 60, bad: 1 }])),
    pace: [{ product: PRODUCT, delivered: 60, sinceMs: NOW_MS - 3_600_000 }],
    hasPin: true,
    ...parts,
  };
}

/** Fills a journal with deliveries of a station, some of which failed; times go on by themselves. */
export function workedJournal(station: string, deliveries: number): Journal {
  let nowMs = NOW_MS - deliveries * 60_000;
  const journal = new Journal(":memory:", () => nowMs += 217);
  for (let number = 0; number < deliveries; number++) {
    const id = journal.startDelivery(station, "attach");
    const uid = number.toString(16).padStart(24, "b6be3b9ca6877bd6a8580000");
    journal.enterPhase(id, "identify");
    journal.identifyDelivery(id, { uid, chip: "stm32g0-8k" });
    if (number % 7 === 3) {
      journal.endDelivery(id, { outcome: number % 2 === 0 ? "refused" : "failed", cause: "not-blank" });
      continue;
    }
    for (const phase of ["ticket", "release", "install"]) journal.enterPhase(id, phase);
    const ticketId = number.toString(16).padStart(32, "0");
    journal.storeTicket(id, {
      ticketId,
      uid,
      product: PRODUCT,
      release: "d4".repeat(16),
      sealed: new Uint8Array(352),
    });
    nowMs += 900;
    journal.enterPhase(id, "lock");
    nowMs += 1_500 + 200 * (number % 3);
    for (const phase of ["handshake", "transfer"]) journal.enterPhase(id, phase);
    journal.storeMessage2(ticketId, 1);
    nowMs += 700;
    journal.enterPhase(id, "receipt");
    journal.storeReceipt(ticketId, new Uint8Array(100).fill(7));
    journal.enterPhase(id, "report");
    journal.commit(ticketId, "{}");
    journal.endDelivery(id, { outcome: "delivered", cause: null });
  }
  return journal;
}

/** What a test changes of a made source. */
export type SourceParts = Partial<StatusSource> & { readonly journal?: Journal };

/** Returns a source of a floor that is `status`, over a journal in memory. */
export function sourceOf(
  status: StatusSnapshot | (() => StatusSnapshot),
  parts: SourceParts = {},
): StatusSource {
  const { journal, ...rest } = parts;
  const health: Health = {
    disk: { freeBytes: 12_300_000_000, sizeBytes: 32_000_000_000 },
    clockAheadSeconds: 1,
    sixWords: "judus popov puruk puzod vidov pitij",
    keySet: { serial: 3, epoch: 1, announcesNext: true, issuedSeconds: NOW_MS / 1000 - 86_400 },
    record: { count: 1_234, head: "5e".repeat(32) },
  };
  const noted: readonly Noted[] = [
    { atMs: NOW_MS - 60_000, kind: "back", subject: null, says: null, remedy: null },
    { atMs: NOW_MS - 90_000, kind: "away", subject: null, says: "no route to host", remedy: null },
  ];
  return {
    snapshot: typeof status === "function" ? status : () => status,
    book: (journal ?? new Journal(":memory:", () => NOW_MS)).floor,
    health: () => health,
    noted: () => ({ sinceMs: NOW_MS - 3_600_000, items: noted }),
    onChange: () => () => {},
    tryAgain: () => true,
    figures: () => Promise.resolve({ type: "text/plain", text: "" }),
    onMade: (_what, error) => {
      if (error !== null) throw error;
    },
    isRightPin: (pin) => Promise.resolve(pin === "4711"),
    nowMs: () => NOW_MS,
    pause: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const timer = setTimeout(resolve, ms);
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        });
      }),
    signal: new AbortController().signal,
    ...rest,
  };
}
