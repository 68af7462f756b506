/**
 * The profile of HTTP Message Signatures (RFC 9421) and Digest Fields (RFC 9530) that appliance and authority speak.
 * A profile, not the whole standard: one signature named `flashseal`, fixed components in a fixed order, fixed
 * parameters. Whatever is spelled otherwise is refused, so that one message has one signature base.
 * Knows text and bytes; knows no key, no clock and no sequence.
 *
 * @module
 */

import { native } from "../../bootloader/suite/mod.ts";
import { malformed } from "./_errors.ts";

/** One line of a signature base: component identifier as it is serialised, and its value. */
export type Component = readonly [identifier: string, value: string];

/** What a request's signature says of itself. */
export interface RequestParameters {
  /** Seconds by the appliance's clock: recorded, never decided upon. */
  readonly createdSeconds: number;
  /** The appliance's durable sequence number: the nonce parameter in decimal. */
  readonly sequence: number;
  /** The appliance's id, 16 hexadecimal digits. */
  readonly keyId: string;
}

/** What a reply's signature says of itself. */
export interface ReplyParameters {
  /** Seconds by the authority's clock: the signed time. */
  readonly createdSeconds: number;
  /** First 8 bytes of SHA-512 of the log key, 16 hexadecimal digits. */
  readonly keyId: string;
}

/** The parts of a request that its signature covers. */
export interface CoveredRequest {
  readonly method: string;
  /** Absolute URL; host, path and query of it are covered. */
  readonly url: string;
  readonly contentDigest: string;
}

const REQUEST_COMPONENTS = '("@method" "@authority" "@path" "@query" "content-digest")';
const REPLY_COMPONENTS = '("@status" "content-digest" "signature";req;key="flashseal")';
const REQUEST_INPUT =
  /^flashseal=\("@method" "@authority" "@path" "@query" "content-digest"\);created=(0|[1-9]\d{0,11});nonce="(0|[1-9]\d{0,14})";keyid="([0-9a-f]{16})";tag="flashseal"$/;
const REPLY_INPUT =
  /^flashseal=\("@status" "content-digest" "signature";req;key="flashseal"\);created=(0|[1-9]\d{0,11});keyid="([0-9a-f]{16})";tag="flashseal"$/;
const SIGNATURE = /^flashseal=(:[A-Za-z0-9+/]{86}==:)$/;
const EMPTY_BODY = new Uint8Array();

/** Returns the signature base of RFC 9421 section 2.5: one line per component, then the parameters. */
export function signatureBase(components: readonly Component[], parameters: string): Uint8Array {
  const lines = components.map(([identifier, value]) => `${identifier}: ${value}`);
  return new TextEncoder().encode([...lines, `"@signature-params": ${parameters}`].join("\n"));
}

/** Returns the `Content-Digest` field of `body` (RFC 9530): SHA-512 and nothing else. */
export function contentDigestOf(body: Uint8Array = EMPTY_BODY): string {
  return `sha-512=:${native.sha512(body).toBase64()}:`;
}

/** Returns the `Signature-Input` member's value for a request. */
export function writeRequestParameters(parameters: RequestParameters): string {
  const { createdSeconds, sequence, keyId } = parameters;
  return `${REQUEST_COMPONENTS};created=${createdSeconds};nonce="${sequence}";keyid="${keyId}";tag="flashseal"`;
}

/** Returns the `Signature-Input` member's value for a reply. */
export function writeReplyParameters(parameters: ReplyParameters): string {
  return `${REPLY_COMPONENTS};created=${parameters.createdSeconds};keyid="${parameters.keyId}";tag="flashseal"`;
}

/** Returns what a `Signature-Input` field of a request says. @throws {Malformed} unless it is exactly our profile. */
export function readRequestParameters(field: string | null): RequestParameters {
  const found = REQUEST_INPUT.exec(field ?? "");
  if (found === null) throw malformed("Signature-Input", "it is not the profile that appliances use");
  return { createdSeconds: Number(found[1]), sequence: Number(found[2]), keyId: found[3] ?? "" };
}

/** Returns what a `Signature-Input` field of a reply says. @throws {Malformed} unless it is exactly our profile. */
export function readReplyParameters(field: string | null): ReplyParameters {
  const found = REPLY_INPUT.exec(field ?? "");
  if (found === null) throw malformed("Signature-Input", "it is not the profile that the authority uses");
  return { createdSeconds: Number(found[1]), keyId: found[2] ?? "" };
}

/** Returns the `Signature` field for 64 bytes of signature. */
export function writeSignature(signature: Uint8Array): string {
  return `flashseal=:${signature.toBase64()}:`;
}

/**
 * Returns the signature bytes of a `Signature` field and its member's value as `;req` covers it.
 * @throws {Malformed} unless it is one canonical Ed25519 signature named `flashseal`.
 */
export function readSignature(
  field: string | null,
): { readonly signature: Uint8Array; readonly member: string } {
  const member = SIGNATURE.exec(field ?? "")?.[1];
  if (member === undefined) throw malformed("Signature", 'there must be one signature named "flashseal"');
  // The alphabet was checked above; strict mode also refuses stray bits, so one signature has one spelling.
  const signature = decodeStrictly(member.slice(1, -1));
  if (signature === undefined) throw malformed("Signature", "it is not canonical base64");
  return { signature, member };
}

function decodeStrictly(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch {
    // Only stray bits in the last character end here: they are outside bytes, so the caller names them.
    return undefined;
  }
}

/** Returns the bytes that an appliance signs for a request. */
export function requestBase(request: CoveredRequest, parameters: RequestParameters): Uint8Array {
  const url = new URL(request.url);
  return signatureBase([
    ['"@method"', request.method.toUpperCase()],
    ['"@authority"', url.host],
    ['"@path"', url.pathname],
    ['"@query"', url.search === "" ? "?" : url.search],
    ['"content-digest"', request.contentDigest],
  ], writeRequestParameters(parameters));
}

/** Returns the bytes that the authority signs for a reply to the request whose `Signature` member is given. */
export function replyBase(
  reply: { readonly status: number; readonly contentDigest: string; readonly requestSignature: string },
  parameters: ReplyParameters,
): Uint8Array {
  return signatureBase([
    ['"@status"', String(reply.status)],
    ['"content-digest"', reply.contentDigest],
    ['"signature";req;key="flashseal"', reply.requestSignature],
  ], writeReplyParameters(parameters));
}
