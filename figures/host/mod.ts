/**
 * The facts of this machine, read from the system.
 *
 * @module
 */
import { statfsSync } from "node:fs";
import process from "node:process";

/** Returns the bytes of the disk that a file or folder lies on; null where the system does not tell. */
export function diskOf(path: string): { readonly freeBytes: number; readonly sizeBytes: number } | null {
  try {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
  } catch {
    // No reason to show neither page nor figures.
    return null;
  }
}

/** Returns what the disk of `path` has, and memory in bytes and processor time in seconds of this process. */
export function machineFacts(path: string) {
  const { user, system } = process.cpuUsage();
  return {
    disk: diskOf(path),
    process: { residentBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 },
  };
}
