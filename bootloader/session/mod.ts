/**
 * The host's side of the protocol without I/O: the key-holder's half of the handshake, the host's half of a session, and
 * the release's inner layer. Bytes and values in, bytes and values out; time, randomness and links are handed in.
 * @module
 */
export type { LockProof } from "./_before_ticket.ts";
export * from "./host.ts";
export * from "./host_step.ts";
export * from "./key_holder.ts";
export * from "./release.ts";
export * from "./retransmission.ts";
