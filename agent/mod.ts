/**
 * The appliance's program: what the command line and the demo bind to. Everything else of the agent stays inside.
 *
 * @example
 * ```ts
 * import { runAgent, systemPorts } from "./mod.ts";
 * export async function run(folder: string, signal: AbortSignal): Promise<void> {
 *   await runAgent({ folder, signal }, systemPorts((event) => console.error(JSON.stringify(event))));
 * }
 * ```
 * @module
 */
export * from "./control/mod.ts";
export {
  type CauseCode,
  causeEffects,
  type CauseRow,
  causes,
  causeWords,
  type DeliveryEvent,
  type DeliveryResult,
  effectOfCause,
} from "./delivery/mod.ts";
export type { LeaseStatus, OfflineStatus } from "./sync/mod.ts";
export { makeBoardFile } from "./probe/model/mod.ts";
export {
  type Headline,
  headlineOf,
  isLoopbackName,
  stateOf,
  type StationState,
  type StatusSnapshot,
} from "./status/mod.ts";
