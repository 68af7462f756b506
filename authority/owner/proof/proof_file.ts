/**
 * Takes a proof out of the file that a person has: the bytes themselves, the same as hexadecimal text, or a device
 * record as `device show --json` prints it. Knows where records keep their proofs; checks nothing.
 *
 * @module
 */
import { concat, Malformed } from "../../../bootloader/wire/mod.ts";

/** The proofs that a device record holds. */
export type ProofKind = "certificate" | "ticket" | "receipt";

/** Proofs end far below this. */
const FILE_BYTES_MAX = 1_048_576;

/** The bytes of a proof: `statement` is there for receipts only. */
export interface ProofBytes {
  readonly bytes: Uint8Array;
  readonly statement?: Uint8Array;
}

/** Returns the bytes of the proof in a file. A receipt in one piece is record ‖ countersignature. @throws {Malformed} */
export function proofBytes(kind: ProofKind, file: Uint8Array): ProofBytes {
  if (file.length === 0 || file.length > FILE_BYTES_MAX) {
    throw new Malformed(`Cannot read the ${kind}: the file has ${file.length} bytes`, { structure: kind });
  }
  const text = new TextDecoder("latin1").decode(file).trim();
  if (text.startsWith("{")) return fromRecord(kind, readJson(file, "the device record"));
  const bytes = /^[0-9a-fA-F\s]+$/.test(text) ? hexBytes(kind, text.replace(/\s/g, "")) : file;
  if (kind !== "receipt") return { bytes };
  return { bytes: bytes.subarray(0, -STATEMENT_BYTES), statement: bytes.subarray(-STATEMENT_BYTES) };
}

const STATEMENT_BYTES = 144;

function fromRecord(kind: ProofKind, record: unknown): ProofBytes {
  const root = member(record, "device") === undefined ? undefined : record;
  if (kind === "certificate") return { bytes: certificateOf(root) };
  if (kind === "receipt") {
    const receipt = member(root, "receipt");
    return { bytes: hexMember(kind, receipt, "record"), statement: hexMember(kind, receipt, "statement") };
  }
  const tickets = member(root, "tickets");
  return { bytes: hexMember(kind, Array.isArray(tickets) ? tickets.at(-1) : undefined, "ticket") };
}

/** One made offline comes with the delegation that the record keeps beside it (P-56). */
function certificateOf(root: unknown): Uint8Array {
  const certificate = hexMember("certificate", root, "certificate");
  const uses = member(root, "offline");
  const use = (Array.isArray(uses) ? uses as unknown[] : []).find((one) =>
    member(one, "certificate") === member(root, "certificate")
  );
  return use === undefined ? certificate : concat(certificate, hexMember("certificate", use, "delegation"));
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function hexMember(kind: ProofKind, value: unknown, name: string): Uint8Array {
  const text = member(value, name);
  if (typeof text === "string") return hexBytes(kind, text);
  throw new Malformed(`Cannot read the ${kind}: the record holds none`, { structure: kind });
}

function hexBytes(kind: ProofKind, text: string): Uint8Array {
  if (/^(?:[0-9a-fA-F]{2})+$/.test(text)) return Uint8Array.fromHex(text);
  throw new Malformed(`Cannot read the ${kind}: it is not whole bytes in hexadecimal digits`, {
    structure: kind,
  });
}

/** Returns what a JSON file says. @throws {Malformed} when it is not JSON. */
export function readJson(file: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(file));
  } catch {
    throw new Malformed(`Cannot read ${what}: it is not JSON`, { structure: what });
  }
}
