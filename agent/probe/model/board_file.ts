/**
 * A board of the model as a file (D§8): written as each flash operation completes, so that it outlives the agent.
 * Knows files; what the bytes mean is the model's.
 *
 * @module
 */
import type { BoardStore } from "../../../bootloader/mcu/mod.ts";
import { Fault } from "../../../bootloader/wire/mod.ts";

/** The store of one board file. */
export class BoardFile implements BoardStore {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #inode: number | null;

  /** Opens an existing board, or with `create` a new one. @throws {Fault} naming the file */
  constructor(path: string, options: { readonly create: boolean }) {
    this.#path = path;
    try {
      this.#file = Deno.openSync(path, { read: true, write: true, createNew: options.create });
      this.#inode = this.#file.statSync().ino;
    } catch (cause) {
      const doing = options.create ? "make" : "open";
      throw new Fault(`Cannot ${doing} the board "${path}": check the path and its rights`, {
        place: "probe",
        retry: false,
        cause,
      });
    }
  }

  load(): Uint8Array | null {
    const bytes = Deno.readFileSync(this.#path);
    return bytes.length === 0 ? null : bytes;
  }

  /**
   * Writes through to the file. It survives the end of this process at once, and a power cut of this machine after
   * `sync`: some 3,000 synchronised writes per delivery would cost seconds and protect nothing but a model.
   */
  write(offset: number, bytes: Uint8Array): void {
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
  }

  /** Whether the file has been taken away from where it was opened: the board was pulled out of its station. */
  isGone(): boolean {
    try {
      return Deno.statSync(this.#path).ino !== this.#inode;
    } catch {
      // Whatever keeps it from being found: there is no board in the station.
      return true;
    }
  }

  /** Waits until everything written is on the disk. */
  sync(): void {
    this.#file.syncDataSync();
  }

  close(): void {
    this.#file.close();
  }
}
