/**
 * What people see and decide: appliances, devices, the whole quota, the log. Changes run within the transaction of `once`.
 *
 * @module
 */

import type { ApplianceId } from "../../bootloader/wire/mod.ts";
import { assert, type Uid } from "../../bootloader/wire/mod.ts";
import {
  type ApplianceReply,
  type Decision,
  DENIALS_MOST,
  type DeviceDecision,
  type DeviceList,
  type DeviceRecordReply,
  limits,
  type LogReply,
  type Quota,
  type QuotaReply,
} from "../api/mod.ts";
import { decidePerson } from "../ledger/mod.ts";
import { appendEvent, signHead } from "../log/mod.ts";
import {
  closeTickets,
  countDenials,
  epochBegun,
  findAppliance,
  findDevice,
  findOrder,
  findUnit,
  historyOf,
  isDenied,
  lastLogEntry,
  listDevices,
  listLog,
  listOrders,
  listReservationsOf,
  noteChange,
  offlineHistoryOf,
  returnUnit,
  revokeAppliance as markRevoked,
  revokeCertificate,
  revokeLeaseCertificate,
  reworkUnit,
  setDenied,
  setStoppedMs,
  settleUnit,
  type StoredUnit,
  type UnitKey,
} from "../store/mod.ts";
import { quotaOf } from "./catalogue.ts";
import { isDatabaseOutdated, type Office } from "./office.ts";
import { returnReserved } from "./ticket.ts";

/** Revokes an appliance; its reserved units, which never got a key, go back. */
export function revokeAppliance(office: Office, who: string, id: ApplianceId): Decision<ApplianceReply> {
  if (findAppliance(office.db, id) === undefined) return { refused: "appliance-not-found" };
  const nowMs = office.nowMs();
  markRevoked(office.db, id, nowMs);
  for (const key of listReservationsOf(office.db, id)) returnReserved(office, key, nowMs);
  appendEvent(office.db, { event: "appliance-revoked", who, about: { appliance: id } }, nowMs);
  const revoked = findAppliance(office.db, id);
  assert(revoked !== undefined, "Cannot revoke an appliance: it is gone");
  return { granted: revoked };
}

/** Stops an appliance, or lets it go on, within the running transaction (P-79). What is so already stays as it is. */
export function setStopped(
  office: Office,
  who: string,
  id: ApplianceId,
  stopped: boolean,
): Decision<ApplianceReply> {
  const found = findAppliance(office.db, id);
  if (found === undefined) return { refused: "appliance-not-found" };
  if (found.revokedAtMs !== null) return { refused: "appliance-revoked" };
  const nowMs = office.nowMs();
  if (setStoppedMs(office.db, id, stopped ? nowMs : null)) {
    noteChange(office.db, { appliance: id }, stopped ? "stop" : "resume", nowMs);
    const event = stopped ? "appliance-stopped" : "appliance-resumed";
    appendEvent(office.db, { event, who, about: { appliance: id } }, nowMs);
  }
  const after = findAppliance(office.db, id);
  assert(after !== undefined, "Cannot answer with an appliance: it is gone");
  return { granted: after };
}

/** Decides about a device as a person told. */
export function decideDevice(
  office: Office,
  who: string,
  key: UnitKey,
  decision: DeviceDecision,
): Decision<DeviceRecordReply> {
  const unit = findUnit(office.db, key);
  const order = unit === undefined ? undefined : findOrder(office.db, unit.order);
  const decided = decidePerson(unit, decision, order);
  if ("refused" in decided) return decided;
  if (decided.granted === "deny" && !isDenied(office.db, key) && countDenials(office.db) >= DENIALS_MOST) {
    return { refused: "denials-too-many" };
  }
  const nowMs = office.nowMs();
  switch (decided.granted) {
    case "deny":
      setDenied(office.db, key, true);
      // A unit without a key goes back at once; a keyed one stays, and gets no further key.
      if (unit?.state === "reserved" && !unit.leased) returnReserved(office, key, nowMs);
      break;
    case "allow":
      setDenied(office.db, key, false);
      break;
    case "book lost":
      settleUnit(office.db, key, "lost", nowMs);
      // A lost unit gets no further message 2.
      closeTickets(office.db, key);
      break;
    case "rework":
      // P-71: the ticket of the delivery before gets nothing more; the rework has one of its own.
      closeTickets(office.db, key);
      reworkUnit(office.db, key, nowMs);
      break;
    case "give back":
      giveBack(office, unit, nowMs);
      break;
  }
  appendEvent(office.db, {
    event: "device-decision",
    who,
    about: { family: key.family, uid: key.uid, decision: decision.decision, serial: unit?.serial ?? null },
  }, nowMs);
  return { granted: deviceRecord(office, key) };
}

