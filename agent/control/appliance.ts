/**
 * An enrolled appliance, opened: configuration, identity, trust, record, cache, and the signed client to its
 * authority. One process at a time holds an appliance's folder.
 *
 * @module
 */
import {
  type Answer,
  type ApplianceClient,
  createApplianceClient,
  logKeysOf,
  type Refused,
  type ReplyOf,
} from "../../authority/api/mod.ts";
import { demandKnownAnswers } from "../../bootloader/suite/mod.ts";
import { Fault, Malformed } from "../../bootloader/wire/mod.ts";
import type { Office } from "../delivery/mod.ts";
import { Journal, ReleaseStore } from "../journal/mod.ts";
import { Contact, createOffice, createTurns, deadBelowSequence, type InTurn, watched } from "../sync/mod.ts";
import { FileVault, OfflineOffice, SealedStorage, type Vault } from "../vault/mod.ts";
import { type AgentConfig, agentPaths, parseConfig, readFolderFile } from "./config.ts";
import { type Identity, openIdentity, openSealKey } from "./identity.ts";
import { KeptTrust } from "./kept_trust.ts";
import type { AgentPorts } from "./ports.ts";
import { createRecordPort } from "./record_port.ts";
import { type AgentTrust, earlierKeySets } from "./trust_file.ts";

/** An opened appliance. */
export interface Appliance {
  readonly folder: string;
  readonly config: AgentConfig;
  readonly identity: Identity;
  /** The trust as it is now: a newer key set that the root has signed replaces the one before. */
  readonly trust: () => AgentTrust;
  readonly journal: Journal;
  readonly releases: ReleaseStore;
  /** Speaks to the authority; each answer and each silence is noted by `contact`. */
  readonly client: ApplianceClient;
  readonly contact: Contact;
  readonly vault: Vault;
  /** What deliveries work with: the authority, or the vault in its place. */
  readonly office: Office;
  /** Seconds since 1970, never behind the newest time that the authority has signed. */
  readonly nowSeconds: () => number;
  /** Rounds and files of replies, one at a time. */
  readonly inTurn: InTurn;
  /** Asks the authority for its state and takes a newer key set over; null when it cannot be reached or refuses. */
  readonly refresh: (signal: AbortSignal) => Promise<ReplyOf<"state"> | null>;
  /** Products that the owner allows as it was last heard here; before that, those of what it has lent. */
  readonly products: () => readonly string[];
  /** Why the authority has refused its state when it was last asked, or null. */
  readonly refusal: () => Refused | null;
  /** Takes a newer key set of the owner's over, whoever brings it (P-70). @throws {Malformed} for one of another root */
  readonly takeKeySet: (signed: Uint8Array) => Promise<void>;
  /** Takes a newer key set over out of a state that was heard. */
  readonly takeState: (state: ReplyOf<"state">) => Promise<void>;
  readonly close: () => void;
}

/** Opens the appliance in `folder` for this process alone. @throws {Fault} with the remedy; {Malformed} naming the file. */
export async function openAppliance(folder: string, ports: AgentPorts): Promise<Appliance> {
  // Before any key is opened: a machine that computes wrongly makes nothing that could be taken back.
  demandKnownAnswers();
  const paths = agentPaths(folder);
  const config = parseConfig(await readFolderFile(paths.config));
  const sealKey = await openSealKey(config.sealKeyFile);
  const identity = await openIdentity({ identity: paths.identity, sealKey: config.sealKeyFile }, sealKey);
  const trust = await KeptTrust.open(paths.trust);
  const lock = await holdLock(paths.lock);
  const journal = new Journal(paths.journal, ports.nowMs);
  // What an earlier process left unfinished is ended first: its boards come back and are taken up again.
  journal.endInterrupted("interrupted");
  const nowSeconds = () => Math.max(Math.floor(ports.nowMs() / 1000), journal.contact().signedSeconds);
  // The seal key stays in memory as long as the agent runs: each use of a lent ticket opens keys with it.
  const storage = new SealedStorage(sealKey, ports.random);
  const vault = openVault({ journal, storage, config, identity, trust, nowSeconds }, ports);
  const network = ports.network.trusting(trust.now.caCertificate);
  const contact = createContact(journal, ports);
  const record = createRecordPort(journal, { appliance: config.appliance, identity });
  const direct = createApplianceClient({
    origin: config.origin,
    fetch: network.fetch,
    fetchAlone: network.fetchAlone,
    appliance: config.appliance,
    sign: identity.sign,
    get logKeys() {
      return logKeysOf(trust.now.keySet);
    },
    learnKeys: () => trust.learn({ origin: config.origin, fetch: network.fetch }),
    nextSequence: () => journal.nextSequence(),
    nowSeconds: () => Math.floor(ports.nowMs() / 1000),
    record,
    onCounted: (sequence) => journal.leases.copies.forgetBelow(deadBelowSequence(sequence)),
  });
  const client = watched(direct, contact);
  const takeKeySet = (signed: Uint8Array) => trust.take(signed);
  const offline = new OfflineOffice(vault, nowSeconds);
  return {
    folder,
    config,
    identity,
    trust: () => trust.now,
    journal,
    releases: new ReleaseStore(paths.releases, journal),
    client,
    contact,
    vault,
    office: createOffice({ client, vault, offline, journal }),
    nowSeconds,
    inTurn: createTurns(),
    takeKeySet,
    takeState: (state) => takeKeySet(Uint8Array.fromHex(state.keySet)),
    ...heardState({ client, journal, vault, takeKeySet }),
    close() {
      storage.wipe();
      network.close();
      record.keep();
      journal.close();
      lock.close();
    },
  };
}

