/**
 * A request signed by an appliance, and the check of the reply that answers it: the same for every carrier (P-66, P-67).
 * Knows text and bytes; key, clock and sequence are handed in.
 *
 * @module
 */

import { keyIdOf, verify } from "../../bootloader/suite/mod.ts";
import { type ApplianceId, Malformed } from "../../bootloader/wire/mod.ts";
import { bodyOf, type CallOptions, type ReadReply, urlOf } from "./_exchange.ts";
import { malformed, serverFault } from "./_errors.ts";
import {
  contentDigestOf,
  readReplyParameters,
  readSignature,
  replyBase,
  requestBase,
  type RequestParameters,
  writeRequestParameters,
  writeSignature,
} from "./http_signature.ts";
import { type RouteName, routes } from "./routes.ts";

/** What signing a request needs. */
export interface SigningPorts {
  /** `https://host:port`. */
  readonly origin: string;
  readonly appliance: ApplianceId;
  /** Signs with the appliance identity (Ed25519): 64 bytes. */
  readonly sign: (message: Uint8Array) => Uint8Array;
  /** Takes the next sequence number; it MUST be durable before it is returned, and never come twice. */
  readonly nextSequence: () => number;
  /** Seconds by the appliance's clock: recorded by the authority, never decided upon. */
  readonly nowSeconds: () => number;
  /** The appliance's record, shown with each request; without it none is shown, which serves until one ever was. */
  readonly record?: HeadPort;
}

/** A head, sealed for one request. */
export interface ShownHead {
  readonly sequence: number;
  /** The number of the newest record. */
  readonly number: number;
  /** 224 bytes. */
  readonly sealed: Uint8Array;
}

/** What signing a request needs of the appliance's record (P-68). */
export interface HeadPort {
  /**
   * Takes the next sequence, as `nextSequence` does, and in the same step the head of the record: whatever other process
   * of the appliance takes one, a later sequence never goes with an earlier head (P-68). `asked`: a number to be proven.
   */
  readonly next: (asked: number | undefined) => ShownHead;
}

/** One signed request: what its signature covers, and the signature. */
export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  readonly parameters: RequestParameters;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** A request that was signed here. */
export interface SignedHere extends SignedRequest {
  /** The head that its address carries; undefined: none. */
  readonly head: ShownHead | undefined;
}

/** Signs one call; it takes a sequence number of its own. `asked`: the number of a record that is to be proven. */
export function signRequest(
  ports: SigningPorts,
  name: RouteName,
  options: CallOptions,
  asked?: number,
): SignedHere {
  const { method } = routes[name];
  // P-68: number and head are taken in one step.
  const head = ports.record?.next(asked);
  const url = headedUrlOf(ports.origin, name, { ...options, head: head?.sealed });
  const body = bodyOf(options);
  const parameters = {
    createdSeconds: ports.nowSeconds(),
    sequence: head?.sequence ?? ports.nextSequence(),
    keyId: ports.appliance,
  };
  const signature = ports.sign(signedBytes({ method, url, body, parameters }));
  return { method, url, body, parameters, signature, head };
}

/** Returns the address of a call with the sealed head in it: the same bytes for every carrier (P-66, P-68). */
export function headedUrlOf(
  origin: string,
  name: RouteName,
  { head, ...options }: CallOptions & { readonly head: Uint8Array | undefined },
): string {
  const query = head === undefined ? options.query : { ...options.query, head: head.toHex() };
  return urlOf(origin, name, query === undefined ? options : { ...options, query });
}

/** Returns the bytes that an appliance signs for a request. */
export function signedBytes(request: Omit<SignedRequest, "signature">): Uint8Array {
  const { method, url, body, parameters } = request;
  return requestBase({ method, url, contentDigest: contentDigestOf(body) }, parameters);
}

/** Returns the request as it goes over HTTPS. */
export function requestOf(signed: SignedRequest, signal?: AbortSignal): Request {
  const { method, url, body, parameters, signature } = signed;
  const headers = new Headers({
    "content-digest": contentDigestOf(body),
    "signature-input": `flashseal=${writeRequestParameters(parameters)}`,
    signature: writeSignature(signature),
  });
  if (body !== undefined) headers.set("content-type", "application/json");
  return new Request(url, {
    method,
    headers,
    redirect: "error",
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/**
 * Returns the signed time of a reply whose signature holds for this request.
 * @throws {Fault} when it does not: then nothing of the reply may be used, and the call may be repeated.
 */
export function checkReply(
  reply: ReadReply,
  expected: { readonly logKeys: readonly Uint8Array[]; readonly request: Pick<SignedRequest, "signature"> },
): number {
  try {
    const contentDigest = reply.headers.get("content-digest") ?? "";
    if (contentDigest !== contentDigestOf(reply.body)) {
      throw malformed("the reply", "its digest does not fit");
    }
    const parameters = readReplyParameters(reply.headers.get("signature-input"));
    const { signature } = readSignature(reply.headers.get("signature"));
    const publicKey = expected.logKeys.find((key) => keyIdOf(key) === parameters.keyId);
    const requestSignature = readSignature(writeSignature(expected.request.signature)).member;
    const message = replyBase({ status: reply.status, contentDigest, requestSignature }, parameters);
    if (publicKey === undefined || !verify({ publicKey, message, signature })) {
      throw malformed("the reply", "its signature does not hold");
    }
    return parameters.createdSeconds;
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause;
    throw serverFault(`Cannot trust the server's reply (status ${reply.status}): ${cause.message}`, {
      retry: true,
      cause,
    });
  }
}
