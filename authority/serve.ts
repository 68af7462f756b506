/**
 * Serves an authority from its folder over HTTPS until it is told to stop.
 *
 * @module
 */

import { demandKnownAnswers } from "../bootloader/suite/mod.ts";
import { Fault } from "../bootloader/wire/mod.ts";
import { createAuthority } from "./authority.ts";
import { holdToServe, namingSealKey, readFolder, readSealKey } from "./folder.ts";
import type { Host } from "./host/mod.ts";
import { type ChannelRenewal, renewChannel } from "./renew_channel.ts";
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
 * @throws {Fault} self-test, disk, seal key or socket; {Malformed} naming the key of config.json that is wrong.
 */
export async function serveAuthority(
  options: ServeOptions,
  ports: Host & { readonly say: (line: string) => void; readonly log: (line: string) => void },
): Promise<Served> {
  // Before any key is opened: a machine that computes wrongly signs nothing.
  demandKnownAnswers();
  const { files } = ports;
  const { config, at, database, sealKeyFile } = await readFolder(options.folder, ports);
  const channel = {
    caCertificateFile: at(config.caCertificateFile),
    caKeyFile: at(config.caKeyFile),
    certificateFile: at(config.certificateFile),
  };
  const renew = async () => tellRenewal(await renewChannel(channel, ports, { force: false }), channel, ports);
  await renew();
  const caCertificate = await files.readText(channel.caCertificateFile);
  const key = await files.readText(at(config.certificateKeyFile));
  const sealKey = await readSealKey(ports, sealKeyFile);
  const held = await holdToServe(options.folder, database, ports);
  // Whatever fails from here on closes what is open: no key and no lock outlives a server that did not start.
  const db = await orElse(held.letGo, () => new Database(database));
  const authority = await orElse(
    () => {
      db.close();
      held.letGo();
    },
    () =>
      namingSealKey(sealKeyFile, () =>
        createAuthority({
          db,
          sealKey,
          caCertificate,
          outdatedAfterDays: config.outdatedAfterDays,
          random: ports.random,
          nowMs: ports.nowMs,
          say: ports.log,
        })),
  );
  const close = () => {
    authority.close();
    held.letGo();
  };
  const listenOn = async (port: number) =>
    await ports.listen({
      host: config.listen.host,
      port,
      certificate: await files.readText(channel.certificateFile),
      key,
      fetch: authority.fetch,
    });
  let listening = await orElse(close, () => listenOn(options.port ?? config.listen.port));
  const host = listening.host.includes(":") ? `[${listening.host}]` : listening.host;
  const origin = `https://${host}:${listening.port}`;
  ports.say(`listening ${origin}`);
  let busy: Promise<void> = Promise.resolve();
  const endRenewing = ports.every(RENEW_EVERY_MS, () => {
    busy = busy.then(async () => {
      if (!await renew()) return;
      // A running socket keeps its certificate: it is opened anew, after the requests that are under way.
      await listening.stop();
      listening = await listenOn(listening.port);
    }).catch((error) => {
      if (!(error instanceof Fault)) throw error;
      ports.log(JSON.stringify({ event: "channel-not-renewed", problem: error.message }));
    });
  });
  return {
    origin,
    stop: async () => {
      endRenewing();
      await busy;
      await listening.stop();
      close();
    },
  };
}

/** How often a running server looks whether its certificate is to be renewed, in milliseconds. */
const RENEW_EVERY_MS = 12 * 3_600_000;

/** Tells what came of a renewal; returns whether there is a new certificate. */
function tellRenewal(
  { result, endsAtMs }: ChannelRenewal,
  { certificateFile, caKeyFile }: { readonly certificateFile: string; readonly caKeyFile: string },
  { log }: { readonly log: (line: string) => void },
): boolean {
  const until = new Date(endsAtMs).toISOString();
  if (result === "renewed") log(JSON.stringify({ event: "channel-renewed", certificateFile, until }));
  if (result === "missing") log(JSON.stringify({ event: "channel-not-renewed", missing: caKeyFile, until }));
  return result === "renewed";
}

async function orElse<T>(undo: () => void, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    undo();
    throw error;
  }
}
