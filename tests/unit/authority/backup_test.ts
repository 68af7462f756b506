/** Backup and restore of a folder: nothing overwritten, nothing served without a new epoch, whatever is interrupted (P-61). @module */

import assert from "node:assert/strict";
import {
  backupAuthority,
  beginEpochByHand,
  carryHere,
  createHost,
  Database,
  type Host,
  initAuthority,
  restoreAuthority,
  serveAuthority,
} from "../../../authority/mod.ts";
import { readSetting } from "../../../authority/store/mod.ts";
import { Fault } from "../../../bootloader/wire/mod.ts";
import { withStick } from "../agent/sync/_stick.ts";

const ignore = (["read", "write", "net"] as const)
  .some((name) => Deno.permissions.querySync({ name }).state !== "granted");
const HOST = createHost();
const QUIET = { say: () => {}, log: () => {} };

interface Place {
  readonly folder: string;
  readonly authority: string;
  readonly database: string;
  readonly backup: string;
}

function inPlace(name: string, act: (place: Place) => Promise<void>): void {
  Deno.test({
    name,
    ignore,
    async fn() {
      const folder = await Deno.makeTempDir({ prefix: "flashseal-backup-" });
      try {
        const authority = `${folder}/a`;
        await initAuthority({ folder: authority, ownerName: "Ada", names: ["127.0.0.1"] }, {
          ...HOST,
          ...QUIET,
        });
        const database = `${authority}/database/authority.sqlite`;
        await act({ folder, authority, database, backup: `${folder}/backup.sqlite` });
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

const serve = (folder: string) => serveAuthority({ folder, port: 0 }, { ...HOST, ...QUIET });

function epochOf(database: string): number {
  const db = new Database(database);
  const epoch = Number(readSetting(db, "epoch"));
  db.close();
  return epoch;
}

/** Notes something in the database, so that its histories can be told apart. */
function mark(database: string, value: string): void {
  const db = new Database(database);
  db.run(
    "INSERT INTO settings (name, value) VALUES ('mark', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
    value,
  );
  db.close();
}

function markOf(database: string): string | undefined {
  const db = new Database(database);
  const value = readSetting(db, "mark");
  db.close();
  return value;
}

inPlace(
  "a backup is whole while the authority is served, and never overwrites",
  async ({ authority, database, backup }) => {
    const served = await serve(authority);
    mark(database, "in the write-ahead log");
    const made = await backupAuthority({ folder: authority, to: backup }, HOST);
    assert.deepEqual([made.epoch, markOf(backup)], [1, "in the write-ahead log"]);
    assert.match(made.notInIt.join(), /seal-key/);
    if (Deno.build.os !== "windows") assert.equal((Deno.statSync(backup).mode ?? 0) & 0o077, 0);
    await assert.rejects(backupAuthority({ folder: authority, to: backup }, HOST), /there already/);
    assert.equal(markOf(backup), "in the write-ahead log");
    await served.stop();
    // Nothing is left of one that fails.
    await Deno.remove(database);
    await assert.rejects(backupAuthority({ folder: authority, to: `${backup}.2` }, HOST), /no such file/);
    await assert.rejects(Deno.stat(`${backup}.2`), Deno.errors.NotFound);
    await assert.rejects(Deno.stat(database), Deno.errors.NotFound);
  },
);

inPlace(
  "restore and new-epoch are refused while anybody serves the folder",
  async ({ authority, database, backup }) => {
    await backupAuthority({ folder: authority, to: backup }, HOST);
    const both = [await serve(authority), await serve(authority)];
    for (const served of both) {
      await assert.rejects(
        restoreAuthority({ folder: authority, from: backup }, HOST),
        /another process serves it/,
      );
      await assert.rejects(beginEpochByHand(authority, HOST), /another process serves it/);
      await served.stop();
    }
    assert.equal(epochOf(database), 1);
    const begun = await beginEpochByHand(authority, HOST);
    assert.deepEqual([begun.before, epochOf(database)], [1, begun.epoch]);
  },
);

inPlace(
  "a stick is carried beside a server, and neither while the folder is restored nor after a restore that was cut",
  async ({ folder, authority, database, backup }) => {
    const [file, replyFile] = [`${folder}/out`, `${folder}/back`];
    await withStick(async (stick) => {
      await Deno.writeFile(file, await stick.export());
    });
    const carry = () => carryHere({ folder: authority, file, replyFile }, { ...HOST, ...QUIET });
    const served = await serve(authority);
    // It comes as far as the file, which is another owner's.
    await assert.rejects(carry(), /it is for owner/);
    await served.stop();
    const held = await HOST.files.hold(`${authority}/serve.lock`, "alone");
    await assert.rejects(carry(), /Cannot carry a file for .* it is being restored/);
    held?.letGo();
    await assert.rejects(carry(), /it is for owner/, "the lock was let go of");
    await backupAuthority({ folder: authority, to: backup }, HOST);
    await Deno.rename(backup, `${database}.restoring`);
    await assert.rejects(carry(), /Cannot carry a file for .* a restore was interrupted/);
    await assert.rejects(Deno.stat(replyFile), Deno.errors.NotFound);
  },
);

inPlace(
  "a restored database has a new epoch, and what was there lies aside, whole",
  async ({ authority, database, backup }) => {
    mark(database, "backed up");
    await backupAuthority({ folder: authority, to: backup }, HOST);
    const served = await serve(authority);
    mark(database, "forgotten");
    await served.stop();
    const first = await restoreAuthority({ folder: authority, from: backup }, HOST);
    assert.equal(markOf(database), "backed up");
    assert(first.putAside !== null);
    assert.equal(markOf(first.putAside), "forgotten");
    // The same backup in the same second: what is replaced is known to have had that epoch.
    const second = await restoreAuthority({ folder: authority, from: backup }, HOST);
    assert(second.epoch > first.epoch && first.epoch > 1);
    assert.equal(epochOf(database), second.epoch);
    await (await serve(authority)).stop();
  },
);

inPlace(
  "another installation's backup, a damaged one and none are refused, and nothing is changed",
  async ({ authority, database, backup, folder }) => {
    mark(database, "mine");
    const other = `${folder}/b`;
    await initAuthority({ folder: other, ownerName: "Eve", names: ["127.0.0.1"] }, { ...HOST, ...QUIET });
    await backupAuthority({ folder: other, to: backup }, HOST);
    const from = (path: string) => restoreAuthority({ folder: authority, from: path }, HOST);
    await assert.rejects(from(backup), /it is not the one of this database/);
    await assert.rejects(from(`${backup}.none`), /no such file/);
    const bytes = await Deno.readFile(backup);
    bytes.fill(0x55, 8192, 12_288);
    await Deno.writeFile(`${backup}.bad`, bytes);
    await assert.rejects(from(`${backup}.bad`), Fault);
    await Deno.writeTextFile(`${backup}.text`, "no database");
    await assert.rejects(from(`${backup}.text`), /damaged or no database/);
    assert.deepEqual([markOf(database), epochOf(database)], ["mine", 1]);
    await (await serve(authority)).stop();
  },
);

/** A host whose disk fails at its n-th operation that changes something, as a power cut would. */
function cutAt(n: number): { readonly host: Host; readonly done: () => number } {
  let done = 0;
  const cut = <A extends unknown[], R>(act: (...args: A) => Promise<R>) => (...args: A) => {
    if (done === n) return Promise.reject(new Error("cut"));
    done += 1;
    return act(...args);
  };
  const { copyNew, move, remove, sync } = HOST.files;
  const files = {
    ...HOST.files,
    copyNew: cut(copyNew),
    move: cut(move),
    remove: cut(remove),
    sync: cut(sync),
  };
  return { host: { ...HOST, files }, done: () => done };
}

inPlace(
  "a restore that is cut anywhere leaves the earlier database, or nothing to serve, until it is run again",
  async ({ authority, database, backup }) => {
    mark(database, "backed up");
    await backupAuthority({ folder: authority, to: backup }, HOST);
    const whole = cutAt(Infinity);
    const { epoch: firstEpoch } = await restoreAuthority({ folder: authority, from: backup }, whole.host);
    let last = firstEpoch;
    let refused = 0;
    for (let n = 0; n < whole.done(); n += 1) {
      const live = await serve(authority);
      mark(database, `before cut ${n}`);
      await live.stop();
      await assert.rejects(restoreAuthority({ folder: authority, from: backup }, cutAt(n).host), /cut/);
      let served;
      try {
        served = await serve(authority);
      } catch (error) {
        assert(error instanceof Fault, String(error));
        assert.match(error.message, /restore/);
        refused += 1;
      }
      if (served !== undefined) {
        await served.stop();
        // Either it was not touched, or it is the restored one with its epoch: never the backup as it was.
        const found = [markOf(database), epochOf(database)];
        assert.deepEqual(found, [`before cut ${n}`, last]);
      }
      const again = await restoreAuthority({ folder: authority, from: backup }, HOST);
      assert(again.epoch > last);
      last = again.epoch;
      assert.deepEqual([markOf(database), epochOf(database)], ["backed up", last]);
    }
    assert(refused >= 2, `${refused} cuts left nothing to serve`);
  },
);
