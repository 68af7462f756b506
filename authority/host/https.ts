/**
 * An HTTPS socket that speaks TLS 1.3 and nothing older, as a `fetch` server. It stands on `node:https` because
 * `Deno.serve` cannot refuse TLS 1.2. Knows no route.
 *
 * @module
 */

import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Fault } from "../../bootloader/wire/mod.ts";
import { sendReply } from "./reply.ts";

/** Where and how to listen. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** PEM. */
  readonly certificate: string;
  /** PEM; PKCS #8. */
  readonly key: string;
  /** `peer`: the caller's address. */
  readonly fetch: (request: Request, peer?: string) => Promise<Response>;
  /** How long a connection may say nothing, in milliseconds; 30,000 by default. */
  readonly idleMs?: number;
}

/** An open socket. */
export interface Listening {
  readonly host: string;
  /** The port that was taken. */
  readonly port: number;
  /** Shows another certificate (PEM) for the same key from the next connection on; open ones go on. */
  readonly show: (certificate: string) => void;
  /** Ends after the requests that are under way, at most 5 s later. */
  readonly stop: () => Promise<void>;
}

// A client that sends its request this slowly is not one of ours.
const REQUEST_TIMEOUT_MS = 60_000;
const HEADERS_TIMEOUT_MS = 15_000;
const STOP_MS = 5_000;
const IDLE_MS = 30_000;
// Strangers may open connections: beyond this many they are closed at once, so that files and memory remain for others.
const CONNECTIONS_MOST = 1_024;

/** Listens. @throws {Fault} when the address is taken or the certificate cannot be used. */
export async function listenHttps(options: ListenOptions): Promise<Listening> {
  const { host, port } = options;
  try {
    const context = { cert: options.certificate, key: options.key, minVersion: "TLSv1.3" as const };
    const server = createServer({
      ...context,
      handshakeTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
    }, (incoming, outgoing) => {
      answer(options.fetch, incoming, outgoing).catch(() => {
        // The peer went away, or a body could not be read to its end: cut off, it is not taken for a whole one.
        outgoing.destroy();
      });
    });
    server.maxConnections = CONNECTIONS_MOST;
    // The timeouts above are looked at while bytes come: a connection that says nothing at all is ended here.
    for (const event of ["connection", "secureConnection"]) {
      server.on(event, (socket: Socket) => {
        socket.setTimeout(options.idleMs ?? IDLE_MS, () => socket.destroy());
      });
    }
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    });
    const address = server.address() as AddressInfo;
    return {
      host: address.address,
      port: address.port,
      show: (certificate) => server.setSecureContext({ ...context, cert: certificate }),
      stop: () => stop(server),
    };
  } catch (cause) {
    const says = cause instanceof Error ? cause.message : "the network failed";
    throw new Fault(`Cannot listen on ${host} port ${port}: ${says}`, {
      place: "network",
      retry: true,
      cause,
    });
  }
}

async function answer(
  fetch: ListenOptions["fetch"],
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const request = requestOf(incoming);
  const response = request === undefined
    ? new Response(null, { status: 400 })
    : await fetch(request, incoming.socket.remoteAddress);
  // A body that was refused unread would be taken for the next request: such a connection ends with its reply.
  const last = incoming.complete ? {} : { connection: "close" };
  // A body that was not read yet is thrown away, or its sender would wait for us as we for it.
  incoming.resume();
  await sendReply(response, outgoing, { ...Object.fromEntries(response.headers), ...last });
}

/** Returns the request as `fetch` knows it; undefined when host and path make no URL, or `fetch` knows no such method. */
function requestOf(incoming: IncomingMessage): Request | undefined {
  const headers = new Headers();
  const raw = incoming.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    headers.append(raw[index] ?? "", raw[index + 1] ?? "");
  }
  const url = `https://${incoming.headers.host ?? ""}${incoming.url ?? ""}`;
  const method = incoming.method ?? "GET";
  if (!URL.canParse(url) || !(incoming.url ?? "").startsWith("/") || method === "TRACE") return undefined;
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers });
  return new Request(url, { method, headers, body: ReadableStream.from(incoming) });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), STOP_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
