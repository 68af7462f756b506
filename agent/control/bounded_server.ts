/**
 * An HTTP server on loopback that ends: whoever reads nothing, or sends half a request, does not hold the agent.
 *
 * @module
 */
import type { AgentPorts } from "./ports.ts";

/** How long answers that are under way may take once the server is to end, in milliseconds. */
const GRACE_MS = 3_000;
/** An answer counts as over when it is handed to the system: how long its last bytes have to leave, in milliseconds. */
const LEAVE_MS = 200;

/** What is served, and where. */
export interface BoundedOptions {
  /** Port on loopback; 0: a free one. */
  readonly port: number;
  readonly onListen: (address: Deno.NetAddr) => void;
  readonly fetch: (request: Request) => Response | Promise<Response>;
}

/** A server that is running. */
export interface BoundedServer {
  /** Ends after the answers that are under way, at most some 3 s later. */
  readonly stop: () => Promise<void>;
}

/** Serves on loopback. @throws {Deno.errors.AddrInUse} when another program has the port */
export function serveBounded(
  { port, onListen, fetch }: BoundedOptions,
  { pause }: Pick<AgentPorts, "pause">,
): BoundedServer {
  const cut = new AbortController();
  const underWay = new Set<Promise<void>>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, onListen, signal: cut.signal },
    (request, { completed }) => {
      const over: Promise<void> = completed.catch(() => {}).finally(() => void underWay.delete(over));
      underWay.add(over);
      return fetch(request);
    },
  );
  return {
    // Not shutdown(): it waits without end, and what it waits for cannot be cut any more (Deno 2.9.6).
    async stop() {
      const enough = new AbortController();
      await Promise.race([Promise.all(underWay), pause(GRACE_MS, enough.signal)]);
      enough.abort();
      await pause(LEAVE_MS, cut.signal);
      cut.abort();
      await server.finished;
    },
  };
}
