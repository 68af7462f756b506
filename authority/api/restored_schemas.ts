/**
 * What an appliance shows to a restored authority of the work before the restore, as schemas (PROTOCOL section 16). Knows
 * shapes; knows no meaning, no key, no route.
 *
 * @module
 */

import * as v from "valibot";
import { keyRecord, receiptRequest } from "./appliance_schemas.ts";
import { causeCode, hexBytes, leaseId, orderId, ticketId, u32 } from "./fields.ts";

/** The most tickets that one message shows: each with up to {@linkcode KEY_RECORDS_MOST} key records. */
export const RESTORED_TICKETS_MOST = 6;
/** The most key records of one ticket. */
export const KEY_RECORDS_MOST = 16;
/** The most tickets of a lease that one message shows. */
export const RESTORED_LEASE_TICKETS_MOST = 64;

/** `POST /v1/restored`. The same message again changes nothing. */
export const restoredRequest = v.strictObject({
  tickets: v.pipe(
    v.array(v.strictObject({
      /** Ticket and signature. */
      ticket: hexBytes(352),
      keyRecords: v.pipe(v.array(keyRecord), v.minLength(1), v.maxLength(KEY_RECORDS_MOST)),
      receipt: v.nullable(receiptRequest),
    })),
    v.minLength(1),
    v.maxLength(RESTORED_TICKETS_MOST),
  ),
});
/** What became of each ticket. An alarm is something that the owner should look at. */
export const restoredReply = v.strictObject({
  /** In which epoch they are booked. */
  epoch: u32,
  tickets: v.array(v.strictObject({
    ticketId,
    /** False: it is not booked yet and should be shown again, since the owner may mend what `alarm` says. */
    booked: v.boolean(),
    /** Whether the device's receipt is committed now. */
    committed: v.boolean(),
    alarm: v.nullable(causeCode),
  })),
});

/** `POST /v1/restored/leases`: a lease that the authority does not know. Its uses follow as those of any lease. */
export const restoredLeaseRequest = v.strictObject({
  order: orderId,
  /** Delegation and signature (PROTOCOL section 13): they prove the lease. */
  delegation: hexBytes(224),
  /** Tickets of the lease and their signatures; several messages may bring them. */
  tickets: v.pipe(v.array(hexBytes(352)), v.minLength(1), v.maxLength(RESTORED_LEASE_TICKETS_MOST)),
});
/** The lease is known from here on. */
export const restoredLeaseReply = v.strictObject({ lease: leaseId });

/** The body of {@linkcode restoredRequest}. */
export type RestoredRequest = v.InferOutput<typeof restoredRequest>;
/** The body of {@linkcode restoredReply}. */
export type RestoredReply = v.InferOutput<typeof restoredReply>;
/** The body of {@linkcode restoredLeaseRequest}. */
export type RestoredLeaseRequest = v.InferOutput<typeof restoredLeaseRequest>;
/** The body of {@linkcode restoredLeaseReply}. */
export type RestoredLeaseReply = v.InferOutput<typeof restoredLeaseReply>;
