/**
 * Founds an authority in an empty database: keys drawn and sealed, the first key set signed by a root that leaves at
 * once, the owner's first API key. Knows the database; knows no file.
 *
 * @module
 */

import { type Random, Secret, signingKeyPairOf } from "../bootloader/suite/mod.ts";
import { Fault, type OwnerId } from "../bootloader/wire/mod.ts";
import { keepKeySet, NO_KEY } from "./key_set.ts";
import { appendEvent } from "./log/mod.ts";
import { drawKeys, hashApiKey } from "./signer/mod.ts";
import { type Database, insertApiKey, insertSealedKey, readSetting, writeSetting } from "./store/mod.ts";

/** What leaves the founding, once: nothing of it is kept in the database. */
export interface Founding {
  readonly owner: OwnerId;
  /** The offline root's seed: 32 bytes, to be written to its own file and wiped. */
  readonly rootSeed: Secret;
  readonly rootPublicKey: Uint8Array;
  /** The owner's API key: 64 hexadecimal digits, shown once. */
  readonly apiKey: string;
}

/** Founds an authority. @throws {Fault} when the database has one already: it is never overwritten. */
export function foundAuthority(
  db: Database,
  sealKey: Secret,
  options: { readonly ownerName: string; readonly random: Random; readonly nowMs: number },
): Founding {
  const { ownerName, random, nowMs } = options;
  const owner = random(8).toHex() as OwnerId;
  // The root lives here from the draw until the caller has written it to its own file.
  const root = signingKeyPairOf(Secret.draw(random, 32));
  const { sealed, publicKeys } = drawKeys(sealKey, random);
  const next = { nextTicketKey: NO_KEY, nextLogKey: NO_KEY };
  const keySet = { serial: 1, epoch: 1, owner, ...publicKeys, ...next, issuedAt: Math.floor(nowMs / 1000) };
  const apiKey = random(32).toHex();
  db.transact(() => {
    if (readSetting(db, "owner") !== undefined) {
      throw new Fault("Cannot found an authority: the database has one already", {
        place: "database",
        retry: false,
      });
    }
    writeSetting(db, "owner", owner);
    writeSetting(db, "owner-name", ownerName);
    writeSetting(db, "epoch", "1");
    writeSetting(db, "root-public-key", root.publicKey.toHex());
    for (const [name, key] of sealed) insertSealedKey(db, name, key);
    keepKeySet(db, keySet, root);
    insertApiKey(db, { hash: hashApiKey(apiKey), name: "first", role: "owner", createdMs: nowMs });
    appendEvent(db, {
      event: "authority-made",
      who: "authority",
      about: { owner, epoch: 1, keySetSerial: 1 },
    }, nowMs);
  });
  return { owner, rootSeed: root.seed, rootPublicKey: root.publicKey, apiKey };
}
