/**
 * Records deliveries in the appliance's journal without end, in a process of its own that is killed. Whatever a method
 * has returned from is written to standard output as one JSON line, at once: what stands there was acknowledged.
 * Arguments: the journal's file, the folder of cached releases.
 *
 * @module
 */
import { Journal, ReleaseStore } from "../../../agent/journal/mod.ts";

/** What this process has been acknowledged. */
export type JournalFact =
  | { readonly fact: "sequence"; readonly number: number }
  | { readonly fact: "release"; readonly release: string; readonly sha256: string; readonly bytes: number }
  | {
    readonly fact: "ticket";
    readonly uid: string;
    readonly ticketId: string;
    readonly step: (typeof STEPS)[number];
    /** The 352 bytes of the ticket or the 100 bytes of the receipt, whichever this step stored. */
    readonly bytes: string;
  }
  | { readonly fact: "ended"; readonly delivery: number; readonly records: number };

/** What the journal records of one ticket, in order. */
export const STEPS = ["ticket", "erase", "message2", "receipt", "committed"] as const;

const hex = (length: number) => crypto.getRandomValues(new Uint8Array(length)).toHex();

function say(fact: JournalFact): void {
  const line = new TextEncoder().encode(`${JSON.stringify(fact)}\n`);
  for (let written = 0; written < line.length;) written += Deno.stdout.writeSync(line.subarray(written));
}

function recordDelivery(journal: Journal, rejects: boolean): void {
  const [uid, ticketId] = [hex(12), hex(16)];
  const [sealed, receipt] = [hex(352), hex(100)];
  say({ fact: "sequence", number: journal.nextSequence() });
  const delivery = journal.startDelivery("station-1", "attach");
  journal.identifyDelivery(delivery, { uid, chip: "stm32g0-8k" });
  const names = { product: hex(8), release: hex(16) };
  journal.storeTicket(delivery, { ticketId, uid, ...names, sealed: Uint8Array.fromHex(sealed) });
  say({ fact: "ticket", uid, ticketId, step: "ticket", bytes: sealed });
  journal.startErase(ticketId);
  say({ fact: "ticket", uid, ticketId, step: "erase", bytes: sealed });
  say({ fact: "sequence", number: journal.nextSequence() });
  journal.storeMessage2(ticketId, 1);
  say({ fact: "ticket", uid, ticketId, step: "message2", bytes: sealed });
  journal.enterPhase(delivery, "transfer");
  journal.storeReceipt(ticketId, Uint8Array.fromHex(receipt));
  say({ fact: "ticket", uid, ticketId, step: "receipt", bytes: receipt });
  if (rejects) return;
  journal.commit(ticketId, JSON.stringify({ serial: delivery }));
  say({ fact: "ticket", uid, ticketId, step: "committed", bytes: receipt });
  journal.endDelivery(delivery, { outcome: "delivered", cause: null });
  say({ fact: "ended", delivery, records: journal.records().length });
}

async function keepRelease(store: ReleaseStore): Promise<void> {
  const content = crypto.getRandomValues(new Uint8Array(8448));
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toHex();
  const facts = { release: hex(16), sha256, bytes: content.length };
  if (await store.keep(facts, content)) say({ fact: "release", ...facts });
}

async function main(): Promise<void> {
  const [path, releases] = Deno.args;
  if (path === undefined || releases === undefined) throw new RangeError("journal and releases are needed");
  const journal = new Journal(path, () => Date.now());
  journal.endInterrupted("interrupted");
  const store = new ReleaseStore(releases, journal);
  for (let n = 1;; n++) {
    recordDelivery(journal, n % 5 === 0);
    if (n % 7 === 0) await keepRelease(store);
  }
}

if (import.meta.main) await main();