function giveBack(office: Office, unit: StoredUnit | undefined, nowMs: number): void {
  assert(unit !== undefined && unit.serial !== null, "Cannot give a unit back: it has no certificate");
  if (unit.leaseTicket === null) revokeCertificate(office.db, unit.product, unit.serial, nowMs);
  else revokeLeaseCertificate(office.db, unit.leaseTicket, nowMs);
  closeTickets(office.db, unit);
  returnUnit(office.db, unit, "lost");
}

/** Returns everything that is recorded about a device; empty where nothing is. */
export function deviceRecord(office: Office, key: UnitKey): DeviceRecordReply {
  const history = historyOf(office.db, key);
  const offline = offlineHistoryOf(office.db, key);
  return {
    device: findDevice(office.db, key) ?? null,
    denied: isDenied(office.db, key),
    ...history,
    // A certificate of this authority goes before those of leases, which are all in the records below.
    ...(history.certificate === null ? offline : { offline: offline.offline }),
  };
}

/** Returns a page of devices. */
export function devicePage(office: Office, after: UnitKey | undefined, limit: number): DeviceList {
  const devices = listDevices(office.db, { after, limit: Math.min(limit, limits.pageEntries) });
  const last = devices.at(-1);
  const full = devices.length === Math.min(limit, limits.pageEntries);
  return { devices: [...devices], next: full && last !== undefined ? writeCursor(last) : null };
}

/** Returns the cursor of a page that ends with `key`. */
export function writeCursor(key: { readonly family: number; readonly uid: Uid }): string {
  return `${key.family}-${key.uid}`;
}

/** Returns every order's counts and their sum. */
export function wholeQuota(office: Office): QuotaReply {
  const orders = listOrders(office.db).map(({ order, name, product, awaiting, counts }) => ({
    order,
    name,
    product,
    awaiting,
    quota: quotaOf(counts),
  }));
  const none: Quota = {
    granted: 0,
    free: 0,
    leased: 0,
    reserved: 0,
    keyed: 0,
    committed: 0,
    lost: 0,
    unaccounted: 0,
  };
  const total = orders.reduce((sum, { quota }) => ({
    granted: sum.granted + quota.granted,
    free: sum.free + quota.free,
    leased: sum.leased + quota.leased,
    reserved: sum.reserved + quota.reserved,
    keyed: sum.keyed + quota.keyed,
    committed: sum.committed + quota.committed,
    lost: sum.lost + quota.lost,
    unaccounted: sum.unaccounted + quota.unaccounted,
  }), none);
  return {
    atMs: office.nowMs(),
    epoch: office.epoch,
    epochBegunAtMs: epochBegun(office.db)?.atMs ?? null,
    outdated: isDatabaseOutdated(office),
    orders,
    total,
  };
}

/** Returns log entries from `from` on, with the head as signed now. */
export function logPage(office: Office, from: number, limit: number): LogReply {
  const head = signHead(lastLogEntry(office.db), {
    sealStatement: office.signer.sealStatement,
    owner: office.owner,
    atMs: office.nowMs(),
  });
  return {
    entries: [...listLog(office.db, from, Math.min(limit, limits.pageEntries))],
    head: head === undefined ? null : head.toHex(),
  };
}
