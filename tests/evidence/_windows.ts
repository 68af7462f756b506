/**
 * Looks for 16-byte windows of what must not be seen, in any bytes: raw, as hexadecimal text, as base64 text. Knows
 * needles and places; knows nothing of Flashseal.
 *
 * @module
 */

export const WINDOW = 16;
/** Windows of an image count from this many distinct byte values on: less says nothing. */
const DISTINCT_LEAST = 8;

/** Somewhere to look. */
export interface Place {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A window that was found where it must not be. */
export interface Found {
  readonly needle: string;
  readonly place: string;
  readonly form: "raw" | "hex" | "base64";
  readonly window: string;
}

/** A set of windows, by their 16 bytes. */
export class Windows {
  /** First four bytes as a number to the windows that begin so: a quick no for nearly every position. */
  readonly #byStart = new Map<number, { readonly needle: string; readonly bytes: Uint8Array }[]>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Adds every window of a key: any 16 bytes of it. */
  addKey(needle: string, key: Uint8Array): void {
    for (const bytes of windowsOf(key)) this.#add(needle, bytes);
  }

  /** Adds the windows of content that have at least 8 distinct bytes and do not lie in `known`. */
  addContent(needle: string, content: Uint8Array, known: Windows = new Windows()): void {
    for (const bytes of windowsOf(content)) {
      if (new Set(bytes).size >= DISTINCT_LEAST && !known.has(bytes)) this.#add(needle, bytes);
    }
  }

  has(window: Uint8Array): boolean {
    return this.#at(window, 0) !== undefined;
  }

  /** Returns what is found in the places, one for each needle, place and form. */
  find(places: readonly Place[]): readonly Found[] {
    const found = new Map<string, Found>();
    for (const place of places) {
      for (const { form, bytes } of viewsOf(place.bytes)) {
        for (let at = 0; at + WINDOW <= bytes.length; at++) {
          const needle = this.#at(bytes, at);
          if (needle === undefined) continue;
          const key = `${needle} ${place.name} ${form}`;
          const window = bytes.slice(at, at + WINDOW).toHex();
          if (!found.has(key)) found.set(key, { needle, place: place.name, form, window });
        }
      }
    }
    return [...found.values()];
  }

  #add(needle: string, bytes: Uint8Array): void {
    if (this.has(bytes)) return;
    const start = startOf(bytes, 0);
    const same = this.#byStart.get(start) ?? [];
    same.push({ needle, bytes: bytes.slice() });
    this.#byStart.set(start, same);
    this.#count += 1;
  }

  #at(bytes: Uint8Array, at: number): string | undefined {
    const same = this.#byStart.get(startOf(bytes, at));
    return same?.find((candidate) => candidate.bytes.every((byte, i) => byte === bytes[at + i]))?.needle;
  }
}

/** Every run of 16 bytes. */
export function* windowsOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at + WINDOW <= bytes.length; at++) yield bytes.subarray(at, at + WINDOW);
}

function startOf(bytes: Uint8Array, at: number): number {
  return bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
}

/** The bytes themselves, and whatever text in them could be decoded to: hexadecimal at both parities, base64 at all four. */
function* viewsOf(
  bytes: Uint8Array,
): Generator<{ readonly form: Found["form"]; readonly bytes: Uint8Array }> {
  yield { form: "raw", bytes };
  const text = new TextDecoder("latin1").decode(bytes);
  for (const [run] of text.matchAll(/[0-9a-fA-F]{32,}/g)) {
    for (const skip of [0, 1]) {
      const digits = run.slice(skip);
      yield { form: "hex", bytes: Uint8Array.fromHex(digits.slice(0, digits.length & ~1)) };
    }
  }
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{22,}/g)) {
    const standard = run.replaceAll("-", "+").replaceAll("_", "/");
    for (const skip of [0, 1, 2, 3]) {
      const whole = standard.slice(skip);
      const rest = whole.slice(whole.length & ~3);
      // A tail of two or three letters holds one or two bytes more; their last bits are cut off.
      const tail = rest.length < 2 ? "" : `${rest}${"A".repeat(4 - rest.length)}`;
      const decoded = Uint8Array.fromBase64(whole.slice(0, whole.length & ~3) + tail);
      yield { form: "base64", bytes: decoded };
    }
  }
}
