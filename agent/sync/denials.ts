/**
 * Keeps the owner's list of denied chips as new as the authority says that it is (P-74): the vault looks at it when nobody
 * can be asked.
 *
 * @module
 */
import {
  type ApplianceClient,
  openDenials,
  type Refused,
  type ReplyOf,
  type StateReply,
} from "../../authority/api/mod.ts";
import type { Journal } from "../journal/mod.ts";

/** What keeping the list needs. */
export interface DenialPorts {
  readonly client: Pick<ApplianceClient, "denials">;
  readonly journal: Pick<Journal, "denials">;
  /** The log keys of the key set as it is now. */
  readonly logKeys: () => readonly Uint8Array[];
}

/** Fetches the list where the state names a newer one; returns a refusal, or null. @throws {Malformed} for a list that nobody signed. */
export async function keepDenials(
  { client, journal, logKeys }: DenialPorts,
  state: Pick<StateReply, "denials" | "owner">,
  signal: AbortSignal,
): Promise<Refused | null> {
  if (state.denials <= journal.denials.number()) return null;
  const answer = await client.denials({ signal });
  if ("refused" in answer) return answer.refused;
  takeDenials({ journal, logKeys }, { owner: state.owner, reply: answer.granted });
  return null;
}

/** Keeps a list that came, by whichever carrier, when it is newer (the journal refuses an older one). @throws {Malformed} for a list that nobody signed */
export function takeDenials(
  { journal, logKeys }: Omit<DenialPorts, "client">,
  { owner, reply }: { readonly owner: string; readonly reply: ReplyOf<"denials"> },
): void {
  const { number, chips } = openDenials(reply, { owner, logKeys: logKeys() });
  journal.denials.store({ number, chips, statement: Uint8Array.fromHex(reply.statement) });
}
