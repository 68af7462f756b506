/**
 * An owner at the command line: a real authority served in this process, logged in to by the program.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHost, initAuthority, serveAuthority } from "../../authority/mod.ts";
import { flashseal, inFolder, type Ran } from "./_flashseal.ts";

/** What a test is given. */
export interface OwnerAtWork {
  readonly folder: string;
  readonly origin: string;
  readonly caCertificateFile: string;
  /** Runs `flashseal owner ...words` with the owner's profile. */
  readonly owner: (...words: readonly string[]) => Promise<Ran>;
  /** The same, and it has to go well: its JSON. */
  readonly done: (...words: readonly string[]) => Promise<Record<string, unknown>>;
}

/** Serves a new authority, logs in, and gives both to `work`. */
export async function asOwner(work: (at: OwnerAtWork) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const ports = { ...createHost(), say: () => {} };
    const made = await initAuthority(
      { folder: `${folder}/a`, ownerName: "Ada", names: ["127.0.0.1"] },
      ports,
    );
    const { origin, stop } = await serveAuthority({ folder: `${folder}/a`, port: 0 }, {
      ...ports,
      log: () => {},
    });
    const { caCertificateFile, apiKeyFile } = made;
    const owner = (...words: readonly string[]) =>
      flashseal("owner", ...words, "--profile", `${folder}/profile.json`);
    const done = async (...words: readonly string[]) => {
      const ran = await owner(...words, "--json");
      assert.equal(ran.code, 0, `${words.join(" ")}: ${ran.out}${ran.err}`);
      return ran.json() as Record<string, unknown>;
    };
    try {
      await done("login", "--authority", origin, "--ca", caCertificateFile, "--api-key", apiKeyFile);
      await work({ folder, origin, caCertificateFile, owner, done });
    } finally {
      await stop();
    }
  });
}
