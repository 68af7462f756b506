/**
 * The owner's server's replies out of a file (P-67): verified as a whole, then taken as over HTTPS. A running agent takes
 * them itself, out of its inbox, since one process at a time changes what was lent.
 *
 * @module
 */
import { decodeReplyFile, fileLimits, logKeysOf, type Opened, openReplies } from "../../authority/api/mod.ts";
import { Fault, Malformed } from "../../bootloader/wire/mod.ts";
import { type Taken, takeReplies } from "../sync/mod.ts";
import { type Appliance, HELD_ELSEWHERE, openAppliance } from "./appliance.ts";
import { agentPaths, parseConfig, readFolderFile } from "./config.ts";
import { openIdentity, openSealKey } from "./identity.ts";
import { awaitTaken, putIntoInbox } from "./inbox.ts";
import type { AgentPorts } from "./ports.ts";
import { createTeller, remains, roundPorts } from "./sync.ts";
import { type AgentTrust, readTrust, renewedTrust, statementKeysOf } from "./trust_file.ts";

/** What an import is told. */
export interface ImportOptions {
  readonly folder: string;
  readonly file: string;
  readonly signal: AbortSignal;
}

/** What an import did, and what is left. */
export interface Imported extends Taken {
  /** Replies in the file. */
  readonly replies: number;
  /** Tickets left for offline work, all products together. */
  readonly left: number;
  /** Steps of lent units that the authority still has not heard of. */
  readonly unreported: number;
}

/** What a file comes to. */
export type ImportResult =
  | { readonly imported: Imported }
  /** Replies to another appliance, or from another owner. */
  | { readonly foreign: string }
  /** The agent runs and has not taken the file yet; it will, by itself. */
  | { readonly waiting: string };

/** What files are opened with: who this appliance is and whom it trusts. */
export type Reader = Pick<Appliance, "config" | "identity" | "trust">;

/** Takes a file of replies, or hands it to the running agent. @throws {Malformed} {Fault}: then nothing of it was taken. */
export async function importReplies(options: ImportOptions, ports: AgentPorts): Promise<ImportResult> {
  const { folder, file, signal } = options;
  const bytes = await readCarried(file);
  // Before anything is opened: a file that is not for this appliance must not wait in an inbox.
  const opened = openFor(await readerOf(folder), bytes);
  if ("foreign" in opened) return opened;
  let appliance: Appliance;
  try {
    appliance = await openAppliance(folder, ports);
  } catch (error) {
    if (!(error instanceof Fault) || error.place !== HELD_ELSEWHERE) throw error;
    const name = await putIntoInbox(agentPaths(folder).inbox, bytes);
    const { pause, nowMs } = ports;
    const answer = await awaitTaken<ImportResult>(agentPaths(folder).inbox, name, { pause, nowMs, signal });
    return "result" in answer ? answer.result : answer;
  }
  try {
    return await takeFile(appliance, bytes, ports);
  } finally {
    appliance.close();
  }
}

/** Takes the content of a file with an appliance that this process holds. */
export async function takeFile(
  appliance: Appliance,
  bytes: Uint8Array,
  ports: AgentPorts,
): Promise<ImportResult> {
  const opened = openFor(appliance, bytes);
  if ("foreign" in opened) return opened;
  await appliance.takeKeySet(opened.keySet);
  const taken = await takeReplies({
    ...roundPorts(appliance),
    owner: appliance.config.owner,
    statementKeys: () => statementKeysOf(appliance.trust()),
    nowMs: ports.nowMs,
  }, opened.opened);
  createTeller(appliance, ports)(taken);
  for (const { uid, refused } of taken.receipts) ports.onEvent({ kind: "reported-late", uid, refused });
  for (const message of taken.problems) ports.onEvent({ kind: "sync-problem", message });
  return { imported: { ...taken, replies: opened.opened.length, ...remains(appliance, ports) } };
}

function openFor(
  { config, identity, trust }: Reader,
  bytes: Uint8Array,
): { readonly opened: readonly Opened[]; readonly keySet: Uint8Array } | { readonly foreign: string } {
  const file = decodeReplyFile(bytes);
  if (file.appliance !== config.appliance) return { foreign: `it is for appliance ${file.appliance}` };
  if (file.owner !== config.owner) return { foreign: `it is from owner ${file.owner}` };
  const { appliance } = config;
  const logKeys = logKeysFor(trust(), file.keySet);
  const opened = openReplies(file, { appliance, publicKey: identity.publicKey, logKeys });
  return { opened, keySet: file.keySet };
}

/** The log keys known here and those of the key set in the file: the keys may have been changed since (P-70). */
function logKeysFor(trust: AgentTrust, signed: Uint8Array): readonly Uint8Array[] {
  const renewed = renewedTrust(trust, signed);
  return [...logKeysOf(trust.keySet), ...(renewed === null ? [] : logKeysOf(renewed.keySet))];
}

async function readerOf(folder: string): Promise<Reader> {
  const paths = agentPaths(folder);
  const config = parseConfig(await readFolderFile(paths.config));
  const sealKey = await openSealKey(config.sealKeyFile);
  const identity = await openIdentity({ identity: paths.identity, sealKey: config.sealKeyFile }, sealKey);
  sealKey.wipe();
  const trust = await readTrust(paths.trust);
  return { config, identity, trust: () => trust };
}

async function readCarried(path: string): Promise<Uint8Array> {
  try {
    const { size } = await Deno.stat(path);
    if (size > fileLimits.replyFileBytes) {
      const text = `Cannot read "${path}": it is longer than ${fileLimits.replyFileBytes / 1_048_576} MiB`;
      throw new Malformed(text, { structure: "the reply file" });
    }
    return await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof Malformed) throw cause;
    const problem = cause instanceof Deno.errors.NotFound
      ? "there is no such file"
      : "check the stick and its rights";
    throw new Fault(`Cannot read "${path}": ${problem}`, { place: "disk", retry: true, cause });
  }
}
