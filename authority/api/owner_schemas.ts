/**
 * What the owner's programs and the authority say to each other, as schemas. Knows shapes; knows no meaning, no key,
 * no route. The authority never sees a clear image: a release arrives encrypted, its key wrapped.
 *
 * @module
 */

import * as v from "valibot";
import {
  applianceId,
  digest32,
  enrolmentId,
  hexBytes,
  integerBetween,
  leaseId,
  lineOfText,
  milliseconds,
  optionWords,
  orderId,
  ownerId,
  productId,
  publicKey,
  releaseId,
  seconds,
  serial,
  ticketId,
  u16,
  u32,
  uid,
  units,
} from "./fields.ts";
import { enrolReply, releaseDescriptor, unitState } from "./appliance_schemas.ts";
import { offlineRecord, offlineTerms } from "./lease_schemas.ts";

/** The most characters of an owner's name. */
export const OWNER_NAME_MOST = 64;

/** `GET /v1/owner`: who the API key belongs to, and what releases are wrapped to. */
export const ownerReply = v.strictObject({
  owner: ownerId,
  name: lineOfText(OWNER_NAME_MOST),
  role: v.picklist(["owner"]),
  atMs: milliseconds,
  rootPublicKey: publicKey,
  keySet: hexBytes(268),
});

function countsOf(count: typeof units) {
  return v.strictObject({
    granted: count,
    free: count,
    leased: count,
    reserved: count,
    keyed: count,
    committed: count,
    lost: count,
    unaccounted: count,
  });
}

/** The counts of one order; granted = free + leased + reserved + keyed + committed + lost + unaccounted. */
export const quota = countsOf(units);

/** `POST /v1/owner/products`. */
export const productRequest = v.strictObject({
  name: lineOfText(64),
  family: u16,
  /** The DEV_ID that boards must show; null: any of the family. */
  chipId: v.nullable(u16),
  flashKb: integerBetween(1, 0xffff),
  lockLevel: integerBetween(1, 2),
  optionValue: optionWords,
  optionMask: optionWords,
  /** Whether releases must, may or must not declare a personal region (where the device certificate is written). */
  personal: v.picklist(["required", "optional", "none"]),
  /** What may be done without this server; null: nothing. */
  offline: v.optional(v.nullable(offlineTerms), null),
  /** What the owner knows and accepts; a false one is refused with the sentence that says what it means. */
  acknowledges: v.strictObject({
    deviceClassC: v.boolean(),
    lockClass: v.boolean(),
    /** Needed where `offline` is not null (THREATS T-6). */
    offline: v.optional(v.boolean(), false),
  }),
});
/** A product; releases carry `certificatePublicKey` in their certificate slot. */
export const productReply = v.strictObject({
  ...productRequest.entries,
  product: productId,
  owner: ownerId,
  certificatePublicKey: publicKey,
  createdAtMs: milliseconds,
});

/** `POST /v1/owner/releases`. The id is the owner's choice since the encryption is bound to it (P-31, P-51). */
export const releaseRequest = v.strictObject({
  release: releaseId,
  product: productId,
  version: lineOfText(64),
  length: u32,
  personalOffset: u32,
  personalLength: u32,
  imageDigest: digest32,
  /** Noise message of PROTOCOL P-51: 32 + 64 + 16 bytes. */
  wrappedKey: hexBytes(112),
});
/** A release and how much of its content is here. */
export const releaseReply = v.strictObject({
  ...releaseDescriptor.entries,
  sha256: v.nullable(digest32),
  complete: v.boolean(),
  /** Bytes of content that are durable: an upload continues here. */
  receivedBytes: u32,
  createdAtMs: milliseconds,
});
/** Reply to one part of the content. */
export const uploadReply = v.strictObject({ receivedBytes: u32, complete: v.boolean() });
/** `POST /v1/owner/releases/:release/finish`. */
export const finishRequest = v.strictObject({ sha256: digest32 });

