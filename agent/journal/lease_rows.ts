/**
 * What the journal holds of leases, as typed records read strictly. Knows columns, no SQL. Private halves of keys
 * stand in these records only as the vault sealed them.
 *
 * @module
 */
import { blob, blobOrNull, integer, type Row, text, textOrNull } from "./rows.ts";

/** A lease that was asked for and not yet granted: its keys are made and durable before the request leaves. */
export interface LeaseDraft {
  /** Public half of the lease key, 64 lower-case hex digits: it names the request. */
  readonly leaseKey: string;
  readonly order: string;
  readonly product: string;
  /** Private half, sealed by the vault. */
  readonly sealedKey: Uint8Array;
  /** One pair per unit, in the order of the lease's index. */
  readonly tickets: readonly { readonly publicT: Uint8Array; readonly sealedT: Uint8Array }[];
}

/** A lease that this appliance holds. */
export interface HeldLease {
  readonly leaseKey: string;
  /** 32 lower-case hex digits. */
  readonly lease: string;
  readonly order: string;
  readonly product: string;
  readonly release: string;
  readonly units: number;
  readonly sealedKey: Uint8Array;
  /** 224 bytes. */
  readonly delegation: Uint8Array;
  /** 112 bytes, for the vault's wrap key (P-51). */
  readonly wrappedKey: Uint8Array;
  /** JSON of the release's descriptor, as the authority gave it. */
  readonly descriptor: string;
  /** The last valid second. */
  readonly notAfterSeconds: number;
  readonly message2Limit: number;
  /** The owner has frozen its order, as far as is known here: nothing new is begun with it. */
  readonly paused: boolean;
}

/** What the authority's reply makes of a draft. */
export type LeaseGrant =
  & Omit<HeldLease, "leaseKey" | "order" | "product" | "units" | "sealedKey" | "paused">
  & {
    readonly tickets: readonly {
      readonly ticketId: string;
      readonly sealed: Uint8Array;
      /** The one chip that it is for, 24 hex digits; null: all that its mask lets through. */
      readonly forUid: string | null;
    }[];
  };

/** How far the ticket of a lease is (P-57, P-58). */
export type LeaseTicketState =
  | "free"
  | "intent"
  | "certified"
  | "bound"
  | "keyed"
  | "committed"
  | "closed"
  | "returned";

/** One ticket of a held lease. */
export interface LeaseTicket {
  readonly leaseKey: string;
  readonly leaseIndex: number;
  readonly ticketId: string;
  /** 352 bytes. */
  readonly sealed: Uint8Array;
  /** T's private half, sealed by the vault; null once nothing can be asked of it any more. */
  readonly sealedT: Uint8Array | null;
  readonly state: LeaseTicketState;
  /** The one chip that it was made for; null: all that its mask lets through. */
  readonly forUid: string | null;
  /** The chip that the ticket is for, for ever; null while it is for none. */
  readonly chip: { readonly family: number; readonly uid: string; readonly issuedAtSeconds: number } | null;
  /** 216 bytes. */
  readonly certificate: Uint8Array | null;
  /** Messages 2 computed so far. */
  readonly message2: number;
  readonly receipt: LeaseReceipt | null;
  /** Milliseconds since 1970 of the last step. */
  readonly changedMs: number;
  /** Whether its use is reported by itself: a report with others in it was refused. */
  readonly tellAlone: boolean;
}

/** A receipt that this vault has checked. */
export interface LeaseReceipt {
  /** Which message 2 it answers. */
  readonly number: number;
  /** The 100 bytes inside RECEIPT, in hex. */
  readonly report: string;
  /** The 212 bytes of receipt record and MAC, in hex. */
  readonly record: string;
  /** Final handshake hash of that message 2, 64 bytes in hex. */
  readonly hh: string;
}

/** Reads a row of `leases` that is held. */
export function readLease(row: Row): HeldLease {
  return {
    leaseKey: text(row, "lease_key"),
    lease: text(row, "lease"),
    order: text(row, "order_id"),
    product: text(row, "product"),
    release: text(row, "release"),
    units: integer(row, "units"),
    sealedKey: blob(row, "sealed_key"),
    delegation: blob(row, "delegation"),
    wrappedKey: blob(row, "wrapped_key"),
    descriptor: text(row, "descriptor"),
    notAfterSeconds: integer(row, "not_after"),
    message2Limit: integer(row, "message2_limit"),
    paused: integer(row, "paused") === 1,
  };
}

/** Reads a row of `lease_tickets` whose lease is held. */
export function readLeaseTicket(row: Row): LeaseTicket {
  const uid = textOrNull(row, "uid");
  const receipt = textOrNull(row, "receipt");
  return {
    leaseKey: text(row, "lease_key"),
    leaseIndex: integer(row, "lease_index"),
    ticketId: text(row, "ticket_id"),
    sealed: blob(row, "sealed"),
    sealedT: blobOrNull(row, "t_sealed"),
    state: text(row, "state") as LeaseTicketState,
    forUid: textOrNull(row, "for_uid"),
    chip: uid === null
      ? null
      : { uid, family: integer(row, "family"), issuedAtSeconds: integer(row, "issued_at") },
    certificate: blobOrNull(row, "certificate"),
    message2: integer(row, "message2"),
    receipt: receipt === null ? null : JSON.parse(receipt) as LeaseReceipt,
    changedMs: integer(row, "changed_ms"),
    tellAlone: integer(row, "tell_alone") === 1,
  };
}
