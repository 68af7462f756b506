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
/** How long a connection may take to stand, its TLS handshake included, in milliseconds, and how many are tried. */
const CONNECT_MS = 5_000;
const CONNECT_TRIES = 3;

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
 * request that brings message 2 counts each time it is repeated. While no connection stands, nothing of the request has
 * left, so that another connection costs nothing (P-29); what may have left is not repeated here.
 */
async function exchange(request: Request, tls: https.RequestOptions): Promise<Response> {
  const body = request.body === null ? undefined : await request.bytes();
  for (let tries = 1;; tries++) {
    try {
      return await exchangeOnce(request, body, tls);
    } catch (error) {
      const isFree = error instanceof NotConnected && tries < CONNECT_TRIES && !request.signal.aborted;
      if (!isFree) throw error instanceof NotConnected ? error.cause : error;
    }
  }
}

/** No connection came to stand: nothing of the request has left. */
class NotConnected extends Error {}

/** The reader bounds the reply's length. */
async function exchangeOnce(
  request: Request,
  body: Uint8Array | undefined,
  tls: https.RequestOptions,
): Promise<Response> {
  const { method, signal } = request;
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const headers = Object.fromEntries(request.headers);
  const options = { ...tls, agent: false, method, headers, signal, timeout: SILENCE_MS };
  const sent = https.request(request.url, options, (incoming) => {
    const received = new Headers();
    for (const [name, value] of Object.entries(incoming.headers)) received.set(name, String(value));
    const content = ReadableStream.from<Uint8Array>(incoming);
    resolve(new Response(content, { status: incoming.statusCode ?? 500, headers: received }));
  });
  let isConnected = false;
  const slow = () => sent.destroy(new Error(`no connection came to stand within ${CONNECT_MS / 1000} s`));
  const limit = setTimeout(slow, CONNECT_MS);
  sent.on("socket", (socket) => {
    socket.once("secureConnect", () => {
      isConnected = true;
      clearTimeout(limit);
    });
  });
  sent.on("timeout", () => sent.destroy(new Error(`nothing came for ${SILENCE_MS / 1000} s`)));
  sent.on("error", (cause) => {
    clearTimeout(limit);
    reject(isConnected ? cause : new NotConnected("Cannot connect", { cause }));
  });
  sent.end(body);
  return await promise;
}
