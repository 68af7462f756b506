/**
 * Lends units for work without the authority: allowances by the owner, leases to appliances (PROTOCOL section 13, P-55).
 * Each act is one transaction; a lease asked for again with the same keys is the same lease.
 *
 * @module
 */

import { isAcceptablePublicKey } from "../../bootloader/suite/mod.ts";
import {
  fileLeaseKey,
  PATTERNS,
  POLICY,
  regionTakesLease,
  VAULTS,
  wholeUidMask,
} from "../../bootloader/ticket/mod.ts";
import { assert, isBlankUid, type LeaseId, padUid, type TicketId } from "../../bootloader/wire/mod.ts";
import type {
  Allowance,
  AllowanceRequest,
  ApplianceReply,
  Decision,
  LeaseDecision,
  LeaseGrant,
  LeaseReply,
  LeaseRequest,
  ListedUidsRequest,
  OrderId,
} from "../api/mod.ts";
import { decideAllowance, decideLease, type LeaseDates } from "../ledger/mod.ts";
import { appendEvent, type LogEvent } from "../log/mod.ts";
import {
  anyTicketKeyTaken,
  bindListedUid,
  findAllowance,
  findAppliance,
  findLease,
  findLeaseByKey,
  findOrder,
  findProduct,
  findRelease,
  insertLease,
  insertLeaseTicket,
  leaseWithCounts,
  listLeaseTickets,
  listWaitingUids,
  moveLent,
  setAllowance as keepAllowance,
  setListedUids as keepListedUids,
  type StoredLease,
  type StoredOrder,
  wrappedKeyOf,
} from "../store/mod.ts";
import { barredBy, heldBackBy, isDatabaseOutdated, type Office, refuse, whoAppliance } from "./office.ts";
import { describeRelease, isAllowed } from "./ticket.ts";

/** Sets up to how many units of an order may be lent to an appliance at a time, within the running transaction. */
export function setAllowance(
  office: Office,
  who: string,
  order: OrderId,
  request: AllowanceRequest,
): Decision<{ readonly allowance: Allowance }> {
  const found = findOrder(office.db, order);
  const appliance = findAppliance(office.db, request.appliance);
  const decision = decideAllowance({
    order: found,
    appliance: appliance === undefined || found === undefined ? undefined : {
      barred: barredBy(office, appliance.appliance) !== undefined,
      allowed: isAllowed(appliance, found.product),
    },
    offline: found === undefined ? null : findProduct(office.db, found.product)?.offline ?? null,
    units: request.units,
    uidValue: Uint8Array.fromHex(request.uidValue),
    uidMask: Uint8Array.fromHex(request.uidMask),
    acknowledged: request.acknowledgesOffline,
  });
  if ("refused" in decision) return decision;
  const { uidValue, uidMask, units } = request;
  const changedAtMs = office.nowMs();
  keepAllowance(office.db, { order, appliance: request.appliance, units, uidValue, uidMask, changedAtMs });
  appendEvent(office.db, {
    event: "allowance-set",
    who,
    about: { order, appliance: request.appliance, units, uidValue, uidMask },
  }, changedAtMs);
  const allowance = findAllowance(office.db, order, request.appliance);
  assert(allowance !== undefined, "Cannot answer with an allowance: it is not there");
  return { granted: { allowance } };
}

/** Sets the chips scanned ahead for an allowance, as a whole, within the running transaction (P-75). */
export function setListedUids(
  office: Office,
  who: string,
  order: OrderId,
  { appliance, uids, others }: ListedUidsRequest,
): Decision<{ readonly allowance: Allowance }> {
  if (findOrder(office.db, order) === undefined) return { refused: "order-unknown" };
  if (findAppliance(office.db, appliance) === undefined) return { refused: "appliance-not-found" };
  if (findAllowance(office.db, order, appliance) === undefined) return { refused: "allowance-missing" };
  const flawed = uids.find((uid, index) => isBlankUid(uid) || uids.indexOf(uid) !== index);
  if (flawed !== undefined) {
    return { refused: "malformed", detail: `UID ${flawed} is twice there or no chip's` };
  }
  keepListedUids(office.db, { order, appliance }, uids, uids.length > 0 && !others);
  const about = { order, appliance, uids: uids.length, others };
  appendEvent(office.db, { event: "uids-listed", who, about }, office.nowMs());
  const allowance = findAllowance(office.db, order, appliance);
  assert(allowance !== undefined, "Cannot answer with an allowance: it is not there");
  return { granted: { allowance } };
}

