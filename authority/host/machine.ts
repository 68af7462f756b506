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
  /** Calls `act` again and again, every `ms` milliseconds, until the returned function is called. */
  readonly every: (ms: number, act: () => void) => () => void;
}

/** The few file operations that the authority does. */
export interface Files {
  /** Makes a folder that only its owner may enter. @throws {Fault} when it is there already. */
  readonly makeNewFolder: (path: string) => Promise<void>;
  /** Writes a new file, durably; `secret` ones can be read by their owner only. @throws {Fault} when it is there. */
  readonly writeNew: (path: string, text: string, options: { readonly secret: boolean }) => Promise<void>;
  /** Replaces a file as a whole, durably: a crash leaves the old one or the new one. */
  readonly replace: (path: string, text: string) => Promise<void>;
  readonly readText: (path: string) => Promise<string>;
  /** Whether group or others may read the file; false where the system has no such rights. */
  readonly isOpenToOthers: (path: string) => Promise<boolean>;
}

/** Returns the driver for this machine. */
export function createHost(): Host {
  return {
    nowMs: () => Date.now(),
    random: (n) => crypto.getRandomValues(new Uint8Array(n)),
    files: { makeNewFolder, writeNew, replace, readText, isOpenToOthers },
    listen: listenHttps,
    every,
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

async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.part`;
  await Deno.remove(draft).catch(() => {});
  await writeNew(draft, text, { secret: false });
  await onDisk(`Cannot write "${path}"`, async () => {
    await Deno.rename(draft, path);
    using folder = await Deno.open(path.replace(/[^/]*$/, "") || ".", { read: true });
    await folder.sync();
  });
}

function every(ms: number, act: () => void): () => void {
  const timer = setInterval(act, ms);
  // A server that has stopped is not kept alive by it.
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
}

async function readText(path: string): Promise<string> {
  return await onDisk(`Cannot read "${path}"`, () => Deno.readTextFile(path));
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
