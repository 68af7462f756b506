/**
 * Debug probes: what a driver gives (`DebugPort`), what a station uses (`Probe`), and chip access between the two.
 *
 * @example
 * ```ts
 * import { createProbe, type DebugPort } from "./mod.ts";
 * export async function whoIsThere(port: DebugPort, signal: AbortSignal): Promise<string> {
 *   const probe = createProbe(port);
 *   await probe.cyclePower(signal);
 *   if (await probe.attach("under-reset", signal) === "no-answer") return "nobody";
 *   const identity = await probe.identify(signal);
 *   return "found" in identity ? identity.found.uid : identity.unknown;
 * }
 * ```
 * @module
 */
export type { AttachMode, DebugPort, Limits, Reading, TransferSink, Writing } from "./port.ts";
export { createProbe, type FoundChip, type Identity, type Probe } from "./probe.ts";
