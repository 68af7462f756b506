/**
 * Decides about the head of an appliance's record (P-69): whether it goes on from what is known, is merely late, has to be
 * proven, or shows that the appliance's disk was put back or copied. Pure: what is kept is handed in.
 *
 * @module
 */

/** One place in an appliance's record; the hash in hex. */
export interface RecordPlace {
  /** From 1; 0: no place. */
  readonly number: number;
  readonly hash: string;
}

/** A head as it was reported. */
export interface ReportedHead extends RecordPlace {
  /** The appliance's request number: what tells late from put back. */
  readonly sequence: number;
  /** Two earlier places that the appliance says it has. */
  readonly base: RecordPlace;
  readonly asked: RecordPlace;
}

/** What is known when a head is reported. */
export interface HeadQuestion {
  readonly reported: ReportedHead;
  /** The kept head with the highest number; undefined: none was ever kept. */
  readonly newest: { readonly number: number; readonly sequence: number } | undefined;
  /** Returns the hash that is kept for a number, or undefined. */
  readonly hashAt: (number: number) => string | undefined;
}

/** Why an appliance is frozen. `contradiction`: its reports of uses do not agree with each other. */
export type FrozenBecause = "put-back" | "forked" | "contradiction";

/** What a head does. */
export type HeadPlan =
  | { readonly act: "keep" }
  /** Late, or known already. */
  | { readonly act: "nothing" }
  /** It has to prove that its record has the newest kept head in it. */
  | { readonly act: "ask"; readonly number: number }
  /** `common`: the newest number that is known to be in both records; 0 when there is none. */
  | {
    readonly act: "freeze";
    readonly because: Exclude<FrozenBecause, "contradiction">;
    readonly common: number;
  };

/** Decides about one reported head. */
export function decideHead({ reported, newest, hashAt }: HeadQuestion): HeadPlan {
  const places = [reported, reported.base, reported.asked].filter(({ number }) => number > 0);
  const kept = places.filter(({ number }) => hashAt(number) !== undefined);
  const equal = kept.filter(({ number, hash }) => hashAt(number) === hash);
  if (equal.length < kept.length) {
    return { act: "freeze", because: "forked", common: Math.max(0, ...equal.map(({ number }) => number)) };
  }
  if (newest === undefined) return { act: reported.number > 0 ? "keep" : "nothing" };
  if (reported.number < newest.number) {
    // A request that was overtaken on the way has the lower sequence too: it was made earlier. One that was made later
    // and has less in its record can only come from a disk that was put back.
    if (reported.sequence < newest.sequence) return { act: "nothing" };
    return { act: "freeze", because: "put-back", common: reported.number };
  }
  if (reported.number === newest.number) return { act: "nothing" };
  const isProven = equal.some(({ number }) => number === newest.number);
  return isProven ? { act: "keep" } : { act: "ask", number: newest.number };
}
