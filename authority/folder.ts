/**
 * An authority's folder as its programs share it: its configuration, who may use the database now, where it is, and the seal
 * key. Knows no table.
 *
 * @module
 */

import { Secret } from "../bootloader/suite/mod.ts";
import { Fault, Malformed } from "../bootloader/wire/mod.ts";
import { type AuthorityConfig, parseAuthorityConfig } from "./config.ts";
import type { Held, Host } from "./host/mod.ts";

/** A folder whose configuration was read. */
export interface AuthorityFolder {
  readonly config: AuthorityConfig;
  /** Path of a name that config.json gives; relative ones count from the folder. */
  readonly at: (path: string) => string;
  readonly database: string;
  readonly sealKeyFile: string;
}

/** Reads an authority's folder. @throws {Fault} where there is none; {Malformed} naming the key that is wrong. */
export async function readFolder(folder: string, { files }: Pick<Host, "files">): Promise<AuthorityFolder> {
  const at = (path: string) => path.startsWith("/") ? path : `${folder}/${path}`;
  const config = parseAuthorityConfig(await files.readText(`${folder}/config.json`));
  return { config, at, database: at(config.database), sealKeyFile: at(config.sealKeyFile) };
}

/** The name of a restored database that is complete and not yet in its place. */
export function restoringName(database: string): string {
  return `${database}.restoring`;
}

/**
 * Takes the right to serve a folder, beside others that serve it. `what`: what it is for, as the refusal says it.
 * @throws {Fault} while it is being restored, and when a restore was interrupted: then neither database may be served.
 */
export async function holdToServe(
  { folder, database, what }: { readonly folder: string; readonly database: string; readonly what: string },
  { files }: Pick<Host, "files">,
): Promise<Held> {
  const held = await files.hold(`${folder}/serve.lock`, "shared");
  if (held === undefined) {
    throw fault(`Cannot ${what} "${folder}": it is being restored; wait for its end`, true);
  }
  if (await files.exists(restoringName(database))) {
    held.letGo();
    throw fault(
      `Cannot ${what} "${folder}": a restore was interrupted; run it again: flashseal authority restore`,
      false,
    );
  }
  if (!await files.exists(database)) {
    held.letGo();
    throw fault(
      `Cannot ${what} "${folder}": there is no database "${database}"; restore one: flashseal authority restore`,
      false,
    );
  }
  return held;
}

/** Takes the folder for one process alone. @throws {Fault} while another one serves it. */
export async function holdAlone(folder: string, what: string, { files }: Pick<Host, "files">): Promise<Held> {
  const held = await files.hold(`${folder}/serve.lock`, "alone");
  if (held !== undefined) return held;
  throw fault(`Cannot ${what} "${folder}": another process serves it; stop that first`, true);
}

/** Reads the seal key. @throws {Fault} when others may read it; {Malformed} when it is none. */
export async function readSealKey({ files }: Pick<Host, "files">, path: string): Promise<Secret> {
  if (await files.isOpenToOthers(path)) {
    throw new Fault(`Cannot use the seal key "${path}": others may read it; set its mode to 0600`, {
      place: "seal key",
      retry: false,
    });
  }
  const text = (await files.readText(path)).trim();
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new Malformed(`Cannot read the seal key "${path}": it must be 64 hexadecimal digits`, {
      structure: "seal key",
    });
  }
  return new Secret(Uint8Array.fromHex(text));
}

/** The signer knows no file: whoever reads the message has to know which one is the wrong one. */
export function namingSealKey<T>(sealKeyFile: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (!(cause instanceof Fault) || cause.place !== "seal key") throw cause;
    const text =
      `Cannot use the seal key "${sealKeyFile}": it is not the one of this database; put the right file back`;
    throw new Fault(text, { place: "seal key", retry: false, cause });
  }
}

function fault(text: string, retry: boolean): Fault {
  return new Fault(text, { place: "database", retry });
}
