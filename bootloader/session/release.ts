/**
 * The inner layer of a release: length rule, chunks, digest (PROTOCOL sections 7 and 8, P-31, P-32). Runs on the owner's
 * machine, in rehearsals and in checks; the appliance only carries what comes out. Knows no firmware file formats.
 * @module
 */
import type { Random } from "../suite/mod.ts";
import { hash32, LABELS, native, noiseNonce, Secret } from "../suite/mod.ts";
import type { ReleaseSecrets } from "../ticket/mod.ts";
import type { ReleaseId } from "../wire/mod.ts";
import {
  assert,
  CHUNK_BYTES,
  chunkDataLayout,
  concat,
  INNER_CHUNK_BYTES,
  Malformed,
  PERSONAL_BYTES_MAX,
} from "../wire/mod.ts";

/** The part of an image that differs per device; both numbers are 0 when there is none (P-17). */
export interface PersonalRegion {
  /** Bytes from the start of flash. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** What the image does not have when nothing of it differs per device. */
export const NO_PERSONAL_REGION: PersonalRegion = Object.freeze({ offset: 0, length: 0 });

/** Bytes of the commit word: the first flash word, with stack pointer and reset vector (P-36). */
export const COMMIT_WORD_BYTES = 8;

/**
 * Returns the bytes that chunks cover: up to the image's last byte that is not 0xFF or the end of the personal region,
 * whichever lies further, rounded up to a chunk (PROTOCOL section 7).
 */
export function imageLength(image: Uint8Array, personal: PersonalRegion): number {
  const end = Math.max(image.findLastIndex((byte) => byte !== 0xff) + 1, personal.offset + personal.length);
  return Math.ceil(end / CHUNK_BYTES) * CHUNK_BYTES;
}

/** Returns the digest of a whole flash, personal region read as 0xFF (PROTOCOL section 8). */
export function imageDigest(flash: Uint8Array, personal: PersonalRegion, salt: Secret): Uint8Array {
  const hidden = flash.slice().fill(0xff, personal.offset, personal.offset + personal.length);
  return salt.use((raw) => hash32(LABELS.digest, raw, hidden));
}

/** A release after encryption: everything but `secrets` may be given away. */
export interface EncryptedRelease {
  /** Key and salt, drawn afresh by this run; to be wrapped at once and wiped. */
  readonly secrets: ReleaseSecrets;
  /** Bytes that chunks cover. */
  readonly length: number;
  /** Number of chunks. */
  readonly count: number;
  /** 32 bytes, as the ticket names it. */
  readonly imageDigest: Uint8Array;
  /** All inner chunks in order, 528 bytes each. */
  readonly chunks: Uint8Array;
}

/**
 * Encrypts an image under a key that this call draws (P-32): calling it again gives another key, so an upload is resumed
 * from its result, never by a second call.
 * @throws {Malformed} when the image has no start vector, or its personal region breaks P-17 or is not 0xFF.
 */
export function encryptRelease(input: {
  /** The whole content of flash, gaps and tail 0xFF. */
  readonly image: Uint8Array;
  /** The part that differs per device. */
  readonly personal: PersonalRegion;
  /** The release that the key is bound to. */
  readonly release: ReleaseId;
  /** Source of key and salt. */
  readonly random: Random;
}): EncryptedRelease {
  const { image, personal, release, random } = input;
  checkImage(image, personal);
  const secrets = { releaseKey: Secret.draw(random, 32), salt: Secret.draw(random, 32) };
  const length = imageLength(image, personal);
  const count = length / CHUNK_BYTES;
  const chunks = Array.from({ length: count }, (_, index) => {
    const data = image.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    const ad = chunkDataLayout.encode({ release, index, count, length });
    return secrets.releaseKey.use((key) => native.aeadSeal({ key, nonce: noiseNonce(index), ad, data }));
  });
  const digest = imageDigest(image, personal, secrets.salt);
  return { secrets, length, count, imageDigest: digest, chunks: concat(...chunks) };
}

/** What an inner chunk is bound to (P-31). */
export interface ChunkPlace {
  /** The release. */
  readonly release: ReleaseId;
  /** The chunk's index, from 0. */
  readonly index: number;
  /** Number of chunks. */
  readonly count: number;
  /** Bytes that chunks cover. */
  readonly length: number;
}

/** Returns the 512 clear bytes of an inner chunk, or undefined when it is not authentic at this place (P-31). */
export function decryptChunk(
  inner: Uint8Array,
  place: ChunkPlace,
  releaseKey: Secret,
): Uint8Array | undefined {
  const ad = chunkDataLayout.encode(place);
  return releaseKey.use((key) => native.aeadOpen({ key, nonce: noiseNonce(place.index), ad, data: inner }));
}

/** Where a session takes inner chunks from. */
export interface ChunkSource {
  /** Number of chunks. */
  readonly count: number;
  /** Returns inner chunk `index`, 528 bytes. */
  chunk(index: number): Uint8Array;
}

/** Returns a source over all inner chunks in one buffer, which is not copied. @throws {Malformed} for part of a chunk. */
export function chunkSourceOf(chunks: Uint8Array): ChunkSource {
  if (chunks.length === 0 || chunks.length % INNER_CHUNK_BYTES !== 0) {
    throw new Malformed(
      `Cannot read the encrypted release: ${chunks.length} bytes are not whole chunks of 528`,
      {
        structure: "encrypted release",
      },
    );
  }
  return {
    count: chunks.length / INNER_CHUNK_BYTES,
    chunk(index) {
      assert(index >= 0 && index < this.count, `Cannot give chunk ${index}: there are ${this.count}`);
      return chunks.slice(index * INNER_CHUNK_BYTES, (index + 1) * INNER_CHUNK_BYTES);
    },
  };
}

function checkImage(image: Uint8Array, { offset, length }: PersonalRegion): void {
  const complain = (says: string) =>
    new Malformed(`Cannot encrypt the image: ${says}`, { structure: "image" });
  if (image.length % CHUNK_BYTES !== 0) throw complain(`${image.length} bytes are not whole chunks of 512`);
  // P-36: the commit word is what makes the chip start; P-34: all 0xFF would never be written.
  if (image.subarray(0, COMMIT_WORD_BYTES).every((byte) => byte === 0xff)) {
    throw complain("its first 8 bytes (stack pointer and reset vector) are empty");
  }
  if (length === 0 && offset === 0) return;
  const fits = offset % 8 === 0 && length % 8 === 0 && length > 0 && length <= PERSONAL_BYTES_MAX &&
    offset >= COMMIT_WORD_BYTES && offset + length <= image.length;
  if (!fits) throw complain(`its personal region (${length} bytes at offset ${offset}) breaks P-17`);
  if (image.subarray(offset, offset + length).some((byte) => byte !== 0xff)) {
    throw complain(`its personal region at offset ${offset} is not all 0xFF`);
  }
}
