/**
 * The owner's list of denied chips as it was last heard of, with the statement that vouches for it (P-74). A list takes
 * another's place only when its number is higher. Decides nothing.
 *
 * @module
 */
import type { Recorder } from "./_recorder.ts";
import { integer } from "./rows.ts";

/** A list that was checked. */
export interface DenialList {
  /** Rises with every change of the list. */
  readonly number: number;
  /** 144 bytes: the log key's statement. */
  readonly statement: Uint8Array;
  readonly chips: readonly { readonly family: number; readonly uid: string }[];
}

/** The denied chips. */
export class DenialBook {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** Returns the number of the list that is held; 0: none. */
  number(): number {
    return integer(this.#recorder.database.prepare("SELECT number FROM denial_list").get(), "number");
  }

  /** Tells whether the owner has denied a chip, as far as is known here. */
  has(chip: { readonly family: number; readonly uid: string }): boolean {
    const sql = "SELECT 1 AS found FROM denials WHERE family = ? AND uid = ?";
    return this.#recorder.database.prepare(sql).get(chip.family, chip.uid) !== undefined;
  }

  /** Takes a newer list in place of the one that is held; an older one, or the same, changes nothing. */
  store({ number, statement, chips }: DenialList): boolean {
    if (number <= this.number()) return false;
    const { database } = this.#recorder;
    this.#recorder.change(
      "denied chips",
      { number, chips: chips.length, statement: statement.toHex() },
      () => {
        database.prepare("DELETE FROM denials").run();
        const insert = database.prepare("INSERT INTO denials VALUES (?, ?)");
        for (const { family, uid } of chips) insert.run(family, uid);
        database.prepare("UPDATE denial_list SET number = ?, statement = ?").run(number, statement);
      },
    );
    return true;
  }
}
