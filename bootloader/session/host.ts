/**
 * The host's half of a session, from HELLO to BYE, without I/O and without a clock: one object for one power-on of the
 * target (P-5 to P-12, P-30, P-33, P-37, P-38, P-44, P-46). It keeps one exchange open at a time, which every window allows (P-6).
 * Knows transport keys, never a release key; knows nothing of probes, and of proofs only the record.
 * @module
 */
import type { OpenedTicket } from "../ticket/mod.ts";
import type { Frame, FrameName, HelloReply } from "../wire/mod.ts";
import {
  assert,
  CHUNK_BYTES,
  encodeFrame,
  FRAME_TYPES,
  frameName,
  helloLayout,
  helloReplyLayout,
  Malformed,
  MESSAGE1_BYTES,
  PROTOCOL_VERSION,
  sameBytes,
  STATUS_NOT_AUTHENTIC,
  statusLayout,
  workingLayout,
} from "../wire/mod.ts";
import type { LockProof } from "./_before_ticket.ts";
import { proofRefusal, ticketRefusal } from "./_before_ticket.ts";
import { Transfer } from "./_transfer.ts";
import type { Exchange, HostRefusal, HostStep } from "./host_step.ts";
import { HOST_REFUSALS } from "./host_step.ts";
import type { TransportKeys } from "./key_holder.ts";
import type { ChunkSource } from "./release.ts";
import { RETRANSMISSIONS_MAX } from "./retransmission.ts";

/** Where a host session stands: the name says what was sent last or what has to be called next. */
export type HostState =
  | "new"
  | "greeting"
  | "greeted"
  | "ticket-sent"
  | "keyed"
  | "transferring"
  | "received"
  | "polling"
  | "acknowledging"
  | "over";

/** The final frames that a state takes; everything else but STATUS ends the session. */
const ANSWERS: Partial<Record<HostState, readonly FrameName[]>> = {
  greeting: ["HELLO_REPLY"],
  "ticket-sent": ["MESSAGE1"],
  transferring: ["NEXT", "RECEIPT"],
  polling: ["RECEIPT"],
  acknowledging: ["BYE"],
};

/** One session with one target that stays powered. */
export class HostSession {
  #state: HostState = "new";
  #sequence: number;
  #open: Exchange | undefined;
  #reply: HelloReply | undefined;
  #ticket: OpenedTicket | undefined;
  #transfer: Transfer | undefined;
  #receipt: { readonly sealed: Uint8Array; readonly step: HostStep } | undefined;

  /** Starts with the sequence after `lastSequence` (P-7). */
  constructor({ lastSequence = 255 }: { readonly lastSequence?: number } = {}) {
    this.#sequence = lastSequence;
  }

  /** Where the session stands. */
  get state(): HostState {
    return this.#state;
  }

  /** The sequence used last, for the session after a power cycle. */
  get lastSequence(): number {
    return this.#sequence;
  }

  /** Returns HELLO; may be called again after its answer. */
  hello(): Exchange {
    this.#expect("new", "greeted");
    this.#state = "greeting";
    return this.#send("HELLO", helloLayout.encode({ version: PROTOCOL_VERSION }));
  }

