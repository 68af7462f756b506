/**
 * Whether the authority answers: learnt from every call that is made anyway, told when it changes, and kept for status
 * with the newest signed time. Decides nothing about units.
 *
 * @module
 */
import type { Answer, ApplianceClient } from "../../authority/api/mod.ts";
import { Fault } from "../../bootloader/wire/mod.ts";
import type { Journal } from "../journal/mod.ts";

/** What is known of the authority's reach. */
export interface ContactState {
  /** Null: nothing was asked yet by this process. */
  readonly reachable: boolean | null;
  /** Milliseconds since 1970 of the last change. */
  readonly sinceMs: number;
  /** Why it could not be reached, when it cannot. */
  readonly problem: string | null;
}

/** What {@linkcode Contact} is given. */
export interface ContactPorts {
  readonly journal: Pick<Journal, "storeContact">;
  readonly nowMs: () => number;
  /** Called when the authority goes out of reach, and when it answers again. */
  readonly onChange: (state: ContactState) => void;
}

/** How often the time of the last answer is written down while the authority answers, in milliseconds. */
const STORE_EVERY_MS = 5_000;

/** Keeps track of one authority. */
export class Contact {
  readonly #ports: ContactPorts;
  #state: ContactState;
  #storedMs = -Infinity;
  #back = new AbortController();

  constructor(ports: ContactPorts) {
    this.#ports = ports;
    this.#state = { reachable: null, sinceMs: ports.nowMs(), problem: null };
  }

  get state(): ContactState {
    return this.#state;
  }

  /** Aborted as soon as the authority answers again after it was out of reach: whoever waits for that may go on. */
  get back(): AbortSignal {
    return this.#back.signal;
  }

  /** Takes an answer; `signedSeconds` is the authority's time in it. */
  heard(signedSeconds: number): void {
    const { reachable } = this.#state;
    const atMs = this.#ports.nowMs();
    if (reachable !== true || atMs - this.#storedMs >= STORE_EVERY_MS) {
      this.#store({ atMs, signedSeconds });
    }
    if (reachable === true) return;
    this.#state = { reachable: true, sinceMs: atMs, problem: null };
    // The first answer of a process is nothing to tell: everything is as it should be.
    if (reachable === null) return;
    this.#back.abort();
    this.#ports.onChange(this.#state);
  }

  #store(contact: { readonly atMs: number; readonly signedSeconds: number }): void {
    try {
      this.#ports.journal.storeContact(contact);
      this.#storedMs = contact.atMs;
    } catch (error) {
      // An answer that came, and that may have counted at the authority, is worth more than the note that it came.
      if (!(error instanceof Fault)) throw error;
    }
  }

  /** Takes it that the authority did not answer. */
  missed(problem: string): void {
    if (this.#state.reachable === false) return;
    this.#back = new AbortController();
    this.#state = { reachable: false, sinceMs: this.#ports.nowMs(), problem };
    this.#ports.onChange(this.#state);
  }
}

/** Tells whether an error means that the authority is out of reach for now. */
export function isUnreachable(error: unknown): error is Fault {
  return error instanceof Fault && error.place === "authority" && error.retry;
}

/** Returns the client with each of its calls observed. */
export function watched(client: ApplianceClient, contact: Contact): ApplianceClient {
  const watch = async <T>(signal: AbortSignal | undefined, call: Promise<Answer<T>>): Promise<Answer<T>> => {
    try {
      const answer = await call;
      contact.heard(answer.atSeconds);
      return answer;
    } catch (error) {
      // A call that this appliance broke off itself says nothing about the network; a deadline that passed does.
      if (isUnreachable(error) && !isBrokenOff(signal)) contact.missed(error.message);
      throw error;
    }
  };
  return {
    state: (options) => watch(options?.signal, client.state(options)),
    ticket: (body, options) => watch(options?.signal, client.ticket(body, options)),
    message1: (ticket, body, options) => watch(options?.signal, client.message1(ticket, body, options)),
    receipt: (ticket, body, options) => watch(options?.signal, client.receipt(ticket, body, options)),
    failure: (ticket, body, options) => watch(options?.signal, client.failure(ticket, body, options)),
    denials: (options) => watch(options?.signal, client.denials(options)),
    renewal: (body, options) => watch(options?.signal, client.renewal(body, options)),
    lease: (body, options) => watch(options?.signal, client.lease(body, options)),
    leaseUses: (lease, body, options) => watch(options?.signal, client.leaseUses(lease, body, options)),
    leaseReturns: (lease, body, options) => watch(options?.signal, client.leaseReturns(lease, body, options)),
    restored: (body, options) => watch(options?.signal, client.restored(body, options)),
    restoredLease: (body, options) => watch(options?.signal, client.restoredLease(body, options)),
    releaseContent: (release, range, options) =>
      watch(options?.signal, client.releaseContent(release, range, options)),
  };
}

function isBrokenOff(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && signal.reason instanceof DOMException &&
    signal.reason.name === "AbortError";
}
