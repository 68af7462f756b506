/**
 * One delivery at one station: phases, causes, events. Pure but for the ports that are handed in.
 *
 * @example
 * ```ts
 * import { deliver, type DeliveryOptions, type DeliveryPorts } from "./mod.ts";
 * export async function once(ports: DeliveryPorts, options: DeliveryOptions): Promise<boolean> {
 *   return (await deliver(ports, options)).outcome === "delivered";
 * }
 * ```
 * @module
 */
export { type CauseCode, type CauseRow, causes, type Stop, type UnitEffect } from "./causes.ts";
export { causeTranslations, causeWords, deliveryUnitWords, stopWords } from "./causes_words.ts";
export { causeEffects, effectOfCause } from "./causes_effect.ts";
export { deliver } from "./delivery.ts";
export type { DeliveryEvent, DeliveryResult, EventPlace, Happening, Mode } from "./events.ts";
export { ASK_AGAIN_MS } from "./patience.ts";
export { type Phase, phases } from "./phases.ts";
export type {
  AppliancesWord,
  BootloaderImage,
  CaptureSink,
  DeliveryOptions,
  DeliveryPorts,
  NoOfflineTicket,
  Office,
} from "./ports.ts";
export { type FetchPorts, fetchRelease } from "./release_step.ts";
export {
  isPassing,
  receiptBody,
  type Report,
  reportFailure,
  type ReportPorts,
  reportReceipt,
  takeReceiptAnswer,
} from "./report_step.ts";
