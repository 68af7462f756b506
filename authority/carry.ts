/**
 * An appliance's messages that came on a stick, answered by the authority of this machine: for a server without a network.
 * The same application answers as over HTTPS (P-66).
 *
 * @module
 */

import {
  carriedInPart,
  type CarriedSummary,
  carryMessages,
  decodeMessageFile,
  encodeReplyFile,
  fileLimits,
  looksCarried,
  summaryOf,
} from "./api/mod.ts";
import { Malformed } from "../bootloader/wire/mod.ts";
import type { Host } from "./host/mod.ts";
import { readFolder } from "./folder.ts";
import { openAuthority } from "./serve.ts";

/** What carrying here is told. */
export interface CarryHereOptions {
  /** The authority's folder; a server may be running on it. */
  readonly folder: string;
  readonly file: string;
  readonly replyFile: string;
}

/**
 * Answers the messages of a file.
 * @throws {Malformed} when it is none, or is for another owner; {Fault} when the authority fails or the disk does.
 */
export async function carryHere(
  options: CarryHereOptions,
  ports: Host & { readonly log: (line: string) => void },
): Promise<
  { readonly appliance: string; readonly messages: number; readonly replies: readonly CarriedSummary[] }
> {
  const { files } = ports;
  const file = decodeMessageFile(await files.readBytes(options.file, fileLimits.messageFileBytes));
  const folder = await readFolder(options.folder, ports);
  const authority = await openAuthority(options.folder, folder, "carry a file for", ports);
  try {
    if (file.owner !== authority.owner) {
      const text = `Cannot carry the message file: it is for owner ${file.owner}, this is ${authority.owner}`;
      throw new Malformed(text, { structure: "the message file" });
    }
    const carried = await carryMessages(file, { fetch: authority.fetch });
    const { replies, keySet } = carried;
    const { owner, appliance, origin } = file;
    if (replies.length > 0) {
      const bytes = encodeReplyFile({ owner, appliance, origin, atMs: ports.nowMs(), keySet, replies });
      await files.writeOver(options.replyFile, bytes, looksCarried);
    }
    const { replyFile } = options;
    const fault = carriedInPart(carried, { messages: file.messages.length, replyFile });
    if (fault !== null) throw fault;
    return { appliance, messages: file.messages.length, replies: summaryOf(replies) };
  } finally {
    authority.close();
  }
}
