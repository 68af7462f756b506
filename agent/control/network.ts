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
/** How long a connection is kept for the next request, in milliseconds: shorter than servers and boxes on the way keep one. */
const KEPT_MS = 2_000;

/** HTTPS clients of one kind of server. */
export interface Trusting {
  /** For requests that may be repeated: on a connection that is kept, if there is one. */
  readonly fetch: Fetch;
  /** On a connection of its own. */
  readonly fetchAlone: Fetch;
  /** Ends the connections that are kept. */
  readonly close: () => void;
}

/** How the agent reaches the authority; handed in. */
export interface Network {
  /** An HTTPS client that checks no certificate: for `GET /v1/trust` alone. */
  readonly blind: Fetch;
  /** Returns HTTPS clients for servers under this certificate authority (PEM) and no other. */
  trusting(caCertificate: string): Trusting;
}

/** The network of this machine. */
export function systemNetwork(): Network {
  return {
    blind: (request) => exchange(request, { rejectUnauthorized: false }),
    trusting(ca) {
      // `caCerts` of Deno.createHttpClient are added to the machine's own store: any public certificate authority could
      // stand in between then. node:https takes `ca` in place of the store.
      const tls = { ca, minVersion: "TLSv1.3" } as const;
      const kept = new https.Agent({ ...tls, keepAlive: true, timeout: KEPT_MS });
      return {
        fetch: (request) => exchange(request, tls, kept),
        fetchAlone: (request) => exchange(request, tls),
        close: () => kept.destroy(),
      };
    },
  };
}

/**
 * One request, by default on a connection of its own: a kept one may end while the request is on its way, and nobody here
 * knows whether it arrived. Such a request is repeated on a new connection, so none goes by a kept one that counts each time
 * (P-29). While no connection stands, nothing of the request has left, so that another one costs nothing; what may have left
 * on a new connection is not repeated here.
 */
async function exchange(
  request: Request,
  tls: https.RequestOptions,
  kept: https.Agent | false = false,
): Promise<Response> {
  const body = request.body === null ? undefined : await request.bytes();
  for (let tries = 1;; tries++) {
    try {
      return await exchangeOnce(request, body, { ...tls, agent: tries === 1 ? kept : false });
    } catch (error) {
      const isFree = error instanceof NoConnection && tries < CONNECT_TRIES && !request.signal.aborted;
      if (!isFree) throw error instanceof NoConnection ? error.cause : error;
    }
  }
}

/** No connection came to stand, and nothing of the request has left; or a kept one ended before anything came. */
class NoConnection extends Error {}

/** The reader bounds the reply's length. */
async function exchangeOnce(
  request: Request,
  body: Uint8Array | undefined,
  way: https.RequestOptions,
): Promise<Response> {
  const { method, signal } = request;
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const headers = Object.fromEntries(request.headers);
  const options = { ...way, method, headers, signal, timeout: SILENCE_MS };
  const sent = https.request(request.url, options, (incoming) => {
    const received = new Headers();
    for (const [name, value] of Object.entries(incoming.headers)) received.set(name, String(value));
    const content = ReadableStream.from<Uint8Array>(incoming);
    resolve(new Response(content, { status: incoming.statusCode ?? 500, headers: received }));
  });
  // Of a kept connection that says nothing, as of a new one, it is not known that the request did not arrive.
  let mayRepeat = true;
  const slow = () => sent.destroy(new Error(`no connection came to stand within ${CONNECT_MS / 1000} s`));
  const limit = setTimeout(slow, CONNECT_MS);
  sent.on("socket", (socket) => {
    // The runtime repeats by itself what a kept connection has lost, even what was given up meanwhile.
    sent.reusedSocket = false;
    const stands = () => clearTimeout(limit);
    if (!socket.connecting) return stands();
    socket.once("secureConnect", () => {
      mayRepeat = false;
      stands();
    });
  });
  sent.on("timeout", () => {
    mayRepeat = false;
    sent.destroy(new Error(`nothing came for ${SILENCE_MS / 1000} s`));
  });
  sent.on("error", (cause) => {
    clearTimeout(limit);
    reject(mayRepeat ? new NoConnection("Cannot connect", { cause }) : cause);
  });
  sent.end(body);
  return await promise;
}
