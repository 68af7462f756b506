/**
 * What owner, authority and appliance say to each other about offline work, as schemas: allowances, leases, uses, returns.
 * Knows shapes; knows no meaning, no key, no route. The bytes inside the hexadecimal fields are those of
 * bootloader/PROTOCOL.md, section 13.
 *
 * @module
 */

import * as v from "valibot";
import {
  applianceId,
  causeCode,
  digest32,
  hexBytes,
  integerBetween,
  leaseId,
  milliseconds,
  orderId,
  productId,
  publicKey,
  releaseId,
  seconds,
  ticketId,
  u16,
  u32,
  uid,
  units,
} from "./fields.ts";
import { releaseDescriptor } from "./appliance_schemas.ts";

/** The most units that one lease lends. */
export const LEASE_UNITS_MOST = 256;
/** The most uses, or returned tickets, that one message reports. */
export const LEASE_REPORTS_MOST = 32;

/** What a product allows without its owner's server: up to `unitsMax` units lent to an appliance, for `days` days. */
export const offlineTerms = v.strictObject({
  /** `file`: double spending is found, not prevented. */
  vault: v.literal("file"),
  unitsMax: integerBetween(1, 1_000_000),
  days: integerBetween(1, 3_650),
});

/** `POST /v1/owner/orders/:order/allowances`: up to how many units of the order may be lent to the appliance at a time. */
export const allowanceRequest = v.strictObject({
  appliance: applianceId,
  /** 0: none any more; what is lent stays lent until it is reported or returned. */
  units,
  /** The chips that offline tickets are for: `uid & mask = value & mask` (P-15), 16 bytes each. All zero: any chip. */
  uidValue: v.optional(hexBytes(16), "0".repeat(32)),
  uidMask: v.optional(hexBytes(16), "0".repeat(32)),
  /** The owner knows what offline work means (THREATS T-6). */
  acknowledgesOffline: v.boolean(),
});
/** An allowance as it stands. */
export const allowance = v.strictObject({
  order: orderId,
  appliance: applianceId,
  units,
  /** Units of the order that are lent to the appliance and neither used nor returned. */
  open: units,
  uidValue: hexBytes(16),
  uidMask: hexBytes(16),
  /** Chips scanned ahead that wait for a ticket of their own (P-75). */
  listed: units,
  /** Chips that are not listed get nothing. */
  listedOnly: v.boolean(),
  /** Since when no more units are lent than `units`; null: more are, until they are used or the appliance syncs. */
  effectiveAtMs: v.nullable(milliseconds),
  changedAtMs: milliseconds,
});
/** `POST /v1/owner/orders/:order/uids`: the chips scanned ahead, in place of those that still wait. Empty: none. */
export const listedUidsRequest = v.strictObject({
  appliance: applianceId,
  uids: v.pipe(v.array(uid), v.maxLength(2_000)),
  /** Whether chips that are not listed get tickets too, as the allowance names them. */
  others: v.boolean(),
});
/** Reply to a set allowance. */
export const allowanceReply = v.strictObject({ allowance });
/** All allowances of an order, oldest first. */
export const allowanceList = v.strictObject({ allowances: v.array(allowance) });

/** A lease as owners see it; units = used + returned + unaccounted + open. */
export const leaseReply = v.strictObject({
  lease: leaseId,
  appliance: applianceId,
  order: orderId,
  product: productId,
  release: releaseId,
  units: integerBetween(1, LEASE_UNITS_MOST),
  used: units,
  returned: units,
  unaccounted: units,
  /** Lent, and neither used nor returned as far as the appliance has reported. */
  open: units,
  /** Tickets that are for one listed chip each; value and mask name the chips of the others. */
  listed: units,
  uidValue: hexBytes(16),
  uidMask: hexBytes(16),
  createdAtMs: milliseconds,
  /** The last valid second of its tickets. */
  notAfterSeconds: seconds,
  /** `open`; `expired`: its day is over and units of it are still open; `done`: none is open. */
  state: v.picklist(["open", "expired", "done"]),
});
/** `GET /v1/owner/leases`: all leases, oldest first. */
export const leaseList = v.strictObject({ leases: v.array(leaseReply) });
/**
 * `POST /v1/owner/leases/:lease/decisions`: what only a person may decide. `unaccounted`: the open units of the lease are
 * given up; devices made with them may exist. A report that comes after all still moves them.
 */
export const leaseDecision = v.strictObject({ decision: v.literal("unaccounted") });

