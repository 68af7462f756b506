/**
 * The appliance's durable record (node:sqlite, WAL, synchronous=FULL, hash-chained) and its cached releases.
 *
 * @example
 * ```ts
 * import { Journal } from "./mod.ts";
 * const journal = new Journal(":memory:", () => 0);
 * const delivery = journal.startDelivery("station 1", "attach");
 * journal.endDelivery(delivery, { outcome: "refused", cause: "not-blank" });
 * journal.close();
 * ```
 * @module
 */
export { type ChainBreak, type ChainRecord, hashRecord, walkChain } from "./chain.ts";
export type { ChainHead } from "./_recorder.ts";
export { DenialBook, type DenialList } from "./denial_book.ts";
export { EpochBook, type HeardEpoch, type StoredKeyRecord } from "./epoch_book.ts";
export { type Delivered, FloorBook, type Step, type Tally } from "./floor_book.ts";
export { Journal } from "./journal.ts";
export { LeaseBook } from "./lease_book.ts";
export { type LeaseCounts, NO_TICKETS } from "./lease_counts.ts";
export type {
  HeldLease,
  LeaseDraft,
  LeaseGrant,
  LeaseReceipt,
  LeaseTicket,
  LeaseTicketState,
} from "./lease_rows.ts";
export { type ReleaseFacts, ReleaseStore } from "./release_store.ts";
export { ShownRecord } from "./shown_record.ts";
export type { DeliveryRecord, Outcome, TicketRecord } from "./rows.ts";
