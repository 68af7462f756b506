/**
 * Seeded bugs, at least one for each law: a rule taken out of the test's own copy of the tables, a statement or a row bent on
 * its way, a faulty act or key-holder handed in. The product has no switch for any of them.
 *
 * @module
 */

import { giveMessage2, lend, type Office, recordFailure } from "../../authority/issuance/mod.ts";
import { makeAgreementKeyPair, makeSigningKeyPair } from "../../bootloader/suite/mod.ts";
import type { Acts } from "./_ops.ts";

type Row = Readonly<Record<string, unknown>>;

/** A bug, and the law that it breaks. */
export interface Bug {
  readonly about: string;
  readonly breaks: string;
  /** Where the usual days do not come to it in time. */
  readonly seed?: number;
  /** Triggers and indexes that the test's copy of the database does without. */
  readonly drops?: readonly string[];
  /** The copy does without its CHECKs. */
  readonly unchecked?: true;
  /** What a transaction reads may be old when it writes. */
  readonly readsBeforeItLocks?: true;
  readonly sql?: (sql: string) => string;
  readonly row?: (sql: string, row: Row) => Row | undefined;
  readonly office?: (office: Office) => Office;
  /** Acts of one day: what they remember ends with it. */
  readonly acts?: () => Partial<Acts>;
}

/** Bends one statement. */
function bend(from: string | RegExp, to: string): (sql: string) => string {
  return (sql) => sql.replace(from, to);
}

/** Bends what is read of a table. */
function seenAs(table: string, change: (row: Row) => Row): NonNullable<Bug["row"]> {
  return (sql, row) => sql.startsWith(`SELECT * FROM ${table} `) ? { ...row, ...change(row) } : undefined;
}

/** Bends what is read of orders, which come with their release's version. */
function ordersSeenAs(change: (row: Row) => Row): NonNullable<Bug["row"]> {
  return (sql, row) => sql.includes("FROM orders o JOIN releases") ? { ...row, ...change(row) } : undefined;
}

const CLOSES_TICKETS = "UPDATE tickets SET closed = 1 WHERE family = ? AND uid = ? AND closed = 0";
const NO_MESSAGE2_LAW = "TRIGGER messages2_within_law";

/** The log's own order is the first to notice an interleaving: without it the units have to. */
const LOG_OVERTAKEN = {
  drops: ["TRIGGER log_appends", "TRIGGER log_stays"],
  sql: bend("INSERT INTO log (", "INSERT OR REPLACE INTO log ("),
} as const;

const UNITS: readonly Bug[] = [
  {
    about: "a lent unit counts as free",
    breaks: "free-never-below-zero",
    unchecked: true,
    row: ordersSeenAs(({ leased }) => ({ leased: Math.max(0, Number(leased) - 1) })),
  },
  {
    about: "a transaction reads before it has the lock",
    breaks: "free-never-below-zero",
    unchecked: true,
    readsBeforeItLocks: true,
    ...LOG_OVERTAKEN,
  },
  {
    about: "a unit that goes back is not counted out",
    breaks: "each-unit-in-one-state",
    drops: ["TRIGGER units_counted_out"],
  },
  {
    about: "a keyed unit goes back when its delivery is given up",
    breaks: "certified-within-grant",
    drops: ["TRIGGER units_return_legally"],
    acts: () => ({
      recordFailure(office, appliance, ticket, request) {
        const decision = recordFailure(office, appliance, ticket, request);
        if (!request.abandon || !("granted" in decision) || decision.granted.unit !== "keyed") {
          return decision;
        }
        office.db.run(
          "UPDATE orders SET keyed = keyed - 1 WHERE id = (SELECT order_id FROM tickets WHERE id = ?)",
          ticket,
        );
        office.db.run("DELETE FROM units WHERE id = (SELECT unit FROM tickets WHERE id = ?)", ticket);
        return { granted: { unit: "free" } };
      },
    }),
  },
  {
    about: "a re-credit revokes nothing",
    breaks: "one-certificate-for-a-chip",
    sql: bend(
      /^UPDATE certificates SET revoked_ms = \? WHERE/,
      "UPDATE certificates SET revoked_ms = ? WHERE 0 AND",
    ),
  },
  {
    about: "a revoked certificate is forgotten",
    breaks: "certificate-stays",
    drops: ["TRIGGER certificates_stay"],
    sql: bend(/^UPDATE certificates SET revoked_ms = \? WHERE/, "DELETE FROM certificates WHERE ? > 0 AND"),
  },
  {
    about: "a lost reply's change of an order is made again",
    breaks: "owner-heard-once",
    acts: () => ({ once: (office, _request, act) => office.db.transact(act) }),
  },
  {
    about: "the terms of an order are written as they were read without the lock",
    breaks: "owner-heard-once",
    readsBeforeItLocks: true,
    ...LOG_OVERTAKEN,
  },
];

