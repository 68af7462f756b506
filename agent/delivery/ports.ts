/**
 * What one delivery is given: the station's hardware, the authority, the record, and its own clock. All are handed
 * in; this room reaches the world through nothing else.
 *
 * @module
 */
import type { Answer, ApplianceClient, ReceiptReply, TicketReply } from "../../authority/api/mod.ts";
import type { Wiring } from "../../bootloader/ticket/mod.ts";
import type { ApplianceId, Keyset } from "../../bootloader/wire/mod.ts";
import type { Journal, ReleaseStore } from "../journal/mod.ts";
import type { ByteSink, Channel } from "../link/mod.ts";
import type { Probe, TransferSink } from "../probe/mod.ts";
import type { DeliveryEvent } from "./events.ts";

/** Why there is no ticket now: the authority cannot be reached, and of what it lent nothing is for this chip. */
export type NoOfflineTicket =
  | {
    /** It is used up, or its time is over. */
    readonly none: "spent" | "over";
    /** How many boards wait for that reason, this one included. */
    readonly waiting: number;
  }
  /** It is for chips on the owner's list (P-75). */
  | { readonly none: "not-listed" };

/** What stands for the authority's answer to a receipt that this appliance's own vault has checked: its word alone. */
export interface AppliancesWord {
  readonly unit: "committed";
  readonly word: "appliance";
  readonly committedAtMs: number;
  readonly serial: number;
  /** 216 bytes in hex. */
  readonly certificate: string;
  /** 224 bytes in hex: goes with the certificate (P-56). */
  readonly delegation: string;
  /** The 180 bytes that the MAC covers and the MAC, in hex. */
  readonly record: string;
}

/** What a delivery asks of the key-holder of its ticket: the authority, or this appliance's vault in its place. */
export interface Office extends Pick<ApplianceClient, "message1" | "failure" | "releaseContent"> {
  ticket(...asked: Parameters<ApplianceClient["ticket"]>): Promise<Answer<TicketReply> | NoOfflineTicket>;
  receipt(...asked: Parameters<ApplianceClient["receipt"]>): Promise<Answer<ReceiptReply | AppliancesWord>>;
}

/** The bootloader of a chip family, ready but for its install block. */
export interface BootloaderImage {
  /** As in HELLO_REPLY: 0x00MMmmpp. */
  readonly version: number;
  /** Returns the image with the 200 bytes of an install block in their place, and nothing else changed. */
  withInstallBlock(block: Uint8Array): Uint8Array;
}

/** Takes what passes on the wires of one delivery (D§12 `--capture`). */
export interface CaptureSink {
  /** Takes the data of one memory transfer. */
  debug(...transfer: Parameters<TransferSink>): void;
  /** Takes raw bytes of the link, up to the receipt's acknowledgement. */
  link(...bytes: Parameters<ByteSink>): void;
  /** Bytes that the started firmware sent after the receipt was acknowledged. */
  firmware(bytes: Uint8Array): void;
  /** The chip with this UID has its ticket: only now this counts as a delivery. */
  ticketed(uid: string): void;
  /** Ends the capture; every byte given before is on disk when it returns, if there was a ticket. */
  close(): void;
}

/** Everything a delivery is given. */
export interface DeliveryPorts {
  readonly probe: Probe;
  readonly channel: Channel;
  readonly office: Office;
  readonly journal: Journal;
  readonly releases: ReleaseStore;
  /** Who this appliance is, and its signature (Ed25519, 64 bytes). */
  readonly identity: { readonly appliance: ApplianceId; readonly sign: (message: Uint8Array) => Uint8Array };
  /** The key set that the root has signed, as it is when this is read; its ticket keys are the only ones that go into a bootloader (P-53). */
  readonly keySet: Keyset;
  /** Earlier ones of the same epoch: for tickets of leases that this appliance holds, and no others (P-70). */
  readonly earlierKeySets?: readonly Keyset[];
  /** The log keys that may have signed what a reply contains (P-70), as they are when it is called. */
  readonly statementKeys: () => readonly Uint8Array[];
  /** Returns the bootloader for a chip family's name, or undefined when there is none. */
  readonly bootloaderFor: (family: string) => BootloaderImage | undefined;
  /** Milliseconds since 1970: told in records, decides nothing. */
  readonly nowMs: () => number;
  /** Waits in wall time; ends early, without an error, when `signal` is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly emit: (event: DeliveryEvent) => void;
  readonly capture?: CaptureSink;
}

/** What the station is set up for. */
export interface DeliveryOptions {
  readonly station: string;
  /** 16 lower-case hex digits. */
  readonly product: string;
  readonly wiring: Wiring;
  /** Whether to wait, with the board in place, while the authority cannot or will not give a ticket for now. */
  readonly patient: boolean;
  /** Read anew for each wait for a ticket: aborted when a person wants the station to ask now. */
  readonly nudged?: () => AbortSignal;
  /** How long to listen to the started firmware, in milliseconds of the station's time. */
  readonly listenMs: number;
  /** Ends a wait for a ticket; a delivery that is further goes on. */
  readonly stopping: AbortSignal;
  /** Stops the delivery between two steps, wherever it is. */
  readonly signal: AbortSignal;
}