function createContact(journal: Journal, { nowMs, onEvent }: AgentPorts): Contact {
  return new Contact({
    journal,
    nowMs,
    onChange: ({ reachable, problem, sinceMs }) =>
      onEvent({ kind: "contact", reachable: reachable === true, problem, atMs: sinceMs }),
  });
}

interface VaultParts {
  readonly journal: Journal;
  readonly storage: SealedStorage;
  readonly config: AgentConfig;
  readonly identity: Identity;
  readonly trust: KeptTrust;
  readonly nowSeconds: () => number;
}

/** Opens the vault and finishes what a crash left in it, so that no certificate is in hand (P-57). */
function openVault(parts: VaultParts, ports: AgentPorts): Vault {
  const { journal, storage, config, identity, trust, nowSeconds } = parts;
  const { appliance } = config;
  const vault = new FileVault({
    journal,
    storage,
    random: ports.random,
    identity: { appliance, publicKey: identity.publicKey },
    keySet: () => trust.now.keySet,
    earlierKeySets: () => earlierKeySets(trust.now),
    nowSeconds,
  });
  for (const { chip, ticketId } of vault.finishInterrupted()) {
    ports.onEvent({ kind: "lease-use-finished", uid: chip?.uid ?? "", ticketId });
  }
  return vault;
}

/** What the authority said of this appliance when it was last asked. */
function heardState(
  { client, journal, vault, takeKeySet }:
    & Pick<Appliance, "journal" | "vault" | "takeKeySet">
    & { readonly client: ApplianceClient },
): Pick<Appliance, "refresh" | "refusal" | "products"> {
  let refusal: Refused | null = null;
  let products: readonly string[] | null = null;
  let asking: { readonly signal: AbortSignal; readonly state: ReturnType<Appliance["refresh"]> } | null =
    null;
  const ask = async (signal: AbortSignal) => {
    const answer = await askState(client, journal, signal);
    refusal = answer !== null && "refused" in answer ? answer.refused : null;
    if (answer === null || "refused" in answer) return null;
    products = answer.granted.products.map(({ product }) => product);
    await takeKeySet(Uint8Array.fromHex(answer.granted.keySet));
    return answer.granted;
  };
  return {
    refusal: () => refusal,
    products: () => products ?? [...vault.left().keys()],
    refresh(signal) {
      // Boards that are put in together share one answer; with another signal the question may end another way.
      if (asking?.signal === signal) return asking.state;
      const mine = { signal, state: ask(signal).finally(() => asking = asking === mine ? null : asking) };
      asking = mine;
      return mine.state;
    },
  };
}

async function askState(
  client: ApplianceClient,
  journal: Journal,
  signal: AbortSignal,
): Promise<Answer<ReplyOf<"state">> | null> {
  try {
    const answer = await client.state({ signal });
    // Kept, so that nothing that was lent is used either once the network is away.
    if ("refused" in answer && answer.refused.code === "appliance-frozen") {
      journal.leases.bar(answer.refused.code, answer.atSeconds);
    }
    return answer;
  } catch (error) {
    // A record that cannot be written is not the network's doing, and the operator must read so.
    if (error instanceof Fault && error.place === "disk") throw error;
    // Nothing else depends on this answer: each ticket request says again, with a sentence, what is wrong.
    if (error instanceof Fault || error instanceof Malformed) return null;
    throw error;
  }
}

/** The place of the fault that another process holds the appliance. */
export const HELD_ELSEWHERE = "appliance";

/** Takes the folder's lock; the system lets go of it when this process ends, however it ends. */
async function holdLock(path: string): Promise<Deno.FsFile> {
  const file = await Deno.open(path, { write: true, create: true, mode: 0o600 });
  if (await file.tryLock(true)) return file;
  file.close();
  throw new Fault(`Cannot open the appliance: another agent holds "${path}"; stop it first`, {
    place: HELD_ELSEWHERE,
    retry: true,
  });
}
