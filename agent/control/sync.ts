/**
 * The appliance kept in step with its authority: rounds as long as the agent runs, or one round now. Binds the sync
 * room to an opened appliance and turns what it does into events.
 *
 * @module
 */
import { logKeysOf } from "../../authority/api/mod.ts";
import { Fault, Malformed } from "../../bootloader/wire/mod.ts";
import { reportReceipt } from "../delivery/mod.ts";
import {
  failureMessage,
  failuresToTell,
  keepSynced,
  offlineStatus,
  type RoundPorts,
  type RoundResult,
  syncRound,
  takeFailure,
} from "../sync/mod.ts";
import { type Appliance, openAppliance } from "./appliance.ts";
import { statementKeysOf } from "./trust_file.ts";
import type { AgentPorts } from "./ports.ts";

/** What one round is told. */
export interface SyncOptions {
  readonly folder: string;
  /** Gives every unused lent unit back and borrows none. */
  readonly giveBack?: boolean;
  readonly signal: AbortSignal;
}

/** What one round did, and what is left. */
export interface SyncOutcome extends RoundResult {
  /** Tickets left for offline work, all products together. */
  readonly left: number;
  /** Steps of lent units that the authority still has not heard of. */
  readonly unreported: number;
}

/**
 * Runs one round for an appliance whose agent does not run: receipts that wait, uses, returns, leases, releases.
 * @throws {Fault} when the authority cannot be reached, or the appliance cannot be opened or held
 */
export async function syncOnce(options: SyncOptions, ports: AgentPorts): Promise<SyncOutcome> {
  const appliance = await openAppliance(options.folder, ports);
  try {
    await reportOnce(appliance, options.signal, ports);
    const giveBack = options.giveBack ?? false;
    const result = await syncRound(roundPorts(appliance), options.signal, { giveBack, check: true });
    createTeller(appliance, ports)(result);
    return { ...result, ...remains(appliance, ports) };
  } finally {
    appliance.close();
  }
}

/** Runs rounds until `signal`. */
export async function runSync(
  appliance: Appliance,
  signal: AbortSignal,
  ports: AgentPorts,
  roundEnded: (outcome: "done" | "failed") => void,
): Promise<void> {
  const tell = createTeller(appliance, ports);
  await keepSynced({
    ...roundPorts(appliance),
    contact: appliance.contact,
    inTurn: appliance.inTurn,
    pause: ports.pause,
    jitter: () => new DataView(ports.random(4).buffer).getUint32(0) / 2 ** 32,
    onRound: (result) => {
      roundEnded("done");
      tell(result);
    },
    onFailed: () => roundEnded("failed"),
    onProblem: (message) => ports.onEvent({ kind: "sync-problem", message }),
  }, signal);
}

/**
 * Reports each receipt that waits once, oldest first, until one has to go on waiting; then failures that were not heard.
 * `isDue`: which receipts are meant; all of them by default.
 */
export async function reportOnce(
  appliance: Appliance,
  signal: AbortSignal,
  ports: AgentPorts,
  isDue: (ticketId: string) => boolean = () => true,
): Promise<void> {
  const { office, journal } = appliance;
  for (const ticket of journal.unreported().filter(({ ticketId }) => isDue(ticketId))) {
    if (signal.aborted) return;
    const parts = {
      office,
      journal,
      statementKeys: () => statementKeysOf(appliance.trust()),
    };
    const report = await reportReceipt(parts, ticket, signal);
    if ("pending" in report) return;
    const refused = "refused" in report ? report.refused.code : null;
    ports.onEvent({ kind: "reported-late", uid: ticket.uid, refused });
  }
  await tellFailures(appliance, signal);
}

async function tellFailures(
  { client, journal, contact }: Appliance,
  signal: AbortSignal,
): Promise<void> {
  for (const failure of failuresToTell(journal)) {
    if (signal.aborted || contact.state.reachable === false) return;
    const message = failureMessage(failure);
    try {
      const answer = await client.failure(message.subject, message.body, { signal });
      if (!takeFailure(journal, message, answer)) return;
    } catch (error) {
      // It is information only: told when the authority answers again. A record that cannot be written is another matter.
      if (error instanceof Malformed || (error instanceof Fault && error.place !== "disk")) return;
      throw error;
    }
  }
}

/** Returns what rounds of an appliance are given. */
export function roundPorts(appliance: Appliance): RoundPorts {
  const { client, vault, journal, releases, nowSeconds, takeState } = appliance;
  const logKeys = () => logKeysOf(appliance.trust().keySet);
  return { client, vault, journal, releases, nowSeconds, takeState, logKeys };
}

/** Returns what is left for offline work, and what still waits to be said. */
export function remains(appliance: Appliance, ports: Pick<AgentPorts, "nowMs">) {
  const { left, unreported } = offlineStatus(appliance.journal, ports.nowMs());
  return { left: left.reduce((sum, { tickets }) => sum + tickets, 0), unreported };
}

/** Returns a teller of rounds, by whichever carrier: what changed, and each refusal once until it is another one. */
export function createTeller(appliance: Appliance, ports: AgentPorts): (result: RoundResult) => void {
  let refusedBefore = "";
  return ({ reported, lent, returned, shown, alarms, refusals }) => {
    if (reported + lent + returned + shown > 0) {
      const atMs = ports.nowMs();
      ports.onEvent({
        kind: "synced",
        reported,
        lent,
        returned,
        shown,
        alarms,
        ...remains(appliance, ports),
        atMs,
      });
    }
    const refused = refusals.map(({ at, code, detail }) => `${at} ${code} ${detail ?? ""}`).join();
    if (refused !== refusedBefore) {
      for (const { at, code, says, remedy, detail } of refusals) {
        ports.onEvent({ kind: "sync-refused", at, code, says, remedy, detail: detail ?? null });
      }
    }
    refusedBefore = refused;
  };
}
