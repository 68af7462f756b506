/**
 * Seals and opens device certificates, and lays them out in a personal region (PROTOCOL section 12, P-52).
 * Knows nothing of when one may be signed. A certificate of a P-256 lease key (`signer` 3) is verified here but signed by the
 * TPM that holds the key.
 * @module
 */
import type { Primitives, Secret } from "../suite/mod.ts";
import { native } from "../suite/mod.ts";
import type { Certificate } from "../wire/mod.ts";
import { assert, certificateLayout, Malformed, SIGNATURE_BYTES } from "../wire/mod.ts";
import type { Opening } from "./_sealed.ts";
import { open, seal } from "./_sealed.ts";

/** Bytes of a sealed certificate. */
export const SEALED_CERTIFICATE_BYTES = certificateLayout.size + SIGNATURE_BYTES;
/** Who signed a certificate. */
export const SIGNERS = Object.freeze({ product: 1, leaseEd25519: 2, leaseP256: 3 } as const);

/** Returns the sealed certificate, 216 bytes, signed with an Ed25519 seed. */
export function sealCertificate(certificate: Certificate, seed: Secret): Uint8Array<ArrayBuffer> {
  const { signer } = certificate;
  assert(
    signer === SIGNERS.product || signer === SIGNERS.leaseEd25519,
    "Cannot seal the certificate: not an Ed25519 signer",
  );
  return seal(certificateLayout, certificate, seed);
}

/** The key that should have signed a certificate. */
export interface CertificateKey {
  /** Which of `SIGNERS` the key is for; the certificate has to say the same. */
  readonly signer: number;
  /** Ed25519: 32 bytes. P-256: 65 bytes, uncompressed. */
  readonly publicKey: Uint8Array;
  /** The implementation; `native` unless a second opinion is wanted. */
  readonly primitives?: Primitives;
}

/**
 * Verifies a sealed certificate and parses it.
 * @throws {Malformed} when the length or a field is wrong, or the certificate names another kind of signer than the key.
 */
export function openCertificate(sealed: Uint8Array, key: CertificateKey): Opening<Certificate> {
  const result = key.signer === SIGNERS.leaseP256
    ? openP256(sealed, key)
    : open(certificateLayout, sealed, key);
  if ("opened" in result && result.opened.signer !== key.signer) {
    // P-1: a key of one kind vouches for its own kind only.
    throw new Malformed(
      `Cannot read certificate: field "signer" is ${result.opened.signer}, the key's is ${key.signer}`,
      {
        structure: "certificate",
        field: "signer",
        offset: certificateLayout.offsets.signer,
      },
    );
  }
  return result;
}

function openP256(
  sealed: Uint8Array,
  { publicKey, primitives = native }: CertificateKey,
): Opening<Certificate> {
  if (sealed.length !== SEALED_CERTIFICATE_BYTES) {
    throw new Malformed(
      `Cannot read the sealed certificate: it has ${sealed.length} bytes and must have 216`,
      {
        structure: "certificate",
      },
    );
  }
  const message = sealed.subarray(0, certificateLayout.size);
  const signature = sealed.subarray(certificateLayout.size);
  // P-2: verified as received, parsed afterwards.
  if (!primitives.p256Verify({ publicKey, message, signature })) return { refused: "not-authentic" };
  return { opened: certificateLayout.decode(message) };
}

/**
 * Returns the content of a personal region: the certificate at its start, the rest 0xFF; empty when there is no region.
 * A region shorter than the certificate is a Defect: a release with one is refused when it is made.
 */
export function personalContent(sealed: Uint8Array, personalLength: number): Uint8Array<ArrayBuffer> {
  if (personalLength === 0) return new Uint8Array(0);
  assert(
    personalLength >= sealed.length,
    `Cannot lay out the personal region: ${personalLength} bytes are too few`,
  );
  const content = new Uint8Array(personalLength).fill(0xff);
  content.set(sealed);
  return content;
}
