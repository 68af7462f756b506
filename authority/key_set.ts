/**
 * Makes, signs and keeps key sets (PROTOCOL section 12, P-70): the first one, the announcement of the next keys, the switch to
 * them. The root's key is lent for one signature. Knows the database; knows no file.
 *
 * @module
 */

import { keyIdOf, type Random, type Secret, type SigningKeyPair } from "../bootloader/suite/mod.ts";
import { openKeyset, sealKeyset } from "../bootloader/ticket/mod.ts";
import { assert, Fault, type Keyset, sameBytes } from "../bootloader/wire/mod.ts";
import { rootHashOf } from "./api/mod.ts";
import { appendEvent } from "./log/mod.ts";
import { drawNextKeys, takeOverNextKeys } from "./signer/mod.ts";
import {
  type Database,
  deleteSealedKey,
  insertKeySet,
  insertSealedKey,
  listKeySets,
  readSealedKey,
  readSetting,
  replaceSealedKey,
} from "./store/mod.ts";

/** What stands where a key set names no key. */
export const NO_KEY: Uint8Array = new Uint8Array(32);

/** Why a change of the key set is refused: nothing has happened then. */
export type KeySetRefusal = "root-key-wrong" | "next-keys-announced" | "next-keys-missing";

/** What a change of the key set came to. */
export type KeySetChange = { readonly keySet: Keyset } | { readonly refused: KeySetRefusal };

/** What a change needs besides the database. */
export interface KeySetPorts {
  readonly db: Database;
  readonly sealKey: Secret;
  /** The root, brought for this change and taken away again. */
  readonly root: SigningKeyPair;
  readonly random: Random;
  readonly nowMs: number;
}

/**
 * Signs a key set with the root and keeps it, within the running transaction.
 *
 * @returns the 268 bytes
 */
export function keepKeySet(db: Database, keySet: Keyset, root: SigningKeyPair): Uint8Array {
  const signed = sealKeyset(keySet, root.seed);
  insertKeySet(db, keySet.serial, signed);
  return signed;
}

/** Announces the ticket and log key that will come next. The current ones go on as before. */
export function announceNextKeys(ports: KeySetPorts): KeySetChange {
  return change(ports, (current) => {
    if (hasKey(current.nextTicketKey)) return { refused: "next-keys-announced" };
    const { sealed, publicKeys } = drawNextKeys(ports.sealKey, ports.random);
    for (const [name, key] of sealed) insertSealedKey(ports.db, name, key);
    const { ticketKey, logKey } = publicKeys;
    return { event: "keys-announced", keySet: { ...current, nextTicketKey: ticketKey, nextLogKey: logKey } };
  });
}

/** Makes the announced keys the current ones. The private halves of the earlier ones are gone when it returns. */
export function switchKeys(ports: KeySetPorts): KeySetChange {
  const { db, sealKey, random } = ports;
  return change(ports, (current) => {
    if (!hasKey(current.nextTicketKey)) return { refused: "next-keys-missing" };
    const readSealed = (name: string) => {
      const sealed = readSealedKey(db, name);
      assert(sealed !== undefined, `Cannot switch keys: the sealed key "${name}" is missing`);
      return sealed;
    };
    for (const { from, to, sealed } of takeOverNextKeys(sealKey, readSealed, random)) {
      replaceSealedKey(db, to, sealed);
      deleteSealedKey(db, from);
    }
    const { nextTicketKey: ticketKey, nextLogKey: logKey } = current;
    const next = { ticketKey, logKey, nextTicketKey: NO_KEY, nextLogKey: NO_KEY };
    return { event: "keys-switched", keySet: { ...current, ...next } };
  });
}

type Plan =
  | { readonly event: "keys-announced" | "keys-switched"; readonly keySet: Keyset }
  | { readonly refused: KeySetRefusal };

