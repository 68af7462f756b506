/**
 * Offline work as its owner decides it: up to how many units an appliance may have lent, for which chips, and what is lent
 * now. Its part of the worst case is the open units of all leases; what is unaccounted for comes on top (D§6).
 *
 * @module
 */
import type { Allowance, LeaseReply } from "../api/mod.ts";
import { Malformed, parseLeaseId } from "../../bootloader/wire/mod.ts";
import { listAppliances, showAppliance } from "./appliances.ts";
import { act, ask } from "./calls.ts";
import { listOrders, showOrder } from "./orders.ts";
import type { OwnerSession } from "./profile.ts";
import type { Result } from "./release/mod.ts";
import { readUidList } from "./uid_list.ts";

/** What the owner says about units that may be lent. */
export interface NewAllowance {
  /** Name or id. */
  readonly order: string;
  /** Name or id. */
  readonly appliance: string;
  /** How many units may be lent at a time; 0: none any more. */
  readonly units: number;
  /** `VALUE/MASK` in hexadecimal, from the first byte of the UID on; missing: any chip. */
  readonly uid?: string;
  /** The owner knows what offline work means (THREATS T-6). */
  readonly acknowledgesOffline: boolean;
}

/** An allowance with the names that people know. */
export interface NamedAllowance extends Allowance {
  readonly orderName: string;
  readonly applianceName: string;
  /** Which chips the lent tickets are for, in words. */
  readonly chips: string;
  /** When the appliance was last heard of; null: never. A change reaches it with its next request. */
  readonly lastSeenAtMs: number | null;
}

/** What an appliance has in its hands: it learns of a freeze or a revocation with its next request. */
export interface LentUnits {
  readonly appliance: string;
  readonly applianceName: string;
  readonly open: number;
  readonly lastSeenAtMs: number | null;
}

/** A lease with the names that people know. */
export interface NamedLease extends LeaseReply {
  readonly orderName: string;
  readonly applianceName: string;
  readonly chips: string;
}

const UID_FIELD_BYTES = 16;
const UID_BYTES = 12;

/** Sets up to how many units of an order may be lent to an appliance at a time. @throws {Malformed} for a count or a UID. */
export async function lendUnits(
  session: OwnerSession,
  allowance: NewAllowance,
): Promise<Result<NamedAllowance>> {
  if (!Number.isSafeInteger(allowance.units) || allowance.units < 0) {
    throw malformed("the number of units", "it must be a whole number from 0 on");
  }
  const { uidValue, uidMask } = parseUidPattern(allowance.uid);
  const order = await showOrder(session, allowance.order);
  if ("refused" in order) return order;
  const appliance = await showAppliance(session, allowance.appliance);
  if ("refused" in appliance) return appliance;
  const { units, acknowledgesOffline } = allowance;
  const result = await act(session, (options) =>
    session.client.setAllowance(
      order.granted.order,
      { appliance: appliance.granted.appliance, units, uidValue, uidMask, acknowledgesOffline },
      options,
    ));
  if ("refused" in result) return result;
  return {
    granted: {
      ...result.granted.allowance,
      orderName: order.granted.name,
      applianceName: appliance.granted.name,
      lastSeenAtMs: appliance.granted.lastSeenAtMs,
      chips: chipsText(result.granted.allowance),
    },
  };
}

/** What the owner says about chips that were scanned ahead. */
export interface ScannedChips {
  /** Name or id. */
  readonly order: string;
  /** Name or id. */
  readonly appliance: string;
  /** A CSV file with one chip a row; undefined: the list is given up. */
  readonly file: string | undefined;
  /** Whether other chips get offline tickets too, as the allowance names them. */
  readonly others: boolean;
}

/**
 * Sets the chips that get offline tickets of their own, in place of those that still wait for one (P-75).
 * @throws {Malformed} naming the lines of the file that are no chips; then nothing of it is taken
 */
export async function listScannedChips(
  session: OwnerSession,
  { order: orderWord, appliance: applianceWord, file, others }: ScannedChips,
): Promise<Result<NamedAllowance>> {
  const uids = file === undefined ? [] : readUidList(await textOfFile(session, file));
  const order = await showOrder(session, orderWord);
  if ("refused" in order) return order;
  const found = await showAppliance(session, applianceWord);
  if ("refused" in found) return found;
  const { appliance, name, lastSeenAtMs } = found.granted;
  const request = { appliance, uids: [...uids], others };
  const result = await act(
    session,
    (options) => session.client.setListedUids(order.granted.order, request, options),
  );
  if ("refused" in result) return result;
  const { allowance } = result.granted;
  return {
    granted: {
      ...allowance,
      orderName: order.granted.name,
      applianceName: name,
      lastSeenAtMs,
      chips: chipsText(allowance),
    },
  };
}

async function textOfFile({ world }: OwnerSession, path: string): Promise<string> {
  const bytes = await world.files.read(path);
  if (bytes === undefined) throw malformed(`the file "${path}"`, "there is no such file");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw malformed(`the file "${path}"`, "it is not text in UTF-8: save the sheet as CSV");
  }
}

