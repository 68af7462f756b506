/**
 * Backups of an authority's database, and the way back: a restored database is put in place only with a new epoch begun in
 * it, and never while anybody serves the folder (D§6, P-61).
 *
 * @module
 */

import { Fault, keysetLayout, type OwnerId } from "../bootloader/wire/mod.ts";
import { holdAlone, namingSealKey, readFolder, readSealKey, restoringName } from "./folder.ts";
import type { Host } from "./host/mod.ts";
import { beginEpoch, type EpochBegun } from "./issuance/mod.ts";
import { createSigner } from "./signer/mod.ts";
import { Database, newestKeySet, noteBackup, readSealedKey, readSetting } from "./store/mod.ts";

type Ports = Pick<Host, "nowMs" | "random" | "files">;

/** A backup that was made. */
export interface BackupMade {
  readonly file: string;
  readonly owner: OwnerId;
  readonly epoch: number;
  /** What the file does not hold and a restore needs. */
  readonly notInIt: readonly string[];
  /** False: its time could not be noted in the database, so that the figures tell an earlier backup. */
  readonly isNoted: boolean;
}

/**
 * Copies the database as of one instant into a new file, while the authority is served.
 * @throws {Fault} when the file is there already, or the disk fails: then no file is left.
 */
export async function backupAuthority(
  options: { readonly folder: string; readonly to: string },
  ports: Ports,
): Promise<BackupMade> {
  const { files } = ports;
  const { database, sealKeyFile, at, config } = await readFolder(options.folder, ports);
  // Opening would make an empty database where there is none.
  if (!await files.exists(database)) throw missing(database);
  // The name is taken first: nothing is ever overwritten.
  await files.writeNew(options.to, "", { secret: true });
  const facts = await removingOnFailure(options.to, files, async () => {
    const db = new Database(database);
    try {
      await db.backupTo(options.to);
    } finally {
      db.close();
    }
    const copy = new Database(options.to);
    const damage = copy.damage();
    const facts = factsOf(copy);
    copy.closeWhole();
    if (damage !== null) throw damaged(options.to, damage);
    await files.sync(options.to);
    return facts;
  });
  const isNoted = noteBackupIn(database, ports.nowMs());
  const notInIt = [sealKeyFile, `${options.folder}/config.json`, at(config.certificateKeyFile)];
  return { file: options.to, ...facts, notInIt, isNoted };
}

/** Does what fills a new file; leaves none that is not whole. */
async function removingOnFailure<T>(file: string, files: Ports["files"], fill: () => Promise<T>): Promise<T> {
  try {
    return await fill();
  } catch (error) {
    for (const end of ["", "-wal", "-shm", "-journal"]) await files.remove(file + end);
    throw error;
  }
}

/**
 * For the figures: how old the newest backup is. Its time is not in the backup itself. False when it could not be noted, as on
 * a full disk: the backup is good all the same.
 */
