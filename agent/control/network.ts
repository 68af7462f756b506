/**
 * The two ways to the authority: before enrolment nothing vouches for the channel (what comes is checked against the
 * code), afterwards HTTPS under the enrolled certificate authority. Replies are signed besides (PROTOCOL section 12).
 *
 * @module
 */
import https from "node:https";
import type { Fetch } from "../../authority/api/mod.ts";

/**
 * How long nothing may come over a connection before it is given up, in milliseconds: one whose other end has gone
 * without a word would hold its caller for ever. A slow network that still moves is not given up.
 */
const SILENCE_MS = 15_000;

/** How the agent reaches the authority; handed in. */
export interface Network {
  /** An HTTPS client that checks no certificate: for `GET /v1/trust` alone. */
  readonly blind: Fetch;
  /** Returns an HTTPS client for servers under this certificate authority (PEM) and no other; `close` ends its connections. */
  trusting(caCertificate: string): { readonly fetch: Fetch; readonly close: () => void };
}

/** The network of this machine. */
export function systemNetwork(): Network {
  return {
    blind: (request) => exchange(request, { rejectUnauthorized: false }),
    trusting(ca) {
      // `caCerts` of Deno.createHttpClient are added to the machine's own store: any public certificate authority could
      // stand in between then. node:https takes `ca` in place of the store.
      return { fetch: (request) => exchange(request, { ca, minVersion: "TLSv1.3" }), close: () => {} };
    },
  };
}

/**
 * One request on a connection of its own: a kept one that the server has closed meanwhile fails the next request, and a
 * request that brings message 2 counts each time it is repeated. The reader bounds the reply's length.
 */
async function exchange(request: Request, tls: https.RequestOptions): Promise<Response> {
  const { method, signal } = request;
  const body = request.body === null ? undefined : await request.bytes();
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const headers = Object.fromEntries(request.headers);
  const options = { ...tls, agent: false, method, headers, signal, timeout: SILENCE_MS };
  const sent = https.request(request.url, options, (incoming) => {
    const received = new Headers();
    for (const [name, value] of Object.entries(incoming.headers)) received.set(name, String(value));
    const content = ReadableStream.from<Uint8Array>(incoming);
    resolve(new Response(content, { status: incoming.statusCode ?? 500, headers: received }));
  });
  sent.on("timeout", () => sent.destroy(new Error(`nothing came for ${SILENCE_MS / 1000} s`)));
  sent.on("error", reject);
  sent.end(body);
  return await promise;
}