const KEYS: readonly Bug[] = [
  {
    about: "the ticket of a unit that went back stays open",
    breaks: "open-ticket-has-its-unit",
    sql: bend(CLOSES_TICKETS, `${CLOSES_TICKETS} AND 0`),
  },
  {
    about: "closing a ticket opens the ones before it",
    breaks: "closed-ticket-stays-closed",
    drops: ["TRIGGER tickets_stay_closed", "INDEX tickets_open"],
    sql: bend(CLOSES_TICKETS, "UPDATE tickets SET closed = 1 - closed WHERE family = ? AND uid = ?"),
  },
  {
    about: "a closed ticket gets a message 2",
    breaks: "message2-behind-an-open-ticket",
    drops: [NO_MESSAGE2_LAW],
    row: seenAs("tickets", () => ({ closed: 0 })),
  },
  {
    about: "a retry's message 2 is not counted",
    breaks: "message2-counted",
    drops: [NO_MESSAGE2_LAW],
    sql: bend(
      "serial = ?, message2_count = ?, changed_ms",
      "serial = ?, message2_count = min(1, ?), changed_ms",
    ),
  },
  {
    about: "the limit of messages 2 is not looked at",
    breaks: "message2-within-limit",
    drops: [NO_MESSAGE2_LAW],
    row: ordersSeenAs(() => ({ message2_limit: 16 })),
  },
  {
    about: "a committed unit gets a message 2",
    breaks: "no-message2-after-receipt",
    drops: [NO_MESSAGE2_LAW, "TRIGGER units_move_legally"],
    sql: bend("AND state IN ('reserved', 'keyed') AND message2_count = ?", "AND message2_count = ?"),
    row: (sql, row) =>
      seenAs("tickets", () => ({ closed: 0 }))(sql, row) ??
        seenAs("units", ({ state }) => ({ state: state === "committed" ? "keyed" : state }))(sql, row),
  },
  {
    about: "the authority's clock stands still",
    breaks: "key-within-the-tickets-dates",
    office: (office) => {
      const begun = office.nowMs();
      return { ...office, nowMs: () => begun };
    },
  },
  {
    about: "a message 1 that is not authentic is answered",
    breaks: "no-key-without-proof",
    acts: () => ({
      giveMessage2(office, appliance, ticket, request) {
        const decision = giveMessage2(office, appliance, ticket, request);
        if (!("refused" in decision) || decision.refused !== "message1-not-authentic") return decision;
        const message1 = Uint8Array.fromHex(request.message1);
        message1[message1.length - 1]! ^= 1;
        return giveMessage2(office, appliance, ticket, { ...request, message1: message1.toHex() });
      },
    }),
  },
  {
    about: "a retry's message 2 carries another certificate",
    breaks: "certificate-signed-once",
    row: (sql, row) => {
      if (!sql.startsWith("SELECT sealed FROM certificates WHERE product")) return undefined;
      const sealed = (row["sealed"] as Uint8Array).slice();
      sealed[215]! ^= 1;
      return { ...row, sealed };
    },
  },
  {
    about: "a denied chip is not known",
    breaks: "denied-gets-nothing",
    sql: bend("FROM denials WHERE", "FROM denials WHERE 0 AND"),
  },
  {
    about: "a frozen order gives",
    breaks: "shut-order-gives-nothing",
    row: (sql, row) =>
      sql.includes("FROM orders o JOIN releases") && sql.includes("product = ?")
        ? { ...row, frozen: 0 }
        : undefined,
  },
  {
    about: "a revoked or frozen appliance is served",
    breaks: "barred-gets-nothing",
    row: seenAs("appliances", () => ({ revoked_ms: null, frozen_ms: null })),
  },
];

