/**
 * The office of a station: the authority first; the vault for a chip that it has begun, and for any chip while the
 * authority is out of reach (D§5) or has no more units than those that it lent to this vault. One chip takes one unit: a chip that may have been keyed online waits for the
 * authority, and a chip that was begun offline goes on with the vault.
 *
 * @module
 */
import type { ApplianceClient, RequestOf } from "../../authority/api/mod.ts";
import type { Office } from "../delivery/mod.ts";
import type { Journal } from "../journal/mod.ts";
import type { OfflineOffice, Vault } from "../vault/mod.ts";
import { isUnreachable } from "./contact.ts";
import { showTickets } from "./earlier.ts";

/** How long the authority may take to answer for a ticket while there is another way, in milliseconds. */
const ANSWER_MS = 5_000;

/** What {@linkcode createOffice} is given. */
export interface OnlineFirstPorts {
  /** The authority. */
  readonly client: Office & Pick<ApplianceClient, "restored">;
  readonly vault: Vault;
  readonly offline: OfflineOffice;
  readonly journal: Journal;
}

/** Returns the office that deliveries work with. */
export function createOffice(ports: OnlineFirstPorts): Office {
  const { client, vault, offline } = ports;
  const keyHolderOf = (ticketId: string): Office => vault.holds(ticketId) ? offline : client;
  return {
    ticket: (request, options) => obtain(ports, request, options?.signal),
    message1: (ticketId, ...rest) => keyHolderOf(ticketId).message1(ticketId, ...rest),
    receipt: (ticketId, ...rest) => keyHolderOf(ticketId).receipt(ticketId, ...rest),
    failure: (ticketId, ...rest) => keyHolderOf(ticketId).failure(ticketId, ...rest),
    releaseContent: (...asked) => client.releaseContent(...asked),
  };
}

async function obtain(
  ports: OnlineFirstPorts,
  request: RequestOf<"ticket">,
  signal: AbortSignal | undefined,
): ReturnType<Office["ticket"]> {
  const { client, vault, offline } = ports;
  // P-71: what a person decided, only the authority knows.
  if (request.rework === true) return await client.ticket(request, signal === undefined ? {} : { signal });
  // P-58: begun by the vault, finished by the vault, also when the authority answers.
  if (vault.hasUse(request)) return await offline.ticket(request);
  try {
    // P-63: a restored authority that knows of this chip's key goes on with the same unit.
    const untold = ports.journal.epochs.untoldOf(request.uid);
    if (untold.length > 0) await showTickets(ports, untold, signal);
    const hurry = vault.left().has(request.product) ? [AbortSignal.timeout(ANSWER_MS)] : [];
    const limits = [...hurry, ...(signal === undefined ? [] : [signal])];
    const answer = await client.ticket(
      request,
      limits.length === 0 ? {} : { signal: AbortSignal.any(limits) },
    );
    const spent = spentOrders(answer);
    const lent = spent.size > 0 && !mayBeKeyed(ports, request.uid) ? offline.ticketNow(request, spent) : null;
    offline.served(request.uid);
    return lent !== null && "granted" in lent ? lent : answer;
  } catch (error) {
    if (!isUnreachable(error) || signal?.aborted === true || mayBeKeyed(ports, request.uid)) throw error;
    const answer = offline.ticketNow(request);
    if (answer === null) throw error;
    return answer;
  }
}

/**
 * P-77: the orders that have no unit left but what was lent, by the authority's word of this moment. It may have frozen or
 * ended another order of the product since the last round: that one's lent units stay where they are.
 */
function spentOrders(answer: Awaited<ReturnType<Office["ticket"]>>): ReadonlySet<string> {
  const isSpent = "refused" in answer && answer.refused.code === "quota-spent";
  return new Set(isSpent ? answer.refused.spentOrders : []);
}

/** A message 1 of the chip's online ticket may have been answered: its unit is not to be doubled by a lent one. */
function mayBeKeyed({ journal }: OnlineFirstPorts, uid: string): boolean {
  const open = journal.openTicket(uid);
  return open !== null && (open.keyAsked || open.message2 > 0);
}
