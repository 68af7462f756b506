/**
 * Captures of what passed on the wires, one set of files per delivery that got a ticket (D§12): raw bytes in order, no
 * headers. `NN-UID-debug-{tx,rx}.bin`, `NN-UID-link-{tx,rx}.bin`, `NN-UID-firmware.bin`. For demonstrations and audits:
 * nothing in them gives the firmware away, and that is what they are for. A board that was refused or waited in vain got
 * nothing of the owner's, and no files; numbers go on after those that are in the folder, so that none is overwritten.
 *
 * @module
 */
import { concat, Fault } from "../../bootloader/wire/mod.ts";
import type { CaptureSink } from "../delivery/mod.ts";

/** What the files are called after number and UID. */
const STREAMS = ["debug-tx", "debug-rx", "link-tx", "link-rx", "firmware"] as const;
type Stream = (typeof STREAMS)[number];

/** Makes the captures of one run of the agent; deliveries are numbered from 01, in the order of their tickets. */
export interface Capture {
  begin(): CaptureSink;
}

/** Where captures go; handed in so that tests need no disk. */
export interface CapturePorts {
  readonly makeFolder: (path: string) => void;
  /** Names of what lies in a folder. */
  readonly listFolder: (path: string) => readonly string[];
  /** Writes a whole file, replacing one of that name. */
  readonly writeFile: (path: string, bytes: Uint8Array) => void;
}

/** Captures to the disk of this machine. */
export const diskCapture: CapturePorts = {
  makeFolder: (path) => Deno.mkdirSync(path, { recursive: true }),
  listFolder: (path) => [...Deno.readDirSync(path)].map(({ name }) => name),
  writeFile: (path, bytes) => Deno.writeFileSync(path, bytes),
};

/** The number of a capture's file. */
const NUMBERED = /^(\d{2,})-[0-9a-f]{24}-/;

/** Returns captures into `folder`, which is made when missing. @throws {Fault} when it cannot be made */
export function createCapture(folder: string, ports: CapturePorts = diskCapture): Capture {
  let count = guarded(folder, () => {
    ports.makeFolder(folder);
    return Math.max(0, ...ports.listFolder(folder).map((name) => Number(NUMBERED.exec(name)?.[1] ?? 0)));
  });
  return {
    begin() {
      const nextNumber = () => String(++count).padStart(2, "0");
      return new FileCapture(nextNumber, (number, uid, stream, bytes) => {
        const path = `${folder}/${number}-${uid}-${stream}.bin`;
        guarded(path, () => ports.writeFile(path, bytes));
      });
    },
  };
}

class FileCapture implements CaptureSink {
  readonly #nextNumber: () => string;
  readonly #write: (number: string, uid: string, stream: Stream, bytes: Uint8Array) => void;
  readonly #parts: Record<Stream, Uint8Array[]> = {
    "debug-tx": [],
    "debug-rx": [],
    "link-tx": [],
    "link-rx": [],
    "firmware": [],
  };
  /** Which delivery, and to which chip; null as long as there is no ticket. */
  #delivery: { readonly number: string; readonly uid: string } | null = null;

  constructor(
    nextNumber: () => string,
    write: (number: string, uid: string, stream: Stream, bytes: Uint8Array) => void,
  ) {
    this.#nextNumber = nextNumber;
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

  ticketed(uid: string): void {
    this.#delivery ??= { number: this.#nextNumber(), uid };
  }

  close(): void {
    if (this.#delivery === null) return;
    const { number, uid } = this.#delivery;
    for (const stream of STREAMS) this.#write(number, uid, stream, concat(...this.#parts[stream]));
  }
}

function guarded<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new Fault(`Cannot write the capture "${path}": check the folder, its rights and free space`, {
      place: "disk",
      retry: false,
      cause,
    });
  }
}
