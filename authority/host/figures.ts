/**
 * A plain HTTP listener that answers one path with figures: for whoever watches the server, beside the HTTPS port and never
 * on it.
 *
 * @module
 */

import { Fault } from "../../bootloader/wire/mod.ts";

/** How long an answer that is under way may take once the listener is to end, in milliseconds. */
const STOP_MS = 5_000;
/** An answer counts as over when it is handed to the system: how long its last bytes have to leave, in milliseconds. */
const LEAVE_MS = 200;

/** What is told, and where. */
export interface FiguresOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly contentType: string;
  /** Returns what is told at `/metrics`. */
  readonly text: () => Promise<string>;
  /** Takes it that the text could not be made (a sentence), once until it can be again. */
  readonly onFailed: (message: string) => void;
}

const HEADERS = Object.freeze({ "cache-control": "no-store" });
const MISSING = "The figures cannot be read from the database now. The server's log says more.\n";

/** Answers `GET /metrics` over plain HTTP until `stop`, which takes some 5 s at most. @throws {Fault} when the address is taken. */
export async function listenFigures(
  { host, port, contentType, text, onFailed }: FiguresOptions,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const bound = Promise.withResolvers<Deno.NetAddr>();
  const cut = new AbortController();
  const underWay = new Set<Promise<void>>();
  const serve = { hostname: host, port, onListen: bound.resolve, signal: cut.signal };
  let failed = "";
  const answer = async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname !== "/metrics" || request.method !== "GET") return new Response(null, { status: 404 });
    try {
      const told = await text();
      failed = "";
      return new Response(told, { headers: { ...HEADERS, "content-type": contentType } });
    } catch (error) {
      // Whoever watches sees that the figures are missing, and nothing of the inside; the server goes on.
      const message = error instanceof Error ? error.message : "they could not be made";
      if (message !== failed) onFailed(message);
      failed = message;
      return new Response(MISSING, { status: 503, headers: { ...HEADERS, "content-type": "text/plain" } });
    }
  };
  // Not shutdown(): it waits without end for who reads nothing, and cannot be cut any more (Deno 2.9.6).
  const stop = async () => {
    await atMost(STOP_MS, Promise.all(underWay));
    await atMost(LEAVE_MS, new Promise(() => {}));
    cut.abort();
    await server.finished;
  };
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve(serve, (request, { completed }) => {
      const over: Promise<void> = completed.catch(() => {}).finally(() => void underWay.delete(over));
      underWay.add(over);
      return answer(request);
    });
    const address = await bound.promise;
    const name = address.hostname.includes(":") ? `[${address.hostname}]` : address.hostname;
    return { url: `http://${name}:${address.port}/metrics`, stop };
  } catch (cause) {
    const says = cause instanceof Error ? cause.message : "the network failed";
    throw new Fault(`Cannot tell the figures on ${host} port ${port} (config.json, "metrics"): ${says}`, {
      place: "network",
      retry: true,
      cause,
    });
  }
}

/** Waits for `work`, but no longer than `ms`. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
