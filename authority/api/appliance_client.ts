/**
 * The appliance's side of the contract: signs each request (RFC 9421), believes a reply only when the log key signed it
 * for this very request. Knows no disk and no clock: sequence, time, key and network are handed in.
 *
 * @module
 */

import type { LeaseId, ReleaseId, TicketId } from "../../bootloader/wire/mod.ts";
import { type Answer, answerOf, type CallOptions, type Fetch, send } from "./_exchange.ts";
import { checkReply, requestOf, type SigningPorts, signRequest } from "./_signed_request.ts";
import type { ReplyOf, RequestOf, RouteName } from "./routes.ts";

/** What the appliance's client is given. */
export interface AppliancePorts extends SigningPorts {
  /** Leads to an HTTPS client that trusts the enrolled certificate authority only. */
  readonly fetch: Fetch;
  /** Public log keys of the enrolled key set: current, and next when there is one. */
  readonly logKeys: readonly Uint8Array[];
  /** Told the sequence number of each request whose reply holds. */
  readonly onAnswered?: (sequence: number) => void;
}

/** Options of each call. */
export interface SignalOption {
  readonly signal?: AbortSignal;
}

/** The calls of an appliance. A lost reply is repeated by calling again: each call takes a sequence number of its own. */
export interface ApplianceClient {
  state(options?: SignalOption): Promise<Answer<ReplyOf<"state">>>;
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
    state: (options) => call("state", { ...options }),
    ticket: (body, options) => call("ticket", { ...options, body }),
    message1: (ticket, body, options) => call("message1", { ...options, body, parameters: { ticket } }),
    receipt: (ticket, body, options) => call("receipt", { ...options, body, parameters: { ticket } }),
    failure: (ticket, body, options) => call("failure", { ...options, body, parameters: { ticket } }),
    lease: (body, options) => call("lease", { ...options, body }),
    leaseUses: (lease, body, options) => call("leaseUses", { ...options, body, parameters: { lease } }),
    leaseReturns: (lease, body, options) => call("leaseReturns", { ...options, body, parameters: { lease } }),
    releaseContent: (release, { offset, length }, options) =>
      call("releaseContent", {
        ...options,
        parameters: { release },
        // The range stands in the query, where the request's signature covers it; a Range field would not be covered.
        query: { offset: String(offset), length: String(length) },
      }),
  };
}

async function callSigned<N extends RouteName>(
  ports: AppliancePorts,
  name: N,
  options: CallOptions,
): Promise<Answer<ReplyOf<N>>> {
  const request = signRequest(ports, name, options);
  const reply = await send(ports.fetch, requestOf(request, options.signal));
  const atSeconds = checkReply(reply, { logKeys: ports.logKeys, request });
  ports.onAnswered?.(request.parameters.sequence);
  return answerOf(name, reply, atSeconds);
}
