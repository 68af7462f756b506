/**
 * Devices: what became of each chip, the proofs about it, and what only a person may decide.
 *
 * @module
 */
import type { DeviceDecision, DeviceReply, ReplyOf } from "../api/mod.ts";
import { parseUid } from "../../bootloader/wire/mod.ts";
import { act, ask } from "./calls.ts";
import type { OwnerSession } from "./profile.ts";
import type { Result } from "./release/mod.ts";

/** Everything that the authority has recorded about one device. */
export type DeviceRecord = ReplyOf<"device">;

/** One device as a person names it. */
export interface NamedDevice {
  /** 24 hexadecimal digits in memory order. */
  readonly uid: string;
  /** Number of the chip family; missing: 1, `stm32g0`. */
  readonly family?: number;
}

/** Devices in one go. */
export interface DevicePage {
  readonly devices: readonly DeviceReply[];
  /** Cursor of what follows, null at the end. */
  readonly next: string | null;
}

/** Entries that one call to the authority gives at most. */
const PAGE_ENTRIES = 500;

/** Returns up to `limit` devices (1,000 when missing), oldest change first, in as many calls as that takes. */
export async function listDevices(
  session: OwnerSession,
  query: { readonly after?: string; readonly limit?: number } = {},
): Promise<Result<DevicePage>> {
  const limit = query.limit ?? 1000;
  const devices: DeviceReply[] = [];
  let next: string | null = query.after ?? null;
  // Bound: each turn but the last brings a full page, and `limit` ends it.
  do {
    const page = {
      limit: Math.min(PAGE_ENTRIES, limit - devices.length),
      ...(next === null ? {} : { after: next }),
    };
    const answer = await ask(session, () => session.client.devices(page));
    if ("refused" in answer) return answer;
    devices.push(...answer.granted.devices);
    next = answer.granted.devices.length === 0 ? null : answer.granted.next;
  } while (next !== null && devices.length < limit);
  return { granted: { devices, next } };
}

/** Returns the record of one device. @throws {Malformed} for a UID that is none. */
export async function showDevice(session: OwnerSession, device: NamedDevice): Promise<Result<DeviceRecord>> {
  const key = keyOf(device);
  return await ask(session, () => session.client.device(key));
}

/** Decides about a device what only a person may decide. @throws {Malformed} for a UID that is none. */
export async function decideDevice(
  session: OwnerSession,
  device: NamedDevice,
  decision: DeviceDecision,
): Promise<Result<DeviceRecord>> {
  const key = keyOf(device);
  return await act(session, (options) => session.client.decideDevice(key, decision, options));
}

function keyOf({ uid, family = 1 }: NamedDevice) {
  return { family, uid: parseUid(uid.toLowerCase()) };
}
