/**
 * Reads the fields of a form or a query: each name once, each value checked before anything acts on it. Knows no form.
 *
 * @module
 */

import { Malformed } from "../../bootloader/wire/mod.ts";
import type { TextName } from "./words.ts";

const FORM_TYPE = /^application\/x-www-form-urlencoded(?:;|$)/i;
const VALUE_MOST = 200;

/** A person filled a field of a form in otherwise than it takes: what it takes is said on the page, in its language. */
export class Mistake extends Malformed {
  constructor(
    /** Its name in the form. */
    readonly input: string,
    /** What it takes. */
    readonly takes: { readonly text: TextName; readonly parts?: Readonly<Record<string, number>> },
  ) {
    super(`Cannot read the form: "${input}" takes something else`, { structure: "form", field: input });
  }
}

/** The fields of one form or query. */
export class Fields {
  readonly #values: ReadonlyMap<string, string>;

  constructor(pairs: Iterable<readonly [string, string]>) {
    const values = new Map<string, string>();
    for (const [name, value] of pairs) {
      if (values.has(name)) throw wrong("a field stands there twice");
      if (value.length > VALUE_MOST) throw wrong("a field is too long");
      values.set(name, value);
    }
    this.#values = values;
  }

  /** Returns the same with a box ticked: what a preview takes for granted. */
  withTicked(name: string): Fields {
    return new Fields([...[...this.#values].filter(([other]) => other !== name), [name, "yes"]]);
  }

  /** Returns a field's text without spaces at its ends; `otherwise` where it is missing. @throws {Malformed} without one */
  text(name: string, otherwise?: string): string {
    const value = this.#values.get(name)?.trim() ?? otherwise;
    if (value === undefined) throw wrong(`"${name}" is missing`, name);
    return value;
  }

  /** Returns a whole number from `least` to `most`. @throws {Mistake} for anything else */
  whole(name: string, least: number, most: number): number {
    const text = this.text(name, "");
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new Mistake(name, { text: "takesWhole", parts: { least, most } });
  }

  /** Whether a box was ticked. */
  ticked(name: string): boolean {
    return this.#values.get(name) === "yes";
  }

  /** Returns so many bytes in hexadecimal digits, in lower case. @throws {Malformed} for anything else */
  hex(name: string, bytes: number): string {
    const text = this.text(name).toLowerCase();
    if (text.length === bytes * 2 && /^[0-9a-f]+$/.test(text)) return text;
    throw wrong(`"${name}" must be ${bytes * 2} hexadecimal digits`, name);
  }

  /** Returns the first second of a day, `2026-12-04` in UTC. @throws {Mistake} for anything else */
  day(name: string): number {
    const text = this.text(name, "");
    const atMs = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
    // A 30th of February is taken for a day of March otherwise.
    const isDay = Number.isFinite(atMs) && atMs >= 0 && new Date(atMs).toISOString().startsWith(text);
    if (isDay) return atMs / 1000;
    throw new Mistake(name, { text: "takesDay" });
  }
}

/** Returns the fields of a form's body. @throws {Malformed} where it is no form */
export function readFields(bytes: Uint8Array, contentType: string | undefined): Fields {
  if (!FORM_TYPE.test(contentType ?? "")) throw wrong("it is no form");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw wrong("it is not UTF-8");
  }
  return new Fields(new URLSearchParams(text));
}

/** Returns the fields of a query. */
export function readQuery(url: string): Fields {
  return new Fields(new URL(url).searchParams);
}

function wrong(problem: string, field?: string): Malformed {
  const place = { structure: "form", ...(field === undefined ? {} : { field }) };
  return new Malformed(`Cannot read the form: ${problem}`, place);
}
