/**
 * Tells what kind of file the owner handed over, by its content: a name's ending may only contradict it. Knows
 * the marks of formats that cannot be read and says so by name. Knows nothing of chips but where a raw file is
 * to lie.
 *
 * @module
 */
import { malformed } from "./_malformed.ts";
import { isElf, parseElf } from "./elf.ts";
import { parseIntelHex } from "./intel_hex.ts";
import type { FileContent } from "./pieces.ts";

/** The largest file that is looked at: executables with debug information stay far below it. */
export const FILE_BYTES_MAX = 64 * 1024 * 1024;

/** Formats that begin with a mark of their own and are not read, each with what to do. */
const FOREIGN: readonly { readonly name: string; readonly mark: RegExp; readonly remedy: string }[] = [
  { name: "Motorola S-records", mark: /^S[0-9][0-9A-Fa-f]{6}/, remedy: "convert it with objcopy -O ihex" },
  { name: "TI-TXT", mark: /^@[0-9A-Fa-f]{4,8}\s/, remedy: "convert it with objcopy -O ihex" },
  { name: "UF2", mark: /^UF2\n/, remedy: "release the ELF or HEX file that it was made from" },
  { name: "DfuSe", mark: /^DfuSe/, remedy: "release the ELF or HEX file that it was made from" },
  { name: "a static library", mark: /^!<arch>\n/, remedy: "link the program before it is released" },
];

/** The same for marks that are no text: the first bytes in hexadecimal. */
const FOREIGN_BYTES: readonly { readonly name: string; readonly first: string; readonly remedy: string }[] = [
  { name: "a ZIP archive", first: "504b0304", remedy: "unpack it first" },
  { name: "a gzip archive", first: "1f8b", remedy: "unpack it first" },
];

/** Endings that promise a format; a file that breaks the promise was damaged or misnamed. */
const PROMISES: readonly { readonly ending: RegExp; readonly format: FileContent["format"] }[] = [
  { ending: /\.(hex|ihex|ihx)$/i, format: "intel-hex" },
  { ending: /\.(elf|axf|out)$/i, format: "elf" },
];

/**
 * Returns the content of a firmware file: Intel HEX, ELF, or else raw bytes from `rawAddress` on. No raw image
 * of a Cortex-M can be mistaken for the other two: their first bytes would be an odd stack pointer.
 *
 * @param name the file's name, for messages and as a promise of its format
 * @throws {Malformed}
 */
export function readContent(name: string, file: Uint8Array, rawAddress: number): FileContent {
  const what = nameOf(name);
  if (file.length === 0) throw malformed(what, "the file is empty");
  if (file.length > FILE_BYTES_MAX) {
    throw malformed(what, `it has ${file.length} bytes, at most ${FILE_BYTES_MAX} are looked at`);
  }
  const format = formatOf(what, file);
  const promise = PROMISES.find(({ ending }) => ending.test(name))?.format;
  if (promise !== undefined && promise !== format) {
    const saw = format === "raw" ? "neither Intel HEX nor ELF" : formatNames[format];
    throw malformed(
      what,
      `its name promises ${
        formatNames[promise]
      } and its content is ${saw}: build or copy it again, or rename it`,
    );
  }
  if (format === "intel-hex") return parseIntelHex(what, file);
  if (format === "elf") return parseElf(what, file);
  return {
    format,
    pieces: [{ address: rawAddress, bytes: file, where: "the file" }],
    entries: [],
  };
}

/** Formats as people call them. */
const formatNames: Readonly<Record<FileContent["format"], string>> = {
  "intel-hex": "Intel HEX",
  elf: "ELF",
  raw: "raw binary",
};

/** Returns the file as messages name it. */
export function nameOf(name: string): string {
  return `firmware file "${name}"`;
}

function formatOf(what: string, file: Uint8Array): FileContent["format"] {
  if (isElf(file)) return "elf";
  const start = new TextDecoder("latin1").decode(file.subarray(0, 256));
  if (/^\s*:[0-9A-Fa-f]{2}/.test(start)) return "intel-hex";
  const hex = file.subarray(0, 8).toHex();
  const foreign = FOREIGN.find(({ mark }) => mark.test(start)) ??
    FOREIGN_BYTES.find(({ first }) => hex.startsWith(first));
  if (foreign !== undefined) throw malformed(what, `it is ${foreign.name}: ${foreign.remedy}`);
  return "raw";
}