/** `POST /v1/owner/orders`. */
export const orderRequest = v.strictObject({
  name: lineOfText(64),
  product: productId,
  release: releaseId,
  granted: units,
  notBeforeSeconds: seconds,
  notAfterSeconds: seconds,
  /** How many messages 2 one unit may get (P-29). */
  message2Limit: v.optional(integerBetween(1, 16), 3),
  /** How long a ticket is valid. */
  ticketSeconds: v.optional(integerBetween(60, 31_536_000), 86_400),
  /** Whether delivered devices may be made anew with their own unit, each by a person's act (P-71). */
  rework: v.optional(v.boolean(), false),
});
/** An order and its quota. */
export const orderReply = v.strictObject({
  order: orderId,
  name: lineOfText(64),
  product: productId,
  release: releaseId,
  version: lineOfText(64),
  frozen: v.boolean(),
  /** After a restore, until the owner has confirmed it: it gives nothing meanwhile. */
  awaiting: v.boolean(),
  notBeforeSeconds: seconds,
  notAfterSeconds: seconds,
  message2Limit: integerBetween(1, 16),
  ticketSeconds: integerBetween(60, 31_536_000),
  rework: v.boolean(),
  createdAtMs: milliseconds,
  quota,
});
/** `POST /v1/owner/orders/:order/changes`: one change at a time. */
export const orderChange = v.variant("change", [
  v.strictObject({ change: v.literal("raise"), by: v.pipe(units, v.minValue(1)) }),
  v.strictObject({ change: v.literal("lower"), by: v.pipe(units, v.minValue(1)) }),
  v.strictObject({ change: v.literal("freeze") }),
  v.strictObject({ change: v.literal("thaw") }),
  v.strictObject({ change: v.literal("rework"), allowed: v.boolean() }),
  v.strictObject({ change: v.literal("dates"), notBeforeSeconds: seconds, notAfterSeconds: seconds }),
  /** After a restore: the owner's word on the order, with the terms as they were shown. */
  v.strictObject({
    change: v.literal("confirm"),
    granted: units,
    frozen: v.boolean(),
    notBeforeSeconds: seconds,
    notAfterSeconds: seconds,
  }),
  /** Gives unaccounted units back to the order: devices made with them may exist. */
  v.strictObject({
    change: v.literal("free-unaccounted"),
    units: v.pipe(units, v.minValue(1)),
    deviceMayExist: v.boolean(),
  }),
]);

/** `POST /v1/owner/enrolments`. `products` empty: every product of the owner, later ones included. */
export const enrolmentRequest = v.strictObject({ name: lineOfText(64), products: v.array(productId) });
/** The code, shown once: it works once, until `expiresAtMs`. */
export const enrolmentReply = v.strictObject({
  enrolment: enrolmentId,
  code: v.pipe(v.string(), v.regex(/^[A-Z2-7]{4}(?:-[A-Z2-7]{4}){7}$/)),
  expiresAtMs: milliseconds,
});

/** One appliance. */
export const applianceReply = v.strictObject({
  appliance: applianceId,
  name: lineOfText(64),
  publicKey,
  products: enrolReply.entries.products,
  enrolledAtMs: milliseconds,
  revokedAtMs: v.nullable(milliseconds),
  /** Since when the owner has stopped it (P-79): it gets nothing new until it is resumed. */
  stoppedAtMs: v.nullable(milliseconds),
  lastSeenAtMs: v.nullable(milliseconds),
  /** When it was last heard of in good standing: enrolled, renewed, or heard of before it was outdated. */
  heardAtMs: milliseconds,
  /** Since when it asks to be renewed (P-73), and when a person declined; a decision is taken back by the other one. */
  renewalAskedAtMs: v.nullable(milliseconds),
  renewalDeclinedAtMs: v.nullable(milliseconds),
  /** When it was found that its disk was copied or put back (P-59, P-69). It gets nothing more. */
  frozenAtMs: v.nullable(milliseconds),
  /** The chips that it is about. */
  frozenUids: v.array(uid),
  /** `put-back`: its record was shorter than one reported before. `forked`: two records. `contradiction`: two reports. */
  frozenBecause: v.nullable(v.picklist(["put-back", "forked", "contradiction"])),
});

/** `POST /v1/owner/appliances/:appliance/renewal`: what only a person may decide (P-73). */
export const renewalDecision = v.strictObject({ decision: v.picklist(["approve", "decline"]) });

/** `POST /v1/owner/appliances/:appliance/stop`: stops an appliance, or lets it go on (P-79). */
export const applianceStop = v.strictObject({ stopped: v.boolean() });

/** One unit in use, with the device it stands for. */
export const deviceReply = v.strictObject({
  family: u16,
  uid,
  order: orderId,
  product: productId,
  release: releaseId,
  version: lineOfText(64),
  appliance: applianceId,
  station: lineOfText(32),
  state: unitState,
  serial: v.nullable(serial),
  /** Over all deliveries of the unit. */
  message2Count: integerBetween(0, 255),
  /** How often a person had the device made anew, and the messages 2 of the deliveries before the newest one. */
  reworks: integerBetween(0, 255),
  message2Before: integerBetween(0, 255),
  changedAtMs: milliseconds,
  /** The lease whose unit it is, on the appliance's word; null: online. `serial` is then the place within the lease. */
  lease: v.nullable(leaseId),
});
/** One device with everything that is recorded about it. */
export const deviceRecordReply = v.strictObject({
  device: v.nullable(deviceReply),
  denied: v.boolean(),
  certificate: v.nullable(hexBytes(216)),
  certificateRevoked: v.boolean(),
  tickets: v.array(v.strictObject({
    ticketId,
    ticket: hexBytes(352),
    closed: v.boolean(),
    createdAtMs: milliseconds,
    message2AtMs: v.array(milliseconds),
  })),
  receipt: v.nullable(
    v.strictObject({ record: hexBytes(212), statement: hexBytes(144), committedAtMs: milliseconds }),
  ),
  /** Every use of a lease for this UID, oldest first: more than one, or one beside an online unit, is an alarm. */
  offline: v.array(offlineRecord),
});
/** `POST /v1/owner/devices/:family/:uid/decisions`: what only a person may decide. */
export const deviceDecision = v.variant("decision", [
  v.strictObject({ decision: v.literal("lost") }),
  v.strictObject({ decision: v.literal("re-credit"), deviceMayExist: v.boolean() }),
  v.strictObject({ decision: v.literal("deny") }),
  v.strictObject({ decision: v.literal("allow") }),
  v.strictObject({ decision: v.literal("rework") }),
]);

