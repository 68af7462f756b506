/**
 * Encrypted releases on the appliance's disk: fetched on first need, kept, and verified by digest each time one is
 * opened, so that a damaged file is fetched again and never sent to a chip. Holds nothing secret: the chunks are
 * encrypted to targets (P-31).
 *
 * @module
 */
import { Fault } from "../../bootloader/wire/mod.ts";
import type { Journal } from "./journal.ts";

/** What is known of a release before it is held. */
export interface ReleaseFacts {
  /** 32 lower-case hex digits. */
  readonly release: string;
  /** Size of the encrypted content. */
  readonly bytes: number;
  /** SHA-256 of the encrypted content, 64 lower-case hex digits. */
  readonly sha256: string;
}

/** The folder of cached releases. */
export class ReleaseStore {
  readonly #folder: string;
  readonly #journal: Journal;

  /** Takes an existing folder and the journal that remembers what lies in it. */
  constructor(folder: string, journal: Journal) {
    this.#folder = folder;
    this.#journal = journal;
  }

  /** Returns the content of a release that is held and whole, else null. @throws Fault when the disk fails */
  async open(facts: ReleaseFacts): Promise<Uint8Array | null> {
    const known = this.#journal.release(facts.release);
    if (known === null || known.sha256 !== facts.sha256) return null;
    try {
      const content = await Deno.readFile(this.#path(facts));
      return await fits(content, facts) ? content : null;
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) return null;
      throw diskFault("read", facts, cause);
    }
  }

  /**
   * Keeps `content`; when it returns the file survives a power cut. Returns false, and keeps nothing, when the
   * content does not fit its digest. @throws Fault when the disk fails
   */
  async keep(facts: ReleaseFacts, content: Uint8Array): Promise<boolean> {
    if (!await fits(content, facts)) return false;
    // Stations may fetch the same release at once: each writes a file of its own, the renames are atomic.
    const draft = `${this.#path(facts)}.${crypto.randomUUID()}.part`;
    try {
      using file = await Deno.open(draft, { write: true, createNew: true, mode: 0o600 });
      await writeAll(file, content);
      await file.syncData();
      await Deno.rename(draft, this.#path(facts));
      using folder = await Deno.open(this.#folder, { read: true });
      await folder.sync();
    } catch (cause) {
      throw diskFault("write", facts, cause);
    }
    this.#journal.storeRelease(facts.release, { sha256: facts.sha256, bytes: facts.bytes });
    return true;
  }

  #path(facts: ReleaseFacts): string {
    return `${this.#folder}/${facts.release}.bin`;
  }
}

async function writeAll(file: Deno.FsFile, content: Uint8Array): Promise<void> {
  for (let at = 0; at < content.length;) at += await file.write(content.subarray(at));
}

async function fits(content: Uint8Array, facts: ReleaseFacts): Promise<boolean> {
  if (content.length !== facts.bytes) return false;
  const digest = await crypto.subtle.digest("SHA-256", Uint8Array.from(content));
  return new Uint8Array(digest).toHex() === facts.sha256;
}

function diskFault(doing: "read" | "write", facts: ReleaseFacts, cause: unknown): Fault {
  const text =
    `Cannot ${doing} the cached release "${facts.release}": check free space and rights of the folder`;
  return new Fault(text, { place: "disk", retry: true, cause });
}
