/**
 * Reads Intel HEX (Intel's Hexadecimal Object File Format Specification, revision A, 1988): record types 00 to
 * 05. Knows lines and addresses; knows nothing of chips. Messages name line and address and never show the data.
 *
 * Own code, since nrf-intel-hex prints the record (firmware bytes) in its errors, makes addresses from
 * 0x80000000 negative, refuses blank lines, and counts records instead of lines. It is the tests' second reader
 * and writer.
 *
 * @module
 */
import { malformed } from "./_malformed.ts";
import { ADDRESS_LIMIT, type FileContent, hexAddress, type Piece, sortPieces } from "./pieces.ts";

const DATA = 0x00;
const END_OF_FILE = 0x01;
const EXTENDED_SEGMENT_ADDRESS = 0x02;
const START_SEGMENT_ADDRESS = 0x03;
const EXTENDED_LINEAR_ADDRESS = 0x04;
const START_LINEAR_ADDRESS = 0x05;

/** Name and data length of each record type; the length of a data record is free. */
const RECORDS: Readonly<Record<number, { readonly name: string; readonly length?: number }>> = {
  [DATA]: { name: "data" },
  [END_OF_FILE]: { name: "end of file", length: 0 },
  [EXTENDED_SEGMENT_ADDRESS]: { name: "extended segment address", length: 2 },
  [START_SEGMENT_ADDRESS]: { name: "start segment address", length: 4 },
  [EXTENDED_LINEAR_ADDRESS]: { name: "extended linear address", length: 2 },
  [START_LINEAR_ADDRESS]: { name: "start linear address", length: 4 },
};

const SEGMENT_BYTES = 0x1_0000;

interface HexRecord {
  readonly type: number;
  readonly offset: number;
  readonly data: Uint8Array;
}

/** What the records so far have set up. */
interface Reading {
  readonly what: string;
  readonly pieces: Piece[];
  readonly entries: number[];
  base: number;
  /** After record type 02 addresses wrap within 64 KiB; after type 04, and before either, they do not. */
  segmented: boolean;
  endedAt: number | undefined;
}

/**
 * Returns what an Intel HEX file holds.
 *
 * @param what the file as messages name it, e.g. `firmware file "app.hex"`
 * @throws {Malformed} naming the line, and the address where one is known
 */
export function parseIntelHex(what: string, file: Uint8Array): FileContent {
  const reading: Reading = { what, pieces: [], entries: [], base: 0, segmented: false, endedAt: undefined };
  // Latin-1 maps each byte to one character, so that columns in messages are right for any content.
  const lines = new TextDecoder("latin1").decode(file).split(/\r\n|\n|\r/);
  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    const record = text.trim();
    if (record === "") continue;
    if (reading.endedAt !== undefined) {
      refuse(reading, line, `there is more after the end-of-file record of line ${reading.endedAt}`);
    }
    takeRecord(reading, line, record);
  }
  if (reading.endedAt === undefined) {
    refuse(reading, lines.length, "the end-of-file record (:00000001FF) is missing: the file was cut short");
  }
  return { format: "intel-hex", pieces: sortPieces(what, reading.pieces), entries: reading.entries };
}

function takeRecord(reading: Reading, line: number, text: string): void {
  const { type, offset, data } = decodeRecord(reading, line, text);
  switch (type) {
    case DATA:
      takeData(reading, line, offset, data);
      return;
    case END_OF_FILE:
      reading.endedAt = line;
      return;
    case EXTENDED_SEGMENT_ADDRESS:
      reading.base = readBigEndian(data) * 16;
      reading.segmented = true;
      return;
    case EXTENDED_LINEAR_ADDRESS:
      reading.base = readBigEndian(data) * SEGMENT_BYTES;
      reading.segmented = false;
      return;
    case START_SEGMENT_ADDRESS:
      reading.entries.push(readBigEndian(data.subarray(0, 2)) * 16 + readBigEndian(data.subarray(2)));
      return;
    case START_LINEAR_ADDRESS:
      reading.entries.push(readBigEndian(data));
      return;
  }
}

function decodeRecord(reading: Reading, line: number, text: string): HexRecord {
  if (text[0] !== ":") refuse(reading, line, "the record does not begin with a colon");
  const stray = text.slice(1).search(/[^0-9A-Fa-f]/);
  if (stray >= 0) refuse(reading, line, `column ${stray + 2} is not a hexadecimal digit`);
  if (text.length % 2 === 0) refuse(reading, line, "the record has an odd number of digits");
  const bytes = Uint8Array.fromHex(text.slice(1));
  if (bytes.length < 5) refuse(reading, line, `the record has ${bytes.length} bytes, the shortest has 5`);
  const type = bytes[3]!;
  const offset = bytes[1]! * 256 + bytes[2]!;
  const data = bytes.subarray(4, -1);
  const place = type === DATA ? placeOf(reading, offset) : undefined;
  if (data.length !== bytes[0]) {
    refuse(reading, line, `the record says ${bytes[0]} data bytes and holds ${data.length}`, place);
  }
  checkSum(reading, line, bytes, place);
  const known = RECORDS[type];
  if (known === undefined) {
    refuse(reading, line, `record type ${twoDigits(type)} is unknown: types 00 to 05 can be read`);
  }
  if (known.length !== undefined && data.length !== known.length) {
    const kind = `record type ${twoDigits(type)} (${known.name})`;
    refuse(reading, line, `${kind} must hold ${known.length} data bytes and holds ${data.length}`);
  }
  return { type, offset, data };
}

/** All bytes of a record, the checksum included, add up to 0 modulo 256. */
function checkSum(reading: Reading, line: number, bytes: Uint8Array, place: string | undefined): void {
  const sum = bytes.subarray(0, -1).reduce((total, byte) => total + byte, 0);
  const wanted = -sum & 0xff;
  const found = bytes[bytes.length - 1]!;
  if (found === wanted) return;
  refuse(
    reading,
    line,
    `the checksum is 0x${twoDigits(found)} and should be 0x${
      twoDigits(wanted)
    }: the file was damaged, build or copy it again`,
    place,
  );
}

function takeData(reading: Reading, line: number, offset: number, data: Uint8Array): void {
  const where = `line ${line}`;
  if (!reading.segmented) {
    const address = reading.base + offset;
    if (address + data.length > ADDRESS_LIMIT) {
      refuse(reading, line, "the data runs past the last 32-bit address", hexAddress(address));
    }
    reading.pieces.push({ address, bytes: data, where });
    return;
  }
  // In segment mode the offset of each byte is taken modulo 64 KiB: what runs over goes on at the segment's start.
  const fits = Math.min(data.length, SEGMENT_BYTES - offset);
  reading.pieces.push({ address: reading.base + offset, bytes: data.subarray(0, fits), where });
  reading.pieces.push({ address: reading.base, bytes: data.subarray(fits), where });
}

function placeOf(reading: Reading, offset: number): string {
  return hexAddress(Math.min(reading.base + offset, ADDRESS_LIMIT - 1));
}

function readBigEndian(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

function twoDigits(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, "0");
}

function refuse(reading: Reading, line: number, problem: string, address?: string): never {
  const where = address === undefined ? `line ${line}` : `line ${line} (address ${address})`;
  throw malformed(reading.what, problem, where);
}
