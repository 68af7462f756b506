/**
 * The authority's driver for the machine it runs on: files, clock, randomness. The only file of
 * the authority that touches `Deno.*`.
 *
 * @module
 */

// This file is the edge: what it reaches directly is what it hands in to everybody else.

import { Fault } from "../../bootloader/wire/mod.ts";
import { listenHttps, type Listening, type ListenOptions } from "./https.ts";

/** What the authority needs of its machine. */
export interface Host {
  readonly nowMs: () => number;
  readonly random: (n: number) => Uint8Array;
  readonly files: Files;
  readonly listen: (options: ListenOptions) => Promise<Listening>;
}

/** The few file operations that the authority does. */
export interface Files {
  /** Makes a folder that only its owner may enter. @throws {Fault} when it is there already. */
  readonly makeNewFolder: (path: string) => Promise<void>;
  /** Writes a new file, durably; `secret` ones can be read by their owner only. @throws {Fault} when it is there. */
  readonly writeNew: (path: string, text: string, options: { readonly secret: boolean }) => Promise<void>;
  readonly readText: (path: string) => Promise<string>;
  /** Returns a file's bytes. @throws {Fault} when there is none, or when it is longer than `most` bytes. */
  readonly readBytes: (path: string, most: number) => Promise<Uint8Array>;
  /** Writes a file as a whole, durably, over one that `mayReplace` knows by its first 16 bytes. @throws {Fault} else. */
  readonly replace: (
    path: string,
    bytes: Uint8Array,
    mayReplace: (start: Uint8Array) => boolean,
  ) => Promise<void>;
  /** Whether group or others may read the file; false where the system has no such rights. */
  readonly isOpenToOthers: (path: string) => Promise<boolean>;
}

/** Returns the driver for this machine. */
export function createHost(): Host {
  return {
    nowMs: () => Date.now(),
    random: (n) => crypto.getRandomValues(new Uint8Array(n)),
    files: { makeNewFolder, writeNew, readText, readBytes, replace, isOpenToOthers },
    listen: listenHttps,
  };
}

async function makeNewFolder(path: string): Promise<void> {
  await onDisk(`Cannot make the folder "${path}"`, () => Deno.mkdir(path, { mode: 0o700 }));
}

async function writeNew(path: string, text: string, options: { readonly secret: boolean }): Promise<void> {
  await onDisk(`Cannot write "${path}"`, async () => {
    const mode = options.secret ? 0o600 : 0o644;
    using file = await Deno.open(path, { write: true, createNew: true, mode });
    const bytes = new TextEncoder().encode(text);
    for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
    await file.sync();
  });
}

async function readText(path: string): Promise<string> {
  return await onDisk(`Cannot read "${path}"`, () => Deno.readTextFile(path));
}

async function readBytes(path: string, most: number): Promise<Uint8Array> {
  return await onDisk(`Cannot read "${path}"`, async () => {
    const { size } = await Deno.stat(path);
    if (size > most) throw new RangeError(`it is longer than ${most} bytes`);
    return await Deno.readFile(path);
  });
}

async function replace(
  path: string,
  bytes: Uint8Array,
  mayReplace: (start: Uint8Array) => boolean,
): Promise<void> {
  await onDisk(`Cannot write "${path}"`, async () => {
    const there = await startOf(path);
    if (there !== null && there.length > 0 && !mayReplace(there)) throw new Deno.errors.AlreadyExists();
    const draft = `${path}.part`;
    await Deno.remove(draft).catch(() => {});
    {
      using file = await Deno.open(draft, { write: true, createNew: true, mode: 0o644 });
      for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
      await file.sync();
    }
    await Deno.rename(draft, path);
  });
}

async function startOf(path: string): Promise<Uint8Array | null> {
  try {
    using file = await Deno.open(path, { read: true });
    const start = new Uint8Array(16);
    return start.subarray(0, await file.read(start) ?? 0);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function isOpenToOthers(path: string): Promise<boolean> {
  const { mode } = await onDisk(`Cannot read "${path}"`, () => Deno.stat(path));
  return mode !== null && (mode & 0o077) !== 0;
}

async function onDisk<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    const says = cause instanceof Deno.errors.AlreadyExists
      ? "it is there already, and nothing is overwritten"
      : cause instanceof Deno.errors.NotFound
      ? "there is no such file or folder"
      : cause instanceof Error
      ? cause.message
      : "the disk failed";
    throw new Fault(`${what}: ${says}`, { place: "disk", retry: false, cause });
  }
}
