/**
 * What appliance and authority say to each other, as schemas. Knows shapes; knows no meaning, no key, no route.
 * The bytes inside the hexadecimal fields are those of bootloader/PROTOCOL.md.
 *
 * @module
 */

import * as v from "valibot";
import {
  applianceId,
  causeCode,
  digest32,
  hexBytes,
  hexBytesBetween,
  integerBetween,
  lineOfText,
  milliseconds,
  orderId,
  ownerId,
  productId,
  publicKey,
  releaseId,
  seconds,
  serial,
  signature,
  ticketId,
  u16,
  u32,
  uid,
  units,
} from "./fields.ts";
import { isRefusalCode, type RefusalCode } from "./refusal.ts";

/** A code of the refusal table. */
export const refusalCode = v.custom<RefusalCode>((value) =>
  typeof value === "string" && isRefusalCode(value)
);

/** The states of one unit of an order (D§6). */
export const unitStates = ["leased", "reserved", "keyed", "committed", "lost", "unaccounted"] as const;
/** One of {@linkcode unitStates}. */
export const unitState = v.picklist(unitStates);

/** `GET /v1/trust`: what an appliance needs before it can trust anything else. Checked by `checkTrust`. */
export const trustReply = v.strictObject({
  rootPublicKey: publicKey,
  /** Key set and the root's signature (PROTOCOL section 12): 204 + 64 bytes. */
  keySet: hexBytes(268),
  /** Key sets before this one, newest first: what tickets and receipts of before were signed with. */
  earlierKeySets: v.optional(v.pipe(v.array(hexBytes(268)), v.maxLength(64)), []),
  /** The certificate authority of the HTTPS channel, PEM. */
  caCertificate: v.pipe(v.string(), v.maxLength(16_384)),
  /** A statement by the log key (statement.ts) over the PEM text. */
  caStatement: hexBytes(144),
});

/** `POST /v1/enrolments`: the code's secret itself is never sent. */
export const enrolRequest = v.strictObject({
  publicKey,
  nonce: hexBytes(32),
  /** First 32 bytes of HMAC-SHA-512(secret, label ‖ publicKey ‖ nonce): `enrolmentMac`. */
  mac: hexBytes(32),
});
/** The answer to an enrolment. */
export const enrolReply = v.strictObject({
  appliance: applianceId,
  owner: ownerId,
  name: lineOfText(64),
  products: v.array(productId),
  /** First 32 bytes of HMAC-SHA-512(secret, label ‖ appliance ‖ owner ‖ rootPublicKey ‖ publicKey ‖ nonce). */
  proof: hexBytes(32),
});

/** What an appliance needs to know of an encrypted release to hold it and to serve its chunks. */
export const releaseDescriptor = v.strictObject({
  release: releaseId,
  product: productId,
  version: lineOfText(64),
  /** Bytes that the chunks cover. */
  length: u32,
  /** Number of chunks: length / 512. */
  count: u32,
  personalOffset: u32,
  personalLength: u32,
  imageDigest: digest32,
  /** Size of the encrypted content: count × 528. */
  bytes: u32,
  /** SHA-256 of the encrypted content. */
  sha256: digest32,
});

/** `POST /v1/tickets`. */
export const ticketRequest = v.strictObject({
  uid,
  family: u16,
  chipId: u16,
  flashKb: u16,
  product: productId,
  station: lineOfText(32),
  /** The chip is locked or was delivered: a ticket is wanted only where a person has allowed a rework (P-71). */
  rework: v.optional(v.boolean(), false),
});
/** The ticket, the release it is for, and how often its key has been given. */
export const ticketReply = v.strictObject({
  ticketId,
  /** Ticket and signature: 352 bytes. */
  ticket: hexBytes(352),
  /** False when the same UID got its open ticket again: then no further unit is used. */
  fresh: v.boolean(),
  unit: unitState,
  message2Count: integerBetween(0, 255),
  message2Limit: integerBetween(1, 255),
  release: releaseDescriptor,
});

/** A key record and the log key's statement over it (PROTOCOL section 16). */
export const keyRecord = v.strictObject({ record: hexBytes(232), statement: hexBytes(144) });

/** `POST /v1/tickets/:ticket/message1`. */
export const message1Request = v.strictObject({
  message1: hexBytes(80),
  /** The 72 bytes of PROTOCOL P-45 and the appliance's signature over them. */
  lockRecord: hexBytes(72),
  lockSignature: signature,
});
/** Message 2 and the two Split() keys: nothing else leaves the key-holder (P-29). */
export const message1Reply = v.strictObject({
  number: integerBetween(1, 255),
  message2: hexBytesBetween(144, 912),
  transport: v.strictObject({ targetToHost: hexBytes(32), hostToTarget: hexBytes(32) }),
  /** P-63: kept by the appliance for a server that is restored. Missing where the appliance's own vault answers. */
  keyRecord: v.optional(keyRecord),
});

/** `POST /v1/tickets/:ticket/receipt`: the 100 bytes inside the target's RECEIPT, and which message 2 they answer. */
export const receiptRequest = v.strictObject({ number: integerBetween(1, 255), receipt: hexBytes(100) });
/** The unit is committed; `statement` is the log key's countersignature over receipt record and MAC. */
export const receiptReply = v.strictObject({
  unit: v.literal("committed"),
  committedAtMs: milliseconds,
  serial,
  /** Device certificate and signature. Without a personal region it is nowhere in flash: then it lives in the records. */
  certificate: hexBytes(216),
  /** The 180 bytes that the MAC covers and the MAC. */
  record: hexBytes(212),
  statement: hexBytes(144),
});

