/**
 * Serves an authority from its folder over HTTPS until it is told to stop.
 *
 * @module
 */

import { createAuthority } from "./authority.ts";
import { namingSealKey, readFolder, readSealKey } from "./folder.ts";
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
  const { config, at, database, sealKeyFile } = await readFolder(options.folder, ports);
  const caCertificate = await files.readText(at(config.caCertificateFile));
  const certificate = await files.readText(at(config.certificateFile));
  const key = await files.readText(at(config.certificateKeyFile));
  const sealKey = await readSealKey(ports, sealKeyFile);
  const db = new Database(database);
  // Whatever fails from here on closes what is open: no key and no lock outlives a server that did not start.
  const authority = await orElse(
    () => db.close(),
    () =>
      namingSealKey(sealKeyFile, () =>
        createAuthority({
          db,
          sealKey,
          caCertificate,
          random: ports.random,
          nowMs: ports.nowMs,
          say: ports.log,
        })),
  );
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

async function orElse<T>(undo: () => void, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    undo();
    throw error;
  }
}