  /** Returns TICKET to send, or a refusal when the target's HELLO_REPLY or the proof does not fit it (P-12, P-14 to P-18). */
  ticket(ticket: OpenedTicket, proof: LockProof): HostStep {
    this.#expect("greeted");
    const reply = this.#reply!;
    const refused = ticketRefusal(reply, ticket) ?? proofRefusal(reply, ticket, proof);
    if (refused !== undefined) return this.#refuse(refused.code, refused.detail);
    this.#ticket = ticket;
    this.#state = "ticket-sent";
    return { step: "send", exchange: this.#send("TICKET", ticket.sealed) };
  }

  /** Returns MESSAGE2 to send, or a refusal when the chunks do not fit the ticket; takes over the transport keys. */
  message2(message2: Uint8Array, transport: TransportKeys, chunks: ChunkSource): HostStep {
    this.#expect("keyed");
    this.#transfer = new Transfer(transport, chunks);
    const wanted = this.#ticket!.ticket.length / CHUNK_BYTES;
    if (chunks.count !== wanted) {
      return this.#refuse(
        "wrong-chunk-count",
        `the release has ${chunks.count} chunks, the ticket ${wanted}`,
      );
    }
    this.#state = "transferring";
    return { step: "send", exchange: this.#send("MESSAGE2", message2) };
  }

  /** Returns POLL: the target answers with the same receipt again (P-37). */
  poll(): Exchange {
    this.#expect("received");
    this.#state = "polling";
    return this.#send("POLL", new Uint8Array(0));
  }

  /** Returns ACK. Called after the receipt was made durable, not before (P-38). */
  acknowledge(): Exchange {
    this.#expect("received");
    this.#state = "acknowledging";
    return this.#send("ACK", this.#transfer!.acknowledgement());
  }

  /** Takes a frame from the target and says what follows. */
  receive(frame: Frame): HostStep {
    const open = this.#open;
    // P-5, P-7: a second answer to an earlier frame that was sent twice carries an earlier sequence.
    if (open === undefined || frame.sequence !== open.frame.sequence) return { step: "ignored" };
    const name = frameName(frame.type);
    try {
      if (name === "WORKING") return { step: "working", ...workingLayout.decode(frame.body) };
      this.#open = undefined;
      if (name === "STATUS") return this.#takeStatus(frame.body);
      if (!ANSWERS[this.#state]?.includes(name as FrameName)) {
        return this.#refuse("unexpected-type", `${name} in state ${this.#state}`);
      }
      return this.#answer(name as FrameName, frame.body);
    } catch (error) {
      // P-46: a body that is not its type's is bad; anything but Malformed is a bug of ours and goes on.
      if (error instanceof Malformed) return this.#refuse("malformed-reply", error.message);
      throw error;
    }
  }

  /** Says what follows when an exchange ended without an answer (P-10). */
  unanswered(): HostStep {
    assert(this.#open !== undefined, "Cannot end the exchange: none is open");
    const { frame } = this.#open;
    this.#open = undefined;
    // P-38: a missing BYE after ACK is not an error.
    if (this.#state === "acknowledging") return this.#finish(false);
    return this.#refuse("no-answer", `to ${frameName(frame.type)}`);
  }

  /** Ends the session from the host's side and wipes its keys, e.g. when the station is stopped. */
  abandon(): void {
    this.#transfer?.wipe();
    this.#open = undefined;
    this.#state = "over";
  }

  #answer(name: FrameName, body: Uint8Array): HostStep {
    switch (name) {
      case "HELLO_REPLY":
        return this.#takeHelloReply(body);
      case "MESSAGE1":
        if (body.length !== MESSAGE1_BYTES) {
          return this.#refuse("malformed-reply", `MESSAGE1 has ${body.length} bytes`);
        }
        this.#state = "keyed";
        return { step: "message1", message1: body };
      case "NEXT":
        return this.#takeNext(body);
      case "RECEIPT":
        return this.#takeReceipt(body);
      default:
        if (body.length !== 0) return this.#refuse("malformed-reply", `BYE has ${body.length} bytes`);
        return this.#finish(true);
    }
  }

  #takeHelloReply(body: Uint8Array): HostStep {
    // P-54: a version that is not known is named before its layout is believed.
    const version = body[0];
    if (version !== undefined && version !== PROTOCOL_VERSION) {
      return this.#refuse(
        "version-unknown",
        `the target speaks version ${version}, this host version ${PROTOCOL_VERSION}`,
      );
    }
    const reply = helloReplyLayout.decode(body);
    if (reply.window !== 1 && reply.window !== 2) {
      return this.#refuse("malformed-reply", `window ${reply.window}`);
    }
    this.#reply = reply;
    this.#state = "greeted";
    return { step: "hello", reply };
  }

  #takeNext(body: Uint8Array): HostStep {
    const result = this.#transfer!.next(body);
    if ("refused" in result) return this.#refuse(result.refused, "after NEXT");
    const { index, outstanding } = result.next;
    return { step: "send", exchange: this.#send("CHUNK", result.body), chunk: { index, outstanding } };
  }

  #takeReceipt(body: Uint8Array): HostStep {
    if (this.#state === "polling") {
      // P-37: byte-identical, so the ciphertext is compared and nothing is decrypted twice.
      const { sealed, step } = this.#receipt!;
      if (!sameBytes(body, sealed)) return this.#refuse("receipt-changed", "after POLL");
      this.#state = "received";
      return step;
    }
    const result = this.#transfer!.receipt(body);
    if ("refused" in result) return this.#refuse(result.refused, "after RECEIPT");
    this.#state = "received";
    this.#receipt = { sealed: body, step: { step: "receipt", ...result } };
    return this.#receipt.step;
  }

  #takeStatus(body: Uint8Array): HostStep {
    const { code } = statusLayout.decode(body);
    // The receipt is durable by now and the target has started the firmware: as P-38, not an error.
    if (this.#state === "acknowledging") return this.#finish(false);
    if (code !== STATUS_NOT_AUTHENTIC) return this.#refuse("malformed-reply", `STATUS has code ${code}`);
    return this.#refuse("not-authentic", `in state ${this.#state}`);
  }

  #send(name: FrameName, body: Uint8Array): Exchange {
    // P-7: a new exchange takes the next sequence.
    this.#sequence = (this.#sequence + 1) % 256;
    const frame = { sequence: this.#sequence, type: FRAME_TYPES[name], body };
    // P-38: after ACK the firmware may own the pins, so ACK is sent once.
    const retransmissionsMax = name === "ACK" ? 0 : RETRANSMISSIONS_MAX;
    this.#open = { frame, bytes: encodeFrame(frame), retransmissionsMax };
    return this.#open;
  }

  #finish(bye: boolean): HostStep {
    this.abandon();
    return { step: "done", bye };
  }

  #refuse(code: HostRefusal, detail: string): HostStep {
    this.abandon();
    return { step: "refused", code, detail: `${HOST_REFUSALS[code]}: ${detail}` };
  }

  #expect(...states: readonly HostState[]): void {
    assert(
      states.includes(this.#state) && this.#open === undefined,
      `Cannot go on with the session: its state is ${this.#state}${
        this.#open === undefined ? "" : " and an exchange is open"
      }`,
    );
  }
}
