/**
 * Rounds for as long as the agent runs: at a steady pace while the authority answers, with growing pauses while it
 * does not, and at once when any other call finds it back.
 *
 * @module
 */
import { Fault, Malformed } from "../../bootloader/wire/mod.ts";
import { backOffMs } from "./back_off.ts";
import { type Contact, isUnreachable } from "./contact.ts";
import type { RoundResult } from "./apply.ts";
import { type RoundPorts, syncRound } from "./round.ts";

/** Runs acts one after another, in the order in which they came. */
export type InTurn = <T>(act: () => Promise<T>) => Promise<T>;

/** Returns a queue of its own. */
export function createTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const turn = last.then(act, act);
    // Whoever waits for it hears of a failure; those behind it go on.
    last = turn.catch(() => {});
    return turn;
  };
}

/** How often a round is run while the authority answers, in milliseconds: what the owner changes is seen this soon. */
const EVERY_MS = 5_000;
/** How long one round may take, in milliseconds; a release on a slow line is fetched in it. */
const ROUND_MS = 300_000;

/** What the loop is given. */
export interface LoopPorts extends RoundPorts {
  readonly contact: Contact;
  /** Lets one round, or one file of replies, be taken at a time. */
  readonly inTurn: InTurn;
  /** Waits in wall time; ends early, without an error, when `signal` is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Drawn evenly from 0 up to, not including, 1. */
  readonly jitter: () => number;
  readonly onRound: (result: RoundResult) => void;
  /** Told of each round that failed, whatever the reason. */
  readonly onFailed?: () => void;
  /** Told when a round fails although the authority can be reached: the disk, or an answer that is nonsense. */
  readonly onProblem: (message: string) => void;
}

/** Keeps the appliance in step until `signal`; whatever fails is tried again. */
export async function keepSynced(ports: LoopPorts, signal: AbortSignal): Promise<void> {
  let failures = 0;
  let told = "";
  // The authority may have been restored while it, or this agent, was away.
  let check = true;
  while (!signal.aborted) {
    try {
      const deadline = AbortSignal.timeout(ROUND_MS);
      const round = () => syncRound(ports, AbortSignal.any([signal, deadline]), { check });
      ports.onRound(await ports.inTurn(round));
      check = false;
      failures = 0;
      told = "";
    } catch (error) {
      if (!(error instanceof Fault) && !(error instanceof Malformed)) throw error;
      failures++;
      check = true;
      if (!signal.aborted) ports.onFailed?.();
      // That the authority is out of reach is told as such, once; anything else once until it is something else.
      const isAway = isUnreachable(error) && ports.contact.state.reachable === false;
      if (!isAway && !signal.aborted && error.message !== told) ports.onProblem(told = error.message);
    }
    const waitMs = failures === 0 ? EVERY_MS : backOffMs(failures, ports.jitter());
    const isAway = ports.contact.state.reachable === false;
    await ports.pause(waitMs, isAway ? AbortSignal.any([signal, ports.contact.back]) : signal);
  }
}
