/**
 * Secrets that are derived or wrapped instead of stored (P-50, P-51): a ticket's T, a receipt key, a wrapped release key.
 * Knows nothing of where masters and unwrap keys are kept.
 * @module
 */
import type { AgreementKeyPair, Random } from "../suite/mod.ts";
import { agreementKeyPairOf, derive, LABELS, readN, Secret, writeN } from "../suite/mod.ts";
import type { LeaseId, OwnerId, ProductId, ReleaseId, TicketId } from "../wire/mod.ts";
import {
  concat,
  idBytes,
  leaseWrapPrologueLayout,
  Malformed,
  wrapPayloadLayout,
  wrapPrologueLayout,
} from "../wire/mod.ts";

/** Returns the key pair T of an online ticket (P-50). The caller wipes the private half. */
export function ticketKeyPairT(master: Secret, ticketId: TicketId): AgreementKeyPair {
  return agreementKeyPairOf(derive(master, { label: LABELS.ticketSecret, info: idBytes(ticketId) }));
}

/** Returns the receipt key of one message 2, 32 bytes; `h2` is that message's, 64 bytes (P-50). */
export function receiptKeyOf(master: Secret, ticketId: TicketId, h2: Uint8Array): Secret {
  return derive(master, { label: LABELS.receiptKey, info: concat(idBytes(ticketId), h2) });
}

/** Purposes of a wrapping (P-51). */
export const WRAP_PURPOSES = Object.freeze({ releaseKey: 1, lease: 2 } as const);

/** What a wrapping is bound to (P-51). */
export interface WrapContext {
  /** The owner. */
  readonly owner: OwnerId;
  /** The product. */
  readonly product: ProductId;
  /** The release whose key is wrapped. */
  readonly release: ReleaseId;
  /** The lease, when the key is wrapped to a vault (purpose 2); absent when it is wrapped to the authority (purpose 1). */
  readonly lease?: LeaseId;
}

/** A release's key and the salt of its digest. */
export interface ReleaseSecrets {
  /** 32 bytes. */
  readonly releaseKey: Secret;
  /** 32 bytes. */
  readonly salt: Secret;
}

/** Bytes of a wrapped release key. */
export const WRAPPED_RELEASE_KEY_BYTES = 32 + 64 + 16;

function prologueOf({ lease, ...context }: WrapContext): Uint8Array {
  return lease === undefined
    ? wrapPrologueLayout.encode({ purpose: WRAP_PURPOSES.releaseKey, ...context })
    : leaseWrapPrologueLayout.encode({ purpose: WRAP_PURPOSES.lease, ...context, lease });
}

/**
 * Returns the release key and salt wrapped to an unwrap key: one Noise_N message, 112 bytes (P-51).
 * @throws {Malformed} when the unwrap key is of small order.
 */
export function wrapReleaseKey(
  secrets: ReleaseSecrets,
  context: WrapContext,
  to: { readonly unwrapKey: Uint8Array; readonly random: Random },
): Uint8Array {
  // The clear content lives for this call only.
  const clear = secrets.releaseKey.use((releaseKey) =>
    secrets.salt.use((salt) => wrapPayloadLayout.encode({ releaseKey, salt }))
  );
  const written = writeN(to.unwrapKey, clear, { prologue: prologueOf(context), random: to.random });
  clear.fill(0);
  if (written === undefined) {
    throw new Malformed("Cannot wrap the release key: the unwrap key is of small order", {
      structure: "unwrap key",
    });
  }
  written.keys.fromInitiator.wipe();
  written.keys.fromResponder.wipe();
  return written.message;
}

/** Returns the release key and salt, or "not-authentic" when the message, the key or the context is another. */
export function unwrapReleaseKey(
  wrapped: Uint8Array,
  context: WrapContext,
  unwrapKey: AgreementKeyPair,
): { readonly opened: ReleaseSecrets } | { readonly refused: "not-authentic" } {
  const read = readN(unwrapKey, wrapped, { prologue: prologueOf(context) });
  if (read === undefined) return { refused: "not-authentic" };
  read.keys.fromInitiator.wipe();
  read.keys.fromResponder.wipe();
  const { releaseKey, salt } = wrapPayloadLayout.decode(read.content);
  read.content.fill(0);
  return { opened: { releaseKey: new Secret(releaseKey), salt: new Secret(salt) } };
}
