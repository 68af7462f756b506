/**
 * What every act of the authority is given, and the two ways in which acts end up in the log. Knows no request.
 *
 * @module
 */

import type { Random } from "../../bootloader/suite/mod.ts";
import { hash32 } from "../../bootloader/suite/mod.ts";
import type { ApplianceId, OwnerId } from "../../bootloader/wire/mod.ts";
import type { Decision, RefusalCode } from "../api/mod.ts";
import { appendEvent, entryText, type LogEvent } from "../log/mod.ts";
import type { Signer } from "../signer/mod.ts";
import {
  type Database,
  findAnswer,
  findAppliance,
  keepAnswer,
  lastLogEntry,
  listLog,
  readSetting,
} from "../store/mod.ts";

/** The authority at work: its database, its signer, its facts, and the world handed in. */
export interface Office {
  readonly db: Database;
  readonly signer: Signer;
  readonly owner: OwnerId;
  readonly ownerName: string;
  /** Rises when a backup is restored: tickets of an earlier epoch get no message 2. */
  readonly epoch: number;
  readonly rootPublicKey: Uint8Array;
  /** The signed key set: 268 bytes. */
  readonly keySet: Uint8Array;
  /** How long an appliance may be away before a person must renew it (P-73), in milliseconds. */
  readonly outdatedAfterMs: number;
  readonly random: Random;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Returns how the log names an appliance. */
export function whoAppliance(appliance: ApplianceId): string {
  return `appliance ${appliance}`;
}

/**
 * Returns why an appliance gets nothing more, as of the running transaction: another process may have revoked it, or a report
 * have frozen it, after its request was admitted. Undefined: it may go on.
 */
export function barredBy(
  office: Office,
  appliance: ApplianceId,
): "appliance-revoked" | "appliance-frozen" | undefined {
  const now = findAppliance(office.db, appliance);
  if (now?.revokedAtMs !== null) return "appliance-revoked";
  return now.frozenAtMs === null ? undefined : "appliance-frozen";
}

/** As {@linkcode barredBy}, with what the owner may take back besides (P-79): it gets nothing new, and reports are still taken. */
export function heldBackBy(
  office: Office,
  appliance: ApplianceId,
): ReturnType<typeof barredBy> | "appliance-stopped" {
  const isStopped = findAppliance(office.db, appliance)?.stoppedAtMs !== null;
  return barredBy(office, appliance) ?? (isStopped ? "appliance-stopped" : undefined);
}

/** The setting that says that this database is older than what was signed (P-64); a new epoch clears it. */
export const DATABASE_OUTDATED = "outdated";

/** Whether something was shown that this authority has signed and does not know: it gives nothing until a new epoch. */
export function isDatabaseOutdated(office: Office): boolean {
  return (readSetting(office.db, DATABASE_OUTDATED) ?? "") !== "";
}

const REFUSALS_LOOKED_AT = 64;

/**
 * Logs a refusal within the running transaction. One that repeats one of the last 64 entries is not written again: a
 * station that waits for a raised order asks every few seconds.
 */
export function logRefusal(office: Office, event: LogEvent): void {
  const last = lastLogEntry(office.db)?.index ?? -1;
  const recent = listLog(office.db, Math.max(0, last + 1 - REFUSALS_LOOKED_AT), REFUSALS_LOOKED_AT);
  const isSame = (entry: string) =>
    entryText(event, (JSON.parse(entry) as { readonly at: number }).at) === entry;
  if (recent.some(({ entry }) => isSame(entry))) return;
  appendEvent(office.db, event, office.nowMs());
}

/** Refuses and logs it. */
export function refuse(
  office: Office,
  event: LogEvent,
  refused: RefusalCode,
  detail?: string,
): { readonly refused: RefusalCode; readonly detail?: string } {
  logRefusal(office, { ...event, about: { ...event.about, refused } });
  return detail === undefined ? { refused } : { refused, detail };
}

const ANSWERS_KEPT_MS = 48 * 3_600_000;

/**
 * Runs a mutation of the owner in one transaction, once for each idempotency key: the same key and request give the kept
 * answer again, another request under the key is refused. Refusals are not kept, so a mended request may use its key.
 */
export function once<T>(
  office: Office,
  request: { readonly key: string; readonly hash: Uint8Array },
  act: () => Decision<T>,
): Decision<T> {
  const keyHash = hashOfKey(request.key);
  const name = `answer ${keyHash.toHex()}`;
  return office.db.transact(() => {
    const kept = findAnswer(office.db, keyHash);
    if (kept !== undefined) {
      if (kept.requestHash.toHex() !== request.hash.toHex()) return { refused: "idempotency-conflict" };
      const text = office.signer.openAtRest(name, kept.sealedAnswer).use((bytes) =>
        new TextDecoder().decode(bytes)
      );
      return { granted: JSON.parse(text) as T };
    }
    const decision = act();
    if ("granted" in decision) {
      const text = new TextEncoder().encode(JSON.stringify(decision.granted));
      const nowMs = office.nowMs();
      keepAnswer(
        office.db,
        keyHash,
        { requestHash: request.hash, sealedAnswer: office.signer.sealAtRest(name, text) },
        { nowMs, forgetBeforeMs: nowMs - ANSWERS_KEPT_MS },
      );
    }
    return decision;
  });
}

/** Returns when `once` granted the request of a key, in milliseconds since 1970; undefined: it did not, or forgot. */
export function grantedAtMs(office: Office, key: string): number | undefined {
  return findAnswer(office.db, hashOfKey(key))?.atMs;
}

function hashOfKey(key: string): Uint8Array {
  return hash32(new TextEncoder().encode(`idempotency ${key}`));
}
