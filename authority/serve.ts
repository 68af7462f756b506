/**
 * Serves an authority from its folder over HTTPS until it is told to stop.
 *
 * @module
 */

import { demandKnownAnswers } from "../bootloader/suite/mod.ts";
import { Fault } from "../bootloader/wire/mod.ts";
import { type Authority, type AuthorityPorts, createAuthority } from "./authority.ts";
import { type AuthorityFolder, holdToServe, namingSealKey, readFolder, readSealKey } from "./folder.ts";
import type { Host } from "./host/mod.ts";
import { METRICS_TYPE } from "./metrics/mod.ts";
import { renewChannel } from "./renew_channel.ts";
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
  /** Whether the database answers; that the promise settles shows that the server's loop turns. */
  readonly healthy: () => Promise<boolean>;
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
  const read = await readFolder(options.folder, ports);
  const { config, at } = read;
  const channel = {
    caCertificateFile: at(config.caCertificateFile),
    caKeyFile: at(config.caKeyFile),
    certificateFile: at(config.certificateFile),
  };
  let channelEndsMs: number | undefined;
  const renew = async () => {
    const { renewed, endsAtMs } = await renewIfDue(channel, ports);
    channelEndsMs = endsAtMs ?? channelEndsMs;
    return renewed;
  };
  await renew();
  const key = await files.readText(at(config.certificateKeyFile));
  const authority = await openAuthority(options.folder, read, "serve", {
    ...ports,
    channelEndsMs: () => channelEndsMs,
  });
  const figures = await orElse(authority.close, () => tellFigures(authority, config.metrics, ports));
  const undo = async () => {
    await figures?.stop();
    authority.close();
  };
  const listening = await orElse(undo, async () =>
    await ports.listen({
      host: config.listen.host,
      port: options.port ?? config.listen.port,
      certificate: await files.readText(channel.certificateFile),
      key,
      fetch: authority.fetch,
    }));
  const host = listening.host.includes(":") ? `[${listening.host}]` : listening.host;
  const origin = `https://${host}:${listening.port}`;
  ports.say(`listening ${origin}`);
  ports.say(`owner's page ${origin}/console`);
  let busy: Promise<void> = Promise.resolve();
  const endRenewing = ports.every(RENEW_EVERY_MS, () => {
    busy = busy.then(async () => {
      if (await renew()) listening.show(await files.readText(channel.certificateFile));
    });
  });
  return {
    origin,
    healthy: () => authority.metrics().then(() => true, () => false),
    stop: async () => {
      endRenewing();
      await busy;
      await listening.stop();
      await undo();
    },
  };
}

/**
 * Opens the authority in a folder, without a socket; others may be serving the same folder.
 * @throws {Fault} disk or seal key, or while the folder is being restored; {Malformed} naming what is wrong with it.
 */
export async function openAuthority(
  folder: string,
  { config, at, database, sealKeyFile }: AuthorityFolder,
  what: string,
  ports: Host & { readonly log: (line: string) => void } & Pick<AuthorityPorts, "channelEndsMs">,
): Promise<Authority> {
  const caCertificate = await ports.files.readText(at(config.caCertificateFile));
  const sealKey = await readSealKey(ports, sealKeyFile);
  const held = await orElse(() => sealKey.wipe(), () => holdToServe({ folder, database, what }, ports));
  // Whatever fails from here on closes what is open: no key and no lock outlives an authority that did not open.
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
          zone: config.zone,
          ...(ports.channelEndsMs === undefined ? {} : { channelEndsMs: ports.channelEndsMs }),
          random: ports.random,
          nowMs: ports.nowMs,
          say: ports.log,
          machine: () => ports.machineFacts(database),
        })),
  );
  const close = () => {
    authority.close();
    held.letGo();
  };
  return { ...authority, close };
}

/** Tells the figures where config.json says so, and says where that is. */
async function tellFigures(
  authority: Authority,
  metrics: AuthorityFolder["config"]["metrics"],
  ports: Host & { readonly say: (line: string) => void; readonly log: (line: string) => void },
) {
  if (metrics === undefined) return undefined;
  const told = await ports.listenFigures({
    ...metrics,
    contentType: METRICS_TYPE,
    text: authority.metrics,
    onFailed: (message) => ports.log(JSON.stringify({ event: "figures-missing", message })),
  });
  ports.say(`figures ${told.url}`);
  return told;
}

/** How often a running server looks whether its certificate is to be renewed, in milliseconds. */
const RENEW_EVERY_MS = 12 * 3_600_000;

/** Renews where it is due and says so; returns whether there is a new certificate, and when it ends. What hinders it hinders no delivery. */
async function renewIfDue(
  channel: Parameters<typeof renewChannel>[0],
  ports: Host & { readonly log: (line: string) => void },
): Promise<{ readonly renewed: boolean; readonly endsAtMs?: number }> {
  const { certificateFile, caKeyFile } = channel;
  const tell = (facts: Readonly<Record<string, string>>) =>
    ports.log(JSON.stringify({ ...facts, certificateFile }));
  try {
    const { result, endsAtMs } = await renewChannel(channel, ports, { force: false });
    const until = new Date(endsAtMs).toISOString();
    if (result === "renewed") tell({ event: "channel-renewed", until });
    if (result === "missing") tell({ event: "channel-not-renewed", missing: caKeyFile, until });
    return { renewed: result === "renewed", endsAtMs };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    tell({ event: "channel-not-renewed", problem: error.message });
    return { renewed: false };
  }
}

async function orElse<T>(undo: () => void | Promise<void>, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    await undo();
    throw error;
  }
}
