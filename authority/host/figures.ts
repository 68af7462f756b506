/**
 * What the machine tells of itself, and a plain HTTP listener that answers one path with it: for whoever watches the server,
 * beside the HTTPS port and never on it.
 *
 * @module
 */

import { statfsSync } from "node:fs";
import process from "node:process";
import { Fault } from "../../bootloader/wire/mod.ts";

/** Free and whole bytes of the disk of `path`, or null where the system does not tell; memory and time of this process. */
export function machineFacts(path: string) {
  const { user, system } = process.cpuUsage();
  return {
    disk: diskOf(path),
    process: { residentBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 },
  };
}

function diskOf(path: string): { readonly freeBytes: number; readonly sizeBytes: number } | null {
  try {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
  } catch {
    return null;
  }
}

/** What is told, and where. */
export interface FiguresOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly contentType: string;
  /** Returns what is told at `/metrics`. */
  readonly text: () => Promise<string>;
}

/** Answers `GET /metrics` over plain HTTP. @throws {Fault} when the address is taken. */
export async function listenFigures(
  { host, port, contentType, text }: FiguresOptions,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const bound = Promise.withResolvers<Deno.NetAddr>();
  try {
    const server = Deno.serve({ hostname: host, port, onListen: bound.resolve }, async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname !== "/metrics" || request.method !== "GET") return new Response(null, { status: 404 });
      try {
        const headers = { "content-type": contentType, "cache-control": "no-store" };
        return new Response(await text(), { headers });
      } catch (error) {
        // The database fails: whoever watches sees that the figures are missing.
        if (error instanceof Fault) return new Response(null, { status: 503 });
        throw error;
      }
    });
    const address = await bound.promise;
    const name = address.hostname.includes(":") ? `[${address.hostname}]` : address.hostname;
    return { url: `http://${name}:${address.port}/metrics`, stop: () => server.shutdown() };
  } catch (cause) {
    const says = cause instanceof Error ? cause.message : "the network failed";
    throw new Fault(`Cannot tell the figures on ${host} port ${port} (config.json, "metrics"): ${says}`, {
      place: "network",
      retry: true,
      cause,
    });
  }
}
