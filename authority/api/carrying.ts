/**
 * Messages on their way by file: signed by the appliance, sent by whoever carries them, opened by the appliance. The very
 * requests and replies of HTTPS, apart in time (P-66, P-67). Knows no disk; network and keys are handed in.
 *
 * @module
 */

import { verify } from "../../bootloader/suite/mod.ts";
import { type ApplianceId, assert, Fault, Malformed } from "../../bootloader/wire/mod.ts";
import { type Answer, answerOf, type Fetch, readWith, type Refused, send, urlOf } from "./_exchange.ts";
import { malformed, serverFault } from "./_errors.ts";
import {
  checkReply,
  headedUrlOf,
  type HeadPort,
  requestOf,
  signedBytes,
  type SignedRequest,
  type SigningPorts,
  signRequest,
} from "./_signed_request.ts";
import {
  contentDigestOf,
  readReplyParameters,
  readSignature,
  writeReplyParameters,
  writeSignature,
} from "./http_signature.ts";
import {
  type FiledMessage,
  type FiledReply,
  fileLimits,
  type MessageFile,
  type ReplyFile,
} from "./message_file.ts";
import { callOf, type CarriedRoute, type Message } from "./messages.ts";
import { type ReplyOf, type Route, routes } from "./routes.ts";

/** Signs a message for a file. */
export function signMessage(
  ports: SigningPorts & { readonly record: HeadPort },
  message: Message,
  asked?: number,
): FiledMessage {
  const signed = signRequest(ports, message.route, callOf(message), asked);
  assert(signed.head !== undefined, "a message shows the record (P-68)");
  const { parameters: { createdSeconds, sequence }, signature, body = new Uint8Array() } = signed;
  const { route, subject, range } = message;
  return { route, subject, range, createdSeconds, sequence, head: signed.head.sealed, signature, body };
}

/** How far carrying has come. */
export interface CarryPorts {
  /** Leads to the authority. */
  readonly fetch: Fetch;
  readonly onReply?: (done: number, total: number) => void;
}

/** What came of carrying: replies to the first messages of the file, and why the rest got none. */
export interface Carried {
  readonly replies: readonly FiledReply[];
  /** The authority's newest signed key set: the appliance verifies it, whoever carries it need not (P-70). */
  readonly keySet: Uint8Array;
  readonly stopped: Fault | null;
}

/**
 * Sends the messages of a file in their order, as they are, and gathers the signed replies (P-66).
 * @throws {Fault} when the authority does not even tell its keys: then nothing was sent.
 */
