/**
 * sd_notify(3): one datagram to the socket that systemd names in NOTIFY_SOCKET. It goes through libc, since Deno's own datagram
 * sockets of this kind need `--unstable-net` and know no abstract names (measured with 2.9.6). Linux only: nobody else sets
 * NOTIFY_SOCKET.
 *
 * @module
 */
import { Fault } from "../../bootloader/wire/mod.ts";

/** Sends lines such as `READY=1`. @throws {Fault} when the socket takes none. */
export type Notify = (...lines: readonly string[]) => void;

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0x80000;
/** Neither wait for a full socket nor die of a closed one. */
const MSG_DONTWAIT_NOSIGNAL = 0x4040;
/** Of `sun_path`. */
const PATH_MOST = 108;

const symbols = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/** Returns the way to the service manager that `address` (NOTIFY_SOCKET) names; null when there is none. */
export function openNotify(address: string | undefined): Notify | null {
  if (address === undefined || address === "") return null;
  const name = socketAddressOf(address);
  return (...lines) => {
    const message = new TextEncoder().encode(lines.join("\n"));
    // Opened for each message: a few a minute, and nothing to keep or to lose between them.
    const libc = Deno.dlopen("libc.so.6", symbols);
    try {
      const { socket, sendto, close } = libc.symbols;
      const file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      if (file < 0) throw unsent(address, "no socket could be opened");
      const sent = sendto(file, message, BigInt(message.length), MSG_DONTWAIT_NOSIGNAL, name, name.length);
      close(file);
      if (Number(sent) !== message.length) throw unsent(address, "nobody takes it");
    } finally {
      libc.close();
    }
  };
}

/** `struct sockaddr_un`: a path ends in a zero byte, an abstract name (`@`) begins with one. */
function socketAddressOf(address: string): Uint8Array<ArrayBuffer> {
  const isAbstract = address.startsWith("@");
  const name = new TextEncoder().encode(isAbstract ? `\0${address.slice(1)}` : `${address}\0`);
  if ((!isAbstract && !address.startsWith("/")) || name.length > PATH_MOST) {
    throw new Fault(`Cannot notify "${address}" (NOTIFY_SOCKET): it is no socket's name`, {
      place: "service manager",
      retry: false,
    });
  }
  const bytes = new Uint8Array(2 + name.length);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(name, 2);
  return bytes;
}

function unsent(address: string, says: string): Fault {
  return new Fault(`Cannot notify "${address}" (NOTIFY_SOCKET): ${says}`, {
    place: "service manager",
    retry: true,
  });
}
