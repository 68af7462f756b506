/**
 * What Spin is asked: one row, one search. A guard that is taken away must break the law named; a row that holds with one
 * guard less says which other guard carries the load. Pure table; `spin_test.ts` runs it.
 *
 * @module
 */

/** The models of this folder. */
export type Model = "online" | "lease" | "lending" | "appliance";

/** One search of a model's states. */
export interface Run {
  readonly model: Model;
  /** What is taken away, or what the search is about. */
  readonly about: string;
  /** Macros of the model that differ from its defaults: all guards on. */
  readonly set: Readonly<Record<string, number>>;
  /** `holds`: all states searched, no law broken; otherwise the law that the search must find broken. */
  readonly expect: string;
  /** Many states or many steps: worth the compiler's time, and begun first. */
  readonly large?: true;
}

const GRANT = "devices_within_grant";
const NOW: Readonly<Record<string, number>> = { RESTORES: 0 };
const TWICE: Readonly<Record<string, number>> = { UIDS: 1, GRANTED: 1, RESTORES: 2, RAISES: 2, LOWERS: 0 };

const online: readonly Omit<Run, "model">[] = [
  { about: "all guards, two processes", set: {}, expect: "holds" },
  { about: "three chips, two units", set: { UIDS: 3, GRANTED: 2, UNITS_EACH: 1, LIMIT: 1 }, expect: "holds" },
  { about: "a delivered device made anew, one chip", set: { REWORKS: 1, UIDS: 1 }, expect: "holds" },
  {
    about: "rework: numbers of its own messages 2",
    set: { REWORKS: 1, UIDS: 1, REWORK_NUMBERS: 0 },
    expect: "rework_by_own_receipt",
  },
  { about: "rework: the same unit", set: { REWORKS: 1, UIDS: 1, REWORK_UNIT: 0 }, expect: GRANT },
  { about: "lock alone, writes without condition", set: { CONDITIONAL: 0 }, expect: "holds" },
  {
    about: "read, then write: no lock, no condition",
    set: { LOCK: 0, CONDITIONAL: 0 },
    expect: "free_never_below_zero",
  },
  {
    about: "conditions of the SQL alone, no lock",
    set: { LOCK: 0, CHANGES: 0 },
    expect: "committed_by_own_receipt",
  },
  {
    about: "conditions naming state and unit, no lock, no change of the order",
    set: { LOCK: 0, CONDITIONAL: 2, CHANGES: 0, UNITS_EACH: 1, LIMIT: 1 },
    expect: "holds",
    large: true,
  },
  {
    about: "the same, the owner raises and lowers",
    set: { LOCK: 0, CONDITIONAL: 2, UNITS_EACH: 1, LIMIT: 1 },
    expect: "owner_heard_once",
  },
  { about: "MESSAGE2 durable first", set: { MESSAGE2_FIRST: 0, ONLY_GRANT: 1 }, expect: GRANT },
  { about: "message 2 counted per unit", set: { COUNT_PER_UNIT: 0 }, expect: "message2_within_limit" },
  { about: "none after the receipt (closed ticket carries)", set: { NONE_AFTER: 0 }, expect: "holds" },
  {
    about: "none after the receipt, nor the ticket closed",
    set: { NONE_AFTER: 0, CLOSE_TICKET: 0 },
    expect: "no_message2_after_receipt",
  },
  { about: "retry free", set: { RETRY_FREE: 0 }, expect: "counts_equal_rows" },
  { about: "unit ids: a late receipt", set: { UNIT_ID: 0 }, expect: "committed_by_own_receipt" },
  { about: "ticket closed first (unit ids carry)", set: { CLOSE_TICKET: 0 }, expect: "holds", large: true },
  {
    about: "unit ids and closed tickets",
    set: { UNIT_ID: 0, CLOSE_TICKET: 0, ONLY_GRANT: 1 },
    expect: GRANT,
  },
  { about: "only unkeyed units go back", set: { UNKEYED_ONLY: 0 }, expect: GRANT },
  { about: "re-credit revokes", set: { REVOKE: 0 }, expect: GRANT },
  { about: "lowered by free units only", set: { LOWER_FREE: 0, ONLY_GRANT: 1 }, expect: GRANT },
  { about: "a change once", set: { ONCE: 0 }, expect: "owner_heard_once" },
];

