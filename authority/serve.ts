/**
 * Serves an authority from its folder over HTTPS until it is told to stop.
 *
 * @module
 */

import { Secret } from "../bootloader/suite/mod.ts";
import { Fault, Malformed } from "../bootloader/wire/mod.ts";
import { type Authority, createAuthority } from "./authority.ts";
import { parseAuthorityConfig } from "./config.ts";
import type { Host } from "./host/mod.ts";
import { Database } from "./store/mod.ts";

/** What serving is told. */
export interface ServeOptions {
  readonly folder: string;
  /** Takes the place of the configured port; 0: any free one. */
  readonly port?: number;
}

/** A served authority. */
export interface Served {
  /** `https://host:port`. */
  readonly origin: string;
  /** Ends after the requests that are under way, wipes the keys, closes the database. */
  readonly stop: () => Promise<void>;
}

/**
 * Serves the authority in a folder. Says `listening https://HOST:PORT` once it does; then one JSON line for each request.
 * @throws {Fault} disk, seal key or socket; {Malformed} naming the key of config.json that is wrong.
 */
export async function serveAuthority(
  options: ServeOptions,
  ports: Host & { readonly say: (line: string) => void; readonly log: (line: string) => void },
): Promise<Served> {
  const { files } = ports;
  const at = (path: string) => path.startsWith("/") ? path : `${options.folder}/${path}`;
  const config = parseAuthorityConfig(await files.readText(`${options.folder}/config.json`));
  const certificate = await files.readText(at(config.certificateFile));
  const key = await files.readText(at(config.certificateKeyFile));
  const authority = await openAuthority(options.folder, ports);
  const listening = await orElse(authority.close, () =>
    ports.listen({
      host: config.listen.host,
      port: options.port ?? config.listen.port,
      certificate,
      key,
      fetch: authority.fetch,
    }));
  const host = listening.host.includes(":") ? `[${listening.host}]` : listening.host;
  const origin = `https://${host}:${listening.port}`;
  ports.say(`listening ${origin}`);
  return {
    origin,
    stop: async () => {
      await listening.stop();
      authority.close();
    },
  };
}

/**
 * Opens the authority in a folder, without a socket; a server may be running on the same folder.
 * @throws {Fault} disk or seal key; {Malformed} naming the key of config.json that is wrong.
 */
export async function openAuthority(
  folder: string,
  ports: Host & { readonly log: (line: string) => void },
): Promise<Authority> {
  const { files } = ports;
  const at = (path: string) => path.startsWith("/") ? path : `${folder}/${path}`;
  const config = parseAuthorityConfig(await files.readText(`${folder}/config.json`));
  const caCertificate = await files.readText(at(config.caCertificateFile));
  const sealKeyFile = at(config.sealKeyFile);
  const sealKey = await readSealKey(ports, sealKeyFile);
  const db = new Database(at(config.database));
  // Whatever fails from here on closes what is open: no key and no lock outlives an authority that did not open.
  return await orElse(
    () => db.close(),
    () =>
      naming(sealKeyFile, () =>
        createAuthority({
          db,
          sealKey,
          caCertificate,
          random: ports.random,
          nowMs: ports.nowMs,
          say: ports.log,
        })),
  );
}

async function orElse<T>(undo: () => void, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    undo();
    throw error;
  }
}

/** The signer knows no file: whoever reads the message has to know which one is the wrong one. */
function naming<T>(sealKeyFile: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (!(cause instanceof Fault) || cause.place !== "seal key") throw cause;
    const text =
      `Cannot use the seal key "${sealKeyFile}": it is not the one of this database; put the right file back`;
    throw new Fault(text, { place: "seal key", retry: false, cause });
  }
}

async function readSealKey(ports: Pick<Host, "files">, path: string): Promise<Secret> {
  if (await ports.files.isOpenToOthers(path)) {
    throw new Fault(`Cannot use the seal key "${path}": others may read it; set its mode to 0600`, {
      place: "seal key",
      retry: false,
    });
  }
  const text = (await ports.files.readText(path)).trim();
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new Malformed(`Cannot read the seal key "${path}": it must be 64 hexadecimal digits`, {
      structure: "seal key",
    });
  }
  return new Secret(Uint8Array.fromHex(text));
}