/** Lends units to an appliance; the same request again gives the same lease. */
export function lend(office: Office, appliance: ApplianceReply, request: LeaseRequest): Decision<LeaseGrant> {
  return office.db.transact(() => {
    const event: LogEvent = {
      event: "lease-refused",
      who: whoAppliance(appliance.appliance),
      about: { order: request.order, units: request.units },
    };
    const barred = barredBy(office, appliance.appliance);
    if (barred !== undefined) return refuse(office, event, barred);
    if (isDatabaseOutdated(office)) return refuse(office, event, "epoch-needed");
    const flaw = requestFlaw(request);
    if (flaw !== undefined) return refuse(office, event, "malformed", flaw);
    const kept = findLeaseByKey(office.db, Uint8Array.fromHex(request.leaseKey));
    if (kept !== undefined) {
      // A lost reply is asked for again: nothing is lent anew, so neither quota nor dates have a say.
      return !kept.restored && isSameRequest(office, kept, appliance, request)
        ? { granted: grantOf(office, kept) }
        : refuse(office, event, "lease-key-used");
    }
    const held = heldBackBy(office, appliance.appliance);
    if (held !== undefined) return refuse(office, event, held);
    if (anyTicketKeyTaken(office.db, request.ticketKeys.map((key) => Uint8Array.fromHex(key)))) {
      return refuse(office, event, "lease-key-used");
    }
    const order = findOrder(office.db, request.order);
    const decision = decideLease(questionOf(office, appliance, request, order), nowSeconds(office));
    if ("refused" in decision) return refuse(office, event, decision.refused, decision.detail);
    assert(order !== undefined, "Cannot lend: it was granted for no order");
    const lease = carryOut(office, { appliance, request, order, dates: decision.granted });
    appendEvent(
      office.db,
      {
        ...event,
        event: "lease",
        about: { ...event.about, lease: lease.lease, notAfter: lease.notAfterSeconds },
      },
      office.nowMs(),
    );
    return { granted: grantOf(office, lease) };
  });
}

function nowSeconds(office: Office): number {
  return Math.floor(office.nowMs() / 1000);
}

function requestFlaw({ units, ticketKeys, leaseKey }: LeaseRequest): string | undefined {
  if (ticketKeys.length !== units) return "There are not as many ticket keys as units";
  // Two tickets with one T could answer for each other.
  if (new Set(ticketKeys).size !== ticketKeys.length) return "A ticket key is there twice";
  // PROTOCOL section 1: anybody could sign under a key of small order.
  if (!isAcceptablePublicKey(Uint8Array.fromHex(leaseKey))) return "The lease key is not usable";
  return undefined;
}

function isSameRequest(
  office: Office,
  lease: StoredLease,
  appliance: ApplianceReply,
  request: LeaseRequest,
): boolean {
  return lease.appliance === appliance.appliance && lease.order === request.order &&
    lease.units === request.units && lease.wrapKey.toHex() === request.wrapKey &&
    listLeaseTickets(office.db, lease.lease).every(({ T }, index) => T.toHex() === request.ticketKeys[index]);
}

function questionOf(
  office: Office,
  appliance: ApplianceReply,
  request: LeaseRequest,
  order: StoredOrder | undefined,
): Parameters<typeof decideLease>[0] {
  const release = order === undefined ? undefined : findRelease(office.db, order.release);
  return {
    order,
    allowed: order !== undefined && isAllowed(appliance, order.product),
    offline: order === undefined ? null : findProduct(office.db, order.product)?.offline ?? null,
    regionTakesLease: release !== undefined && regionTakesLease(release.personalLength),
    allowance: findAllowance(office.db, request.order, appliance.appliance),
    units: request.units,
  };
}

interface Case {
  readonly appliance: ApplianceReply;
  readonly request: LeaseRequest;
  readonly order: StoredOrder;
  readonly dates: LeaseDates;
}

