/**
 * The byte channel to the bootloader and the exchanges on it (P-5 to P-11).
 *
 * @example
 * ```ts
 * import { FRAME_TYPES } from "../../bootloader/wire/mod.ts";
 * import { type Channel, createLink } from "./mod.ts";
 * export async function hello(channel: Channel, signal: AbortSignal) {
 *   const frame = { sequence: 0, type: FRAME_TYPES.HELLO, body: Uint8Array.of(1) };
 *   return await createLink(channel).exchange(frame, { deadlineMs: 300, signal });
 * }
 * ```
 * @module
 */
export { type ByteSink, type Channel, observed } from "./channel.ts";
export { type FaultPlan, type FrameFault, withFaults } from "./faults.ts";
export { createLink, type ExchangeLimits, type Link } from "./link.ts";
