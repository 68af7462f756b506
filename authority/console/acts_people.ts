/**
 * Acts about appliances, leases and devices, each with the function of issuance that the owner's routes call. Decides nothing.
 *
 * @module
 */

import { parseUid } from "../../bootloader/wire/mod.ts";
import { applianceId, type ApplianceReply, type DeviceDecision, leaseId, readWith } from "../api/mod.ts";
import {
  decideDevice,
  decideLeaseByPerson,
  decideRenewalByPerson,
  deviceRecord,
  type Office,
  outdatedNow,
  revokeAppliance,
  setStopped,
} from "../issuance/mod.ts";
import { findAppliance, findLease, leaseWithCounts, type UnitKey } from "../store/mod.ts";
import type { Fields } from "./fields.ts";
import { type Plan, type ReadPlan, type Row, type Tell } from "./plan.ts";
import type { TextName } from "./words.ts";
import { type Outside, outsideOfAppliance, unaccountedTells } from "./worst_case.tsx";

/** Returns the word for how an appliance stands. `outdated`: it was not heard of for too long. */
export function standingOf(appliance: ApplianceReply, outdated: boolean): TextName {
  if (appliance.revokedAtMs !== null) return "revoked";
  if (appliance.frozenAtMs !== null) return "frozen";
  if (appliance.stoppedAtMs !== null) return "stopped";
  if (appliance.renewalAskedAtMs !== null) return "asksRenewal";
  if (appliance.renewalDeclinedAtMs !== null) return "declined";
  return outdated ? "outdated" : "inOrder";
}

function applianceAct(
  tells: (office: Office, appliance: ApplianceReply) => readonly Tell[],
  run: (office: Office, who: string, id: ApplianceReply["appliance"]) => ReturnType<Plan["run"]>,
  back?: string,
): ReadPlan {
  return (office, fields) => {
    const id = readWith(applianceId, fields.hex("appliance", 8), "the appliance's id");
    const found = findAppliance(office.db, id);
    if (found === undefined) return { refused: "appliance-not-found" };
    const now = () => findAppliance(office.db, id) ?? found;
    return {
      subject: found.name,
      back: back ?? `/console/appliances/${id}`,
      fields: { appliance: id },
      tells: tells(office, found),
      rows: (): readonly Row[] => [
        { name: { text: "state" }, value: { text: standingOf(now(), outdatedNow(office, now())) } },
        { name: { text: "lentNow" }, value: outsideOfAppliance(office, now()).lent },
      ],
      terms: () => standingOf(now(), outdatedNow(office, now())),
      run: (who) => run(office, who, id),
    };
  };
}

function heldTells(text: TextName, outside: Outside): readonly Tell[] {
  return [{ text, parts: { lent: outside.lent } }, ...unaccountedTells(outside)];
}

/** Revokes an appliance. */
export const applianceRevoke = applianceAct(
  (office, appliance) => heldTells("applianceRevokeTells", outsideOfAppliance(office, appliance)),
  revokeAppliance,
);

/** Stops an appliance until it is resumed, from the page of STOP. */
export const stopAppliance = applianceAct(
  (office, appliance) => heldTells("stopApplianceTells", outsideOfAppliance(office, appliance)),
  (office, who, id) => setStopped(office, who, id, true),
  "/console/stop",
);

/** Lets a stopped appliance go on. */
export const resumeAppliance = applianceAct(
  () => [{ text: "applianceResumeTells" }],
  (office, who, id) => setStopped(office, who, id, false),
);

/** Approves a renewal. */
export const renewalApprove = applianceAct(
  () => [{ text: "renewalApproveTells" }],
  (office, who, id) => decideRenewalByPerson(office, who, id, { decision: "approve" }),
);

/** Declines a renewal. */
export const renewalDecline = applianceAct(
  () => [{ text: "renewalDeclineTells" }],
  (office, who, id) => decideRenewalByPerson(office, who, id, { decision: "decline" }),
);

/** Gives up what is open of a lease. */
export const leaseGiveUp: ReadPlan = (office, fields) => {
  const id = readWith(leaseId, fields.hex("lease", 16), "the lease's id");
  const found = findLease(office.db, id);
  if (found === undefined) return { refused: "lease-unknown" };
  const now = () => leaseWithCounts(office.db, id, Math.floor(office.nowMs() / 1000));
  return {
    subject: id,
    back: "/console/dates",
    fields: { lease: id },
    tells: [{ text: "leaseGiveUpTells", parts: { units: now().open } }],
    rows: (): readonly Row[] => [
      { name: { text: "lentNow" }, value: now().open },
      { name: { unit: "unaccounted" }, value: now().unaccounted },
    ],
    terms: () => null,
    run: (who) => decideLeaseByPerson(office, who, id, { decision: "unaccounted" }),
  };
};

/** Returns the chip that fields name. @throws {Malformed} where they name none */
export function deviceKeyOf(fields: Fields): UnitKey {
  return { family: fields.whole("family", 0, 0xffff), uid: parseUid(fields.hex("uid", 12)) };
}

function deviceAct(
  text: TextName,
  decisionOf: (fields: Fields) => DeviceDecision,
  tick?: Plan["tick"],
): ReadPlan {
  return (office, fields) => {
    const key = deviceKeyOf(fields);
    const now = () => deviceRecord(office, key);
    return {
      subject: key.uid,
      back: `/console/devices/${key.family}/${key.uid}`,
      fields: { family: `${key.family}`, uid: key.uid },
      ...(tick === undefined ? {} : { tick }),
      tells: [{ text }],
      rows: () => deviceRows(now()),
      terms: () => [now().device?.state ?? null, now().denied],
      run: (who) => decideDevice(office, who, key, decisionOf(fields)),
    };
  };
}

function deviceRows(record: ReturnType<typeof deviceRecord>): readonly Row[] {
  const { device, denied, certificateRevoked } = record;
  return [
    { name: { text: "state" }, value: { literal: device?.state ?? "free" } },
    { name: { text: "denied" }, value: { text: denied ? "yes" : "no" } },
    { name: { text: "certificateRevoked" }, value: { text: certificateRevoked ? "yes" : "no" } },
  ];
}

/** Denies a chip. */
export const deviceDeny = deviceAct("deviceDenyTells", () => ({ decision: "deny" }));
/** Allows a chip again. */
export const deviceAllow = deviceAct("deviceAllowTells", () => ({ decision: "allow" }));
/** Books a device as lost. */
export const deviceLost = deviceAct("deviceLostTells", () => ({ decision: "lost" }));
/** Has a device made anew. */
export const deviceRework = deviceAct("deviceReworkTells", () => ({ decision: "rework" }));
/** Gives the unit of a lost device back. */
export const deviceRecredit = deviceAct(
  "deviceRecreditTells",
  (fields) => ({ decision: "re-credit", deviceMayExist: fields.ticked("deviceMayExist") }),
  { name: "deviceMayExist", text: "deviceMayExist" },
);
