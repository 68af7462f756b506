/**
 * Sees to it that the encrypted release lies on this appliance: from the cache, or fetched in parts and verified by
 * its digest. Knows no key: the chunks are encrypted to targets (P-31).
 *
 * @module
 */
import { limits, type ReleaseDescriptor } from "../../authority/api/mod.ts";
import { concat } from "../../bootloader/wire/mod.ts";
import { stopFor } from "./causes.ts";
import { patiently } from "./patience.ts";
import { type Run, type Step, stopForRefusal } from "./run.ts";

/** Returns the encrypted content: `count` inner chunks of 528 bytes one after another; waits as long as it is to. */
export function obtainRelease(run: Run, descriptor: ReleaseDescriptor): Promise<Step<Uint8Array>> {
  return patiently(run, () => run.inPhase("release", (signal) => holdRelease(run, descriptor, signal)));
}

async function holdRelease(
  run: Run,
  descriptor: ReleaseDescriptor,
  signal: AbortSignal,
): Promise<Step<Uint8Array>> {
  const { release, bytes } = descriptor;
  const held = await run.ports.releases.open(descriptor);
  if (held !== null) {
    run.tell({ kind: "release", release, bytes, cached: true });
    return { done: held };
  }
  const parts: Uint8Array[] = [];
  for (let offset = 0; offset < bytes; offset += limits.partBytes) {
    const length = Math.min(limits.partBytes, bytes - offset);
    const answer = await run.ports.office.releaseContent(release, { offset, length }, { signal });
    if ("refused" in answer) return { stop: stopForRefusal(answer.refused) };
    parts.push(answer.granted);
    run.tell({ kind: "progress", done: offset + length, total: bytes });
  }
  const content = concat(...parts);
  if (!await run.ports.releases.keep(descriptor, content)) {
    return {
      stop: stopFor("release-unfit", `release "${release}", ${content.length} of ${bytes} bytes came`),
    };
  }
  run.tell({ kind: "release", release, bytes, cached: false });
  return { done: content };
}