/** `GET /v1/owner/quota`: each order's counts and their sum. */
export const quotaReply = v.strictObject({
  atMs: milliseconds,
  epoch: u32,
  /** When the epoch began: the server was restored then. Null: it never was. */
  epochBegunAtMs: v.nullable(milliseconds),
  /** True when something was shown that this server signed and does not know (P-64): it needs a new epoch. */
  outdated: v.boolean(),
  orders: v.array(v.strictObject({
    order: orderId,
    name: lineOfText(64),
    product: productId,
    awaiting: v.boolean(),
    quota,
  })),
  // The sum of many orders may lie above the bound of one.
  total: countsOf(integerBetween(0, Number.MAX_SAFE_INTEGER)),
});

/** One entry of the log: `hash` covers `entry` and the hash before it. */
export const logEntry = v.strictObject({
  index: units,
  /** The canonical JSON text that was hashed. */
  entry: v.pipe(v.string(), v.maxLength(65_536)),
  hash: hexBytes(64),
});
/** `GET /v1/owner/log?after=N`. `head` is the log key's statement over the newest hash; null when the log is empty. */
export const logReply = v.strictObject({ entries: v.array(logEntry), head: v.nullable(hexBytes(144)) });

/** Lists come whole, oldest first, but for devices and log, which come in pages. */
export const productList = v.strictObject({ products: v.array(productReply) });
/** All releases. */
export const releaseList = v.strictObject({ releases: v.array(releaseReply) });
/** All orders. */
export const orderList = v.strictObject({ orders: v.array(orderReply) });
/** All appliances. */
export const applianceList = v.strictObject({ appliances: v.array(applianceReply) });
/** A page of devices; `next` is the cursor for the page after it, null at the end. */
export const deviceList = v.strictObject({ devices: v.array(deviceReply), next: v.nullable(v.string()) });

/** The body of {@linkcode ownerReply}. */
export type OwnerReply = v.InferOutput<typeof ownerReply>;
/** The counts of one order. */
export type Quota = v.InferOutput<typeof quota>;
/** The body of {@linkcode productRequest}. */
export type ProductRequest = v.InferOutput<typeof productRequest>;
/** The body of {@linkcode productReply}. */
export type ProductReply = v.InferOutput<typeof productReply>;
/** The body of {@linkcode releaseRequest}. */
export type ReleaseRequest = v.InferOutput<typeof releaseRequest>;
/** The body of {@linkcode releaseReply}. */
export type ReleaseReply = v.InferOutput<typeof releaseReply>;
/** The body of {@linkcode uploadReply}. */
export type UploadReply = v.InferOutput<typeof uploadReply>;
/** The body of {@linkcode orderRequest} before defaults are filled in. */
export type OrderRequestInput = v.InferInput<typeof orderRequest>;
/** The body of {@linkcode orderRequest}. */
export type OrderRequest = v.InferOutput<typeof orderRequest>;
/** The body of {@linkcode orderReply}. */
export type OrderReply = v.InferOutput<typeof orderReply>;
/** The body of {@linkcode orderChange}. */
export type OrderChange = v.InferOutput<typeof orderChange>;
/** The body of {@linkcode enrolmentRequest}. */
export type EnrolmentRequest = v.InferOutput<typeof enrolmentRequest>;
/** The body of {@linkcode enrolmentReply}. */
export type EnrolmentReply = v.InferOutput<typeof enrolmentReply>;
/** The body of {@linkcode applianceReply}. */
export type ApplianceReply = v.InferOutput<typeof applianceReply>;
/** The body of {@linkcode renewalDecision}. */
export type RenewalDecision = v.InferOutput<typeof renewalDecision>;
/** The body of {@linkcode deviceReply}. */
export type DeviceReply = v.InferOutput<typeof deviceReply>;
/** The body of {@linkcode deviceRecordReply}. */
export type DeviceRecordReply = v.InferOutput<typeof deviceRecordReply>;
/** The body of {@linkcode deviceDecision}. */
export type DeviceDecision = v.InferOutput<typeof deviceDecision>;
/** The body of {@linkcode deviceList}. */
export type DeviceList = v.InferOutput<typeof deviceList>;
/** The body of {@linkcode quotaReply}. */
export type QuotaReply = v.InferOutput<typeof quotaReply>;
/** A value of {@linkcode logEntry}. */
export type LogEntry = v.InferOutput<typeof logEntry>;
/** The body of {@linkcode logReply}. */
export type LogReply = v.InferOutput<typeof logReply>;
