/**
 * Sees to it that the encrypted release lies on this appliance: from the cache, or fetched in parts and verified by
 * its digest. Knows no key: the chunks are encrypted to targets (P-31).
 *
 * @module
 */
import { limits, type Refused, type ReleaseDescriptor } from "../../authority/api/mod.ts";
import { concat } from "../../bootloader/wire/mod.ts";
import type { ReleaseStore } from "../journal/mod.ts";
import { stopFor } from "./causes.ts";
import { patiently } from "./patience.ts";
import type { Office } from "./ports.ts";
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
  const onPart = (done: number) => run.tell({ kind: "progress", done, total: bytes });
  const fetched = await fetchRelease({ ...run.ports, onPart }, descriptor, signal);
  if ("refused" in fetched) return { stop: stopForRefusal(fetched.refused) };
  if ("unfit" in fetched) {
    return {
      stop: stopFor("release-unfit", `release "${release}", ${fetched.unfit} of ${bytes} bytes came`),
    };
  }
  run.tell({ kind: "release", release, bytes, cached: false });
  return { done: fetched.content };
}

/** What fetching a release needs. */
export interface FetchPorts {
  readonly office: Pick<Office, "releaseContent">;
  readonly releases: Pick<ReleaseStore, "keep">;
  /** Told how many bytes have come. */
  readonly onPart: (done: number) => void;
}

/** Fetches a release and keeps it. `unfit`: so many bytes came, and they do not fit the digest. */
export async function fetchRelease(
  ports: FetchPorts,
  descriptor: ReleaseDescriptor,
  signal: AbortSignal,
): Promise<
  { readonly content: Uint8Array } | { readonly refused: Refused } | { readonly unfit: number }
> {
  const { release, bytes } = descriptor;
  const parts: Uint8Array[] = [];
  for (let offset = 0; offset < bytes; offset += limits.partBytes) {
    const length = Math.min(limits.partBytes, bytes - offset);
    const answer = await ports.office.releaseContent(release, { offset, length }, { signal });
    if ("refused" in answer) return { refused: answer.refused };
    parts.push(answer.granted);
    ports.onPart(offset + length);
  }
  const content = concat(...parts);
  return await ports.releases.keep(descriptor, content) ? { content } : { unfit: content.length };
}
