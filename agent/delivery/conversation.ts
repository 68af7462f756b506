/**
 * Drives a host session over the link: sends what the session says, hands it what comes, and turns its refusals into
 * causes (P-49: the chip says only "not authentic", the record here says more). Knows no phase order.
 *
 * @module
 */
import { answerDeadlineMs, type Exchange, HostSession, type HostStep } from "../../bootloader/session/mod.ts";
import { Fault, type HelloReply } from "../../bootloader/wire/mod.ts";
import type { Link } from "../link/mod.ts";
import { type CauseCode, stopFor } from "./causes.ts";
import type { Step } from "./run.ts";

/** Bits per second of the link (PROTOCOL section 3). */
const BAUD = 115_200;

/** A step of a session that its driver has to act on: everything but what this file handles itself. */
export type Turn = Exclude<HostStep, { readonly step: "working" | "ignored" | "refused" }>;

/** The sessions of one delivery, one per power-on of the chip; sequences run on from one to the next (P-7). */
export class Conversation {
  readonly #link: Link;
  #session: HostSession = new HostSession();

  constructor(link: Link) {
    this.#link = link;
  }

  /** Begins a session with HELLO: to be called after each power cycle. */
  async hello(
    signal: AbortSignal,
  ): Promise<Step<{ readonly session: HostSession; readonly reply: HelloReply }>> {
    this.abandon();
    const session = new HostSession({ lastSequence: this.#session.lastSequence });
    this.#session = session;
    const turn = await this.exchange(session.hello(), signal);
    if ("stop" in turn) {
      // Nothing of a bootloader was heard at all: the sentence should not speak of a link that broke.
      return turn.stop.cause === "link-silent"
        ? { stop: stopFor("bootloader-silent", turn.stop.detail) }
        : turn;
    }
    if (turn.done.step !== "hello") return { stop: stopFor("chip-unfit", `${turn.done.step} after HELLO`) };
    return { done: { session, reply: turn.done.reply } };
  }

  /** Carries one exchange and returns what the session makes of its answer. */
  async exchange(exchange: Exchange, signal: AbortSignal): Promise<Step<Turn>> {
    const { frame, bytes, retransmissionsMax } = exchange;
    const deadlineMs = answerDeadlineMs({ sentBytes: bytes.length, baud: BAUD });
    let step: HostStep;
    try {
      step = this.#session.receive(
        await this.#link.exchange(frame, { deadlineMs, retransmissionsMax, signal }),
      );
    } catch (error) {
      if (!(error instanceof Fault) || error.place !== "link") throw error;
      step = this.#session.unanswered();
    }
    return this.#judge(step);
  }

  /** Takes a step that the session gave without an exchange, e.g. when it refuses a ticket before sending it. */
  async follow(step: HostStep, signal: AbortSignal): Promise<Step<Turn>> {
    return step.step === "send" ? await this.exchange(step.exchange, signal) : this.#judge(step);
  }

  /** Ends the present session and wipes its keys. */
  abandon(): void {
    this.#session.abandon();
  }

  #judge(step: HostStep): Step<Turn> {
    if (step.step === "refused") return { stop: stopFor(causeOf(step.code), `${step.code}: ${step.detail}`) };
    if (step.step === "ignored" || step.step === "working") {
      return { stop: stopFor("chip-unfit", `the link gave a frame that answers nothing`) };
    }
    return { done: step };
  }
}

type RefusedStep = Extract<HostStep, { readonly step: "refused" }>;

function causeOf(code: RefusedStep["code"]): CauseCode {
  switch (code) {
    case "not-authentic":
      return "chip-refused";
    case "no-answer":
      return "link-silent";
    case "lock-not-proven":
    case "options-differ":
      return "lock-missing";
    case "wrong-family":
    case "uid-not-in-ticket":
    case "image-too-large":
    case "wrong-chunk-count":
      return "ticket-unfit";
    case "other-ticket-key":
    case "version-unknown":
      return "bootloader-unfit";
    case "unexpected-type":
    case "malformed-reply":
    case "reply-not-authentic":
    case "chunk-out-of-range":
    case "chunk-asked-twice":
    case "wrong-outstanding":
    case "receipt-too-early":
    case "receipt-changed":
      return "chip-unfit";
  }
}
