/**
 * The steps of a day as fast-check draws them: what is sent, by whom, through which office, how it travels, and what happens
 * in between. Numbers choose among what is in hand when the step is taken.
 *
 * @module
 */

import fc from "fast-check";

/** How a request travels. `lost`: its answer never arrives. `twice`: it arrives twice. `late`: some steps later. */
export type Fate = "plain" | "lost" | "twice" | "late";

export interface UseStep {
  readonly index: number;
  readonly uid: number;
  readonly state: "reserved" | "keyed" | "committed";
  readonly count: number;
  /** An honest vault: the chip that the ticket was first used for. */
  readonly stick: boolean;
  readonly otherReceipt: boolean;
}

/** What is done. */
export type Step =
  | {
    readonly act: "ticket";
    readonly appliance: number;
    readonly uid: number;
    readonly product: number;
    readonly rework: boolean;
  }
  | {
    readonly act: "message1";
    readonly nth: number;
    readonly how: "good" | "replay" | "bent" | "unlocked" | "other appliance";
  }
  | {
    readonly act: "receipt";
    readonly nth: number;
    readonly how: "own" | "forged" | "other number" | "other appliance";
  }
  | { readonly act: "failure"; readonly nth: number; readonly abandon: boolean; readonly other: boolean }
  | {
    readonly act: "lease";
    readonly appliance: number;
    readonly order: number;
    readonly units: number;
    readonly nth: number;
    readonly how: "new" | "again" | "same key" | "same T";
  }
  | {
    readonly act: "uses";
    readonly nth: number;
    readonly uses: readonly UseStep[];
    readonly other: boolean;
    /** Another hash for the journal number that was reported last. */
    readonly twisted: boolean;
  }
  | {
    readonly act: "returns";
    readonly nth: number;
    readonly indexes: readonly number[];
    readonly careless: boolean;
  }
  | {
    readonly act: "order";
    readonly order: number;
    readonly change: "raise" | "lower" | "freeze" | "thaw" | "dates" | "rework";
    readonly by: number;
  }
  | { readonly act: "allowance"; readonly order: number; readonly subject: number; readonly units: number }
  | {
    readonly act: "device";
    readonly uid: number;
    readonly decision: "lost" | "re-credit" | "deny" | "allow" | "rework";
    readonly knows: boolean;
  }
  | { readonly act: "give-up"; readonly nth: number }
  | { readonly act: "revoke"; readonly subject: number }
  | { readonly act: "late"; readonly nth: number }
  | { readonly act: "clock"; readonly seconds: number };

/** A step and its journey. */
export interface Move {
  readonly step: Step;
  /** Which of the two offices. */
  readonly desk: 0 | 1;
  readonly http: boolean;
  readonly fate: Fate;
  /** Happens at the other office before the transaction that begins after `after` others. */
  readonly between: { readonly step: Step; readonly after: 0 | 1 } | null;
}

// Few chips, so that the same one comes again.
const uid = fc.constantFrom(1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 7);
const appliance = fc.integer({ min: 0, max: 2 });
const order = fc.integer({ min: 0, max: 2 });
// Mostly what has just happened: that is what races are about.
const nth = fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 8);
const rarely = fc.integer({ min: 0, max: 59 }).map((n) => n === 0);
const sometimes = fc.integer({ min: 0, max: 7 }).map((n) => n === 0);
const act = <A extends string>(name: A) => fc.constant(name);

const useStep: fc.Arbitrary<UseStep> = fc.record({
  index: fc.nat(3),
  uid,
  state: fc.constantFrom("reserved", "keyed", "committed"),
  count: fc.integer({ min: 1, max: 4 }),
  stick: rarely.map((rare) => !rare),
  otherReceipt: rarely,
});

const appliances: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      act: act("ticket"),
      appliance,
      uid,
      product: fc.constantFrom(0, 0, 0, 2),
      rework: sometimes,
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      act: act("message1"),
      nth,
      how: fc.constantFrom("good", "good", "good", "good", "replay", "bent", "unlocked", "other appliance"),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      act: act("receipt"),
      nth,
      how: fc.constantFrom("own", "own", "own", "forged", "other number", "other appliance"),
    }),
  },
  { weight: 3, arbitrary: fc.record({ act: act("failure"), nth, abandon: fc.boolean(), other: rarely }) },
  {
    weight: 5,
    arbitrary: fc.record({
      act: act("lease"),
      appliance,
      order: fc.constantFrom(0, 0, 1, 1, 2),
      units: fc.integer({ min: 1, max: 3 }),
      nth,
      how: fc.constantFrom("new", "new", "new", "new", "again", "again", "same key", "same T"),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      act: act("uses"),
      nth,
      uses: fc.array(useStep, { minLength: 1, maxLength: 3 }),
      other: rarely,
      twisted: rarely,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: act("returns"),
      nth,
      indexes: fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }),
      careless: rarely,
    }),
  },
) as fc.Arbitrary<Step>;

const people: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      act: act("order"),
      order,
      change: fc.constantFrom(
        "raise",
        "raise",
        "raise",
        "lower",
        "lower",
        "freeze",
        "thaw",
        "thaw",
        "thaw",
        "dates",
        "rework",
      ),
      by: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: act("allowance"),
      order: fc.constantFrom(0, 0, 1, 1, 2),
      subject: appliance,
      units: fc.constantFrom(0, 1, 3, 4, 5, 200),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      act: act("device"),
      uid,
      decision: fc.constantFrom(
        "lost",
        "lost",
        "lost",
        "re-credit",
        "re-credit",
        "re-credit",
        "rework",
        "rework",
        "rework",
        "deny",
        "allow",
        "allow",
      ),
      knows: rarely.map((rare) => !rare),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: act("give-up"), nth }) },
) as fc.Arbitrary<Step>;

const rare: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({ act: act("clock"), seconds: fc.constantFrom(1, 60, 700, 700, 20_000) }),
  },
  { weight: 1, arbitrary: fc.record({ act: act("revoke"), subject: appliance }) },
) as fc.Arbitrary<Step>;

const sent = fc.oneof({ weight: 9, arbitrary: appliances }, { weight: 4, arbitrary: people });

/** Any step; the second: a journey of its own. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: sent },
  { weight: 2, arbitrary: fc.record({ act: act("late"), nth }) as fc.Arbitrary<Step> },
  { weight: 1, arbitrary: rare },
);

/** Any move. */
export const move: fc.Arbitrary<Move> = fc.record({
  step,
  desk: fc.constantFrom(0, 1),
  http: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  fate: fc.constantFrom("plain", "plain", "plain", "plain", "plain", "lost", "twice", "late"),
  between: fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.record({ step: sent, after: fc.constantFrom(0, 1) }) },
  ),
}) as fc.Arbitrary<Move>;
