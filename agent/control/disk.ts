/**
 * How much room the appliance's disk has.
 *
 * @module
 */
import { statfsSync } from "node:fs";

/** Returns the bytes of the disk that a folder lies on; null where the system does not tell. */
export function diskOf(folder: string): { readonly freeBytes: number; readonly sizeBytes: number } | null {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
  } catch {
    // No reason to show neither page nor figures.
    return null;
  }
}
