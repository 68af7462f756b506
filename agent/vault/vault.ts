/**
 * What a vault is to the rest of the agent: the key-holder of the tickets that were lent (PROTOCOL section 13). One
 * kind is built, `file`; `tpm` would implement the same. Knows no network and no station.
 *
 * @module
 */
import type {
  LeaseGrant,
  Message1Reply,
  Message1Request,
  ReceiptRequest,
  RefusalCode,
  ReleaseDescriptor,
  RequestOf,
} from "../../authority/api/mod.ts";
import type { AppliancesWord } from "../delivery/mod.ts";
import type { HeldLease, LeaseTicket } from "../journal/mod.ts";

/** Kinds of vault, and what a person has to know of each wherever its name is shown. */
export const vaultKinds = Object.freeze(
  {
    file: {
      promise: "finds double spending, does not prevent it",
      says:
        "Keys lie in a file: whoever takes this appliance's disk can copy the firmware that was lent to it",
    },
  } as const,
);

/** A kind of vault. */
export type VaultKind = keyof typeof vaultKinds;

/** A well-formed "no" of a vault; the code is one of the authority's own table. */
export interface VaultRefusal {
  readonly refused: RefusalCode;
  /** What this refusal is about; holds no secret. */
  readonly detail?: string;
}

/** The request for a lease: public halves only. */
export type LeaseAsked = RequestOf<"lease">;

/** The chip that a ticket is wanted for. */
export interface ChipQuestion {
  readonly family: number;
  /** 24 lower-case hex digits. */
  readonly uid: string;
  readonly flashKb: number;
  /** 16 lower-case hex digits. */
  readonly product: string;
}

/** The ticket of a lease, bound to a chip, with what a delivery needs beside it. */
export interface Use {
  readonly ticket: LeaseTicket;
  readonly lease: HeldLease;
  readonly release: ReleaseDescriptor;
  /** False when the chip got its ticket again: then no further unit is used. */
  readonly fresh: boolean;
}

/** Why there is no ticket for a chip, when nothing is wrong with the chip. */
export type NoTicket =
  /** Nothing that was ever lent is for this product and chip. */
  | "never-lent"
  /** What was lent for this product is for chips that the owner has listed, and this is none of them. */
  | "not-listed"
  /** Everything that was lent for it is used or returned. */
  | "spent"
  /** Of what was lent for it some is unused, and its time is over. */
  | "over";

/** What a vault says to a question for a ticket. */
export type UseAnswer = Use | VaultRefusal | { readonly none: NoTicket };

/** A key-holder of lent tickets. Every method that changes something is durable when it returns. */
export interface Vault {
  readonly kind: VaultKind;
  /** Makes the keys of a lease; the request may be sent again until it is answered. Only public halves are in it. */
  createLease(
    wanted: { readonly order: string; readonly product: string; readonly units: number },
  ): LeaseAsked;
  /** Returns the requests that have no answer yet. */
  openRequests(): readonly LeaseAsked[];
  /** Takes what was granted for a request; says why not when it is not what was asked for. */
  takeLease(leaseKey: string, grant: LeaseGrant): { readonly taken: HeldLease } | { readonly flaw: string };
  /** Ends a request that was refused; does nothing while a copy of it is on its way by file (P-67). */
  dropRequest(leaseKey: string, cause: string): void;
  /**
   * Gives the chip's ticket again, or binds a free one to it for ever (P-57, P-58). `orders`: a free one only of these (P-77);
   * missing: of any.
   */
  use(chip: ChipQuestion, orders?: ReadonlySet<string>): UseAnswer;
  /** Tells whether a chip has a ticket of this vault, so that nobody else is asked for one. */
  hasUse(chip: { readonly family: number; readonly uid: string }): boolean;
  /** Tells whether a ticket is one of this vault's. */
  holds(ticketId: string): boolean;
  /** Answers a message 1 as the key-holder (P-19 to P-29): message 2 and the two Split keys, nothing else. */
  answerMessage1(
    ticketId: string,
    request: Message1Request,
  ): { readonly granted: Message1Reply } | VaultRefusal;
  /** Checks a receipt under its own receipt key (P-60) and commits the unit on the appliance's word. */
  takeReceipt(ticketId: string, request: ReceiptRequest): { readonly granted: AppliancesWord } | VaultRefusal;
  /** Closes up to `count` free tickets of a lease durably, so that they can be returned (P-58); returns how many. */
  closeFree(leaseKey: string, count: number): number;
  /** Finishes what a crash left between intent and binding; returns the tickets that are bound by it. */
  finishInterrupted(): readonly LeaseTicket[];
  /** Returns how many free tickets could be used now, per product. */
  left(): ReadonlyMap<string, number>;
}
