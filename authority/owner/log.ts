/**
 * The authority's log on the owner's machine: all of it, with a signed head that covers exactly what is there. Knows no
 * event's meaning; `verifyLog` checks it.
 *
 * @module
 */
import type { LogEntry } from "../api/mod.ts";
import { statementLayout } from "../../bootloader/wire/mod.ts";
import { ask } from "./calls.ts";
import type { SavedLog } from "./proof/mod.ts";
import type { OwnerSession } from "./profile.ts";
import type { Result } from "./release/mod.ts";

/** Entries that one call to the authority gives at most. */
const PAGE_ENTRIES = 500;

/** Returns the whole log, in as many calls as that takes. */
export async function fetchLog(session: OwnerSession): Promise<Result<SavedLog>> {
  const entries: LogEntry[] = [];
  // Bound: each turn brings entries, or is the last; the log grows by far less than a page while one is on its way.
  for (;;) {
    const last = entries.at(-1);
    const page = { limit: PAGE_ENTRIES, ...(last === undefined ? {} : { after: String(last.index) }) };
    const answer = await ask(session, () => session.client.log(page));
    if ("refused" in answer) return answer;
    const { entries: further, head } = answer.granted;
    entries.push(...further);
    // The head is of the moment of its page: it fits only when nothing was left to ask for then.
    if (further.length === 0 || head === null || numberOf(head) === entries.at(-1)?.index) {
      return { granted: { entries, head } };
    }
  }
}

/** The index of the entry that a head is about; who relies on it verifies it first. */
function numberOf(head: string): number {
  return statementLayout.decode(Uint8Array.fromHex(head).subarray(0, statementLayout.size)).number;
}
