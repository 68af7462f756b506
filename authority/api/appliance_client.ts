/**
 * The appliance's side of the contract: signs each request (RFC 9421), believes a reply only when the log key signed it
 * for this very request. Knows no disk and no clock: sequence, time, key and network are handed in.
 *
 * @module
 */

import { keyIdOf } from "../../bootloader/suite/mod.ts";
import { type LeaseId, Malformed, type ReleaseId, type TicketId } from "../../bootloader/wire/mod.ts";
import { type Answer, answerOf, type CallOptions, type Fetch, type ReadReply, send } from "./_exchange.ts";
import { checkReply, type HeadPort, requestOf, type SigningPorts, signRequest } from "./_signed_request.ts";
import { readReplyParameters } from "./http_signature.ts";
import type { ReplyOf, RequestOf, RouteName } from "./routes.ts";

/** What the appliance's client is given. */
export interface AppliancePorts extends SigningPorts {
  /** Leads to an HTTPS client that trusts the enrolled certificate authority only. */
  readonly fetch: Fetch;
  /** The same on a connection of its own: for what is not repeated unasked; by default `fetch`. */
  readonly fetchAlone?: Fetch;
  /** Public log keys of the enrolled key set, as it is when this is read: current, and next when there is one. */
  readonly logKeys: readonly Uint8Array[];
  /** Told of a reply under a log key that is not among them (P-70): brings a newer key set, if there is one, into `logKeys`. */
  readonly learnKeys?: () => Promise<void>;
  readonly record?: RecordPort;
  /** Told each sequence number that the authority has seen, by its answer. */
  readonly onCounted?: (sequence: number) => void;
}

/** The appliance's record, as a client needs it that hears the answer at once (P-68). */
export interface RecordPort extends HeadPort {
  /** Told that the authority has answered a request with this head, so that a later head may build on it. */
  readonly heard: (number: number) => void;
  /** Makes it durable that no sequence up to this one is taken any more. */
  readonly skipTo: (sequence: number) => void;
  /** Keeps which head the authority has acknowledged. */
  readonly acknowledge: (place: { readonly number: number; readonly hash: string }) => void;
}

/** Options of each call. */
export interface SignalOption {
  readonly signal?: AbortSignal;
}

/** The calls of an appliance. A lost reply is repeated by calling again: each call takes a sequence number of its own. */
export interface ApplianceClient {
  /** Asks what may be programmed; with `ticket`, whether the authority still knows that one (P-64). */
  state(options?: SignalOption & { readonly ticket?: TicketId }): Promise<Answer<ReplyOf<"state">>>;
  /** Asks for a ticket; the same UID gets its open ticket again. */
  ticket(request: RequestOf<"ticket">, options?: SignalOption): Promise<Answer<ReplyOf<"ticket">>>;
  /** Asks for message 2: each answer counts, also one that is lost on the way. */
  message1(
    ticket: TicketId,
    request: RequestOf<"message1">,
    options?: SignalOption,
  ): Promise<Answer<ReplyOf<"message1">>>;
  /** Reports a receipt; may be repeated, the answer stays the same. */
  receipt(
    ticket: TicketId,
    request: RequestOf<"receipt">,
    options?: SignalOption,
  ): Promise<Answer<ReplyOf<"receipt">>>;
  /** Reports a failed delivery; with `abandon` the ticket is closed. */
  failure(
    ticket: TicketId,
    request: RequestOf<"failure">,
    options?: SignalOption,
  ): Promise<Answer<ReplyOf<"failure">>>;
  /** Fetches the owner's list of denied chips. */
  denials(options?: SignalOption): Promise<Answer<ReplyOf<"denials">>>;
  /** Asks that a person renews this appliance (P-73); may be repeated. */
  renewal(request: RequestOf<"renewal">, options?: SignalOption): Promise<Answer<ReplyOf<"renewal">>>;
  /** Borrows units for work without the server; the same lease key and content again give the same lease. */
  lease(request: RequestOf<"lease">, options?: SignalOption): Promise<Answer<ReplyOf<"lease">>>;
  /** Reports uses of a lease; may be repeated, and states go forward only. */
  leaseUses(
    lease: LeaseId,
    request: RequestOf<"leaseUses">,
    options?: SignalOption,
  ): Promise<Answer<ReplyOf<"leaseUses">>>;
  /** Returns tickets of a lease that were closed unused; may be repeated. */
  leaseReturns(
    lease: LeaseId,
    request: RequestOf<"leaseReturns">,
    options?: SignalOption,
  ): Promise<Answer<ReplyOf<"leaseReturns">>>;
  /** Shows what was given before the authority was restored (P-63); may be repeated. */
  restored(request: RequestOf<"restored">, options?: SignalOption): Promise<Answer<ReplyOf<"restored">>>;
  /** Shows a lease that a restored authority does not know; may be repeated. */
  restoredLease(
    request: RequestOf<"restoredLease">,
    options?: SignalOption,
  ): Promise<Answer<ReplyOf<"restoredLease">>>;
  /** Fetches `length` bytes (at most 1 MiB) of an encrypted release from `offset`. */
  releaseContent(
    release: ReleaseId,
    range: { readonly offset: number; readonly length: number },
    options?: SignalOption,
  ): Promise<Answer<Uint8Array>>;
}

