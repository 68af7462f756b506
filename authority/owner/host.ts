/**
 * The owner's driver for the machine it runs on: disk, HTTPS, clock, randomness. The only file of the owner's side that
 * touches `Deno.*`; it decides nothing.
 *
 * @module
 */
import { Fault } from "../../bootloader/wire/mod.ts";
import { type Carrier, carrierUnder } from "./_https.ts";
import type { OwnerWorld } from "./ports.ts";

/** Readable and writable by the owner of the file only. */
const SECRET_MODE = 0o600;
/** For files that go to somebody else's machine on a stick. */
const OPEN_MODE = 0o644;

/** The world of this machine; `close` ends its connections. */
export interface OwnerHost extends OwnerWorld {
  readonly close: () => void;
}

/** Returns the world of this machine. */
export function createOwnerHost(): OwnerHost {
  const carriers: Carrier[] = [];
  return {
    files: { read, writeSecretly, writeOpenly, remove, isOpenToOthers },
    connect: (caCertificate) => {
      const carrier = carrierUnder(caCertificate);
      carriers.push(carrier);
      return carrier.fetch;
    },
    close: () => carriers.splice(0).forEach((carrier) => carrier.close()),
    random: (n) => crypto.getRandomValues(new Uint8Array(n)),
    nowMs: () => Date.now(),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}

async function read(path: string): Promise<Uint8Array | undefined> {
  return await onDisk(`read "${path}"`, async () => {
    try {
      return await Deno.readFile(path);
    } catch (error) {
      // Absence is an answer here, not a failure.
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  });
}

async function writeSecretly(path: string, content: Uint8Array): Promise<void> {
  await replace(path, content, SECRET_MODE);
}

async function writeOpenly(path: string, content: Uint8Array): Promise<void> {
  await replace(path, content, OPEN_MODE);
}

/** Writes beside the old file, makes that durable, and only then takes its name: a power cut leaves old or new. */
async function replace(path: string, content: Uint8Array, mode: number): Promise<void> {
  await onDisk(`write "${path}"`, async () => {
    const beside = `${path}.new`;
    // A leftover of an earlier cut might have other rights: it goes first, and the new one must not exist.
    await removeIfThere(beside);
    {
      using file = await Deno.open(beside, { write: true, createNew: true, mode });
      for (let written = 0; written < content.length;) written += await file.write(content.subarray(written));
      await file.sync();
    }
    await Deno.rename(beside, path);
    await syncFolder(path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : ".");
  });
}

async function syncFolder(folder: string): Promise<void> {
  try {
    using handle = await Deno.open(folder, { read: true });
    await handle.sync();
  } catch {
    // Where folders cannot be opened, the rename is as durable as the file system makes it: content is never half.
  }
}

async function remove(path: string): Promise<void> {
  await onDisk(`remove "${path}"`, () => removeIfThere(path));
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function isOpenToOthers(path: string): Promise<boolean> {
  const { mode } = await onDisk(`read "${path}"`, () => Deno.stat(path));
  return mode !== null && (mode & 0o077) !== 0;
}

async function onDisk<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "the disk failed";
    throw new Fault(`Cannot ${what}: ${why}`, { place: "disk", retry: false, cause });
  }
}
