/**
 * The appliance's status: kept from events, shown as a page and as JSON.
 *
 * @example
 * ```ts
 * import { createStatusApp, emptyStation } from "./mod.ts";
 * const counts = { delivered: 0, refused: 0, failed: 0, unreported: 0 };
 * const stations = [emptyStation("station-1")];
 * const app = createStatusApp(() => ({ appliance: "00", name: "Line 1", origin: "https://authority", stations, counts }));
 * console.assert((await app.request("/status.json")).status === 200);
 * ```
 * @module
 */
export { createStatusApp } from "./app.tsx";
export {
  type Counts,
  emptyStation,
  type OfflineView,
  type StationStatus,
  type StatusSnapshot,
  withEvent,
} from "./snapshot.ts";
