/**
 * A stand-in for the service manager's end of NOTIFY_SOCKET: Deno's own datagram socket in a process of its own (it needs
 * `--unstable-net`). Prints each datagram as one line of JSON.
 *
 * @module
 */
const [path = ""] = Deno.args;
// deno-lint-ignore no-explicit-any
const socket = (Deno as any).listenDatagram({ transport: "unixpacket", path }) as AsyncIterable<[Uint8Array]>;
console.log(JSON.stringify("bound"));
for await (const [bytes] of socket) console.log(JSON.stringify(new TextDecoder().decode(bytes)));
