/**
 * Where an eavesdropper or a thief may look: the wires of a delivery, everything on the disks of authority, owner and
 * appliance but the files that are the secret (seal keys, API key), what was narrated and logged, what TLS carried.
 *
 * @module
 */
import type { AgentEvent } from "../../agent/mod.ts";
import { agentLogged, authorityLogged, createLogger, type Logger } from "../../deploy/logging/mod.ts";
import type { Site } from "./_site.ts";
import type { Delivered } from "./_station.ts";
import type { Place } from "./_windows.ts";

/** Files that hold a secret in clear by design, mode 0600 (PROTOCOL section 14). */
const SECRET_FILES = ["agent.seal-key", "api-key"];

/** The wires of one delivery, as recorded at the board and by the product. */
export function placesOfDelivery(
  name: string,
  { wires, captured, result, events }: Delivered,
): readonly Place[] {
  const all = [
    ...Object.entries(wires),
    ...Object.entries(captured).map(([wire, b]) => [`captured ${wire}`, b] as const),
  ];
  return [
    ...all.filter(([, bytes]) => bytes.length > 0).map(([wire, bytes]) => ({
      name: `${name} ${wire}`,
      bytes,
    })),
    { name: `${name} in the agent's log`, bytes: text(logOf((log) => logEvents(log, events))) },
    { name: `${name} result and events`, bytes: text(JSON.stringify([result, events])) },
  ];
}

/** Every file of a site, and its logs. */
export function placesOfSite(site: Site): readonly Place[] {
  const places: Place[] = [];
  const walk = (folder: string, prefix: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      if (isDirectory) walk(`${folder}/${name}`, `${prefix}${name}/`);
      else if (!SECRET_FILES.includes(name)) {
        const bytes = Deno.readFileSync(`${folder}/${name}`);
        if (bytes.length > 0) places.push({ name: prefix + name, bytes });
      }
    }
  };
  walk(site.folder, "");
  const { journal } = site.appliance;
  return [
    ...places,
    {
      name: "the log as it is written",
      bytes: text(logOf((log) => {
        site.log.forEach((line) => log(authorityLogged(line)));
        logEvents(log, site.events);
      })),
    },
    { name: "the authority's log", bytes: text(site.log.join("\n")) },
    { name: "the agent's events", bytes: text(JSON.stringify(site.events)) },
    { name: "the journal", bytes: text(JSON.stringify([journal.records(), journal.deliveries(100)])) },
  ];
}

/** Bodies of requests and replies, in clear. */
export function placesOfTalk(site: Site): readonly Place[] {
  return site.spoken.flatMap(({ path, request, reply }) => [
    { name: `request ${path}`, bytes: request },
    { name: `reply to ${path}`, bytes: reply },
  ]).filter(({ bytes }) => bytes.length > 0);
}

function logEvents(log: Logger, events: readonly AgentEvent[]): void {
  for (const event of events) log(agentLogged(event, "0011223344556677"));
}

/** What a log holds at its most talkative. */
function logOf(write: (log: Logger) => void): string {
  const lines: string[] = [];
  write(createLogger({ write: (line) => lines.push(line), nowMs: () => 0, level: "debug" }));
  return lines.join("\n") || "nothing";
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