function noteBackupIn(database: string, nowMs: number): boolean {
  try {
    const db = new Database(database);
    try {
      noteBackup(db, nowMs);
    } finally {
      db.close();
    }
    return true;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

/** A database that was restored. */
export interface Restored extends EpochBegun {
  readonly database: string;
  /** Where the database that was there lies now; null: there was none. */
  readonly putAside: string | null;
}

/**
 * Puts a backup in the place of an authority's database and begins a new epoch in it. Whenever it is interrupted, either the
 * earlier database is in its place as it was, or nothing can be served until it is run again.
 * @throws {Fault} while the folder is served; when the backup is damaged or another installation's; when the disk fails.
 */
export async function restoreAuthority(
  options: { readonly folder: string; readonly from: string },
  ports: Ports,
): Promise<Restored> {
  const { files } = ports;
  const { database, sealKeyFile } = await readFolder(options.folder, ports);
  const held = await holdAlone(options.folder, "restore", ports);
  try {
    if (!await files.exists(options.from)) throw missing(options.from);
    const part = `${database}.part`;
    for (const end of ["", "-wal", "-shm", "-journal"]) await files.remove(part + end);
    await files.copyNew(options.from, part);
    const known = await epochsBeside(database, ports);
    const begun = await prepare(part, { from: options.from, sealKeyFile, known }, ports);
    await files.sync(part);
    const restoring = restoringName(database);
    await files.remove(restoring);
    // From here on nothing is served until the end.
    await files.move(part, restoring);
    const putAside = await putAsideAll(database, begun.epoch, ports);
    await files.move(restoring, database);
    return { ...begun, database, putAside };
  } finally {
    held.letGo();
  }
}

/** Begins a new epoch in a database that was put back by hand. @throws {Fault} while the folder is served. */
export async function beginEpochByHand(folder: string, ports: Ports): Promise<EpochBegun> {
  const { database, sealKeyFile } = await readFolder(folder, ports);
  const held = await holdAlone(folder, "begin a new epoch in", ports);
  try {
    if (!await ports.files.exists(database)) throw missing(database);
    const db = new Database(database);
    try {
      await checkBelongs(db, { path: database, sealKeyFile }, ports);
      return beginEpoch(db, { known: [], nowMs: ports.nowMs(), why: "by hand" });
    } finally {
      db.close();
    }
  } finally {
    held.letGo();
  }
}

/** The copy is checked and its epoch begun before it has the name under which it could be served. */
async function prepare(
  part: string,
  about: { readonly from: string; readonly sealKeyFile: string; readonly known: readonly number[] },
  ports: Ports,
): Promise<EpochBegun> {
  const db = openBackup(part, about.from);
  try {
    const damage = db.damage();
    if (damage !== null) throw damaged(about.from, damage);
    await checkBelongs(db, { path: about.from, sealKeyFile: about.sealKeyFile }, ports);
    return beginEpoch(db, { known: about.known, nowMs: ports.nowMs(), why: "restored" });
  } finally {
    db.closeWhole();
  }
}

function openBackup(part: string, from: string): Database {
  try {
    return new Database(part);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    throw damaged(from, cause.message.replace(/^Cannot \w+ the database: /, ""));
  }
}

/** The seal key is random and one installation's alone: what it opens belongs to it. */
async function checkBelongs(
  db: Database,
  about: { readonly path: string; readonly sealKeyFile: string },
  ports: Ports,
): Promise<void> {
  if (readSetting(db, "owner") === undefined || newestKeySet(db) === undefined) {
    throw new Fault(`Cannot use "${about.path}": there is no authority in it`, {
      place: "database",
      retry: false,
    });
  }
  const sealKey = await readSealKey(ports, about.sealKeyFile);
  namingSealKey(about.sealKeyFile, () => {
    createSigner({ sealKey, readSealed: (name) => readSealedKey(db, name), random: ports.random }).wipe();
  });
}

/**
 * Epochs that are known beside the backup, since one backup may be restored twice: that of the database which is replaced, that
 * of a restore which was interrupted, and those in the names of databases that were put aside.
 */
async function epochsBeside(database: string, { files }: Ports): Promise<readonly number[]> {
  const at = database.lastIndexOf("/");
  const name = database.slice(at + 1);
  const names = await files.list(at < 0 ? "." : database.slice(0, at) || "/");
  const aside = names.map((found) =>
    found.startsWith(name) ? /^\.before-(\d+)/.exec(found.slice(name.length)) : null
  )
    .map((match) => Number(match?.[1] ?? 0));
  const inside: number[] = [];
  for (const path of [database, restoringName(database)]) {
    if (await files.exists(path)) inside.push(epochIn(path));
  }
  return [...aside, ...inside];
}

function epochIn(path: string): number {
  try {
    const db = new Database(path);
    try {
      return Number(readSetting(db, "epoch") ?? 0);
    } finally {
      db.close();
    }
  } catch (error) {
    // Damaged: that is why it is replaced. The clock makes the epoch new all the same.
    if (error instanceof Error) return 0;
    throw error;
  }
}

/**
 * Moves the database that was there aside, with what SQLite keeps beside it: a write-ahead log left behind would be taken for
 * the restored one's. The database goes first: without it nothing opens its log.
 */
async function putAsideAll(database: string, epoch: number, { files }: Ports): Promise<string | null> {
  const aside = `${database}.before-${epoch}`;
  let moved = false;
  for (const end of ["", "-wal", "-shm", "-journal"]) {
    if (!await files.exists(database + end)) continue;
    await files.move(database + end, aside + end);
    moved = true;
  }
  return moved ? aside : null;
}

function factsOf(db: Database): { readonly owner: OwnerId; readonly epoch: number } {
  const keySet = newestKeySet(db);
  if (keySet === undefined) {
    throw new Fault("Cannot back up the authority: its database has none", {
      place: "database",
      retry: false,
    });
  }
  const { owner } = keysetLayout.decode(keySet.subarray(0, keysetLayout.size));
  return { owner, epoch: Number(readSetting(db, "epoch")) };
}

function missing(path: string): Fault {
  return new Fault(`Cannot read "${path}": there is no such file`, { place: "database", retry: false });
}

function damaged(path: string, says: string): Fault {
  return new Fault(`Cannot use "${path}": it is damaged or no database (${says}); take another backup`, {
    place: "database",
    retry: false,
  });
}
