/**
 * Appliances with their sequence windows, enrolment codes, and the list of denied UIDs.
 *
 * @module
 */

import {
  type ApplianceId,
  assert,
  padUid,
  type ProductId,
  type Uid,
  uidOf,
} from "../../bootloader/wire/mod.ts";
import type { ApplianceReply, EnrolmentId } from "../api/mod.ts";
import { emptyWindow, type FrozenBecause, type SequenceWindow } from "../ledger/mod.ts";
import {
  bytesOf,
  bytesOrNull,
  type Database,
  integerOf,
  integerOrNull,
  type Row,
  textOf,
  textOrNull,
} from "./database.ts";
import type { UnitKey } from "./units.ts";

/** Returns an appliance, or undefined. */
export function findAppliance(db: Database, appliance: ApplianceId): ApplianceReply | undefined {
  const row = db.first("SELECT * FROM appliances WHERE id = ?", appliance);
  return row === undefined ? undefined : applianceOf(row);
}

/** Returns all appliances, oldest first. */
export function listAppliances(db: Database): readonly ApplianceReply[] {
  return db.all("SELECT * FROM appliances ORDER BY enrolled_ms, id").map(applianceOf);
}

/** Whether an appliance or an open enrolment code has the name. */
export function applianceNameTaken(db: Database, name: string, nowMs: number): boolean {
  const open = "SELECT 1 FROM enrolments WHERE name = ? AND appliance IS NULL AND expires_ms > ?";
  return db.first("SELECT 1 FROM appliances WHERE name = ?", name) !== undefined ||
    db.first(open, name, nowMs) !== undefined;
}

/** Whether an appliance was enrolled with the public key. */
export function publicKeyTaken(db: Database, publicKey: Uint8Array): boolean {
  return db.first("SELECT 1 FROM appliances WHERE public_key = ?", publicKey) !== undefined;
}

/** Keeps a new appliance that never spoke. */
export function insertAppliance(
  db: Database,
  appliance: Pick<ApplianceReply, "appliance" | "name" | "publicKey" | "products" | "enrolledAtMs">,
): void {
  db.run(
    `INSERT INTO appliances (id, name, public_key, products, enrolled_ms, heard_ms, sequence_seen)
      VALUES (?, ?, ?, ?, ?, ?, ?)`,
    appliance.appliance,
    appliance.name,
    Uint8Array.fromHex(appliance.publicKey),
    JSON.stringify(appliance.products),
    appliance.enrolledAtMs,
    appliance.enrolledAtMs,
    emptyWindow().seen,
  );
}

/** Revokes an appliance; the first time counts. */
export function revokeAppliance(db: Database, appliance: ApplianceId, nowMs: number): void {
  db.run("UPDATE appliances SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL", nowMs, appliance);
}

/** Stops an appliance, or lets it go on (null); returns whether that changed anything. */
export function setStoppedMs(db: Database, appliance: ApplianceId, stoppedMs: number | null): boolean {
  const changed = db.run(
    "UPDATE appliances SET stopped_ms = ?1 WHERE id = ?2 AND (stopped_ms IS NULL) <> (?1 IS NULL)",
    stoppedMs,
    appliance,
  );
  return changed === 1;
}

/** Freezes an appliance for good, naming the chips that it is about; the first time counts. */
export function freezeAppliance(
  db: Database,
  appliance: ApplianceId,
  facts: { readonly uids: readonly Uid[]; readonly because: FrozenBecause; readonly nowMs: number },
): void {
  db.run(
    "UPDATE appliances SET frozen_ms = ?, frozen_because = ?, frozen_uids = ? WHERE id = ? AND frozen_ms IS NULL",
    facts.nowMs,
    facts.because,
    JSON.stringify(facts.uids),
    appliance,
  );
}

/** Names further chips of an appliance that is frozen. */
export function nameFrozenUids(db: Database, appliance: ApplianceId, uids: readonly Uid[]): void {
  const changed = db.run(
    "UPDATE appliances SET frozen_uids = ? WHERE id = ? AND frozen_ms IS NOT NULL",
    JSON.stringify(uids),
    appliance,
  );
  assert(changed === 1, "Cannot name chips of a frozen appliance: it is not frozen");
}

/** Returns the sequence window of an appliance that exists. */
export function readWindow(db: Database, appliance: ApplianceId): SequenceWindow {
  const row = db.one("SELECT sequence_highest, sequence_seen FROM appliances WHERE id = ?", appliance);
  return { highest: integerOf(row, "sequence_highest"), seen: bytesOf(row, "sequence_seen") };
}

/** Keeps the sequence window of an appliance and when it spoke. */
export function writeWindow(
  db: Database,
  appliance: ApplianceId,
  window: SequenceWindow,
  nowMs: number,
): void {
  const changed = db.run(
    "UPDATE appliances SET sequence_highest = ?, sequence_seen = ?, seen_ms = ? WHERE id = ? AND sequence_highest <= ?",
    window.highest,
    window.seen,
    nowMs,
    appliance,
    window.highest,
  );
  assert(changed === 1, "Cannot keep a sequence window: it would go back");
}

/** Notes that an appliance in good standing was heard of; whatever it asked for is settled by that. Never goes back. */
export function noteHeard(db: Database, appliance: ApplianceId, nowMs: number): void {
  db.run(
    "UPDATE appliances SET heard_ms = max(coalesce(heard_ms, 0), ?), renewal_ms = NULL, declined_ms = NULL WHERE id = ?",
    nowMs,
    appliance,
  );
}

