/**
 * What the owner's side is given of the world: disk, network, clock, randomness. The composition root makes them; every
 * test can make its own.
 *
 * @module
 */
import type { Fetch } from "../api/mod.ts";
import type { Random } from "../../bootloader/suite/mod.ts";

/** The owner's disk. Paths are the caller's. Every method throws Fault (place "disk") when the disk fails. */
export interface OwnerFiles {
  /** Returns the content, or undefined when there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Replaces the whole file or nothing, durably, readable and writable by its owner only (mode 0600). */
  writeSecretly(path: string, content: Uint8Array): Promise<void>;
  /** Replaces the whole file or nothing, durably; others may read it. */
  writeOpenly(path: string, content: Uint8Array): Promise<void>;
  /** Tells whether group or others may read the file; false where the system has no such rights. */
  isOpenToOthers(path: string): Promise<boolean>;
  /** Removes the file if it is there. */
  remove(path: string): Promise<void>;
}

/** The world of the owner's commands. */
export interface OwnerWorld {
  readonly files: OwnerFiles;
  /** Leads to an HTTPS client that trusts this certificate authority (PEM) and no other. */
  readonly connect: (caCertificate: string) => Fetch;
  readonly random: Random;
  readonly nowMs: () => number;
  /** Resolves after so many milliseconds. */
  readonly wait: (ms: number) => Promise<void>;
}
