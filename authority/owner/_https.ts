/**
 * HTTPS that trusts one certificate authority and nothing else. It stands on `node:https` because the `caCerts` of
 * `Deno.createHttpClient` are added to the machine's own store: any public certificate authority could then stand between
 * the owner and the server, and read the API key. Knows no route and no key.
 *
 * @module
 */
import { Agent, request as httpsRequest } from "node:https";
import type { Fetch } from "../api/mod.ts";

// A connection whose other end has gone without a word would hold its caller for ever.
const SILENCE_MS = 30_000;

/** A carrier and its end. */
export interface Carrier {
  readonly fetch: Fetch;
  /** Ends the connections that are kept. */
  readonly close: () => void;
}

/** Returns the carrier for servers under `caCertificate` (PEM) alone, TLS 1.3. It follows no redirect. */
export function carrierUnder(caCertificate: string): Carrier {
  const tls = { ca: caCertificate, minVersion: "TLSv1.3" as const };
  const agent = new Agent({ keepAlive: true, ...tls });
  return {
    fetch: async (request) => {
      const body = request.body === null ? undefined : await request.bytes();
      return await exchange(request, body, { agent, ...tls });
    },
    close: () => agent.destroy(),
  };
}

function exchange(request: Request, body: Uint8Array | undefined, tls: object): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const { method, signal } = request;
  const headers = Object.fromEntries(request.headers);
  const sent = httpsRequest(
    request.url,
    { ...tls, method, headers, signal, timeout: SILENCE_MS },
    (incoming) => {
      const received = new Headers();
      for (const [name, value] of Object.entries(incoming.headers)) received.set(name, String(value));
      const { statusCode = 500 } = incoming;
      // The reader bounds the reply's length and may end it early.
      const content = [204, 205, 304].includes(statusCode) ? null : ReadableStream.from<Uint8Array>(incoming);
      resolve(new Response(content, { status: statusCode, headers: received }));
    },
  );
  sent.on("timeout", () => sent.destroy(new Error(`nothing came for ${SILENCE_MS / 1000} s`)));
  sent.on("error", reject);
  sent.end(body);
  return promise;
}