function carryOut(office: Office, { appliance, request, order, dates }: Case): StoredLease {
  const allowance = findAllowance(office.db, order.order, appliance.appliance);
  assert(allowance !== undefined, "Cannot lend: there is no allowance");
  const lease = office.random(16).toHex() as LeaseId;
  const { product, release } = order;
  const leaseKey = Uint8Array.fromHex(request.leaseKey);
  const wrapKey = Uint8Array.fromHex(request.wrapKey);
  const context = { owner: office.owner, product, release };
  const stored: StoredLease = {
    lease,
    order: order.order,
    product,
    release,
    appliance: appliance.appliance,
    epoch: office.epoch,
    units: request.units,
    uidValue: Uint8Array.fromHex(allowance.uidValue),
    uidMask: Uint8Array.fromHex(allowance.uidMask),
    leaseKey,
    wrapKey,
    delegation: office.signer.sealDelegation({
      ...context,
      vault: VAULTS.file,
      units: request.units,
      lease,
      epoch: office.epoch,
      appliance: appliance.appliance,
      notAfter: dates.notAfter,
      leaseKey: fileLeaseKey(leaseKey),
    }),
    wrappedKey: office.signer.wrapForVault(wrappedKeyOf(office.db, release), context, { lease, wrapKey }),
    notAfterSeconds: dates.notAfter,
    restored: false,
  };
  insertLease(office.db, stored, office.nowMs());
  sealTickets(office, stored, request, dates);
  return stored;
}

/** Signs and lends one unit for each T, in the order in which the vault named them (P-55). */
function sealTickets(office: Office, lease: StoredLease, request: LeaseRequest, dates: LeaseDates): void {
  const product = findProduct(office.db, lease.product);
  const release = findRelease(office.db, lease.release);
  assert(product !== undefined && release?.complete === true, "Cannot lend: the release is not complete");
  // P-75: listed chips first, one ticket each; the others are for whatever chips the allowance names.
  const listed = listWaitingUids(office.db, lease, request.ticketKeys.length);
  for (const [index, key] of request.ticketKeys.entries()) {
    const boundUid = listed[index] ?? null;
    const T = Uint8Array.fromHex(key);
    const ticketId = office.random(16).toHex() as TicketId;
    const position = index + 1;
    const sealed = office.signer.sealLeaseTicket({
      pattern: PATTERNS.NK,
      lockLevel: product.lockLevel,
      policy: POLICY.offline,
      epoch: office.epoch,
      family: product.family,
      ticketId,
      owner: office.owner,
      product: lease.product,
      release: lease.release,
      imageDigest: Uint8Array.fromHex(release.imageDigest),
      length: release.length,
      personalOffset: release.personalOffset,
      personalLength: release.personalLength,
      uidValue: boundUid === null ? lease.uidValue : padUid(boundUid),
      uidMask: boundUid === null ? lease.uidMask : wholeUidMask(),
      appliance: lease.appliance,
      notBefore: dates.notBefore,
      notAfter: dates.notAfter,
      optionValue: product.optionValue,
      optionMask: product.optionMask,
      lease: lease.lease,
      leaseIndex: position,
    }, T);
    const ticket = { ticketId, lease: lease.lease, position, T, sealed, boundUid };
    insertLeaseTicket(office.db, ticket, office.nowMs());
    if (boundUid !== null) bindListedUid(office.db, lease, boundUid, ticketId);
  }
}

function grantOf(office: Office, lease: StoredLease): LeaseGrant {
  const order = findOrder(office.db, lease.order);
  assert(order !== undefined, "Cannot answer with a lease: its order is not there");
  return {
    lease: lease.lease,
    order: lease.order,
    units: lease.units,
    delegation: lease.delegation.toHex(),
    tickets: listLeaseTickets(office.db, lease.lease).map(({ sealed }) => sealed.toHex()),
    wrappedKey: lease.wrappedKey.toHex(),
    release: describeRelease(office, lease.release),
    notAfterSeconds: lease.notAfterSeconds,
    message2Limit: order.message2Limit,
  };
}

/** Books a lease's open units as a person told, within the running transaction: devices made with them may exist. */
export function decideLeaseByPerson(
  office: Office,
  who: string,
  id: LeaseId,
  { decision }: LeaseDecision,
): Decision<LeaseReply> {
  if (findLease(office.db, id) === undefined) return { refused: "lease-unknown" };
  const open = listLeaseTickets(office.db, id).filter(({ state }) => state === "leased");
  if (open.length === 0) return { refused: "unit-state", detail: "No unit of the lease is open" };
  const nowMs = office.nowMs();
  for (const ticket of open) moveLent(office.db, ticket, decision, nowMs);
  appendEvent(
    office.db,
    { event: "lease-unaccounted", who, about: { lease: id, units: open.length } },
    nowMs,
  );
  return { granted: leaseWithCounts(office.db, id, nowSeconds(office)) };
}