/** All of a change in one transaction: a power cut leaves the earlier key set with its keys, or the later one with its own. */
function change({ db, root, nowMs }: KeySetPorts, plan: (current: Keyset) => Plan): KeySetChange {
  return db.transact(() => {
    const known = readSetting(db, "root-public-key");
    if (known === undefined) throw noAuthority();
    if (root.publicKey.toHex() !== known) return { refused: "root-key-wrong" };
    const current = keySetsOf(db)[0]!.keySet;
    const planned = plan(current);
    if ("refused" in planned) return planned;
    const keySet = { ...planned.keySet, serial: current.serial + 1, issuedAt: Math.floor(nowMs / 1000) };
    keepKeySet(db, keySet, root);
    appendEvent(db, {
      event: planned.event,
      who: "authority",
      about: {
        keySetSerial: keySet.serial,
        ticketKey: keyIdOf(keySet.ticketKey),
        logKey: keyIdOf(keySet.logKey),
        nextTicketKey: hasKey(keySet.nextTicketKey) ? keyIdOf(keySet.nextTicketKey) : null,
        nextLogKey: hasKey(keySet.nextLogKey) ? keyIdOf(keySet.nextLogKey) : null,
      },
    }, nowMs);
    return { keySet };
  });
}

/** A key set with its 268 bytes. */
export interface SignedKeySet {
  readonly signed: Uint8Array;
  readonly keySet: Keyset;
}

/** Returns every key set of the database, newest first. @throws {Fault} when it has none, or one that the root did not sign */
export function keySetsOf(db: Database): readonly SignedKeySet[] {
  const root = readSetting(db, "root-public-key");
  const all = listKeySets(db);
  if (root === undefined || all.length === 0) throw noAuthority();
  const publicKey = Uint8Array.fromHex(root);
  return all.map((signed) => {
    const opening = openKeyset(signed, { publicKey });
    if ("opened" in opening) return { signed, keySet: opening.opened };
    throw new Fault("Cannot use the database: it holds a key set that the root did not sign", {
      place: "database",
      retry: false,
    });
  });
}

/** What `keys show` tells. */
export interface KeySetsShown {
  readonly owner: string;
  /** First 10 bytes of SHA-512 of the root public key, in hex: as `init` has shown it. */
  readonly rootHash: string;
  readonly rootPublicKey: string;
  /** The newest, 268 bytes in hex, and the earlier ones: what `verify --trust` takes. */
  readonly keySet: string;
  readonly earlierKeySets: readonly string[];
  /** Newest first; ids are the first 8 bytes of SHA-512 of a key, in hex. */
  readonly keySets: readonly {
    readonly serial: number;
    readonly epoch: number;
    readonly issuedAtSeconds: number;
    readonly ticketKeyId: string;
    readonly logKeyId: string;
    readonly nextTicketKeyId: string | null;
    readonly nextLogKeyId: string | null;
  }[];
}

/** Returns what there is to see of the key sets; nothing of it is secret. */
export function showKeySets(db: Database): KeySetsShown {
  const [newest, ...earlier] = keySetsOf(db);
  assert(newest !== undefined, "Cannot show the key sets: there is none");
  const rootPublicKey = readSetting(db, "root-public-key") ?? "";
  const idOf = (key: Uint8Array) => hasKey(key) ? keyIdOf(key) : null;
  return {
    owner: newest.keySet.owner,
    rootHash: rootHashOf(Uint8Array.fromHex(rootPublicKey)).toHex(),
    rootPublicKey,
    keySet: newest.signed.toHex(),
    earlierKeySets: earlier.map(({ signed }) => signed.toHex()),
    keySets: [newest, ...earlier].map(({ keySet }) => ({
      serial: keySet.serial,
      epoch: keySet.epoch,
      issuedAtSeconds: keySet.issuedAt,
      ticketKeyId: keyIdOf(keySet.ticketKey),
      logKeyId: keyIdOf(keySet.logKey),
      nextTicketKeyId: idOf(keySet.nextTicketKey),
      nextLogKeyId: idOf(keySet.nextLogKey),
    })),
  };
}

function hasKey(key: Uint8Array): boolean {
  return !sameBytes(key, NO_KEY);
}

function noAuthority(): Fault {
  return new Fault("Cannot use the database: it has no authority; run init first", {
    place: "database",
    retry: false,
  });
}
