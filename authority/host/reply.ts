/**
 * Sends a reply: with its length where its body is one piece, else piece by piece as the peer takes it, so that a long body
 * is never in memory as a whole. A peer that takes nothing is let go with its idle connection. Knows no route.
 *
 * @module
 */

import type { ServerResponse } from "node:http";
import { Fault } from "../../bootloader/wire/mod.ts";

/** Sends a reply. @throws {Fault} when the peer went away; what its body throws that cannot be read to its end. */
export async function sendReply(
  response: Response,
  outgoing: ServerResponse,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const pieces = response.body?.getReader();
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  try {
    const first = await read(pieces);
    let next = first === undefined ? undefined : await read(pieces);
    if (first === undefined || next === undefined) {
      outgoing.writeHead(response.status, { ...headers, "content-length": first?.length ?? 0 });
      outgoing.end(first);
      return;
    }
    outgoing.writeHead(response.status, headers);
    await write(outgoing, first, gone.signal);
    while (next !== undefined) {
      await write(outgoing, next, gone.signal);
      next = await read(pieces);
    }
    outgoing.end();
  } catch (error) {
    // Nobody takes it any more: whoever makes the body may stop. A body that failed by itself cannot be cancelled.
    await pieces?.cancel(error).catch(() => {});
    throw error;
  }
}

type Pieces = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

async function read(pieces: Pieces | undefined): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return (await pieces?.read())?.value;
}

/** Writes one piece and waits until there is room for another. @throws {Fault} when the peer went away */
async function write(outgoing: ServerResponse, piece: Uint8Array, gone: AbortSignal): Promise<void> {
  if (gone.aborted || outgoing.destroyed) throw peerGone();
  if (outgoing.write(piece)) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const leave = () => reject(peerGone());
  outgoing.once("drain", resolve);
  gone.addEventListener("abort", leave);
  try {
    await promise;
  } finally {
    outgoing.off("drain", resolve);
    gone.removeEventListener("abort", leave);
  }
}

function peerGone(): Fault {
  return new Fault("Cannot send a reply: the peer went away", { place: "network", retry: true });
}