/** Returns what may be lent of an order, and what is. */
export async function listAllowances(
  session: OwnerSession,
  order: string,
): Promise<Result<readonly NamedAllowance[]>> {
  const found = await showOrder(session, order);
  if ("refused" in found) return found;
  const list = await listAppliances(session);
  if ("refused" in list) return list;
  const answer = await ask(session, () => session.client.allowances(found.granted.order));
  if ("refused" in answer) return answer;
  const known = new Map(list.granted.map((appliance) => [appliance.appliance, appliance]));
  return {
    granted: answer.granted.allowances.map((allowance) => ({
      ...allowance,
      orderName: found.granted.name,
      applianceName: known.get(allowance.appliance)?.name ?? allowance.appliance,
      lastSeenAtMs: known.get(allowance.appliance)?.lastSeenAtMs ?? null,
      chips: chipsText(allowance),
    })),
  };
}

/** Returns every lease with its counts, oldest first. */
export async function listLeases(session: OwnerSession): Promise<Result<readonly NamedLease[]>> {
  const orders = await listOrders(session);
  if ("refused" in orders) return orders;
  const appliances = await listAppliances(session);
  if ("refused" in appliances) return appliances;
  const answer = await ask(session, () => session.client.leases());
  if ("refused" in answer) return answer;
  const orderNames = new Map(orders.granted.map(({ order, name }) => [order, name]));
  const applianceNames = new Map(appliances.granted.map(({ appliance, name }) => [appliance, name]));
  return {
    granted: answer.granted.leases.map((lease) => ({
      ...lease,
      orderName: orderNames.get(lease.order) ?? lease.order,
      applianceName: applianceNames.get(lease.appliance) ?? lease.appliance,
      chips: chipsText(lease),
    })),
  };
}

/** Returns which appliances hold open units, of one order or one appliance: what a change has yet to reach. */
export async function listLent(
  session: OwnerSession,
  of: { readonly order: string } | { readonly appliance: string },
): Promise<Result<readonly LentUnits[]>> {
  const leases = await listLeases(session);
  if ("refused" in leases) return leases;
  const appliances = await listAppliances(session);
  if ("refused" in appliances) return appliances;
  const mine = leases.granted.filter((lease) =>
    "order" in of ? lease.order === of.order : lease.appliance === of.appliance
  );
  return {
    granted: appliances.granted.map(({ appliance, name, lastSeenAtMs }) => ({
      appliance,
      applianceName: name,
      lastSeenAtMs,
      open: mine.reduce((sum, lease) => sum + (lease.appliance === appliance ? lease.open : 0), 0),
    })).filter(({ open }) => open > 0),
  };
}

/** Books the open units of a lease as unaccounted: devices made with them may exist. */
export async function giveUpLease(session: OwnerSession, lease: string): Promise<Result<LeaseReply>> {
  const id = parseLeaseId(lease);
  return await act(
    session,
    (options) => session.client.decideLease(id, { decision: "unaccounted" }, options),
  );
}

/**
 * Returns value and mask of `VALUE/MASK`, both filled up with zeros to 16 bytes; any chip when there is no text.
 *
 * @throws {Malformed} for anything but two equally long runs of hexadecimal digits, at most 12 bytes, value within mask
 */
export function parseUidPattern(text: string | undefined): {
  readonly uidValue: string;
  readonly uidMask: string;
} {
  const match = /^([0-9a-fA-F]+)\/([0-9a-fA-F]+)$/.exec(text ?? "00/00");
  const [, value = "", mask = ""] = match ?? [];
  const fits = match !== null && value.length === mask.length && value.length % 2 === 0 &&
    value.length <= 2 * UID_BYTES;
  if (!fits) {
    throw malformed(
      "the UID pattern",
      "it must be VALUE/MASK, both with the same number of hexadecimal digits, at most 24",
    );
  }
  const masks = Uint8Array.fromHex(mask);
  if (Uint8Array.fromHex(value).some((byte, index) => (byte & ~masks[index]!) !== 0)) {
    throw malformed("the UID pattern", "VALUE has bits that MASK has not");
  }
  const filled = (digits: string) => digits.toLowerCase().padEnd(2 * UID_FIELD_BYTES, "0");
  return { uidValue: filled(value), uidMask: filled(mask) };
}

/** Returns in words which chips get offline tickets: what the owner decides must read as what it is. */
export function chipsText(
  { uidValue, uidMask, listed = 0, listedOnly = false }: {
    readonly uidValue: string;
    readonly uidMask: string;
    readonly listed?: number;
    readonly listedOnly?: boolean;
  },
): string {
  const chips = `${listed} listed chip${listed === 1 ? "" : "s"}`;
  if (listedOnly) return `only ${chips}`;
  const others = patternText(uidValue, uidMask);
  return listed === 0 ? others : `${chips}, else ${others}`;
}

/** `this lot: UID begins with …` where the mask covers whole bytes from the first one on; else value and mask. */
function patternText(uidValue: string, uidMask: string): string {
  const shown = (digits: string) => digits.slice(0, 2 * UID_BYTES);
  if (/^0+$/.test(uidMask)) return "any chip";
  const [whole = ""] = /^(?:ff)+(?=0*$)/.exec(uidMask) ?? [];
  return whole === ""
    ? `this lot: UID & ${shown(uidMask)} = ${shown(uidValue)}`
    : `this lot: UID begins with ${uidValue.slice(0, whole.length)}`;
}

function malformed(what: string, problem: string): Malformed {
  return new Malformed(`Cannot read ${what}: ${problem}`, { structure: what });
}
