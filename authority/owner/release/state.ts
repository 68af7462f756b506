/**
 * What the owner's machine remembers of an upload that has begun, so that it is resumed and never encrypted again
 * (P-32). Everything in it is public or encrypted: no key, no clear byte, and no plain hash of the file, which would
 * let a reader test guesses. Knows no disk.
 *
 * @module
 */
import * as v from "valibot";
import { readWith, type ReleaseRequest, releaseRequest } from "../../api/mod.ts";
import { equalInConstantTime, mac32, Secret } from "../../../bootloader/suite/mod.ts";
import { concat, LABELS, Malformed } from "../../../bootloader/wire/mod.ts";

/** Keeps the state of one upload. `save` is durable before it returns and replaces the whole or nothing. */
export interface UploadStore {
  load(): Promise<Uint8Array | undefined>;
  save(state: Uint8Array): Promise<void>;
  remove(): Promise<void>;
}

/** An upload that has begun. */
export interface UploadState {
  /** The authority that it goes to: its root public key, 32 bytes in hex. */
  readonly root: string;
  /** Repeats the creation of the release without acting twice: 16 bytes in hex. */
  readonly idempotencyKey: string;
  /** Salt and tag by which the same input is known again: 32 bytes in hex each. */
  readonly salt: string;
  readonly tag: string;
  readonly request: ReleaseRequest;
  readonly content: Uint8Array;
}

const hex = (bytes: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`)));

const schema = v.strictObject({
  flashsealUpload: v.literal(1),
  root: hex(32),
  idempotencyKey: hex(16),
  salt: hex(32),
  tag: hex(32),
  request: releaseRequest,
  content: v.pipe(v.string(), v.base64()),
});

/** Returns the state as it is kept: one JSON text. */
export function writeState(state: UploadState): Uint8Array {
  const { content, ...rest } = state;
  return new TextEncoder().encode(
    JSON.stringify({ flashsealUpload: 1, ...rest, content: content.toBase64() }),
  );
}

/** Returns the state that was kept. @throws {Malformed} when it is none, with what to do. */
export function readState(bytes: Uint8Array): UploadState {
  const { flashsealUpload: _, content, ...rest } = readWith(schema, jsonOf(bytes), "the upload state");
  return { ...rest, content: Uint8Array.fromBase64(content) };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Malformed("Cannot read the upload state: it is damaged; start again with --restart", {
      structure: "upload state",
    });
  }
}

/** Returns the tag of an upload's input: a MAC under a salt that only the state holds. */
export function tagOf(salt: Uint8Array, file: Uint8Array, choices: string): Uint8Array {
  const key = new Secret(salt.slice());
  const said = new TextEncoder().encode(choices);
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, said.length, true);
  return mac32(key, concat(LABELS.upload, size, said, file));
}

/** Tells whether the state is of this input. */
export function isStateOf(state: UploadState, file: Uint8Array, choices: string): boolean {
  return equalInConstantTime(
    tagOf(Uint8Array.fromHex(state.salt), file, choices),
    Uint8Array.fromHex(state.tag),
  );
}
