/**
 * What this appliance has to say, as a file for a stick (P-65): the same signed requests that would go over HTTPS. Works
 * beside a running agent: it reads the journal, takes request numbers, and changes nothing else.
 *
 * @module
 */
import {
  encodeMessageFile,
  type FiledMessage,
  fileLimits,
  looksCarried,
  type Message,
  signMessage,
} from "../../authority/api/mod.ts";
import { Fault } from "../../bootloader/wire/mod.ts";
import { Journal, ReleaseStore } from "../journal/mod.ts";
import { outbox } from "../sync/mod.ts";
import { FileVault, SealedStorage } from "../vault/mod.ts";
import { agentPaths, parseConfig, readFolderFile, syncFolderOf } from "./config.ts";
import { openIdentity, openSealKey } from "./identity.ts";
import type { AgentPorts } from "./ports.ts";
import { createRecordPort } from "./record_port.ts";
import { earlierKeySets, readTrust } from "./trust_file.ts";

/** What an export is told. */
export interface ExportOptions {
  readonly folder: string;
  /** The file to write; a file of messages or replies that lies there is written over, anything else is not. */
  readonly file: string;
}

/** What went into the file. */
export interface Exported {
  readonly file: string;
  readonly bytes: number;
  readonly messages: number;
  /** Steps of lent units that are told. */
  readonly uses: number;
  /** Receipts of the owner's own tickets that are reported. */
  readonly receipts: number;
  readonly failures: number;
  /** Unused units that are given back. */
  readonly returns: number;
  /** Units that are asked for. */
  readonly units: number;
  /** Releases whose content is asked for. */
  readonly releases: number;
  /** Tickets of before a restore of the authority that are shown to it. */
  readonly shown: number;
  /** Messages that found no room: they go with the next file. */
  readonly left: number;
}

/** Writes the file. @throws {Fault} when the appliance cannot be opened, or the file cannot be written */
export async function exportMessages(options: ExportOptions, ports: AgentPorts): Promise<Exported> {
  const paths = agentPaths(options.folder);
  const config = parseConfig(await readFolderFile(paths.config));
  const sealKey = await openSealKey(config.sealKeyFile);
  const identity = await openIdentity({ identity: paths.identity, sealKey: config.sealKeyFile }, sealKey);
  const trust = await readTrust(paths.trust);
  const journal = new Journal(paths.journal, ports.nowMs);
  const storage = new SealedStorage(sealKey, ports.random);
  const { origin, appliance, owner } = config;
  try {
    const vault = new FileVault({
      journal,
      storage,
      random: ports.random,
      identity: { appliance, publicKey: identity.publicKey },
      keySet: () => trust.keySet,
      earlierKeySets: () => earlierKeySets(trust),
      nowSeconds: () => Math.floor(ports.nowMs() / 1000),
    });
    // The key for the vault is made by the agent, which may be making it just now; its request goes with the next file.
    const openRequests = () => journal.leases.vaultKey("wrap") === null ? [] : vault.openRequests();
    const readable = { openRequests, holds: (ticketId: string) => vault.holds(ticketId) };
    const all = await outbox({
      journal,
      vault: readable,
      releases: new ReleaseStore(paths.releases, journal),
    });
    const said = fitting(all);
    const record = createRecordPort(journal, { appliance, identity });
    const signing: Signing = {
      origin,
      appliance,
      sign: identity.sign,
      nextSequence: () => journal.nextSequence(),
      nowSeconds: () => Math.floor(ports.nowMs() / 1000),
      record: {
        next(asked) {
          const head = record.next(asked);
          // The messages arrive in this order: each builds on the one before it, and the next file on this one (P-69).
          record.heard(head.number);
          return head;
        },
      },
    };
    const messages = said.flatMap((message) => signFor(message, signing, journal));
    const bytes = encodeMessageFile({ owner, appliance, atMs: ports.nowMs(), origin, messages });
    await writeCarried(options.file, bytes);
    return { ...countOf(said), file: options.file, bytes: bytes.length, left: all.length - said.length };
  } finally {
    storage.wipe();
    journal.close();
  }
}

type Signing = Parameters<typeof signMessage>[0];

function signFor(message: Message, signing: Signing, journal: Journal): readonly FiledMessage[] {
  const signed = signMessage(signing, message);
  if (message.route !== "lease") return [signed];
  // P-67: durable before the file is there. A request that the running agent has ended meanwhile is not said any more.
  return journal.leases.copies.store(message.body.leaseKey, signed.sequence) ? [signed] : [];
}

/** Returns what has room in one file, the question for the state in any case; order is kept. */
function fitting(all: readonly Message[]): readonly Message[] {
  // Generous: heads and the digest come on top.
  let room = fileLimits.messageFileBytes / 2;
  let count = 0;
  return all.filter((message) => {
    if (message.route === "state") return true;
    room -= JSON.stringify(message.body ?? "").length;
    return room > 0 && ++count < fileLimits.messages;
  });
}

function countOf(said: readonly Message[]): Omit<Exported, "file" | "bytes" | "left"> {
  const sum = (count: (message: Message) => number) =>
    said.reduce((total, message) => total + count(message), 0);
  const releases = said.flatMap(({ route, subject }) => route === "releaseContent" ? [subject] : []);
  return {
    messages: said.length,
    uses: sum((message) => message.route === "leaseUses" ? message.body.uses.length : 0),
    receipts: sum(({ route }) => route === "receipt" ? 1 : 0),
    failures: sum(({ route }) => route === "failure" ? 1 : 0),
    returns: sum((message) => message.route === "leaseReturns" ? message.body.ticketIds.length : 0),
    units: sum((message) => message.route === "lease" ? message.body.units : 0),
    releases: new Set(releases).size,
    shown: sum((message) => message.route === "restored" ? message.body.tickets.length : 0),
  };
}

/** Writes the whole file or nothing; never over a file of another kind. */
async function writeCarried(path: string, bytes: Uint8Array): Promise<void> {
  const fault = (problem: string, cause?: unknown) =>
    new Fault(`Cannot write "${path}": ${problem}`, { place: "disk", retry: true, cause });
  const draft = `${path}.part`;
  try {
    if (!await mayReplace(path)) throw fault("there is another file; name one that is not there yet");
    await Deno.remove(draft).catch(() => {});
    {
      using file = await Deno.open(draft, { write: true, createNew: true, mode: 0o644 });
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      await file.sync();
    }
    await Deno.rename(draft, path);
    await syncFolderOf(path);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw fault("check that its folder exists, has room, and can be written", cause);
  }
}

async function mayReplace(path: string): Promise<boolean> {
  try {
    using file = await Deno.open(path, { read: true });
    const start = new Uint8Array(16);
    const size = await file.read(start);
    return size === null || looksCarried(start);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}
