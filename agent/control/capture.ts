/**
 * Captures of what passed on the wires, one set of files per delivery (D§12): raw bytes in order, no headers.
 * `NN-UID-debug-{tx,rx}.bin`, `NN-UID-link-{tx,rx}.bin`, `NN-UID-firmware.bin`. For demonstrations and audits: nothing
 * in them gives the firmware away, and that is what they are for.
 *
 * @module
 */
import { concat, Fault } from "../../bootloader/wire/mod.ts";
import type { CaptureSink } from "../delivery/mod.ts";

/** What the files are called after number and UID. */
const STREAMS = ["debug-tx", "debug-rx", "link-tx", "link-rx", "firmware"] as const;
type Stream = (typeof STREAMS)[number];

/** Makes the captures of one run of the agent; deliveries are numbered from 01. */
export interface Capture {
  begin(): CaptureSink;
}

/** Where captures go; handed in so that tests need no disk. */
export interface CapturePorts {
  readonly makeFolder: (path: string) => void;
  /** Writes a whole file, replacing one of that name. */
  readonly writeFile: (path: string, bytes: Uint8Array) => void;
}

/** Captures to the disk of this machine. */
export const diskCapture: CapturePorts = {
  makeFolder: (path) => Deno.mkdirSync(path, { recursive: true }),
  writeFile: (path, bytes) => Deno.writeFileSync(path, bytes),
};

/** Returns captures into `folder`, which is made when missing. @throws {Fault} when it cannot be made */
export function createCapture(folder: string, ports: CapturePorts = diskCapture): Capture {
  guarded(folder, () => ports.makeFolder(folder));
  let count = 0;
  return {
    begin() {
      const number = String(++count).padStart(2, "0");
      return new FileCapture((uid, stream, bytes) => {
        const path = `${folder}/${number}-${uid}-${stream}.bin`;
        guarded(path, () => ports.writeFile(path, bytes));
      });
    },
  };
}

class FileCapture implements CaptureSink {
  readonly #write: (uid: string, stream: Stream, bytes: Uint8Array) => void;
  readonly #parts: Record<Stream, Uint8Array[]> = {
    "debug-tx": [],
    "debug-rx": [],
    "link-tx": [],
    "link-rx": [],
    "firmware": [],
  };
  /** A chip that was never identified has no UID: its files say so. */
  #uid = "unknown";

  constructor(write: (uid: string, stream: Stream, bytes: Uint8Array) => void) {
    this.#write = write;
  }

  debug(direction: "tx" | "rx", bytes: Uint8Array): void {
    this.#parts[`debug-${direction}`].push(bytes.slice());
  }

  link(direction: "tx" | "rx", bytes: Uint8Array): void {
    this.#parts[`link-${direction}`].push(bytes.slice());
  }

  firmware(bytes: Uint8Array): void {
    this.#parts.firmware.push(bytes.slice());
  }

  identify(uid: string): void {
    this.#uid = uid;
  }

  close(): void {
    for (const stream of STREAMS) this.#write(this.#uid, stream, concat(...this.#parts[stream]));
  }
}

function guarded(path: string, act: () => void): void {
  try {
    act();
  } catch (cause) {
    throw new Fault(`Cannot write the capture "${path}": check the folder, its rights and free space`, {
      place: "disk",
      retry: false,
      cause,
    });
  }
}
