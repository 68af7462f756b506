/**
 * Checks a device certificate (PROTOCOL section 12): the product's certificate key signed it, for this owner, product
 * and chip. It proves that the UID was certified; without a device key it does not prove that this device is the only
 * one with that UID.
 *
 * @module
 */
import { noble } from "../../../bootloader/suite/mod.ts";
import { openCertificate, SEALED_CERTIFICATE_BYTES, SIGNERS } from "../../../bootloader/ticket/mod.ts";
import {
  type Certificate,
  Malformed,
  type OwnerId,
  type ProductId,
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

/**
 * Returns the certificate's content when it holds.
 *
 * @param bytes the 216 bytes, or a whole personal region that begins with them and is 0xFF behind them
 * @throws {Malformed} for another length, or a certificate of another kind of signer
 */
export function verifyCertificate(bytes: Uint8Array, trust: CertificateTrust): Verdict<Certificate> {
  const rest = bytes.subarray(SEALED_CERTIFICATE_BYTES);
  if (rest.some((byte) => byte !== 0xff)) {
    throw new Malformed("Cannot read the certificate: what follows its 216 bytes is not 0xFF", {
      structure: "certificate",
      offset: SEALED_CERTIFICATE_BYTES,
    });
  }
  if (bytes.length > 0 && bytes.every((byte) => byte === 0xff)) {
    return fails("there is none: the personal region is empty");
  }
  const opening = openCertificate(bytes.subarray(0, SEALED_CERTIFICATE_BYTES), {
    signer: SIGNERS.product,
    publicKey: trust.publicKey,
    primitives: noble,
  });
  if ("refused" in opening) return fails("the product's certificate key did not sign it");
  const certificate = opening.opened;
  if (trust.owner !== undefined && certificate.owner !== trust.owner) return fails("it is of another owner");
  if (trust.product !== undefined && certificate.product !== trust.product) {
    return fails("it is of another product");
  }
  if (trust.uid !== undefined && uidOf(certificate.uid) !== trust.uid) return fails("it is of another chip");
  return { holds: true, says: certificate };
}
