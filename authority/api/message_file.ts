/**
 * Files of an appliance's messages and of the replies to them (P-65): one spelling for each content, a bound for each
 * length, a digest at the end. Knows bytes; checks no signature.
 *
 * @module
 */

import { hash32 } from "../../bootloader/suite/mod.ts";
import {
  type ApplianceId,
  assert,
  type CarriedMessage,
  carriedMessageLayout,
  type CarriedReply,
  carriedReplyLayout,
  type CarrierFileHead,
  concat,
  Malformed,
  messageFileLayout,
  type OwnerId,
  replyFileLayout,
  sameBytes,
} from "../../bootloader/wire/mod.ts";
import { malformed } from "./_errors.ts";
import { type CarriedRoute, carriedRoutes, subjectPlaces } from "./messages.ts";
import { limits, type Route, routes } from "./routes.ts";

/** What a file may hold at most. */
export const fileLimits = Object.freeze({
  messages: 512,
  messageFileBytes: 16 * 1_048_576,
  replyFileBytes: 64 * 1_048_576,
  messageBodyBytes: limits.leaseJsonBytes,
  replyBodyBytes: limits.partBytes,
});

/** One signed request as a file holds it. */
export interface FiledMessage {
  readonly route: CarriedRoute;
  /** The id in the address, 32 digits, or null. */
  readonly subject: string | null;
  readonly range: { readonly offset: number; readonly length: number } | null;
  readonly createdSeconds: number;
  readonly sequence: number;
  /** The sealed head of the appliance's record, as the address carries it (P-68): 224 bytes. */
  readonly head: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
  readonly body: Uint8Array;
}

/** One signed reply as a file holds it, beside the request that it answers. */
export interface FiledReply {
  readonly message: FiledMessage;
  readonly status: number;
  readonly logKeyId: string;
  /** The signed time. */
  readonly createdSeconds: number;
  /** 64 bytes. */
  readonly signature: Uint8Array;
  readonly body: Uint8Array;
}

interface Carried {
  readonly owner: OwnerId;
  readonly appliance: ApplianceId;
  /** Milliseconds since 1970 by the clock of who wrote the file; for people. */
  readonly atMs: number;
  /** The authority's address as the appliance signs it. */
  readonly origin: string;
}

/** A file of messages. */
export interface MessageFile extends Carried {
  readonly messages: readonly FiledMessage[];
}

/** A file of replies. */
export interface ReplyFile extends Carried {
  /** The newest key set that the root has signed, as whoever carried the file was told it (P-70): 268 bytes. */
  readonly keySet: Uint8Array;
  readonly replies: readonly FiledReply[];
}

const DIGEST_BYTES = 32;
const ORIGIN = /^https:\/\/[A-Za-z0-9.\-_[\]:]{1,240}$/;
const NO_SUBJECT = "0".repeat(32);
const routeOf = new Map<number, CarriedRoute>(
  Object.entries(carriedRoutes).map(([name, number]) => [number, name as CarriedRoute]),
);

/** Returns the bytes of a file of messages. */
export function encodeMessageFile(file: MessageFile): Uint8Array<ArrayBuffer> {
  const head = messageFileLayout.encode(headOf(file, file.messages.length));
  return sealed(head, file.origin, file.messages.map(messageBytes));
}

/** Returns the bytes of a file of replies. */
export function encodeReplyFile(file: ReplyFile): Uint8Array<ArrayBuffer> {
  const head = replyFileLayout.encode({ ...headOf(file, file.replies.length), keySet: file.keySet });
  const entries = file.replies.map((reply) => {
    const { status, logKeyId, createdSeconds: created, signature, body } = reply;
    const fields = { status, logKeyId: logKeyId as CarriedReply["logKeyId"], created, signature };
    const own = carriedReplyLayout.encode({ ...fields, bodyLength: body.length });
    return concat(messageBytes(reply.message), own, body);
  });
  return sealed(head, file.origin, entries);
}

function headOf({ owner, appliance, atMs, origin }: Carried, count: number): CarrierFileHead {
  assert(count >= 1 && count <= fileLimits.messages, "a file holds from 1 to 512 messages");
  return { count, owner, appliance, atMs, originLength: origin.length };
}

function messageBytes(message: FiledMessage): Uint8Array {
  const { route, subject, range, createdSeconds: created, sequence, head, signature, body } = message;
  const fields = carriedMessageLayout.encode({
    route: carriedRoutes[route],
    bodyLength: body.length,
    subject: Uint8Array.fromHex(subject ?? NO_SUBJECT),
    offset: range?.offset ?? 0,
    length: range?.length ?? 0,
    created,
    sequence,
    head,
    signature,
  });
  return concat(fields, body);
}

function sealed(head: Uint8Array, origin: string, entries: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = concat(head, new TextEncoder().encode(origin), ...entries);
  return concat(content, hash32(content));
}

/** Reads a file of messages. @throws {Malformed} saying what is wrong with it and what to do (P-65). */
export function decodeMessageFile(bytes: Uint8Array): MessageFile {
  const cursor = open(bytes, { what: "the message file", layout: messageFileLayout, other: replyFileLayout });
  const messages = Array.from({ length: cursor.head.count }, () => readMessage(cursor));
  cursor.end();
  return { ...cursor.facts, messages };
}

