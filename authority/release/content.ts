/**
 * The encrypted content of releases: taken in parts that follow each other, finished under its SHA-256, read in ranges.
 * Knows ciphertext only: neither key nor image is ever here.
 *
 * @module
 */

import { type ReleaseId, sameBytes } from "../../bootloader/wire/mod.ts";
import { type Decision, limits, type ReleaseReply, type UploadReply } from "../api/mod.ts";
import { appendEvent } from "../log/mod.ts";
import {
  appendPart,
  completeRelease,
  type Database,
  dropContent,
  findRelease,
  readContent,
} from "../store/mod.ts";

/** Takes one part that begins at `offset`; a part that is here already is taken again without harm. */
export function storePart(
  db: Database,
  release: ReleaseId,
  part: { readonly offset: number; readonly content: Uint8Array },
): Decision<UploadReply> {
  return db.transact(() => {
    const found = findRelease(db, release);
    if (found === undefined) return { refused: "release-unknown" };
    const { offset, content } = part;
    const end = offset + content.length;
    if (content.length === 0 || content.length > limits.partBytes || end > found.bytes) {
      return { refused: "range-wrong" };
    }
    if (end <= found.receivedBytes) {
      // A lost reply: the same bytes may come again, other bytes may not.
      const here = readContent(db, release, { offset, length: content.length });
      if (!sameBytes(here, content)) {
        return { refused: "digest-wrong", detail: "Other content is here already" };
      }
      return { granted: { receivedBytes: found.receivedBytes, complete: found.complete } };
    }
    if (found.complete) return { refused: "upload-finished" };
    if (!appendPart(db, release, part)) {
      return { refused: "upload-elsewhere", detail: `Continue at byte ${found.receivedBytes}` };
    }
    return { granted: { receivedBytes: end, complete: false } };
  });
}

/**
 * Finishes a release whose content has the SHA-256. With a wrong one the content is dropped, so that the upload begins
 * again; the encryption does not (P-32).
 */
export async function finishRelease(
  ports: { readonly db: Database; readonly nowMs: () => number },
  who: string,
  release: ReleaseId,
  sha256: Uint8Array,
): Promise<Decision<ReleaseReply>> {
  const { db } = ports;
  const found = findRelease(db, release);
  if (found === undefined) return { refused: "release-unknown" };
  if (found.complete) {
    return found.sha256 === sha256.toHex() ? { granted: found } : { refused: "upload-finished" };
  }
  if (found.receivedBytes < found.bytes) {
    return { refused: "release-incomplete", detail: `Continue at byte ${found.receivedBytes}` };
  }
  const content = readContent(db, release, { offset: 0, length: found.bytes });
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(content)));
  return db.transact(() => {
    // While the digest was computed another request may have dropped this content and begun anew.
    if (!sameBytes(readContent(db, release, { offset: 0, length: found.bytes }), content)) {
      return { refused: "upload-elsewhere", detail: "The content changed meanwhile" };
    }
    if (!sameBytes(digest, sha256)) {
      dropContent(db, release);
      return { refused: "digest-wrong", detail: "The upload begins again at byte 0" };
    }
    // False when another request finished it meanwhile, with the same content.
    if (completeRelease(db, release, sha256)) {
      const about = { release, sha256: sha256.toHex(), bytes: found.bytes };
      appendEvent(db, { event: "release-complete", who, about }, ports.nowMs());
    }
    const complete = findRelease(db, release);
    return complete?.complete === true ? { granted: complete } : { refused: "release-incomplete" };
  });
}

/** Returns a range of a complete release's content. */
export function readRange(
  db: Database,
  release: ReleaseId,
  range: { readonly offset: number; readonly length: number },
): Decision<Uint8Array> {
  const found = findRelease(db, release);
  if (found === undefined) return { refused: "release-unknown" };
  if (!found.complete) return { refused: "release-incomplete" };
  const { offset, length } = range;
  const within = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length > 0 &&
    length <= limits.partBytes && offset + length <= found.bytes;
  if (!within) return { refused: "range-wrong", detail: `The content has ${found.bytes} bytes` };
  return { granted: readContent(db, release, range) };
}
