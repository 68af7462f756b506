/**
 * Puts the rooms together: an open database and a seal key in, an HTTP application out. Knows no file and no socket.
 *
 * @module
 */

import { type Random, type Secret } from "../bootloader/suite/mod.ts";
import { keysetLayout, type OwnerId } from "../bootloader/wire/mod.ts";
import { assert, Fault } from "../bootloader/wire/mod.ts";
import { statementSubjects } from "./api/mod.ts";
import { createApp } from "./http/mod.ts";
import { type Office, OUTDATED_AFTER_DAYS } from "./issuance/mod.ts";
import { createSigner, type Signer } from "./signer/mod.ts";
import { type Database, newestKeySet, readSealedKey, readSetting } from "./store/mod.ts";

/** What an authority is given. */
export interface AuthorityPorts {
  readonly db: Database;
  /** 32 bytes; taken over and wiped by `close`. */
  readonly sealKey: Secret;
  /** PEM text of the certificate authority of the HTTPS channel. */
  readonly caCertificate: string;
  /** How long an appliance may be away before a person must renew it, in days; 365 when missing. */
  readonly outdatedAfterDays?: number;
  readonly random: Random;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Takes one JSON line for each request and incident. */
  readonly say: (line: string) => void;
}

/** A working authority. */
export interface Authority {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Wipes the keys and closes the database; nothing may be asked after it. */
  readonly close: () => void;
  readonly owner: OwnerId;
  readonly rootPublicKey: Uint8Array;
}

/** Opens a founded authority. @throws {Fault} when the database has none or the seal key is another's. */
export function createAuthority(ports: AuthorityPorts): Authority {
  const { db } = ports;
  const owner = readSetting(db, "owner");
  const keySet = newestKeySet(db);
  if (owner === undefined || keySet === undefined) {
    throw new Fault("Cannot open the authority: the database has none; run init first", {
      place: "database",
      retry: false,
    });
  }
  const signer = createSigner({
    sealKey: ports.sealKey,
    readSealed: (name) => readSealedKey(db, name),
    random: ports.random,
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
  const app = createApp(office, { trust: trustOf(office, ports.caCertificate), say: ports.say });
  return {
    fetch: async (request) => await app.fetch(request),
    close: () => {
      signer.wipe();
      db.close();
    },
    owner: office.owner,
    rootPublicKey: office.rootPublicKey,
  };
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

function trustOf(office: Office, caCertificate: string) {
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
    caCertificate,
    caStatement: statement.toHex(),
  };
}
