/**
 * The two ways to the authority: before enrolment nothing vouches for the channel (what comes is checked against the
 * code), afterwards HTTPS under the enrolled certificate authority. Replies are signed besides (PROTOCOL section 12).
 *
 * @module
 */
import { Buffer } from "node:buffer";
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
  /** Returns an HTTPS client for servers under this certificate authority (PEM); `close` ends its connections. */
  trusting(caCertificate: string): { readonly fetch: Fetch; readonly close: () => void };
}

/** The network of this machine. */
export function systemNetwork(): Network {
  return {
    blind: blindFetch,
    trusting(caCertificate) {
      // No connection is kept: one that the server has closed meanwhile fails the next request, and a request that
      // brings message 2 counts each time it is repeated.
      const client = Deno.createHttpClient({ caCerts: [caCertificate], poolMaxIdlePerHost: 0 });
      return { fetch: (request) => fetchUnlessSilent(request, client), close: () => client.close() };
    },
  };
}

/** Fetches; a connection that falls silent, before the reply or within it, fails like a network that is away. */
async function fetchUnlessSilent(request: Request, client: Deno.HttpClient): Promise<Response> {
  const silence = new AbortController();
  const giveUp = () =>
    silence.abort(new DOMException(`nothing came for ${SILENCE_MS / 1000} s`, "TimeoutError"));
  let timer = setTimeout(giveUp, SILENCE_MS);
  const signal = AbortSignal.any([request.signal, silence.signal]);
  try {
    const response = await fetch(new Request(request, { signal }), { client });
    const { status, headers, body } = response;
    if (body === null) clearTimeout(timer);
    return body === null ? response : new Response(ReadableStream.from(heard(body)), { status, headers });
  } catch (error) {
    clearTimeout(timer);
    throw error;
  }

  async function* heard(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const part of body) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, SILENCE_MS);
        yield part;
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

/** One GET without certificate check. Bound: 1 MiB of reply, then the connection is cut. */
function blindFetch(request: Request): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const options = { method: request.method, rejectUnauthorized: false, signal: request.signal };
  const outgoing = https.request(request.url, options, (incoming) => {
    const parts: Uint8Array[] = [];
    let size = 0;
    incoming.on("data", (part: Uint8Array) => {
      size += part.length;
      if (size > 1_048_576) outgoing.destroy(new RangeError("the reply is longer than 1 MiB"));
      else parts.push(part);
    });
    incoming.on("end", () => {
      const body = Uint8Array.from(Buffer.concat(parts));
      resolve(new Response(body, { status: incoming.statusCode ?? 500 }));
    });
    incoming.on("error", reject);
  });
  outgoing.on("error", reject);
  outgoing.end();
  return promise;
}
