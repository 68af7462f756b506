/**
 * Takes the opened replies of a file into the journal and settles what follows from them: the whole of a round, by file
 * (P-67). Whatever of it was known already, or is older than what was taken, changes nothing.
 *
 * @module
 */
import { limits, type Opened, type ReleaseDescriptor, wasCounted } from "../../authority/api/mod.ts";
import { concat, Fault, Malformed } from "../../bootloader/wire/mod.ts";
import type { ReleaseStore } from "../journal/mod.ts";
import { type RoundResult, type SyncOrder, Taking } from "./apply.ts";
import { type FilePorts, type LateReceipt, takeOpened } from "./apply_file.ts";
import { missingReleases } from "./outbox.ts";
import { closeLeftovers, closeSurplus, draftLeases, type SettlePorts } from "./settle.ts";

/** What replies are taken with. */
export interface TakePorts extends FilePorts, SettlePorts {
  readonly releases: ReleaseStore;
  /** Milliseconds since 1970 by this appliance's clock. */
  readonly nowMs: () => number;
}

/** What a file of replies has changed. */
export interface Taken extends RoundResult {
  /** Receipts of the authority's tickets that were settled. */
  readonly receipts: readonly LateReceipt[];
  /** Releases that lie here now and did not before. */
  readonly releases: number;
  /** Whether the state in it was news: one that is older than what was heard is left out. */
  readonly stateTaken: boolean;
  /** What in it could not be used; each is said again by the next file. */
  readonly problems: readonly string[];
}

/** Takes everything of a file whose signatures hold. @throws {Fault} when the disk fails: then it may be taken again. */
export async function takeReplies(ports: TakePorts, opened: readonly Opened[]): Promise<Taken> {
  const taking = new Taking(ports);
  const receipts: LateReceipt[] = [];
  const problems: string[] = [];
  let orders: readonly SyncOrder[] | undefined;
  noteTime(ports, opened);
  for (const one of opened) {
    try {
      const taken = await takeOpened(taking, ports, one);
      if (taken.receipt !== undefined) receipts.push(taken.receipt);
      orders = taken.orders ?? orders;
    } catch (error) {
      problems.push(problemOf(error));
    }
  }
  ports.journal.leases.copies.forgetBelow(deadBelow(opened));
  if (orders !== undefined) {
    // What waits here to be said stands before any new request in the next file.
    const leaving = (order: string) => ports.journal.leases.leaving(order);
    closeLeftovers(ports, {});
    closeSurplus(ports, orders, leaving);
    draftLeases(ports, orders, leaving);
  }
  const releases = await keepReleases(ports, opened, problems);
  return { ...taking.result(), receipts, releases, stateTaken: orders !== undefined, problems };
}

/** The disk's failure ends the whole; what the server said badly must not hold up the rest. */
function problemOf(error: unknown): string {
  const isTheirs = (error instanceof Fault && error.place === "authority") || error instanceof Malformed;
  if (!isTheirs) throw error;
  return error.message;
}

/** The signed time never goes back; "last answered" is when the reply was made, as far as this clock allows. */
function noteTime({ journal, nowMs }: TakePorts, opened: readonly Opened[]): void {
  const signedSeconds = Math.max(0, ...opened.map(({ atSeconds }) => atSeconds));
  const known = journal.contact();
  if (signedSeconds <= known.signedSeconds) return;
  const atMs = Math.max(known.lastMs ?? 0, Math.min(nowMs(), signedSeconds * 1000));
  journal.storeContact({ atMs, signedSeconds });
}

/** Numbers below this one are refused as replays by now, whatever copy of them is still on its way. */
function deadBelow(opened: readonly Opened[]): number {
  const seen = opened.filter(({ answer }) => answer !== null && wasCounted(answer));
  return deadBelowSequence(Math.max(0, ...seen.map(({ sequence }) => sequence)));
}

/** Returns the lowest number that the authority still takes once it has seen `sequence`. */
export function deadBelowSequence(sequence: number): number {
  return sequence - limits.sequenceWindow + 1;
}

async function keepReleases(
  ports: TakePorts,
  opened: readonly Opened[],
  problems: string[],
): Promise<number> {
  let kept = 0;
  for (const descriptor of await missingReleases(ports)) {
    const content = contentOf(descriptor, opened);
    if (content === null) continue;
    if (await ports.releases.keep(descriptor, content)) kept++;
    else problems.push(`Cannot hold release "${descriptor.release}": what came does not fit its digest`);
  }
  return kept;
}

/** Puts the parts of a release together; null when the file has none, or a gap in them. */
function contentOf({ release, bytes }: ReleaseDescriptor, opened: readonly Opened[]): Uint8Array | null {
  const parts: Uint8Array[] = [];
  let size = 0;
  for (const { message, answer } of opened) {
    if (message.route !== "releaseContent" || message.subject !== release || message.range.offset !== size) {
      continue;
    }
    if (answer === null || !("granted" in answer)) continue;
    const part = answer.granted as Uint8Array;
    parts.push(part);
    size += part.length;
  }
  return size === bytes ? concat(...parts) : null;
}
