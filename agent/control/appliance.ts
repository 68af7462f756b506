/**
 * An enrolled appliance, opened: configuration, identity, trust, record, cache, and the signed client to its
 * authority. One process at a time holds an appliance's folder.
 *
 * @module
 */
import {
  type ApplianceClient,
  createApplianceClient,
  type ReplyOf,
  type Trust,
} from "../../authority/api/mod.ts";
import { Fault, Malformed } from "../../bootloader/wire/mod.ts";
import { Journal, ReleaseStore } from "../journal/mod.ts";
import { type AgentConfig, agentPaths, parseConfig, readFolderFile } from "./config.ts";
import { type Identity, openIdentity } from "./identity.ts";
import type { AgentPorts } from "./ports.ts";
import { readTrust, renewedTrust, writeTrust } from "./trust_file.ts";

/** An opened appliance. */
export interface Appliance {
  readonly folder: string;
  readonly config: AgentConfig;
  readonly identity: Identity;
  /** The trust as it is now: a newer key set that the root has signed replaces the one before. */
  readonly trust: () => Trust;
  readonly journal: Journal;
  readonly releases: ReleaseStore;
  readonly client: ApplianceClient;
  /** Asks the authority for its state and takes a newer key set over; null when it cannot be reached or refuses. */
  readonly refresh: (signal: AbortSignal) => Promise<ReplyOf<"state"> | null>;
  readonly close: () => void;
}

/** Opens the appliance in `folder` for this process alone. @throws {Fault} with the remedy; {Malformed} naming the file. */
export async function openAppliance(folder: string, ports: AgentPorts): Promise<Appliance> {
  const paths = agentPaths(folder);
  const config = parseConfig(await readFolderFile(paths.config));
  const identity = await openIdentity({ identity: paths.identity, sealKey: config.sealKeyFile });
  let trust = await readTrust(paths.trust);
  const lock = await holdLock(paths.lock);
  const journal = new Journal(paths.journal, ports.nowMs);
  // What an earlier process left unfinished is ended first: its boards come back and are taken up again.
  journal.endInterrupted("interrupted");
  const network = ports.network.trusting(trust.caCertificate);
  const client = createApplianceClient({
    origin: config.origin,
    fetch: network.fetch,
    appliance: config.appliance,
    sign: identity.sign,
    logKeys: [trust.keySet.logKey, trust.keySet.nextLogKey].filter((key) => key.some((byte) => byte !== 0)),
    nextSequence: () => journal.nextSequence(),
    nowSeconds: () => Math.floor(ports.nowMs() / 1000),
  });
  return {
    folder,
    config,
    identity,
    trust: () => trust,
    journal,
    releases: new ReleaseStore(paths.releases, journal),
    client,
    async refresh(signal) {
      const state = await askState(client, signal);
      const renewed = state === null ? null : renewedTrust(trust, Uint8Array.fromHex(state.keySet));
      if (renewed !== null) {
        await writeTrust(paths.trust, renewed);
        trust = renewed;
      }
      return state;
    },
    close() {
      network.close();
      journal.close();
      lock.close();
    },
  };
}

async function askState(client: ApplianceClient, signal: AbortSignal): Promise<ReplyOf<"state"> | null> {
  try {
    const answer = await client.state({ signal });
    return "granted" in answer ? answer.granted : null;
  } catch (error) {
    // Nothing depends on this answer: each ticket request says again, with a sentence, what is wrong.
    if (error instanceof Fault || error instanceof Malformed) return null;
    throw error;
  }
}

/** Takes the folder's lock; the system lets go of it when this process ends, however it ends. */
async function holdLock(path: string): Promise<Deno.FsFile> {
  const file = await Deno.open(path, { write: true, create: true, mode: 0o600 });
  if (await file.tryLock(true)) return file;
  file.close();
  throw new Fault(`Cannot open the appliance: another agent holds "${path}"; stop it first`, {
    place: "disk",
    retry: true,
  });
}
