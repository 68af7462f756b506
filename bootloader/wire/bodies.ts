/**
 * The short structures that PROTOCOL.md gives in a sentence instead of a table: small frame bodies and the clear content
 * of transport messages. Knows no keys.
 * @module
 */
import type { LeaseId, OwnerId, ProductId, ReleaseId } from "./ids.ts";
import { ID_BYTES } from "./ids.ts";
import { LABELS } from "./labels.ts";
import type { Decoded } from "./layout.ts";
import { bytes, id, Layout, reserved, tag, u16, u32, u8 } from "./layout.ts";

/** The version of the protocol that this code speaks. */
export const PROTOCOL_VERSION = 1;
/** Bytes of an authentication tag. */
export const TAG_BYTES = 16;
/** Bytes of a signature. */
export const SIGNATURE_BYTES = 64;
/** Clear bytes of one chunk of an image (PROTOCOL section 7). */
export const CHUNK_BYTES = 512;
/** Bytes of an inner chunk: the chunk and its tag (P-31). */
export const INNER_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;
/** The most bytes that a personal region may have (P-17). */
export const PERSONAL_BYTES_MAX = 768;
/** Bytes of Noise message 1 (P-25). */
export const MESSAGE1_BYTES = 80;
/** Bytes of Noise message 2 without the personal region: ephemeral, three keys, tag (P-27). */
export const MESSAGE2_BYTES_MIN = 32 + 96 + TAG_BYTES;
/** The most bytes that Noise message 2 may have (P-27). */
export const MESSAGE2_BYTES_MAX = 1024;

/** Body of HELLO. */
export const helloLayout = new Layout("HELLO", { version: u8 });
/** Body of WORKING: milliseconds that the work may take. */
export const workingLayout = new Layout("WORKING", { milliseconds: u16 });
/** Body of STATUS. */
export const statusLayout = new Layout("STATUS", { code: u8 });

/** Clear content of NEXT (P-30). */
export const nextLayout = new Layout("NEXT", { index: u16, outstanding: u16 });
/** The chunk that a target asks for, and how many are outstanding with it. */
export type Next = Decoded<typeof nextLayout>;

/** Clear content of CHUNK (P-31). */
export const chunkLayout = new Layout("CHUNK", { index: u32, inner: bytes(INNER_CHUNK_BYTES) });

/** Associated data of an inner chunk (P-31). */
export const chunkDataLayout = new Layout("chunk associated data", {
  label: tag(LABELS.chunk),
  release: id<ReleaseId>(ID_BYTES.release),
  index: u32,
  count: u32,
  length: u32,
});

/** Clear content of RECEIPT: what the receipt says, and its MAC (PROTOCOL section 9). */
export const receiptReportLayout = new Layout("RECEIPT", {
  digest: bytes(32),
  personalHash: bytes(32),
  lock: u8,
  entropy: u8,
  outcome: u8,
  reserved: reserved(1),
  mac: bytes(32),
});
/** What a target says it installed, as it travels. */
export type ReceiptReport = Decoded<typeof receiptReportLayout>;

/** Prologue of a wrapping (P-51). */
export const wrapPrologueLayout = new Layout("wrap prologue", {
  label: tag(LABELS.wrap),
  purpose: u8,
  owner: id<OwnerId>(ID_BYTES.owner),
  product: id<ProductId>(ID_BYTES.product),
  release: id<ReleaseId>(ID_BYTES.release),
});

/** Prologue of a wrapping to a vault: it also names the lease (P-51, purpose 2). */
export const leaseWrapPrologueLayout = new Layout("lease wrap prologue", {
  ...wrapPrologueLayout.shape,
  lease: id<LeaseId>(ID_BYTES.lease),
});

/** Clear content of a wrapped release key (P-51). */
export const wrapPayloadLayout = new Layout("wrapped release key", {
  releaseKey: bytes(32),
  salt: bytes(32),
});
