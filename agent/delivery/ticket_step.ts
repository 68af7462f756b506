/**
 * Asks the authority for a ticket and verifies it (D§2 steps 2 and 3, P-53). Knows no chip access.
 *
 * @module
 */
import type { ReleaseDescriptor, TicketReply } from "../../authority/api/mod.ts";
import { type OpenedTicket, openTicket, PATTERNS, POLICY, uidMatches } from "../../bootloader/ticket/mod.ts";
import { CHUNK_BYTES, type Keyset, padUid, sameBytes } from "../../bootloader/wire/mod.ts";
import type { FoundChip } from "../probe/mod.ts";
import { type Stop, stopFor } from "./causes.ts";
import { causeWords } from "./causes_words.ts";
import { patiently } from "./patience.ts";
import type { NoOfflineTicket } from "./ports.ts";
import { type Run, type Step, stopForRefusal } from "./run.ts";

/** A verified ticket and the release it is for. */
export interface GrantedTicket {
  readonly opened: OpenedTicket;
  readonly descriptor: ReleaseDescriptor;
}

/**
 * Asks until there is a ticket, as long as the station is to wait. For a `foreign` chip it asks once, and for a rework
 * only (P-71): without one the chip is left alone for the reason that it was found to be foreign for.
 */
export async function obtainTicket(
  run: Run,
  chip: FoundChip,
  foreign: Stop | null,
): Promise<Step<GrantedTicket>> {
  if (foreign === null) {
    // A delivered chip that was begun anew: whoever delivered it, its rework is the authority's.
    const rework = run.ports.journal.isCommitted(chip.uid);
    return await patiently(
      run,
      () => run.inPhase("ticket", (signal) => askForTicket(run, chip, { rework, signal })),
    );
  }
  const asked = await run.inPhase("ticket", async (signal) => {
    const clock = new AbortController();
    void run.ports.pause(FOREIGN_MS, clock.signal).then(() => clock.abort());
    const limits = AbortSignal.any([signal, clock.signal]);
    return await askForTicket(run, chip, { rework: true, signal: limits }).finally(() => clock.abort());
  });
  if ("done" in asked) {
    run.tell({ kind: "rework", uid: chip.uid, locked: chip.lock > 0 });
    return asked;
  }
  return saysNothingOfRework(asked.stop) ? { stop: foreign } : asked;
}

/** How long the authority may take to say whether a foreign chip may be made anew, in milliseconds. */
const FOREIGN_MS = 5_000;

/** No rework is allowed, or nobody could say so: what was found out about the chip stands. */
function saysNothingOfRework({ cause }: Stop): boolean {
  return cause === "authority-rework-not-allowed" || cause === "authority-unreachable" ||
    cause === "phase-deadline";
}

async function askForTicket(
  run: Run,
  chip: FoundChip,
  { rework, signal }: { readonly rework: boolean; readonly signal: AbortSignal },
): Promise<Step<GrantedTicket>> {
  const { office, journal } = run.ports;
  const answer = await office.ticket({
    uid: chip.uid,
    family: chip.family.chips.family,
    chipId: chip.chipId,
    flashKb: chip.flashKb,
    product: run.options.product,
    station: run.options.station,
    rework,
  }, { signal });
  if ("none" in answer) return { stop: nothingLentStop(answer) };
  if ("refused" in answer) return { stop: stopForRefusal(answer.refused) };
  const reply = answer.granted;
  const sealed = Uint8Array.fromHex(reply.ticket);
  // Read now: the answer may have brought a newer key set.
  const { keySet, earlierKeySets = [] } = run.ports;
  const isLent = journal.leases.ticket(reply.ticketId) !== null;
  const opened = openWith([keySet, ...(isLent ? earlierKeySets : [])], sealed);
  if (opened === undefined) return unfit("no ticket key of the root-signed key set has signed it");
  const flaw = findFlaw(run, chip, { reply, opened });
  if (flaw !== undefined) return unfit(flaw);
  const { ticketId, release, product, policy } = opened.ticket;
  const mode = (policy & POLICY.offline) === 0 ? "online" : "offline";
  journal.storeTicket(run.delivery, { ticketId, uid: chip.uid, product, release, sealed, mode });
  run.known.mode = mode;
  run.known.ticketId = ticketId;
  run.known.release = release;
  run.known.unit = reply.unit === "keyed"
    ? "keyed for this chip: a device may exist"
    : "reserved for this chip";
  run.ports.capture?.ticketed(chip.uid);
  run.tell({ kind: "ticket", ticketId, release, fresh: reply.fresh, mode });
  return { done: { opened, descriptor: reply.release } };
}

/** Verifies with the ticket keys of the key sets and no other (P-53), before anything of the ticket is read (P-2). */
function openWith(keySets: readonly Keyset[], sealed: Uint8Array): OpenedTicket | undefined {
  for (const publicKey of keySets.flatMap(({ ticketKey, nextTicketKey }) => [ticketKey, nextTicketKey])) {
    if (publicKey.every((byte) => byte === 0)) continue;
    const opening = openTicket(sealed, { publicKey });
    if ("opened" in opening) return opening.opened;
  }
  return undefined;
}

function nothingLentStop(answer: NoOfflineTicket): Stop {
  const stop = stopFor(`offline-${answer.none}`);
  if (answer.none === "not-listed") return stop;
  const { waiting } = answer;
  return { ...stop, ...(causeWords(stop.cause, "en", waiting) ?? {}), waiting };
}

function unfit(detail: string): Step<never> {
  return { stop: stopFor("ticket-unfit", detail) };
}

/** Says why an authentic ticket is not one for this chip, station and release; undefined when it is. */
function findFlaw(
  run: Run,
  chip: FoundChip,
  granted: { readonly reply: TicketReply; readonly opened: OpenedTicket },
): string | undefined {
  const { ticket } = granted.opened;
  const { ticketId, release } = granted.reply;
  const flashBytes = chip.flashKb * 1024;
  const rules: readonly (readonly [boolean, string])[] = [
    [ticket.ticketId === ticketId, "it has another id than the reply"],
    [ticket.appliance === run.ports.identity.appliance, "it is for another appliance"],
    [ticket.product === run.options.product, "it is for another product"],
    [ticket.family === chip.family.chips.family, "it is for another chip family"],
    // P-61: the key set names the first epoch of its ticket key.
    [ticket.epoch >= run.ports.keySet.epoch, "it is of an earlier epoch than the key set"],
    // What was lent before a restore stays lent; what is signed now is of the newest epoch.
    [
      (ticket.policy & POLICY.offline) !== 0 || ticket.epoch >= run.ports.journal.epochs.highest(),
      "it is of an earlier epoch than this appliance has heard of",
    ],
    [ticket.owner === run.ports.keySet.owner, "it is of another owner than the key set"],
    [ticket.pattern === PATTERNS.NK, "its handshake pattern is not supported"],
    [uidMatches(padUid(chip.uid), ticket), "it is for another UID"],
    [
      ticket.length <= flashBytes,
      `its length of ${ticket.length} bytes is above the flash of ${flashBytes} bytes`,
    ],
    [ticket.release === release.release, "it names another release than the reply"],
    [
      ticket.length === release.length && release.count * CHUNK_BYTES === release.length,
      "its length is not the release's",
    ],
    [
      ticket.personalOffset === release.personalOffset && ticket.personalLength === release.personalLength,
      "its personal region is not the release's",
    ],
    [
      sameBytes(ticket.imageDigest, Uint8Array.fromHex(release.imageDigest)),
      "its digest is not the release's",
    ],
  ];
  return rules.find(([holds]) => !holds)?.[1];
}
