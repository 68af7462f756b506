/**
 * The authority's driver for the machine it runs on: files, clock, randomness. The only file of
 * the authority that touches `Deno.*`.
 *
 * @module
 */

// This file is the edge: what it reaches directly is what it hands in to everybody else.

import { Fault } from "../../bootloader/wire/mod.ts";
import { machineFacts } from "../../figures/host/mod.ts";
import { type FiguresOptions, listenFigures } from "./figures.ts";
import { listenHttps, type Listening, type ListenOptions } from "./https.ts";

/** What the authority needs of its machine. */
export interface Host {
  readonly nowMs: () => number;
  readonly random: (n: number) => Uint8Array;
  readonly files: Files;
  readonly listen: (options: ListenOptions) => Promise<Listening>;
  /** Tells the figures over plain HTTP. @throws {Fault} when the address is taken. */
  readonly listenFigures: (
    options: FiguresOptions,
  ) => Promise<{ readonly url: string; readonly stop: () => Promise<void> }>;
  /** Disk of a path, memory and processor time of this process. */
  readonly machineFacts: typeof machineFacts;
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
  /** Returns a file's bytes. @throws {Fault} when there is none, or when it is longer than `most` bytes. */
  readonly readBytes: (path: string, most: number) => Promise<Uint8Array>;
  /** Writes a file as a whole, durably, over one that `mayReplace` knows by its first 16 bytes. @throws {Fault} else. */
  readonly writeOver: (
    path: string,
    bytes: Uint8Array,
    mayReplace: (start: Uint8Array) => boolean,
  ) => Promise<void>;
  /** Whether group or others may read the file; false where the system has no such rights. */
  readonly isOpenToOthers: (path: string) => Promise<boolean>;
  /** Whether there is a file or folder of this name. */
  readonly exists: (path: string) => Promise<boolean>;
  /** The names in a folder. */
  readonly list: (folder: string) => Promise<readonly string[]>;
  /** Copies a file to a name that is new, durably, readable by its owner only. @throws {Fault} when it is there. */
  readonly copyNew: (from: string, to: string) => Promise<void>;
  /** Gives a file another name in its folder, durably, in one step. */
  readonly move: (from: string, to: string) => Promise<void>;
  /** Removes a file; none is no error. */
  readonly remove: (path: string) => Promise<void>;
  /** Makes what is in a file durable, and its name in its folder. */
  readonly sync: (path: string) => Promise<void>;
  /** Takes a lock on a file until it is closed or this process ends; undefined: another process has it. */
  readonly hold: (path: string, how: "shared" | "alone") => Promise<Held | undefined>;
}

/** A lock that is held. */
export interface Held {
  readonly letGo: () => void;
}

const COPY_BYTES = 1_048_576;

/** Returns the driver for this machine. */
export function createHost(): Host {
  return {
    nowMs: () => Date.now(),
    random: (n) => crypto.getRandomValues(new Uint8Array(n)),
    files: {
      makeNewFolder,
      writeNew,
      replace,
      writeOver,
      readText,
      readBytes,
      isOpenToOthers,
      exists,
      list,
      copyNew,
      move,
      remove,
      sync,
      hold,
    },
    listen: listenHttps,
    listenFigures,
    machineFacts,
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

async function readBytes(path: string, most: number): Promise<Uint8Array> {
  return await onDisk(`Cannot read "${path}"`, async () => {
    const { size } = await Deno.stat(path);
    if (size > most) throw new RangeError(`it is longer than ${most} bytes`);
    return await Deno.readFile(path);
  });
}

async function writeOver(
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

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return false;
    return await onDisk(`Cannot look at "${path}"`, () => Promise.reject(cause));
  }
}

async function list(folder: string): Promise<readonly string[]> {
  return await onDisk(`Cannot look into "${folder}"`, async () => {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  });
}

async function copyNew(from: string, to: string): Promise<void> {
  await onDisk(`Cannot copy "${from}"`, async () => {
    using source = await Deno.open(from, { read: true });
    using file = await Deno.open(to, { write: true, createNew: true, mode: 0o600 });
    const part = new Uint8Array(COPY_BYTES);
    for (let read = await source.read(part); read !== null; read = await source.read(part)) {
      for (let written = 0; written < read;) written += await file.write(part.subarray(written, read));
    }
    await file.sync();
  });
  await syncFolderOf(to);
}

async function move(from: string, to: string): Promise<void> {
  await onDisk(`Cannot rename "${from}"`, () => Deno.rename(from, to));
  await syncFolderOf(to);
}

async function remove(path: string): Promise<void> {
  if (await exists(path)) await onDisk(`Cannot remove "${path}"`, () => Deno.remove(path));
}

async function sync(path: string): Promise<void> {
  await onDisk(`Cannot write "${path}"`, async () => {
    using file = await Deno.open(path, { read: true, write: true });
    await file.sync();
  });
  await syncFolderOf(path);
}

async function syncFolderOf(path: string): Promise<void> {
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) || "/" : ".";
  await onDisk(`Cannot write the folder "${folder}"`, async () => {
    using file = await Deno.open(folder, { read: true });
    await file.sync();
  });
}

async function hold(path: string, how: "shared" | "alone"): Promise<Held | undefined> {
  return await onDisk(`Cannot lock "${path}"`, async () => {
    const file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
    if (await file.tryLock(how === "alone")) return { letGo: () => file.close() };
    file.close();
    return undefined;
  });
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
