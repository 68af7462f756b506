/**
 * One key set at work: its signer, office and application. When another process has changed the key set (P-70), the next
 * request begins a new generation; the earlier one ends with its last request, and its keys with it. Knows no file.
 *
 * @module
 */

import { type Random, Secret } from "../bootloader/suite/mod.ts";
import { assert, Fault, keysetLayout, type OwnerId, sameBytes } from "../bootloader/wire/mod.ts";
import { statementSubjects, type TrustReply } from "./api/mod.ts";
import { OUTDATED_AFTER_DAYS } from "./config.ts";
import { createApp, type RequestSeen } from "./http/mod.ts";
import type { Office } from "./issuance/mod.ts";
import { createSigner, type Signer } from "./signer/mod.ts";
import { type Database, listKeySets, newestKeySet, readSealedKey, readSetting } from "./store/mod.ts";

/** What a generation is made of. */
export interface GenerationPorts {
  readonly db: Database;
  /** 32 bytes; copied, not taken over. */
  readonly sealKey: Secret;
  /** PEM text of the certificate authority of the HTTPS channel. */
  readonly caCertificate: string;
  /** How long an appliance may be away before a person must renew it (P-73), in days; 365 when missing. */
  readonly outdatedAfterDays?: number;
  /** The site's zone, a name of the IANA database; UTC when missing. */
  readonly zone?: string;
  /** When the certificate of the HTTPS channel ends, in milliseconds since 1970, where it is known. */
  readonly channelEndsMs?: () => number | undefined;
  readonly random: Random;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Takes one JSON line for each request and incident. */
  readonly say: (line: string) => void;
  /** Told of each request, for the figures. */
  readonly observe: (request: RequestSeen) => void;
}

/** One key set at work. */
export interface Generation {
  readonly office: Office;
  /** `peer`: address of the caller as the socket has it. */
  readonly handle: (request: Request, peer?: string) => Promise<Response>;
  /** Wipes the keys as soon as no request is under way. */
  readonly retire: () => void;
}

/** How many earlier key sets `GET /v1/trust` tells, newest first. */
const EARLIER_MOST = 64;

/** Opens the newest key set with its keys. @throws {Fault} when the database has none or the seal key is another's */
export function openGeneration(ports: GenerationPorts): Generation {
  // In one transaction: key set and sealed keys change together.
  const { signer, office, earlier } = ports.db.transact(() => openOffice(ports));
  const { say, observe, zone, channelEndsMs } = ports;
  const trust = trustOf(office, earlier, ports.caCertificate);
  const app = createApp(office, {
    trust,
    say,
    observe,
    ...(zone === undefined ? {} : { zone }),
    ...(channelEndsMs === undefined ? {} : { channelEndsMs }),
  });
  let underWay = 0;
  let retired = false;
  const wipeWhenIdle = () => {
    if (retired && underWay === 0) signer.wipe();
  };
  return {
    office,
    async handle(request, peer) {
      underWay += 1;
      try {
        return await app.fetch(request, peer === undefined ? {} : { peer });
      } finally {
        underWay -= 1;
        wipeWhenIdle();
      }
    },
    retire() {
      retired = true;
      wipeWhenIdle();
    },
  };
}

/** Whether the database has another key set than this generation works with. */
export function hasOtherKeySet({ office }: Generation): boolean {
  const newest = newestKeySet(office.db);
  return newest === undefined || !sameBytes(newest, office.keySet);
}

function openOffice(ports: GenerationPorts) {
  const { db } = ports;
  const owner = readSetting(db, "owner");
  const [keySet, ...earlier] = listKeySets(db);
  if (owner === undefined || keySet === undefined) {
    throw new Fault("Cannot open the authority: the database has none; run init first", {
      place: "database",
      retry: false,
    });
  }
  const signer = createSigner({
    sealKey: new Secret(ports.sealKey.use((key) => key.slice())),
    readSealed: (name) => readSealedKey(db, name),
    random: ports.random,
    earlierTicketKeys: ticketKeysOf(earlier),
  });
  assertKeySet(keySet, signer);
  const office: Office = {
    db,
    signer,
    owner: owner as OwnerId,
    ownerName: settingOf(db, "owner-name"),
    epoch: Number(settingOf(db, "epoch")),
    rootPublicKey: Uint8Array.fromHex(settingOf(db, "root-public-key")),
    keySet,
    outdatedAfterMs: (ports.outdatedAfterDays ?? OUTDATED_AFTER_DAYS) * 86_400_000,
    random: ports.random,
    nowMs: ports.nowMs,
  };
  return { signer, office, earlier: earlier.slice(0, EARLIER_MOST) };
}

function ticketKeysOf(signed: readonly Uint8Array[]): readonly Uint8Array[] {
  const keys = signed.map((each) =>
    keysetLayout.decode(each.subarray(0, keysetLayout.size)).ticketKey.toHex()
  );
  return [...new Set(keys)].map((hex) => Uint8Array.fromHex(hex));
}

function settingOf(db: Database, name: string): string {
  const value = readSetting(db, name);
  assert(value !== undefined, `Cannot open the authority: its setting "${name}" is missing`);
  return value;
}

function assertKeySet(signed: Uint8Array, signer: Signer): void {
  const { ticketKey, logKey, unwrapKey } = keysetLayout.decode(signed.subarray(0, keysetLayout.size));
  const named = [ticketKey, logKey, unwrapKey].map((key) => key.toHex()).join();
  const held = [signer.publicKeys.ticketKey, signer.publicKeys.logKey, signer.publicKeys.unwrapKey];
  assert(
    named === held.map((key) => key.toHex()).join(),
    "Cannot open the authority: its key set names other keys",
  );
}

function trustOf(office: Office, earlier: readonly Uint8Array[], caCertificate: string): TrustReply {
  const serial = keysetLayout.decode(office.keySet.subarray(0, keysetLayout.size)).serial;
  const statement = office.signer.sealStatement({
    subject: statementSubjects.caCertificate,
    owner: office.owner,
    atMs: office.nowMs(),
    number: serial,
  }, new TextEncoder().encode(caCertificate));
  return {
    rootPublicKey: office.rootPublicKey.toHex(),
    keySet: office.keySet.toHex(),
    earlierKeySets: earlier.map((signed) => signed.toHex()),
    caCertificate,
    caStatement: statement.toHex(),
  };
}
