/**
 * What `flashseal agent status` tells: the record on disk, and what the running agent says of itself.
 *
 * @module
 */
import * as v from "valibot";
import { enrolmentWords, isRefusalCode, refusals } from "../../authority/api/mod.ts";
import { type DeliveryRecord, Journal } from "../journal/mod.ts";
import { type OfflineStatus, offlineStatus } from "../sync/mod.ts";
import type { Counts, StatusSnapshot } from "../status/mod.ts";
import { agentPaths, parseConfig, readFolderFile } from "./config.ts";
import { Floor } from "./floor.ts";
import { readIdentityKey } from "./identity.ts";
import { readTrust } from "./trust_file.ts";

/** The status of an appliance, running or not. */
export interface AgentStatus {
  readonly appliance: string;
  readonly name: string;
  readonly origin: string;
  /** Six words that must be the same on the owner's screen (P-76). */
  readonly words: string;
  /** Address of the status page of a running agent, or null. */
  readonly url: string | null;
  /** What the running agent says, or null. */
  readonly running: StatusSnapshot | null;
  readonly counts: Counts;
  /** The newest deliveries first. */
  readonly deliveries: readonly DeliveryRecord[];
  readonly keySetSerial: number;
  /** Why the owner's server wants nothing more of this appliance, as far as it was told; null: nothing is known. */
  readonly standing: Standing | null;
  /** What is lent to this appliance, what waits to be reported, and when the authority answered last. */
  readonly offline: OfflineStatus;
  /** Whether the record's hash chain holds, how long it is, or where it breaks. */
  readonly record:
    | { readonly holds: true; readonly count: number; readonly head: string }
    | { readonly holds: false; readonly number: number; readonly problem: string };
}

/** What an operator reads of an appliance that is frozen or revoked. */
export interface Standing {
  readonly code: string;
  readonly says: string;
  readonly remedy: string;
}

/** Returns what the record has of it. */
export function standingOf(journal: Journal): Standing | null {
  const code = journal.leases.barred();
  if (code === null || !isRefusalCode(code)) return null;
  const { says, remedy } = refusals[code];
  return { code, says, remedy };
}

/** How long a running agent may take to answer, in milliseconds. */
const ASK_MS = 2_000;

/** Returns the appliance's status; the agent may be running. @throws {Fault} {Malformed} when its folder is none */
export async function agentStatus(
  options: { readonly folder: string; readonly limit?: number },
  ports: { readonly nowMs: () => number },
): Promise<AgentStatus> {
  const paths = agentPaths(options.folder);
  const config = parseConfig(await readFolderFile(paths.config));
  const trust = await readTrust(paths.trust);
  const journal = new Journal(paths.journal, ports.nowMs);
  try {
    const chain = journal.checkChain();
    const live = await askRunning(paths.address);
    return {
      appliance: config.appliance,
      name: config.name,
      origin: config.origin,
      words: enrolmentWords(trust.rootPublicKey, await readIdentityKey(paths.identity)),
      url: live?.url ?? null,
      running: live?.snapshot ?? null,
      counts: new Floor(journal, [], ports.nowMs()).counts().counts,
      deliveries: journal.deliveries(options.limit ?? 20),
      keySetSerial: trust.keySet.serial,
      standing: standingOf(journal),
      offline: offlineStatus(journal, ports.nowMs()),
      record: "broken" in chain
        ? { holds: false, ...chain.broken }
        : { holds: true, count: chain.count, head: chain.head.toHex() },
    };
  } finally {
    journal.close();
  }
}

const urlSchema = v.pipe(v.string(), v.regex(/^http:\/\/127\.0\.0\.1:\d+\/$/));

async function askRunning(
  path: string,
): Promise<{ readonly url: string; readonly snapshot: StatusSnapshot } | null> {
  try {
    const url = v.parse(urlSchema, (await Deno.readTextFile(path)).trim());
    const response = await fetch(`${url}status.json`, { signal: AbortSignal.timeout(ASK_MS) });
    return { url, snapshot: await response.json() as StatusSnapshot };
  } catch {
    // No file, an old file, or nobody there: the agent does not run, which is an ordinary answer.
    return null;
  }
}
