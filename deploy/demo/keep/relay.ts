/**
 * The network between appliance and authority, as a cable that can be pulled: a TCP relay on loopback that sees nothing but
 * bytes (the channel is TLS).
 *
 * @module
 */
import { connect, createServer, type Server, type Socket } from "node:net";

/** Leads one port of this machine to another one, until it is pulled. */
export class Relay {
  readonly #port: number;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;

  private constructor(port: number, target: number) {
    this.#port = port;
    this.#target = target;
  }

  /** Listens on `port` of loopback. Rejects when somebody else does. */
  static async open(port: number, target: number): Promise<Relay> {
    const relay = new Relay(port, target);
    await relay.plug();
    return relay;
  }

  get plugged(): boolean {
    return this.#server !== null;
  }

  /** Connects both sides; does nothing when they are. */
  async plug(): Promise<void> {
    if (this.#server !== null) return;
    const server = createServer((near) => this.#join(near));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#server = server;
  }

  /** Cuts every connection; from now on the port refuses new ones. */
  async pull(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(near: Socket): void {
    const far = connect(this.#target, "127.0.0.1");
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      this.#sockets.add(socket);
      // Each end's failure reaches the other end as its close; there is nobody else to tell.
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
