/**
 * An appliance's messages that came on a stick, carried to the authority: sent as they are, in their order, and the signed
 * replies brought back in a file (P-66). The owner's machine is the wire; it signs nothing and decides nothing.
 *
 * @module
 */
import {
  carriedInPart,
  type CarriedSummary,
  carryMessages,
  decodeMessageFile,
  encodeReplyFile,
  type Fetch,
  fileLimits,
  looksCarried,
  summaryOf,
} from "../api/mod.ts";
import { Fault, Malformed } from "../../bootloader/wire/mod.ts";
import { listAppliances } from "./appliances.ts";
import { refusal } from "./calls.ts";
import type { OwnerSession } from "./profile.ts";
import { patiently, type Result } from "./release/mod.ts";

/** What carrying is told. */
export interface CarryFileOptions {
  /** The file of messages. */
  readonly file: string;
  /** Where the file of replies goes; a file of messages or replies there is written over, anything else is not. */
  readonly replyFile: string;
  readonly onReply?: (done: number, total: number) => void;
}

/** What carrying came to. */
export interface CarryOutcome {
  readonly appliance: string;
  readonly name: string;
  readonly replyFile: string;
  readonly messages: number;
  readonly replies: readonly CarriedSummary[];
}

/**
 * Carries a file. What was answered before the network failed is kept in the file of replies all the same.
 * @throws {Malformed} when it is no file of messages; {Fault} when not all of it could be carried, or the disk fails.
 */
export async function carryFile(
  session: OwnerSession,
  options: CarryFileOptions,
): Promise<Result<CarryOutcome>> {
  const { world, profile } = session;
  const bytes = await world.files.read(options.file);
  if (bytes === undefined) throw malformed(`there is no file "${options.file}"`);
  if (bytes.length > fileLimits.messageFileBytes) throw malformed("it is longer than 16 MiB");
  const file = decodeMessageFile(bytes);
  const there = await world.files.read(options.replyFile);
  if (there !== undefined && there.length > 0 && !looksCarried(there)) {
    throw new Fault(
      `Cannot write "${options.replyFile}": another file is there, and it is not written over`,
      {
        place: "disk",
        retry: false,
      },
    );
  }
  if (file.owner !== profile.owner) {
    return refusal("appliance-not-found", `the file is for owner ${file.owner}, this is ${profile.owner}`);
  }
  const list = await listAppliances(session);
  if ("refused" in list) return list;
  const known = list.granted.find(({ appliance }) => appliance === file.appliance);
  if (known === undefined) {
    return refusal("appliance-not-found", `the file is of appliance ${file.appliance}`);
  }
  const { onReply } = options;
  const fetch = patient(session, towards(profile.url, world.connect(profile.caCertificate)));
  const carried = await carryMessages(file, { fetch, ...(onReply === undefined ? {} : { onReply }) });
  const { replies, keySet } = carried;
  const { owner, appliance, origin } = file;
  const { replyFile } = options;
  if (replies.length > 0) {
    const reply = encodeReplyFile({ owner, appliance, origin, atMs: world.nowMs(), keySet, replies });
    await world.files.writeOpenly(replyFile, reply);
  }
  const messages = file.messages.length;
  const fault = carriedInPart(carried, { messages, replyFile });
  if (fault !== null) throw fault;
  return { granted: { appliance, name: known.name, replyFile, messages, replies: summaryOf(replies) } };
}

/**
 * Leads requests to the server that the owner is logged in to, under the name that the appliance knows it by: that name is
 * signed, and the owner's machine may reach the same server under another.
 */
function towards(url: string, fetch: Fetch): Fetch {
  return async (request) => {
    const { host, pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.set("host", host);
    const body = request.body === null ? undefined : await request.bytes();
    const { method } = request;
    const target = new URL(`${pathname}${search}`, url);
    return await fetch(
      new Request(target, { method, headers, redirect: "error", ...(body ? { body } : {}) }),
    );
  };
}

/** A message may be sent again when its reply is lost: it is booked once, and the appliance asks again for the rest. */
function patient({ world }: OwnerSession, fetch: Fetch): Fetch {
  return async (request) => {
    const attempt = async () => {
      try {
        return await fetch(request.clone());
      } catch (cause) {
        const says = cause instanceof Error ? cause.message : "the network failed";
        throw new Fault(`Cannot reach the owner's server: ${says}`, {
          place: "authority",
          retry: true,
          cause,
        });
      }
    };
    return await patiently(world, attempt);
  };
}

function malformed(problem: string): Malformed {
  return new Malformed(`Cannot read the message file: ${problem}`, { structure: "the message file" });
}