/** `POST /v1/tickets/:ticket/failure`. */
export const failureRequest = v.strictObject({
  cause: causeCode,
  phase: causeCode,
  atMs: milliseconds,
  /** True when the board is given up: the ticket is closed and, when no message 2 was ever made, its unit is free. */
  abandon: v.boolean(),
});
/** What became of the unit: `free` only when no message 2 was ever made. */
export const failureReply = v.strictObject({ unit: v.picklist(["free", ...unitStates]) });

/** One order as an appliance sees it. */
export const applianceOrder = v.strictObject({
  order: orderId,
  release: releaseId,
  version: lineOfText(64),
  granted: units,
  free: units,
  frozen: v.boolean(),
  notBeforeSeconds: seconds,
  notAfterSeconds: seconds,
  /** Why a ticket would be refused from this order now; null when it would be granted. */
  refusal: v.nullable(refusalCode),
  /**
   * Up to `units` may be lent to this appliance at a time; `open` are lent, and neither used nor returned. `listed`: so many
   * more at most, since only listed chips get tickets (P-75); null: no such bound. Null: none ever.
   */
  allowance: v.nullable(v.strictObject({ units, open: units, listed: v.optional(v.nullable(units)) })),
});
/** `GET /v1/state`. */
export const stateReply = v.strictObject({
  atMs: milliseconds,
  /** The authority's epoch: it rises with each restore (P-61). */
  epoch: u32,
  /** Whether the ticket that was named in `?ticket=` is known here; null: none was named. */
  ticketKnown: v.nullable(v.boolean()),
  owner: ownerId,
  appliance: applianceId,
  name: lineOfText(64),
  keySet: hexBytes(268),
  /** Number of the list of denied chips as it is now (P-74). */
  denials: integerBetween(0, Number.MAX_SAFE_INTEGER),
  /** The newest head of this appliance's record that is kept (P-69): what it may prove its record by; null: none. */
  record: v.nullable(v.strictObject({ number: integerBetween(1, Number.MAX_SAFE_INTEGER), hash: digest32 })),
  products: v.array(v.strictObject({
    product: productId,
    name: lineOfText(64),
    family: u16,
    chipId: v.nullable(u16),
    flashKb: u16,
    lockLevel: integerBetween(1, 2),
    orders: v.array(applianceOrder),
  })),
});

/** `GET /v1/denials`: the chips that the owner has denied, with the log key's statement over the list (P-74). */
export const denialsReply = v.strictObject({
  chips: v.pipe(v.array(v.strictObject({ family: u16, uid })), v.maxLength(10_000)),
  statement: hexBytes(144),
});

/** The body of {@linkcode denialsReply}. */
export type DenialsReply = v.InferOutput<typeof denialsReply>;
/** `POST /v1/renewals`: what the asking appliance holds, for the person who decides (P-73). */
export const renewalRequest = v.strictObject({
  /** Lent units that it has not used. */
  lent: units,
  /** Receipts and uses that it has not been able to report. */
  unreported: units,
});
/** `good`: nothing to renew. `asked`: a person has to decide. `declined`: a person did. */
export const renewalReply = v.strictObject({ standing: v.picklist(["good", "asked", "declined"]) });

/** The body of {@linkcode renewalRequest}. */
export type RenewalRequest = v.InferOutput<typeof renewalRequest>;
/** The body of {@linkcode renewalReply}. */
export type RenewalReply = v.InferOutput<typeof renewalReply>;
/** The body of {@linkcode trustReply}. */
export type TrustReply = v.InferOutput<typeof trustReply>;
/** The body of {@linkcode enrolRequest}. */
export type EnrolRequest = v.InferOutput<typeof enrolRequest>;
/** The body of {@linkcode enrolReply}. */
export type EnrolReply = v.InferOutput<typeof enrolReply>;
/** A value of {@linkcode releaseDescriptor}. */
export type ReleaseDescriptor = v.InferOutput<typeof releaseDescriptor>;
/** The body of {@linkcode ticketRequest}. */
export type TicketRequest = v.InferOutput<typeof ticketRequest>;
/** The body of {@linkcode ticketReply}. */
export type TicketReply = v.InferOutput<typeof ticketReply>;
/** The body of {@linkcode message1Request}. */
export type Message1Request = v.InferOutput<typeof message1Request>;
/** The body of {@linkcode message1Reply}. */
export type Message1Reply = v.InferOutput<typeof message1Reply>;
/** The body of {@linkcode receiptRequest}. */
export type ReceiptRequest = v.InferOutput<typeof receiptRequest>;
/** The body of {@linkcode receiptReply}. */
export type ReceiptReply = v.InferOutput<typeof receiptReply>;
/** The body of {@linkcode failureRequest}. */
export type FailureRequest = v.InferOutput<typeof failureRequest>;
/** The body of {@linkcode failureReply}. */
export type FailureReply = v.InferOutput<typeof failureReply>;
/** A value of {@linkcode applianceOrder}. */
export type ApplianceOrder = v.InferOutput<typeof applianceOrder>;
/** The body of {@linkcode stateReply}. */
export type StateReply = v.InferOutput<typeof stateReply>;
/** One of {@linkcode unitStates}. */
export type UnitState = v.InferOutput<typeof unitState>;
