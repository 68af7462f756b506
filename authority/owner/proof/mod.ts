/**
 * Checks proofs with public keys alone: tickets, device certificates, receipts, the log, as an owner or a manufacturer holds
 * them. Runs on the second implementation of the suite (noble), so that a fault of the one that signs cannot hide
 * itself. Knows no network; says what a proof does not show.
 *
 * @module
 */
export { type CertificateTrust, type ProvenCertificate, verifyCertificate } from "./certificate.ts";
export { type ProvenLog, readLog, type SavedLog, verifyLog } from "./log.ts";
export { proofBytes, type ProofKind } from "./proof_file.ts";
export { type ProvenReceipt, verifyReceipt } from "./receipt.ts";
export { type ProofTrust, readTrust } from "./trust.ts";
export { verifyTicket } from "./ticket.ts";
export type { Verdict } from "./verdict.ts";
