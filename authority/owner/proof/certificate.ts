/**
 * Checks a device certificate (PROTOCOL sections 12 and 13): the product's certificate key signed it, or a lease's key that
 * it delegated to, for this owner, product and chip. It proves that the UID was certified; without a device key it does not prove that this device is the only
 * one with that UID.
 *
 * @module
 */
import { noble } from "../../../bootloader/suite/mod.ts";
import {
  LEASE_PROOF_BYTES,
  type LeaseProofRefusal,
  openCertificate,
  openLeaseCertificate,
  SEALED_CERTIFICATE_BYTES,
  SIGNERS,
} from "../../../bootloader/ticket/mod.ts";
import {
  type Certificate,
  type Delegation,
  LABELS,
  Malformed,
  type OwnerId,
  type ProductId,
  sameBytes,
  type Uid,
  uidOf,
} from "../../../bootloader/wire/mod.ts";
import { fails, type Verdict } from "./verdict.ts";

/** Whose certificate is expected. */
export interface CertificateTrust {
  /** The product's certificate key: Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly owner?: OwnerId;
  readonly product?: ProductId;
  /** The UID read from the chip itself. */
  readonly uid?: Uid;
}

/** A certificate that holds. */
export interface ProvenCertificate extends Certificate {
  /** What lent the key that signed it; null: the product's certificate key signed it, with the owner's server in reach. */
  readonly delegation: Delegation | null;
}

/**
 * Returns the certificate's content when it holds.
 *
 * @param bytes the 216 bytes, or those of a lease with its delegation behind them (440), or a whole personal region that
 * begins with either and is 0xFF behind it
 * @throws {Malformed} for another length, or a certificate of another kind of signer
 */
export function verifyCertificate(bytes: Uint8Array, trust: CertificateTrust): Verdict<ProvenCertificate> {
  if (bytes.length > 0 && bytes.every((byte) => byte === 0xff)) {
    return fails("there is none: the personal region is empty");
  }
  const opening = endsAt(bytes, LEASE_PROOF_BYTES) && beginsDelegation(bytes)
    ? openLent(bytes, trust.publicKey)
    : openOnline(bytes, trust.publicKey);
  if (!opening.holds) return opening;
  const certificate = opening.says;
  if (trust.owner !== undefined && certificate.owner !== trust.owner) return fails("it is of another owner");
  if (trust.product !== undefined && certificate.product !== trust.product) {
    return fails("it is of another product");
  }
  if (trust.uid !== undefined && uidOf(certificate.uid) !== trust.uid) return fails("it is of another chip");
  return opening;
}

/** Tells whether `size` bytes are there and nothing but 0xFF follows them. */
function endsAt(bytes: Uint8Array, size: number): boolean {
  return bytes.length >= size && bytes.subarray(size).every((byte) => byte === 0xff);
}

/** Only chooses which signatures are asked for; what is signed is parsed afterwards (P-2). */
function beginsDelegation(bytes: Uint8Array): boolean {
  const { length } = LABELS.delegation;
  return sameBytes(
    bytes.slice(SEALED_CERTIFICATE_BYTES, SEALED_CERTIFICATE_BYTES + length),
    LABELS.delegation,
  );
}

function openOnline(bytes: Uint8Array, publicKey: Uint8Array): Verdict<ProvenCertificate> {
  if (bytes.length > SEALED_CERTIFICATE_BYTES && !endsAt(bytes, SEALED_CERTIFICATE_BYTES)) {
    throw new Malformed(
      "Cannot read the certificate: what follows its 216 bytes is not 0xFF, nor a delegation and 0xFF",
      { structure: "certificate", offset: SEALED_CERTIFICATE_BYTES },
    );
  }
  const sealed = bytes.subarray(0, SEALED_CERTIFICATE_BYTES);
  const opening = openCertificate(sealed, { signer: SIGNERS.product, publicKey, primitives: noble });
  return "opened" in opening ? { holds: true, says: { ...opening.opened, delegation: null } } : fails(
    "the product's certificate key did not sign it",
  );
}

const LENT_SAYS: Readonly<Record<LeaseProofRefusal, string>> = {
  "delegation-not-authentic": "the product's certificate key did not sign its delegation",
  "certificate-not-authentic": "the lease's key did not sign it",
  "owner-other": "its delegation is of another owner",
  "product-other": "its delegation is of another product",
  "release-other": "its delegation is of another release",
  "lease-other": "its delegation is of another lease",
  "serial-outside": "its serial is not within its lease",
  "uid-other": "it is of another chip",
};

function openLent(bytes: Uint8Array, publicKey: Uint8Array): Verdict<ProvenCertificate> {
  const proof = {
    certificate: bytes.subarray(0, SEALED_CERTIFICATE_BYTES),
    delegation: bytes.subarray(SEALED_CERTIFICATE_BYTES, LEASE_PROOF_BYTES),
  };
  const opening = openLeaseCertificate(proof, { publicKey, primitives: noble });
  if ("refused" in opening) return fails(LENT_SAYS[opening.refused]);
  const { certificate, delegation } = opening.opened;
  return { holds: true, says: { ...certificate, delegation } };
}
