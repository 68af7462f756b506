/** A backup beside a database that takes no writes for longer than anybody waits: the copy is good all the same. @module */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { backupAuthority, createHost, Database, initAuthority } from "../../authority/mod.ts";
import { ignore, inFolder } from "../script/_flashseal.ts";

Deno.test({
  name: "authority backup: a copy that is whole stays, though its time could not be noted",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const host = createHost();
      const authority = `${folder}/a`;
      await initAuthority({ folder: authority, ownerName: "Ada", names: ["127.0.0.1"] }, {
        ...host,
        say: () => {},
      });
      const busy = new DatabaseSync(`${authority}/database/authority.sqlite`);
      // The copy is whole and on the disk; from then on the database is busy.
      const sync = async (path: string) => {
        await host.files.sync(path);
        busy.exec("BEGIN IMMEDIATE");
      };
      const made = await backupAuthority({ folder: authority, to: `${folder}/copy.sqlite` }, {
        ...host,
        files: { ...host.files, sync },
      });
      busy.exec("ROLLBACK");
      busy.close();
      assert.equal(made.isNoted, false);
      const copy = new Database(made.file);
      assert.equal(copy.damage(), null);
      copy.close();
      const again = await backupAuthority({ folder: authority, to: `${folder}/second.sqlite` }, host);
      assert.equal(again.isNoted, true);
    }),
});