const RECEIPTS: readonly Bug[] = [
  {
    about: "a receipt's MAC is not looked at",
    breaks: "receipt-is-the-targets",
    office: (office) => ({
      ...office,
      signer: {
        ...office.signer,
        checkReceipt(question) {
          const checked = office.signer.checkReceipt(question);
          if ("genuine" in checked) return checked;
          const genuine = new Uint8Array(212);
          genuine.set(question.report, 212 - question.report.length);
          return { genuine };
        },
      },
    }),
  },
  {
    about: "a receipt is not kept",
    breaks: "committed-by-its-own-receipt",
    sql: bend(/(INSERT INTO receipts .*) VALUES \(\?, \?, \?, \?, \?\)/, "$1 SELECT ?, ?, ?, ?, ? WHERE 0"),
  },
  {
    about: "a message 1 that is refused is counted all the same",
    breaks: "refusal-changes-nothing",
    acts: () => ({
      giveMessage2(office, appliance, ticket, request) {
        const decision = giveMessage2(office, appliance, ticket, request);
        if ("refused" in decision && decision.refused === "message1-not-authentic") {
          office.db.run(
            `UPDATE units SET message2_count = message2_count + 1 WHERE state = 'keyed'
              AND id = (SELECT unit FROM tickets WHERE id = ?)`,
            ticket,
          );
        }
        return decision;
      },
    }),
  },
];

const LENDING: readonly Bug[] = [
  {
    about: "a unit is lent beyond the allowance",
    breaks: "lent-within-allowance",
    seed: 20_260_107,
    drops: ["TRIGGER lease_tickets_within_allowance"],
    row: seenAs("allowances", () => ({ open: 0 })),
  },
  {
    about: "a lease that is asked for again is lent again",
    breaks: "one-lease-for-a-key",
    acts: () => {
      const asked = new Set<string>();
      return {
        lend(office, appliance, request) {
          if (!asked.has(request.leaseKey)) {
            asked.add(request.leaseKey);
            return lend(office, appliance, request);
          }
          const leaseKey = makeSigningKeyPair(office.random).publicKey.toHex();
          const ticketKeys = request.ticketKeys.map(() =>
            makeAgreementKeyPair(office.random).publicKey.toHex()
          );
          return lend(office, appliance, { ...request, leaseKey, ticketKeys });
        },
      };
    },
  },
  {
    about: "a returned unit turns out to be used",
    breaks: "unit-leaves-its-lease-once",
    drops: ["TRIGGER lease_tickets_move_legally"],
    sql: bend(
      "SET state = ?, changed_ms = ? WHERE id = ? AND state = ?",
      "SET state = ?, changed_ms = ? WHERE id = ? AND ? <> ''",
    ),
    row: seenAs("lease_tickets", ({ state }) => ({ state: state === "returned" ? "leased" : state })),
  },
  {
    about: "a use is booked and not kept",
    breaks: "lease-is-whole",
    sql: bend(
      /(INSERT INTO lease_uses [^V]*)VALUES \((\?(?:, \?)*)\)/s,
      "$1SELECT $2 WHERE 0",
    ),
  },
];

const REWORKS: readonly Bug[] = [
  {
    about: "a rework counts the last message 2 of the delivery before as its own",
    breaks: "rework-keeps-its-unit",
    drops: ["TRIGGER units_count_reworks"],
    sql: bend(
      "message2_before = message2_count, changed_ms",
      "message2_before = max(0, message2_count - 1), changed_ms",
    ),
  },
  {
    about: "whether the order allows a rework is not looked at",
    breaks: "rework-needs-its-order",
    drops: ["TRIGGER units_move_legally"],
    row: ordersSeenAs(() => ({ rework: 1 })),
  },
];

/** Every bug. */
export const BUGS: readonly Bug[] = [...UNITS, ...KEYS, ...RECEIPTS, ...LENDING, ...REWORKS];
