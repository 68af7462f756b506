/**
 * The hands at the stations of a kept demo: boards are put in, pulled out and put back, and a finished one is taken out when a
 * person had time to read what the operator's page says of it. A board is a file; out of the stations it lies in the drawer.
 *
 * @module
 */

/** How long a finished board stays in its station, in milliseconds. */
const READ_MS = 6000;
/** After how long a board that was pulled out is put in again, in milliseconds. */
const PULLED_MS = 2000;

/** What the hands work with. */
export interface BenchParts {
  /** Where boards are within the stations' reach. */
  readonly boards: string;
  /** Where boards lie that were taken out. */
  readonly drawer: string;
  readonly stations: number;
  /** Puts a blank board within reach; returns its number. */
  readonly insertBoard: () => number;
}

/** The stations as hands see them. */
export class Bench {
  readonly #parts: BenchParts;
  /** Names of boards whose delivery has ended and that are in their stations still. */
  readonly #finished = new Set<string>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

  /** Puts away what lies in the stations: they are empty when a person begins. */
  constructor(parts: BenchParts) {
    this.#parts = parts;
    Deno.mkdirSync(parts.drawer);
    for (const name of this.#names()) this.#takeOut(name);
  }

  /** Whether no station has a place for a further board that is to be made. */
  get full(): boolean {
    return this.#names().filter((name) => !this.#finished.has(name)).length >= this.#parts.stations;
  }

  /** Puts in a blank board; returns its number. Whatever is finished is taken out first. */
  putIn(): number {
    for (const name of this.#finished) this.#takeOut(name);
    return this.#parts.insertBoard();
  }

  /** A station has begun with a board, or will again by itself: it is not finished. */
  begun(path: string): void {
    this.#finished.delete(nameOf(path));
  }

  /** A station has ended with a board. */
  ended(path: string): void {
    const name = nameOf(path);
    this.#finished.add(name);
    this.#later(READ_MS, () => {
      if (this.#finished.has(name)) this.#takeOut(name);
    });
  }

  /** Pulls a board out of its station and puts it in again soon; false when it is out already. */
  pull(path: string): boolean {
    const name = nameOf(path);
    if (!this.#takeOut(name)) return false;
    this.#later(PULLED_MS, () => void move(`${this.#parts.drawer}/${name}`, path));
    return true;
  }

  /** The hands rest: nothing is moved any more. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #names(): readonly string[] {
    const entries = [...Deno.readDirSync(this.#parts.boards)];
    return entries.map(({ name }) => name).filter((name) => name.endsWith(".board"));
  }

  #takeOut(name: string): boolean {
    this.#finished.delete(name);
    return move(`${this.#parts.boards}/${name}`, `${this.#parts.drawer}/${name}`);
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }
}

/** Returns a board's name. */
export function nameOf(path: string): string {
  return path.replace(/^.*\//, "");
}

/** Moves a board; false when somebody else has moved it just before. */
function move(from: string, to: string): boolean {
  try {
    Deno.renameSync(from, to);
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return false;
  }
}
