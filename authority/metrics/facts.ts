/**
 * What the machine tells for the figures: handed in, so that this room knows no machine.
 *
 * @module
 */

/** What the machine tells of itself; sizes in bytes, times in seconds. */
export interface MachineFacts {
  /** Of the disk that holds the database; null where the system does not tell. */
  readonly disk: { readonly freeBytes: number; readonly sizeBytes: number } | null;
  readonly process: { readonly residentBytes: number; readonly cpuSeconds: number };
}