/** Returns the client of one appliance. Every call throws Fault for network and server failures, Malformed for nonsense. */
export function createApplianceClient(ports: AppliancePorts): ApplianceClient {
  const call = <N extends RouteName>(name: N, options: CallOptions) => callSigned(ports, name, options);
  return {
    async state({ ticket, ...options } = {}) {
      const query = ticket === undefined ? {} : { query: { ticket } };
      const answer = await call("state", { ...options, ...query });
      if ("granted" in answer && answer.granted.record !== null) {
        ports.record?.acknowledge(answer.granted.record);
      }
      return answer;
    },
    ticket: (body, options) => call("ticket", { ...options, body }),
    message1: (ticket, body, options) => call("message1", { ...options, body, parameters: { ticket } }),
    receipt: (ticket, body, options) => call("receipt", { ...options, body, parameters: { ticket } }),
    failure: (ticket, body, options) => call("failure", { ...options, body, parameters: { ticket } }),
    denials: (options) => call("denials", { ...options }),
    renewal: (body, options) => call("renewal", { ...options, body }),
    lease: (body, options) => call("lease", { ...options, body }),
    leaseUses: (lease, body, options) => call("leaseUses", { ...options, body, parameters: { lease } }),
    leaseReturns: (lease, body, options) => call("leaseReturns", { ...options, body, parameters: { lease } }),
    restored: (body, options) => call("restored", { ...options, body }),
    restoredLease: (body, options) => call("restoredLease", { ...options, body }),
    releaseContent: (release, { offset, length }, options) =>
      call("releaseContent", {
        ...options,
        parameters: { release },
        // The range stands in the query, where the request's signature covers it; a Range field would not be covered.
        query: { offset: String(offset), length: String(length) },
      }),
  };
}

/** How often one call is repeated since the authority asked for something that this client answers by itself. */
const REPEATS_MOST = 3;

async function callSigned<N extends RouteName>(
  ports: AppliancePorts,
  name: N,
  options: CallOptions,
): Promise<Answer<ReplyOf<N>>> {
  let asked: number | undefined;
  // Bound: REPEATS_MOST repeats, then the refusal stands. Neither refusal was given after an act, so nothing counts twice.
  for (let repeats = 0;; repeats += 1) {
    const answer = await callOnce(ports, name, options, asked);
    const { record } = ports;
    if ("granted" in answer || record === undefined || repeats === REPEATS_MOST) return answer;
    const { highestSequence, askedRecord } = answer.refused;
    if (answer.refused.code === "replay" && highestSequence !== undefined) record.skipTo(highestSequence);
    else if (answer.refused.code === "record-asked" && askedRecord !== undefined) asked = askedRecord;
    else return answer;
  }
}

async function callOnce<N extends RouteName>(
  ports: AppliancePorts,
  name: N,
  options: CallOptions,
  asked: number | undefined,
): Promise<Answer<ReplyOf<N>>> {
  const request = signRequest(ports, name, options, asked);
  const logKeys = [...ports.logKeys];
  // P-29: each message 2 counts, so that message 1 never goes by a connection that may have ended meanwhile.
  const fetch = name === "message1" ? ports.fetchAlone ?? ports.fetch : ports.fetch;
  const reply = await send(fetch, requestOf(request, options.signal));
  // A reply on its way while the key set changes is signed with the key of when it was asked for.
  logKeys.push(...ports.logKeys);
  if (ports.learnKeys !== undefined && !namesOneOf(reply, logKeys)) {
    await ports.learnKeys();
    logKeys.push(...ports.logKeys);
  }
  const atSeconds = checkReply(reply, { logKeys, request });
  const answer = answerOf(name, reply, atSeconds);
  if (wasCounted(answer)) ports.onCounted?.(request.parameters.sequence);
  if (request.head !== undefined && wasJudged(answer)) ports.record?.heard(request.head.number);
  return answer;
}

/** Refusals at which the head was not looked at, or not kept. */
const NOT_JUDGED: readonly string[] = ["replay", "record-asked", "request-not-authentic"];

/** Refusals that were given without taking the request's sequence number. */
const NOT_COUNTED: readonly string[] = [
  "replay",
  "request-not-authentic",
  "appliance-unknown",
  "appliance-revoked",
];

/** Tells whether an answer shows that the authority has taken the request's sequence number. */
export function wasCounted(answer: Answer<unknown>): boolean {
  return "granted" in answer || !NOT_COUNTED.includes(answer.refused.code);
}

/** Tells whether the authority has looked at the head of a request that it answered so. */
export function wasJudged(answer: Answer<unknown>): boolean {
  return "granted" in answer || !NOT_JUDGED.includes(answer.refused.code);
}

/** Whether a reply says that one of the keys signed it. Nothing is believed by this; what cannot be read names none. */
function namesOneOf(reply: ReadReply, keys: readonly Uint8Array[]): boolean {
  try {
    const { keyId } = readReplyParameters(reply.headers.get("signature-input"));
    return keys.some((key) => keyIdOf(key) === keyId);
  } catch (error) {
    // `checkReply` says what is wrong with it; a newer key set would not mend it.
    if (error instanceof Malformed) return true;
    throw error;
  }
}
