/**
 * Boards that are put into stations of the model: each is a file `*.board` that appears in a folder. A board is taken
 * once; a file that goes away and comes back is put in again.
 *
 * @module
 */
import { Fault } from "../../bootloader/wire/mod.ts";

/** How often the folder is looked at, in milliseconds. */
const LOOK_MS = 100;

/** The boards of one folder, for all stations that share it. */
export class BoardFeed {
  readonly #folder: string;
  readonly #pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly #taken = new Set<string>();

  constructor(folder: string, pause: (ms: number, signal: AbortSignal) => Promise<void>) {
    this.#folder = folder;
    this.#pause = pause;
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
      await this.#pause(LOOK_MS, signal);
    }
    return null;
  }

  /** Waits until the board with this path is taken out, or `signal`. */
  async gone(path: string, signal: AbortSignal): Promise<void> {
    const name = path.slice(this.#folder.length + 1);
    while (!signal.aborted && this.#mayHave(name)) await this.#pause(LOOK_MS, signal);
  }

  /** Looks once. @throws {Fault} when the folder cannot be read */
  check(): void {
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
    try {
      const entries = [...Deno.readDirSync(this.#folder)];
      return entries.filter(({ name, isFile }) => isFile && name.endsWith(".board")).map(({ name }) => name)
        .sort();
    } catch (cause) {
      throw new Fault(`Cannot look for boards in "${this.#folder}": check the folder and its rights`, {
        place: "disk",
        retry: false,
        cause,
      });
    }
  }
}