/** Notes that an appliance asks to be renewed. */
export function noteRenewalAsked(db: Database, appliance: ApplianceId, nowMs: number): void {
  db.run("UPDATE appliances SET renewal_ms = ? WHERE id = ?", nowMs, appliance);
}

/** Puts an appliance in good standing again. */
export function approveRenewal(db: Database, appliance: ApplianceId, nowMs: number): void {
  noteHeard(db, appliance, nowMs);
}

/** Notes that a person declined a renewal. */
export function declineRenewal(db: Database, appliance: ApplianceId, nowMs: number): void {
  db.run("UPDATE appliances SET declined_ms = ?, renewal_ms = NULL WHERE id = ?", nowMs, appliance);
}

/** An enrolment code as it is kept. */
export interface StoredEnrolment {
  readonly enrolment: EnrolmentId;
  readonly name: string;
  readonly products: ProductId[];
  /** The code's 10 bytes of secret, sealed. */
  readonly sealedSecret: Uint8Array;
  readonly expiresMs: number;
  /** Set once the code was used. */
  readonly used: { readonly mac: Uint8Array; readonly appliance: ApplianceId } | undefined;
}

/** Returns the enrolment codes whose hour is not over, used ones included. */
export function listEnrolments(db: Database, nowMs: number): readonly StoredEnrolment[] {
  return db.all("SELECT * FROM enrolments WHERE expires_ms > ? ORDER BY expires_ms, id", nowMs).map(
    enrolmentOf,
  );
}

/** Keeps a new enrolment code. */
export function insertEnrolment(db: Database, enrolment: Omit<StoredEnrolment, "used">): void {
  db.run(
    "INSERT INTO enrolments (id, name, products, sealed_secret, expires_ms) VALUES (?, ?, ?, ?, ?)",
    enrolment.enrolment,
    enrolment.name,
    JSON.stringify(enrolment.products),
    enrolment.sealedSecret,
    enrolment.expiresMs,
  );
}

/** Uses up an enrolment code. @throws {Defect} when it was used before. */
export function spendEnrolment(
  db: Database,
  enrolment: EnrolmentId,
  used: { readonly mac: Uint8Array; readonly appliance: ApplianceId },
): void {
  const changed = db.run(
    "UPDATE enrolments SET mac = ?, appliance = ? WHERE id = ? AND appliance IS NULL",
    used.mac,
    used.appliance,
    enrolment,
  );
  assert(changed === 1, "Cannot use an enrolment code: it was used before");
}

/** Whether the owner has denied a UID. */
export function isDenied(db: Database, key: UnitKey): boolean {
  return db.first("SELECT 1 FROM denials WHERE family = ? AND uid = ?", key.family, padUid(key.uid)) !==
    undefined;
}

/** Denies or allows a UID. */
export function setDenied(db: Database, key: UnitKey, denied: boolean): void {
  const sql = denied
    ? "INSERT INTO denials (family, uid) VALUES (?, ?) ON CONFLICT DO NOTHING"
    : "DELETE FROM denials WHERE family = ? AND uid = ?";
  db.run(sql, key.family, padUid(key.uid));
}

/** Returns all denied chips. */
export function listDenials(db: Database): readonly UnitKey[] {
  return db.all("SELECT family, uid FROM denials ORDER BY family, uid").map((row) => ({
    family: integerOf(row, "family"),
    uid: uidOf(bytesOf(row, "uid")),
  }));
}

/** Returns how many chips are denied. */
export function countDenials(db: Database): number {
  return integerOf(db.one("SELECT count(*) AS count FROM denials"), "count");
}

/** Returns how often the list of denied chips has changed. */
export function denialChanges(db: Database): number {
  return integerOf(db.one("SELECT changes FROM denial_changes"), "changes");
}

function applianceOf(row: Row): ApplianceReply {
  return {
    appliance: textOf(row, "id") as ApplianceId,
    name: textOf(row, "name"),
    publicKey: bytesOf(row, "public_key").toHex(),
    products: JSON.parse(textOf(row, "products")) as ProductId[],
    enrolledAtMs: integerOf(row, "enrolled_ms"),
    revokedAtMs: integerOrNull(row, "revoked_ms"),
    stoppedAtMs: integerOrNull(row, "stopped_ms"),
    lastSeenAtMs: integerOrNull(row, "seen_ms"),
    heardAtMs: integerOrNull(row, "heard_ms") ?? integerOf(row, "enrolled_ms"),
    renewalAskedAtMs: integerOrNull(row, "renewal_ms"),
    renewalDeclinedAtMs: integerOrNull(row, "declined_ms"),
    frozenAtMs: integerOrNull(row, "frozen_ms"),
    frozenUids: JSON.parse(textOf(row, "frozen_uids")) as Uid[],
    frozenBecause: textOrNull(row, "frozen_because") as FrozenBecause | null,
  };
}

function enrolmentOf(row: Row): StoredEnrolment {
  const mac = bytesOrNull(row, "mac");
  return {
    enrolment: textOf(row, "id") as EnrolmentId,
    name: textOf(row, "name"),
    products: JSON.parse(textOf(row, "products")) as ProductId[],
    sealedSecret: bytesOf(row, "sealed_secret"),
    expiresMs: integerOf(row, "expires_ms"),
    used: mac === null ? undefined : { mac, appliance: textOf(row, "appliance") as ApplianceId },
  };
}
