/**
 * Renewal of appliances that were not heard of for long: they ask by themselves, a person approves or declines (P-73).
 *
 * @module
 */

import type { ApplianceId } from "../../bootloader/wire/mod.ts";
import { assert } from "../../bootloader/wire/mod.ts";
import type { ApplianceReply, Decision, RenewalDecision, RenewalReply, RenewalRequest } from "../api/mod.ts";
import { decideRenewal, isOutdated } from "../ledger/mod.ts";
import { appendEvent } from "../log/mod.ts";
import { approveRenewal, declineRenewal, findAppliance, noteRenewalAsked } from "../store/mod.ts";
import { barredBy, type Office, whoAppliance } from "./office.ts";

/** How long an appliance may be away before a person must renew it, unless config.json says otherwise: a year. */
export const OUTDATED_AFTER_DAYS = 365;

/** Whether a person must renew the appliance first. */
export function outdatedNow(office: Office, appliance: ApplianceReply): boolean {
  return isOutdated(appliance.heardAtMs, office.nowMs(), office.outdatedAfterMs);
}

/** Keeps that an outdated appliance asks for renewal; the same request again gives the same answer. */
export function askRenewal(
  office: Office,
  { appliance }: ApplianceReply,
  request: RenewalRequest,
): Decision<RenewalReply> {
  return office.db.transact(() => {
    const known = findAppliance(office.db, appliance);
    assert(known !== undefined, "Cannot ask for a renewal: the appliance is gone");
    if (!outdatedNow(office, known)) return { granted: { standing: "good" } };
    if (known.renewalDeclinedAtMs !== null) return { granted: { standing: "declined" } };
    if (known.renewalAskedAtMs === null) {
      const nowMs = office.nowMs();
      noteRenewalAsked(office.db, appliance, nowMs);
      const about = { appliance, heardAtMs: known.heardAtMs, ...request };
      appendEvent(office.db, { event: "renewal-asked", who: whoAppliance(appliance), about }, nowMs);
    }
    return { granted: { standing: "asked" } };
  });
}

/** Approves or declines a renewal as a person told, within the running transaction. */
export function decideRenewalByPerson(
  office: Office,
  who: string,
  id: ApplianceId,
  decision: RenewalDecision,
): Decision<ApplianceReply> {
  const known = findAppliance(office.db, id);
  const decided = decideRenewal(
    known === undefined ? undefined : {
      barred: barredBy(office, id) !== undefined,
      asked: known.renewalAskedAtMs !== null || known.renewalDeclinedAtMs !== null,
    },
    decision,
  );
  if ("refused" in decided) return decided;
  const nowMs = office.nowMs();
  if (decided.granted === "approve") approveRenewal(office.db, id, nowMs);
  else declineRenewal(office.db, id, nowMs);
  appendEvent(office.db, {
    event: decided.granted === "approve" ? "renewal-approved" : "renewal-declined",
    who,
    about: { appliance: id },
  }, nowMs);
  const after = findAppliance(office.db, id);
  assert(after !== undefined, "Cannot answer with an appliance: it is gone");
  return { granted: after };
}
