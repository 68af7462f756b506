/**
 * Keeping in step with the authority: whether it answers, what is borrowed, reported and returned, and which office a
 * station works with meanwhile (D§5).
 *
 * @example
 * ```ts
 * import { backOffMs } from "./mod.ts";
 * console.assert(backOffMs(1, 0) === 500 && backOffMs(99, 0.999) <= 30_000);
 * ```
 * @module
 */
export { BACK_OFF, backOffMs } from "./back_off.ts";
export { Contact, type ContactPorts, type ContactState, isUnreachable, watched } from "./contact.ts";
export { createTurns, type InTurn, keepSynced, type LoopPorts } from "./loop.ts";
export { createOffice, type OnlineFirstPorts } from "./online_first.ts";
export { isPaused, unitsToBorrow, unitsToReturn } from "./plan.ts";
export { type RefusedAt, type RoundResult, type SyncAlarm, takeFailure } from "./apply.ts";
export type { FilePorts, LateReceipt } from "./apply_file.ts";
export { failureMessage, failuresToTell, outbox, type OutboxPorts } from "./outbox.ts";
export { type RoundOptions, type RoundPorts, syncRound } from "./round.ts";
export { deadBelowSequence, type Taken, type TakePorts, takeReplies } from "./take_replies.ts";
export { type LeaseStatus, type OfflineStatus, offlineStatus } from "./status.ts";