export async function carryMessages(file: MessageFile, ports: CarryPorts): Promise<Carried> {
  const before = await fetchKeySet(file.origin, ports.fetch);
  const carried = await carryAll(file, ports);
  try {
    // Asked again: the keys may have been changed meanwhile, and the last replies be signed with the new one.
    return { ...carried, keySet: await fetchKeySet(file.origin, ports.fetch) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { ...carried, keySet: before };
  }
}

async function fetchKeySet(origin: string, fetch: Fetch): Promise<Uint8Array> {
  const reply = await send(fetch, new Request(urlOf(origin, "trust", {}), { redirect: "error" }));
  try {
    const answer = answerOf("trust", reply, 0);
    if ("granted" in answer) return Uint8Array.fromHex(answer.granted.keySet);
    throw serverFault(`Cannot fetch the server's keys: ${answer.refused.says}`, { retry: false });
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause;
    throw serverFault("Cannot read the server's keys: something stands between", { retry: false, cause });
  }
}

async function carryAll(file: MessageFile, ports: CarryPorts): Promise<Omit<Carried, "keySet">> {
  const replies: FiledReply[] = [];
  let size = 0;
  for (const message of file.messages) {
    try {
      const reply = await carryOne(file, message, ports.fetch);
      size += message.body.length + reply.body.length;
      // What was answered is kept; the rest is said again by the appliance's next file.
      if (size > fileLimits.replyFileBytes / 2) throw serverFault("The reply file is full", { retry: false });
      replies.push(reply);
      ports.onReply?.(replies.length, file.messages.length);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return { replies, stopped: error };
    }
  }
  return { replies, stopped: null };
}

async function carryOne(file: MessageFile, message: FiledMessage, fetch: Fetch): Promise<FiledReply> {
  const reply = await send(fetch, requestOf(signedRequestOf(file, message)));
  if (reply.status >= 500) {
    const text = `The owner's server failed with status ${reply.status}`;
    throw serverFault(text, { retry: true });
  }
  if (reply.body.length > fileLimits.replyBodyBytes) {
    throw serverFault("The owner's server gave a reply that is too long for a file", { retry: false });
  }
  try {
    const { keyId, createdSeconds } = readReplyParameters(reply.headers.get("signature-input"));
    const { signature } = readSignature(reply.headers.get("signature"));
    return { message, status: reply.status, logKeyId: keyId, createdSeconds, signature, body: reply.body };
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause;
    const text = `The reply to a message (status ${reply.status}) is not signed: something stands between`;
    throw serverFault(text, { retry: false, cause });
  }
}

/** What a carried message came to, for whoever carries it: not verified, and not to be relied on. */
export interface CarriedSummary {
  readonly route: CarriedRoute;
  /** The authority's refusal, or null. */
  readonly refused: Refused | null;
}

/** Returns what replies seem to say. */
export function summaryOf(replies: readonly FiledReply[]): readonly CarriedSummary[] {
  return replies.map(({ message: { route }, status, body, createdSeconds }) => {
    if (status < 300) return { route, refused: null };
    const answer = answerOf(route, { status, headers: new Headers(), body }, createdSeconds);
    return { route, refused: "refused" in answer ? answer.refused : null };
  });
}

/** Returns the fault of a file that was carried in part: what was answered is kept (P-66). */
export function carriedInPart(
  { replies, stopped }: Pick<Carried, "replies" | "stopped">,
  file: { readonly messages: number; readonly replyFile: string },
): Fault | null {
  if (stopped === null) return null;
  const kept = replies.length === 0
    ? "no message was answered"
    : `the replies to ${replies.length} of ${file.messages} messages are in "${file.replyFile}": import it, ` +
      "and the next export says the rest";
  return serverFault(`Cannot carry the whole file: ${kept}. ${stopped.message}`, {
    retry: true,
    cause: stopped,
  });
}

function signedRequestOf(
  { origin, appliance }: Pick<MessageFile, "origin" | "appliance">,
  message: FiledMessage,
): SignedRequest {
  const { route, subject, range, createdSeconds, sequence, head, signature, body } = message;
  // The body is what was signed: it is never written anew (P-2).
  const { body: _, ...call } = callOf({ route, subject, range } as Message);
  return {
    method: routes[route].method,
    url: headedUrlOf(origin, route, { ...call, head }),
    body: (routes[route] as Route).request === null ? undefined : new Uint8Array(body),
    parameters: { createdSeconds, sequence, keyId: appliance },
    signature,
  };
}

/** A message of this appliance and the authority's answer, both verified. */
export type Opened = {
  [N in CarriedRoute]: {
    readonly message: Extract<Message, { readonly route: N }>;
    readonly sequence: number;
    /** Null: the server failed, or its reply is not what the contract says; as good as none. */
    readonly answer: Answer<ReplyOf<N>> | null;
    readonly atSeconds: number;
  };
}[CarriedRoute];

/** What opening a file needs. */
export interface OpeningKeys {
  readonly appliance: ApplianceId;
  /** Public half of the appliance's identity. */
  readonly publicKey: Uint8Array;
  /** Public log keys of the key set. */
  readonly logKeys: readonly Uint8Array[];
}

/**
 * Verifies every request and reply of a file before any of it is read (P-67, P-2).
 * @throws {Malformed} naming the first that does not hold: then nothing of the file may be used.
 */
export function openReplies(file: ReplyFile, keys: OpeningKeys): readonly Opened[] {
  file.replies.forEach((reply, index) => {
    const request = signedRequestOf({ ...file, appliance: keys.appliance }, reply.message);
    const where = `message ${index + 1}`;
    const message = signedBytes(request);
    if (!verify({ publicKey: keys.publicKey, message, signature: reply.message.signature })) {
      throw malformed("the reply file", "this appliance did not sign the request; nothing was taken", where);
    }
    if (!holds(reply, request, keys.logKeys)) {
      const text = "the owner's server did not sign this reply to this request; nothing was taken";
      throw malformed("the reply file", text, where);
    }
  });
  return file.replies.map(readOpened);
}

function holds(reply: FiledReply, request: SignedRequest, logKeys: readonly Uint8Array[]): boolean {
  const { status, body, logKeyId: keyId, createdSeconds, signature } = reply;
  const headers = new Headers({
    "content-digest": contentDigestOf(body),
    "signature-input": `flashseal=${writeReplyParameters({ createdSeconds, keyId })}`,
    signature: writeSignature(signature),
  });
  try {
    checkReply({ status, headers, body }, { logKeys, request });
    return true;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

function readOpened({ message, status, body, createdSeconds: atSeconds }: FiledReply): Opened {
  const { route, subject, range, sequence } = message;
  const schema = (routes[route] as Route).request;
  const said = schema === null ? undefined : readWith(schema, JSON.parse(textOf(message.body)), "a message");
  let answer: unknown = null;
  try {
    answer = answerOf(route, { status, headers: new Headers(), body }, atSeconds);
  } catch (error) {
    // A failing server's reply says nothing of the message: it is said again.
    if (!(error instanceof Fault)) throw error;
  }
  return { message: { route, subject, range, body: said }, sequence, answer, atSeconds } as Opened;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