const lease: readonly Omit<Run, "model">[] = [
  { about: "all guards, root's appliances, one restore", set: {}, expect: "holds", large: true },
  { about: "leases of two units", set: { UNITS: 2, UIDS: 1, LOWERS: 0 }, expect: "holds", large: true },
  { about: "never restored", set: NOW, expect: "holds" },
  { about: "sign-once per index name", set: { ...NOW, SIGN_ONCE: 0 }, expect: GRANT },
  { about: "write-once (sign-once carries)", set: { ...NOW, WRITE_ONCE: 0 }, expect: "holds" },
  { about: "one use of an authorisation: negative expiration", set: { ...NOW, ONE_USE: 0 }, expect: GRANT },
  {
    about: "the same, no undefining: write-once carries",
    set: { ...NOW, ONE_USE: 0, UNDEFINE: 0 },
    expect: "holds",
  },
  {
    about: "the same, no undefining, without write-once",
    set: { ...NOW, ONE_USE: 0, UNDEFINE: 0, WRITE_ONCE: 0 },
    expect: GRANT,
  },
  { about: "index raised in place", set: { ...NOW, RAISE_IN_PLACE: 1 }, expect: GRANT },
  {
    about: "the same, no undefining: write-once carries",
    set: { ...NOW, RAISE_IN_PLACE: 1, UNDEFINE: 0 },
    expect: "holds",
  },
  {
    about: "the same, no undefining, without write-once",
    set: { ...NOW, RAISE_IN_PLACE: 1, UNDEFINE: 0, WRITE_ONCE: 0 },
    expect: GRANT,
  },
  { about: "VOIDs: attested counts instead", set: { ...NOW, VOIDS: 0, UNDEFINE: 0 }, expect: GRANT },
  { about: "MESSAGE2 durable first", set: { ...NOW, MESSAGE2_FIRST: 0 }, expect: GRANT },
  { about: "epoch: nothing after a restore", set: { EPOCH: 0 }, expect: GRANT },
  {
    about: "wait per appliance, two honest appliances",
    set: { EPOCH: 1, HONEST: 1, RAISES: 0, LOWERS: 0 },
    expect: GRANT,
  },
  {
    about: "wait for all, honest, the owner changes nothing",
    set: { EPOCH: 2, HONEST: 1, RAISES: 0, LOWERS: 0 },
    expect: "holds",
  },
  {
    about: "wait for all, honest, a lowering forgotten",
    set: { EPOCH: 2, HONEST: 1, RAISES: 0 },
    expect: GRANT,
  },
  { about: "wait for all, one says less", set: { EPOCH: 2, RAISES: 0, LOWERS: 0 }, expect: GRANT },
  { about: "reserved counts as keyed", set: { RESERVED_AS_KEYED: 0 }, expect: GRANT },
  { about: "earlier epoch's VOIDs to unaccounted", set: { VOID_UNACCOUNTED: 0 }, expect: GRANT },
  { about: "no message 2 for an earlier epoch's ticket", set: { OLD_TICKET: 0 }, expect: GRANT },
  { about: "no index name of an earlier epoch", set: { EPOCH_NAME: 0 }, expect: GRANT },
  { about: "no unit of an earlier epoch goes on", set: { RENEW: 0 }, expect: "holds", large: true },
  { about: "an earlier epoch's unit gets a new ticket", set: { RENEW_OLD: 1 }, expect: GRANT },
  {
    about: "a person frees what nothing can claim",
    set: { PERSON: 1, UIDS: 1 },
    expect: "holds",
    large: true,
  },
  { about: "a person frees unasked", set: { PERSON: 2, UIDS: 1 }, expect: GRANT },
  { about: "restored twice, the owner raises twice", set: TWICE, expect: "holds", large: true },
  { about: "restored twice into the same epoch", set: { ...TWICE, EPOCH_FRESH: 0 }, expect: GRANT },
];

const lending: readonly Omit<Run, "model">[] = [
  { about: "all guards, vault file", set: {}, expect: "holds" },
  { about: "one unit for two leases", set: { GRANTED: 1 }, expect: "holds" },
  { about: "one unit allowed at a time", set: { ALLOWED: 1 }, expect: "holds" },
  { about: "one lease for one key", set: { KEY_ONCE: 0 }, expect: "counts_equal_rows" },
  {
    about: "lent within the allowance",
    set: { ALLOWED: 1, WITHIN_ALLOWANCE: 0 },
    expect: "lent_within_allowance",
  },
  { about: "lent within what is free", set: { WITHIN_FREE: 0 }, expect: "free_never_below_zero" },
  { about: "an overtaken report changes nothing", set: { FORWARD_ONLY: 0 }, expect: "counts_equal_rows" },
  { about: "closed before it is returned", set: { CLOSE_FIRST: 0 }, expect: "returned_is_unused" },
  { about: "out of its lease once (closing first carries)", set: { LEAVES_ONCE: 0 }, expect: "holds" },
  { about: "closed before it is returned: the grant", set: { CLOSE_FIRST: 0, ONLY_GRANT: 1 }, expect: GRANT },
  {
    about: "what was given up stays so (closing first carries)",
    set: { GIVEN_UP_STAYS: 0 },
    expect: "holds",
  },
  { about: "MESSAGE2 durable first", set: { MESSAGE2_FIRST: 0 }, expect: GRANT },
];

const appliance: readonly Omit<Run, "model">[] = [
  { about: "all guards, vault tpm", set: {}, expect: "holds" },
  { about: "all guards, vault file", set: { TPM: 0 }, expect: "holds" },
  { about: "one certificate in hand: parallel stations", set: { ONE_IN_HAND: 0 }, expect: "crash_burns_one" },
  { about: "INTENT first", set: { INTENT_FIRST: 0 }, expect: "certificate_after_intent" },
  { about: "MESSAGE2 durable first", set: { MESSAGE2_FIRST: 0 }, expect: "message2_counted" },
  { about: "older disk put back, vault tpm", set: { RESTORES: 1 }, expect: "holds" },
  { about: "older disk put back, vault file", set: { RESTORES: 1, TPM: 0 }, expect: "devices_within_lease" },
];

/** Every search, large ones first so that two workers end together. */
export const RUNS: readonly Run[] = [
  ...online.map((run): Run => ({ model: "online", ...run })),
  ...lease.map((run): Run => ({ model: "lease", ...run })),
  ...lending.map((run): Run => ({ model: "lending", ...run })),
  ...appliance.map((run): Run => ({ model: "appliance", ...run })),
].sort((a, b) => Number(b.large ?? false) - Number(a.large ?? false));
