/**
 * A bad network between a client and a server on this machine: a TCP proxy that delays, throttles, stalls, cuts, resets
 * and repeats bytes, connection by connection, as it is told. It sees nothing but bytes (the channel is TLS).
 *
 * @module
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/** What happens to one connection. Byte counts are per direction; `up` is client to server. */
export interface Weather {
  /** Milliseconds that each piece of bytes is late. */
  readonly delayMs?: number;
  /** Bytes per second in each direction. */
  readonly bytesPerSecond?: number;
  /** What happens once so many bytes have passed in that direction. */
  readonly trouble?: {
    readonly direction: "up" | "down";
    readonly afterBytes: number;
    /** `half-open`: nothing passes any more, and nobody is told. `repeat`: the piece passes twice. */
    readonly kind: "reset" | "close" | "half-open" | "repeat";
  };
}

/** Nobody answers at all, or the connection is refused. */
export type Outage = "refused" | "unanswered";

/** A running proxy. */
export interface Proxy {
  readonly port: number;
  /** From now on each new connection asks this for its weather. */
  change(weather: () => Weather | Outage): void;
  /** Connections that met a trouble or an outage so far. */
  troubled(): number;
  close(): Promise<void>;
}

/** Listens on loopback and leads to `port` there; the weather is fine until it changes. */
export async function startProxy(port: number): Promise<Proxy> {
  const open = new Set<Socket>();
  let weather: () => Weather | Outage = () => ({});
  let troubled = 0;
  const onTrouble = () => void troubled++;
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    // Each end's failure is told to the other end by `close`; there is nothing else to do about it.
    socket.on("error", () => {});
  };
  const server: Server = createServer((client) => {
    keep(client);
    const now = weather();
    if (typeof now === "string") {
      onTrouble();
      // Unanswered: the system's buffer takes the client's bytes, and nobody reads them.
      if (now === "refused") client.resetAndDestroy();
      return;
    }
    const upstream = connect(port, "127.0.0.1");
    keep(upstream);
    const pair = { client, upstream, onTrouble, isDead: false };
    carry(pair, now, "up");
    carry(pair, now, "down");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    change: (next) => void (weather = next),
    troubled: () => troubled,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly onTrouble: () => void;
  /** Half-open: both ends are there, nothing passes. */
  isDead: boolean;
}

/** Carries one direction. One piece at a time: the sender is held while a piece is late, so nothing piles up here. */
function carry(pair: Pair, weather: Weather, direction: "up" | "down"): void {
  const [from, to] = direction === "up" ? [pair.client, pair.upstream] : [pair.upstream, pair.client];
  let passed = 0;
  let last: Promise<void> = Promise.resolve();
  from.on("data", (bytes: Uint8Array) => {
    from.pause();
    last = pass(bytes).then(() => void from.resume());
  });
  from.on("end", () => void last.then(() => pair.isDead || to.end()));
  from.on("close", () => void last.then(() => pair.isDead || to.destroy()));

  async function pass(bytes: Uint8Array): Promise<void> {
    const { delayMs = 0, bytesPerSecond, trouble } = weather;
    const wait = delayMs + (bytesPerSecond === undefined ? 0 : 1000 * bytes.length / bytesPerSecond);
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    if (pair.isDead || to.destroyed) return;
    const left = trouble?.direction === direction ? trouble.afterBytes - passed : Infinity;
    passed += bytes.length;
    // Before the trouble, or after a piece that was repeated.
    if (trouble === undefined || left >= bytes.length || left < 0) return void to.write(bytes);
    pair.onTrouble();
    if (left > 0) to.write(bytes.subarray(0, left));
    if (trouble.kind === "repeat") {
      to.write(bytes.subarray(left));
      to.write(bytes);
    } else if (trouble.kind === "half-open") {
      pair.isDead = true;
    } else {
      // `end` lets what was sent before the cut arrive; a reset lets nothing.
      for (const socket of [to, from]) trouble.kind === "reset" ? socket.resetAndDestroy() : socket.end();
    }
  }
}
