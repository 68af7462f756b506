/**
 * Custody of the authority's keys. What leaves are signatures, sealed bytes and public keys.
 *
 * @module
 */

export type { Message1Answer, Message1Question, ReceiptQuestion } from "./answers.ts";
export * from "./custody.ts";
export * from "./keys.ts";
export * from "./signer.ts";