/** `POST /v1/leases`. The same lease key and content again give the same lease. */
export const leaseRequest = v.strictObject({
  order: orderId,
  units: integerBetween(1, LEASE_UNITS_MOST),
  vault: v.literal("file"),
  /** Ed25519, made in the vault for this lease alone. */
  leaseKey: publicKey,
  /** X25519: the release key is wrapped to it. */
  wrapKey: publicKey,
  /** T of each ticket, in the order of their `leaseIndex`: X25519. As many as `units`. */
  ticketKeys: v.pipe(v.array(publicKey), v.minLength(1), v.maxLength(LEASE_UNITS_MOST)),
});
/** A lease as its vault gets it. */
export const leaseGrant = v.strictObject({
  lease: leaseId,
  order: orderId,
  units: integerBetween(1, LEASE_UNITS_MOST),
  /** Delegation and signature (PROTOCOL section 13): 224 bytes. */
  delegation: hexBytes(224),
  /** Tickets and signatures, 352 bytes each; the first has `leaseIndex` 1. */
  tickets: v.array(hexBytes(352)),
  /** Release key and salt for the vault (P-51, purpose 2). */
  wrappedKey: hexBytes(112),
  release: releaseDescriptor,
  /** The last valid second of the lease and its tickets. */
  notAfterSeconds: seconds,
  message2Limit: integerBetween(1, 255),
});

/** A receipt on the appliance's word: which message 2 it answers, that one's `hh`, and the 100 bytes inside RECEIPT. */
export const offlineReceipt = v.strictObject({
  number: integerBetween(1, 255),
  hh: hexBytes(64),
  report: hexBytes(100),
});
/** One use of a lease: a ticket of it, bound to a UID. */
export const leaseUse = v.strictObject({
  ticketId,
  uid,
  family: u16,
  /** The device certificate that the vault signed: 216 bytes. */
  certificate: hexBytes(216),
  /** Messages 2 that the vault has made for the ticket. */
  message2Count: integerBetween(0, 255),
  /** `reserved`: bound, no message 2 yet. `keyed`: at least one message 2. `committed`: there is a receipt. */
  state: v.picklist(["reserved", "keyed", "committed"]),
  receipt: v.nullable(offlineReceipt),
  atMs: milliseconds,
});
/** `POST /v1/leases/:lease/uses`. Repeatable; states go forward only. */
export const usesRequest = v.strictObject({
  uses: v.pipe(v.array(leaseUse), v.minLength(1), v.maxLength(LEASE_REPORTS_MOST)),
  /** The newest record of the appliance's journal: its number and hash. */
  chain: v.strictObject({ number: units, hash: digest32 }),
});
/** What became of the reported uses. An alarm is something that the owner should look at; the use is booked all the same. */
export const usesReply = v.strictObject({
  /** In which epoch they are booked: one that was restored since does not know them (P-61). */
  epoch: u32,
  accepted: v.array(ticketId),
  alarms: v.array(v.strictObject({ ticketId, uid, alarm: causeCode })),
});

/** `POST /v1/leases/:lease/returns`: tickets that the vault has closed unused. */
export const returnsRequest = v.strictObject({
  ticketIds: v.pipe(v.array(ticketId), v.minLength(1), v.maxLength(LEASE_UNITS_MOST)),
});
/** The tickets of the request that are out of the lease now. */
export const returnsReply = v.strictObject({ epoch: u32, returned: v.array(ticketId) });

/** What is kept of a device that was made under a lease, on the appliance's word. */
export const offlineRecord = v.strictObject({
  lease: leaseId,
  /** Certificate and signature, by the lease's key: 216 bytes. */
  certificate: hexBytes(216),
  /** Delegation and signature: goes with the certificate (P-56). */
  delegation: hexBytes(224),
  message2Count: integerBetween(0, 255),
  receipt: v.nullable(v.strictObject({ record: hexBytes(212), reportedAtMs: milliseconds })),
  /** True when another unit held the UID already. */
  doubled: v.boolean(),
});

/** A value of {@linkcode offlineTerms}. */
export type OfflineTerms = v.InferOutput<typeof offlineTerms>;
/** The body of {@linkcode allowanceRequest}. */
export type AllowanceRequest = v.InferOutput<typeof allowanceRequest>;
/** A value of {@linkcode allowance}. */
export type Allowance = v.InferOutput<typeof allowance>;
/** A value of {@linkcode leaseReply}. */
export type LeaseReply = v.InferOutput<typeof leaseReply>;
/** The body of {@linkcode leaseDecision}. */
export type LeaseDecision = v.InferOutput<typeof leaseDecision>;
/** The body of {@linkcode listedUidsRequest}. */
export type ListedUidsRequest = v.InferOutput<typeof listedUidsRequest>;
/** The body of {@linkcode leaseRequest}. */
export type LeaseRequest = v.InferOutput<typeof leaseRequest>;
/** The body of {@linkcode leaseGrant}. */
export type LeaseGrant = v.InferOutput<typeof leaseGrant>;
/** A value of {@linkcode leaseUse}. */
export type LeaseUse = v.InferOutput<typeof leaseUse>;
/** The body of {@linkcode usesRequest}. */
export type UsesRequest = v.InferOutput<typeof usesRequest>;
/** The body of {@linkcode usesReply}. */
export type UsesReply = v.InferOutput<typeof usesReply>;
/** The body of {@linkcode returnsRequest}. */
export type ReturnsRequest = v.InferOutput<typeof returnsRequest>;
/** The body of {@linkcode returnsReply}. */
export type ReturnsReply = v.InferOutput<typeof returnsReply>;
/** A value of {@linkcode offlineRecord}. */
export type OfflineRecord = v.InferOutput<typeof offlineRecord>;
