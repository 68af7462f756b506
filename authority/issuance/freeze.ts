/**
 * Freezes an appliance whose disk was copied or put back, and names the chips (P-59, P-69). The way back is a new enrolment.
 *
 * @module
 */

import type { ApplianceId, Uid } from "../../bootloader/wire/mod.ts";
import type { FrozenBecause } from "../ledger/mod.ts";
import { appendEvent, type LogEvent } from "../log/mod.ts";
import { findAppliance, freezeAppliance, nameFrozenUids } from "../store/mod.ts";
import { type Office, whoAppliance } from "./office.ts";

/** Freezes an appliance within the running transaction and returns the chips that are named, in order. */
export function freeze(
  office: Office,
  appliance: ApplianceId,
  facts: {
    readonly because: FrozenBecause;
    readonly uids: readonly Uid[];
    readonly about: LogEvent["about"];
  },
): readonly Uid[] {
  const uids = inOrder(facts.uids);
  const nowMs = office.nowMs();
  freezeAppliance(office.db, appliance, { uids, because: facts.because, nowMs });
  tell(office, appliance, { ...facts.about, because: facts.because, uids: uids.join(" ") });
  return uids;
}

/** Adds chips to those of an appliance that is frozen; nothing is told when all are named already. */
export function nameFurther(office: Office, appliance: ApplianceId, uids: readonly Uid[]): void {
  const named = findAppliance(office.db, appliance)?.frozenUids ?? [];
  const fresh = inOrder(uids).filter((uid) => !named.includes(uid));
  if (fresh.length === 0) return;
  nameFrozenUids(office.db, appliance, inOrder([...named, ...fresh]));
  tell(office, appliance, { uids: fresh.join(" ") });
}

function tell(office: Office, appliance: ApplianceId, about: LogEvent["about"]): void {
  appendEvent(
    office.db,
    { event: "appliance-frozen", who: whoAppliance(appliance), about },
    office.nowMs(),
  );
}

function inOrder(uids: readonly Uid[]): readonly Uid[] {
  return [...new Set(uids)].sort();
}

/** Returns what an operator should read beside "appliance-frozen". */
export function frozenDetail(because: FrozenBecause | null, uids: readonly Uid[]): string {
  const why = because === "put-back"
    ? "This appliance's record was put back to an earlier state"
    : because === "forked"
    ? "This appliance's record goes on otherwise than the one known here: its disk was copied, or put back and used again"
    : "Contradicting reports";
  return uids.length === 0 ? `${why}; no chip is known to be concerned` : `${why}; about ${uids.join(", ")}`;
}
