/**
 * Boards that are put into stations of the model: each is a file `*.board` that appears in a folder. A board is taken
 * once; a file that goes away and comes back is put in again.
 *
 * @module
 */
import { Fault } from "../../bootloader/wire/mod.ts";
import type { AgentPorts } from "./ports.ts";

/** How often a station looks at the folder, in milliseconds: a hand needs longer. */
const LOOK_MS = 250;
/** What one station saw, another one takes for this long, in milliseconds: with many of them most looks are spared. */
const SEEN_MS = 125;

const NEVER = new AbortController().signal;

/** The feed's clock. */
type FeedPorts = Pick<AgentPorts, "nowMs" | "pause">;

/** The boards of one folder, for all stations that share it. */
export class BoardFeed {
  readonly #folder: string;
  readonly #ports: FeedPorts;
  readonly #taken = new Set<string>();
  #tick: Promise<void> | null = null;
  #seen: { readonly names: readonly string[]; readonly atMs: number } | null = null;

  constructor(folder: string, ports: FeedPorts) {
    this.#folder = folder;
    this.#ports = ports;
  }

  /** Returns the path of the next board, in order of names; null when `signal` is aborted first. */
  async take(signal: AbortSignal): Promise<string | null> {
    while (!signal.aborted) {
      const names = this.#look();
      for (const name of this.#taken) if (!names.includes(name)) this.#taken.delete(name);
      const next = names.find((name) => !this.#taken.has(name));
      if (next !== undefined) {
        this.#taken.add(next);
        return `${this.#folder}/${next}`;
      }
      // One timer for all stations that wait: it outlives an end of waiting by its own length at most.
      this.#tick ??= this.#ports.pause(LOOK_MS, NEVER).finally(() => this.#tick = null);
      await this.#tick;
    }
    return null;
  }

  /** Waits until the board with this path is taken out, or `signal`. */
  async gone(path: string, signal: AbortSignal): Promise<void> {
    const name = path.slice(this.#folder.length + 1);
    while (!signal.aborted && this.#mayHave(name)) await this.#ports.pause(LOOK_MS, signal);
  }

  /** Looks once, anew. @throws {Fault} when the folder cannot be read */
  check(): void {
    this.#seen = null;
    this.#look();
  }

  /** Puts a board back that was taken: it comes again as if it had just been put in. */
  putBack(path: string): void {
    this.#taken.delete(path.slice(this.#folder.length + 1));
  }

  /** A board in a folder that cannot be read was not seen to go: whoever waits for the next one tells why. */
  #mayHave(name: string): boolean {
    try {
      return this.#look().includes(name);
    } catch {
      return true;
    }
  }

  #look(): readonly string[] {
    const atMs = this.#ports.nowMs();
    // A clock that was put back makes nothing last.
    if (this.#seen !== null && Math.abs(atMs - this.#seen.atMs) < SEEN_MS) return this.#seen.names;
    this.#seen = null;
    try {
      const entries = [...Deno.readDirSync(this.#folder)];
      const boards = entries.filter(({ name, isFile }) => isFile && name.endsWith(".board"));
      const names = boards.map(({ name }) => name).sort();
      this.#seen = { names, atMs };
      return names;
    } catch (cause) {
      throw new Fault(`Cannot look for boards in "${this.#folder}": check the folder and its rights`, {
        place: "disk",
        retry: false,
        cause,
      });
    }
  }
}