/** Reads a file of replies. @throws {Malformed} saying what is wrong with it and what to do (P-65). */
export function decodeReplyFile(bytes: Uint8Array): ReplyFile {
  const cursor = open(bytes, { what: "the reply file", layout: replyFileLayout, other: messageFileLayout });
  const replies = Array.from({ length: cursor.head.count }, () => {
    const message = readMessage(cursor);
    const { bodyLength, created, ...fields } = carriedReplyLayout.decode(
      cursor.take(carriedReplyLayout.size),
    );
    const body = cursor.body(bodyLength, fileLimits.replyBodyBytes);
    return { ...fields, message, createdSeconds: created, body };
  });
  cursor.end();
  return {
    ...cursor.facts,
    keySet: replyFileLayout.decode(bytes.subarray(0, replyFileLayout.size)).keySet,
    replies,
  };
}

/** Tells whether bytes begin as one of these files does, whole or not: what may be written over. */
export function looksCarried(start: Uint8Array): boolean {
  return [messageFileLayout, replyFileLayout].some(({ shape }) =>
    sameBytes(start.subarray(0, shape.label.size), shape.label.fixed)
  );
}

interface Kind {
  readonly what: "the message file" | "the reply file";
  readonly layout: typeof messageFileLayout | typeof replyFileLayout;
  readonly other: typeof messageFileLayout | typeof replyFileLayout;
}

/** Walks one file from its head to its digest. */
interface Cursor {
  readonly head: CarrierFileHead;
  readonly facts: Carried;
  take(length: number): Uint8Array;
  body(length: number, most: number): Uint8Array;
  wrong(problem: string): Malformed;
  end(): void;
}

function open(bytes: Uint8Array, { what, layout, other }: Kind): Cursor {
  const wrong = (problem: string) => malformed(what, problem);
  const most = layout === messageFileLayout ? fileLimits.messageFileBytes : fileLimits.replyFileBytes;
  if (bytes.length > most) throw wrong(`it is longer than ${most / 1_048_576} MiB`);
  if (sameBytes(bytes.subarray(0, 16), other.shape.label.fixed)) {
    throw wrong(
      what === "the reply file"
        ? "these are the appliance's own messages; carry them to the owner's server, and bring the replies"
        : "these are replies; bring them to the appliance with flashseal agent import",
    );
  }
  if (!sameBytes(bytes.subarray(0, 16), layout.shape.label.fixed)) throw wrong("it is no such file");
  const content = bytes.subarray(0, Math.max(0, bytes.length - DIGEST_BYTES));
  if (
    bytes.length < layout.size + DIGEST_BYTES || !sameBytes(hash32(content), bytes.subarray(content.length))
  ) {
    throw wrong("it is damaged or cut short; copy it again, or make a new one");
  }
  let at = 0;
  const take = (length: number) => {
    if (at + length > content.length) throw wrong("it ends within a message");
    return content.subarray(at, at += length);
  };
  const head = layout.decode(take(layout.size));
  if (head.count < 1 || head.count > fileLimits.messages) throw wrong("its count is not from 1 to 512");
  const origin = new TextDecoder("latin1").decode(take(head.originLength));
  if (!ORIGIN.test(origin) || !URL.canParse(origin) || new URL(origin).origin !== origin) {
    throw wrong("its server's address is not https://HOST:PORT");
  }
  const { owner, appliance, atMs } = head;
  return {
    head,
    facts: { owner, appliance, atMs, origin },
    take,
    body(length, bodyMost) {
      if (length > bodyMost) throw wrong("a message in it is too long");
      return take(length);
    },
    wrong,
    end() {
      if (at !== content.length) throw wrong("there is more in it than its count says");
    },
  };
}

function readMessage(cursor: Cursor): FiledMessage {
  const fields: CarriedMessage = carriedMessageLayout.decode(cursor.take(carriedMessageLayout.size));
  const { bodyLength, created: createdSeconds, sequence, head, signature, offset, length } = fields;
  const route = routeOf.get(fields.route);
  if (route === undefined) throw cursor.wrong("it holds a message of a kind that does not go by file");
  const subject = fields.subject.toHex();
  const hasRange = route === "releaseContent";
  // P-65: what a route does not use is zero, so that one message has one spelling.
  const place = subjectPlaces[route];
  const isSpelled = (place?.in === "query" || (place === null) === (subject === NO_SUBJECT)) &&
    (hasRange || (offset === 0 && length === 0)) &&
    ((routes[route] as Route).request === null) === (bodyLength === 0);
  if (!isSpelled) throw cursor.wrong("a message in it is not spelled as its kind is");
  return {
    route,
    subject: subject === NO_SUBJECT ? null : subject,
    range: hasRange ? { offset, length } : null,
    createdSeconds,
    sequence,
    head,
    signature,
    body: cursor.body(bodyLength, fileLimits.messageBodyBytes),
  };
}
