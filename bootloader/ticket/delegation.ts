/**
 * Seals and opens delegations, and checks a device certificate that a lease's key signed (PROTOCOL section 13, P-55, P-56).
 * Knows nothing of who may have a lease.
 * @module
 */
import type { Primitives, Secret } from "../suite/mod.ts";
import type { Certificate, Delegation, Uid } from "../wire/mod.ts";
import {
  assert,
  concat,
  delegationLayout,
  Malformed,
  NO_LEASE,
  SIGNATURE_BYTES,
  uidOf,
} from "../wire/mod.ts";
import type { Opening, OpenOptions } from "./_sealed.ts";
import { open, seal } from "./_sealed.ts";
import { openCertificate, personalContent, SEALED_CERTIFICATE_BYTES, SIGNERS } from "./certificate.ts";

/** Bytes of a sealed delegation. */
export const SEALED_DELEGATION_BYTES = delegationLayout.size + SIGNATURE_BYTES;
/** Bytes of what stands in the personal region of a device of a lease: certificate and delegation (P-56). */
export const LEASE_PROOF_BYTES = SEALED_CERTIFICATE_BYTES + SEALED_DELEGATION_BYTES;
/** Kinds of vault that a delegation can name. */
export const VAULTS = Object.freeze({ file: 1, tpm: 2 } as const);

/** Returns the sealed delegation, 224 bytes, signed with the seed of the product's certificate key. */
export function sealDelegation(delegation: Delegation, seed: Secret): Uint8Array<ArrayBuffer> {
  const flaw = delegationFlaw(delegation);
  assert(flaw === undefined, `Cannot seal the delegation: field "${flaw?.field}" ${flaw?.says}`);
  return seal(delegationLayout, delegation, seed);
}

/**
 * Verifies a sealed delegation with the product's certificate key and parses it.
 * @throws {Malformed} when the length is wrong, or when an authentic delegation breaks a rule of section 13.
 */
export function openDelegation(sealed: Uint8Array, options: OpenOptions): Opening<Delegation> {
  const result = open(delegationLayout, sealed, options);
  if ("refused" in result) return result;
  const flaw = delegationFlaw(result.opened);
  if (flaw === undefined) return result;
  throw new Malformed(`Cannot read delegation: field "${flaw.field}" ${flaw.says}`, {
    structure: "delegation",
    field: flaw.field,
    offset: delegationLayout.offsets[flaw.field],
  });
}

interface DelegationFlaw {
  readonly field: "vault" | "units" | "lease" | "leaseKey";
  readonly says: string;
}

function delegationFlaw({ vault, units, lease, leaseKey }: Delegation): DelegationFlaw | undefined {
  if (vault !== VAULTS.file && vault !== VAULTS.tpm) return { field: "vault", says: "must be 1 or 2" };
  if (units === 0) return { field: "units", says: "must not be 0" };
  if (lease === NO_LEASE) return { field: "lease", says: "must not be zero" };
  if (vault === VAULTS.file && leaseKey.subarray(32).some((byte) => byte !== 0)) {
    return { field: "leaseKey", says: "must be an Ed25519 key and 32 zero bytes" };
  }
  return undefined;
}

/** Returns what a delegation of vault `file` says as its lease key: the Ed25519 key and 32 zero bytes. */
export function fileLeaseKey(publicKey: Uint8Array): Uint8Array<ArrayBuffer> {
  assert(publicKey.length === 32, `Cannot delegate to a lease key: it has ${publicKey.length} bytes`);
  return concat(publicKey, new Uint8Array(32));
}

/** A certificate of a lease and the delegation that goes with it, both sealed. */
export interface LeaseProof {
  /** 216 bytes. */
  readonly certificate: Uint8Array;
  /** 224 bytes. */
  readonly delegation: Uint8Array;
}

/** What both structures of a {@linkcode LeaseProof} say, once everything was checked. */
export interface OpenedLeaseProof {
  /** What the lease's key signed. */
  readonly certificate: Certificate;
  /** What the product's certificate key signed. */
  readonly delegation: Delegation;
}

/** Why a certificate of a lease does not hold (P-56). */
export type LeaseProofRefusal =
  | "delegation-not-authentic"
  | "certificate-not-authentic"
  | "owner-other"
  | "product-other"
  | "release-other"
  | "lease-other"
  | "serial-outside"
  | "uid-other";

/** What a verifier of a lease's certificate knows beforehand. */
export interface LeaseProofOptions {
  /** The product's certificate key: Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The UID of the chip that shows the certificate; absent: not compared, which the caller then does. */
  readonly uid?: Uid;
  /** The implementation; `native` unless a second opinion is wanted. */
  readonly primitives?: Primitives;
}

/**
 * Checks a certificate of a lease with the product's certificate key alone: everything that P-56 asks for.
 * @throws {Malformed} when a length is wrong, or when authentic bytes are not what their table says.
 */
export function openLeaseCertificate(
  proof: LeaseProof,
  options: LeaseProofOptions,
): { readonly opened: OpenedLeaseProof } | { readonly refused: LeaseProofRefusal } {
  const { publicKey, primitives } = options;
  const implementation = primitives === undefined ? {} : { primitives };
  const outer = openDelegation(proof.delegation, { publicKey, ...implementation });
  if ("refused" in outer) return { refused: "delegation-not-authentic" };
  const delegation = outer.opened;
  const inner = openCertificate(proof.certificate, { ...leaseKeyOf(delegation), ...implementation });
  if ("refused" in inner) return { refused: "certificate-not-authentic" };
  const certificate = inner.opened;
  // P-56, in the order of the clause.
  if (certificate.owner !== delegation.owner) return { refused: "owner-other" };
  if (certificate.product !== delegation.product) return { refused: "product-other" };
  if (certificate.release !== delegation.release) return { refused: "release-other" };
  if (certificate.lease !== delegation.lease) return { refused: "lease-other" };
  if (certificate.serial < 1 || certificate.serial > delegation.units) return { refused: "serial-outside" };
  if (options.uid !== undefined && uidOf(certificate.uid) !== options.uid) return { refused: "uid-other" };
  return { opened: { certificate, delegation } };
}

/** The key that should have signed: Ed25519 of 32 bytes, or an uncompressed point of P-256. */
function leaseKeyOf(
  { vault, leaseKey }: Delegation,
): { readonly signer: number; readonly publicKey: Uint8Array } {
  return vault === VAULTS.file
    ? { signer: SIGNERS.leaseEd25519, publicKey: leaseKey.slice(0, 32) }
    : { signer: SIGNERS.leaseP256, publicKey: concat(Uint8Array.of(4), leaseKey) };
}

/** Returns the content of a personal region for a device of a lease: certificate ‖ delegation, the rest 0xFF (P-56). */
export function leasePersonalContent(
  { certificate, delegation }: LeaseProof,
  personalLength: number,
): Uint8Array<ArrayBuffer> {
  return personalContent(concat(certificate, delegation), personalLength);
}

/** Tells whether a release's personal region can take what a lease puts there; a release without one can (P-56). */
export function regionTakesLease(personalLength: number): boolean {
  return personalLength === 0 || personalLength >= LEASE_PROOF_BYTES;
}
