/**
 * The appliance's folder and its configuration: which files lie where, and what may stand in them. Unknown keys are
 * refused; secrets stand in files of their own and never here.
 *
 * @module
 */
import * as v from "valibot";
import { applianceId, isZone, ownerId, productId, readWith } from "../../authority/api/mod.ts";
import type { Wiring } from "../../bootloader/ticket/mod.ts";
import { Fault, Malformed } from "../../bootloader/wire/mod.ts";

/** Where the sample firmware and the demo's boards have their serial line: USART2 on PA2 and PA3. */
export const DEFAULT_WIRING: Wiring = Object.freeze({ uart: 2, txPin: 2, rxPin: 3, alternate: 1 });
/** How long a station listens to the started firmware, in milliseconds of its own time. */
const DEFAULT_LISTEN_MS = 50;

const byte = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));
const name = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,31}$/, "must be a short name"));

const stationSchema = v.strictObject({
  name,
  /** Null: the one product that the owner allows. */
  product: v.nullable(productId),
  /** The driver of probe and link. */
  driver: v.literal("model"),
  /** Folder in which board files appear, from the appliance's folder or absolute. */
  boards: v.pipe(v.string(), v.minLength(1)),
  wiring: v.optional(
    v.strictObject({ uart: byte, txPin: byte, rxPin: byte, alternate: byte }),
    DEFAULT_WIRING,
  ),
  listenMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(60_000)), DEFAULT_LISTEN_MS),
});

const configSchema = v.strictObject({
  version: v.literal(1),
  origin: v.pipe(v.string(), v.regex(/^https:\/\/[^/]+$/, "must be https://HOST:PORT")),
  appliance: applianceId,
  owner: ownerId,
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  sealKeyFile: v.pipe(v.string(), v.minLength(1)),
  /** The site's time zone, an IANA name: times on the status page are shown in it. */
  zone: v.optional(v.pipe(v.string(), v.check(isZone, "must be a time zone like Asia/Shanghai")), "UTC"),
  statusPort: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)),
  stations: v.pipe(v.array(stationSchema), v.minLength(1), v.maxLength(64)),
});

/** The appliance's configuration. */
export type AgentConfig = v.InferOutput<typeof configSchema>;
/** One station of it. */
export type StationConfig = AgentConfig["stations"][number];

/** Paths within an appliance's folder. */
export function agentPaths(folder: string) {
  return {
    config: `${folder}/config.json`,
    trust: `${folder}/trust.json`,
    identity: `${folder}/identity.json`,
    journal: `${folder}/journal.db`,
    releases: `${folder}/releases`,
    boards: `${folder}/boards`,
    lock: `${folder}/agent.lock`,
    address: `${folder}/status-address`,
    inbox: `${folder}/inbox`,
    pin: `${folder}/pin.json`,
  } as const;
}

/** Returns what a configuration's text says. @throws {Malformed} naming the key that is wrong. */
export function parseConfig(text: string): AgentConfig {
  return readWith(configSchema, parseJson(text, "config.json"), "config.json");
}

/** Returns the text of a configuration. */
export function writeConfig(config: v.InferInput<typeof configSchema>): string {
  return JSON.stringify(config, null, 2) + "\n";
}

/** Returns JSON text as a value. @throws {Malformed} naming the file. */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Malformed(`Cannot read ${file}: it is not JSON`, { structure: file });
  }
}

/** Reads a file of the appliance's folder. @throws {Fault} naming the file and the remedy. */
export async function readFolderFile(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    const remedy = cause instanceof Deno.errors.NotFound
      ? 'enrol the appliance first with "flashseal agent enrol"'
      : "check the rights of the folder";
    throw new Fault(`Cannot read "${path}": ${remedy}`, { place: "disk", retry: false, cause });
  }
}

/** Writes a new file that nobody else may read; the file must not exist. When it returns, it survives a power cut. */
export async function writeSecretFile(path: string, text: string): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  await file.sync();
  await syncFolderOf(path);
}

/** Waits until the names in the folder of `path` are on the disk: a file's own sync does not promise its name. */
export async function syncFolderOf(path: string): Promise<void> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  using folder = await Deno.open(path.slice(0, path.length - name.length) || ".", { read: true });
  await folder.sync();
}
