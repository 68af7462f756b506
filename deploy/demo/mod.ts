/**
 * The whole deployment on one laptop: authority and agent as processes of their own, talking HTTPS on loopback, an
 * owner who uploads a firmware, and boards with the bundled model that execute the real bootloader (D§2, D§12).
 *
 * @module
 */
import { makeBoardFile } from "../../agent/mod.ts";
import type { FirmwareFile } from "../../authority/owner/mod.ts";
import { sampleFirmware } from "../../bootloader/firmware/mod.ts";
import { Fault } from "../../bootloader/wire/mod.ts";
import { type Child, runChild, startChild } from "./children.ts";
import { type Evidence, examineBoard, sha256 } from "./evidence.ts";
import { Line } from "./line.ts";
import type { DemoOptions } from "./options.ts";
import { type DemoOwner, type Quota, startOwner } from "./owner_part.ts";
import { storyTeller, type Tell } from "./story.ts";

export { type DemoOptions, DEVICES_MAX, STATIONS_MAX } from "./options.ts";
export { isChip } from "./evidence.ts";

/** One device as `demo --json` prints it (D§12). */
export interface DemoDevice {
  readonly uid: string;
  readonly chip: string;
  readonly ticket: string | null;
  readonly release: string | null;
  readonly imageSha256: string;
  readonly flashSha256: string;
  readonly certificate: "valid" | "invalid" | "none";
  readonly booted: boolean;
  readonly locked: boolean;
  readonly outcome: "delivered" | "refused" | "failed";
  readonly mode: "online" | "offline";
  readonly seconds: { readonly modelled: number; readonly wall: number };
}

/** The result of a demo. */
export interface DemoReport {
  readonly devices: readonly DemoDevice[];
  readonly quota: Quota;
}

/** What the demo needs beside its options. */
export interface DemoPorts {
  readonly say: (line: string) => void;
  /** Aborted when the process is asked to stop: the end of `--keep`, or of a demo that is cut short. */
  readonly stop: AbortSignal;
}

/** Runs the demo. @throws {Malformed} for a firmware file that cannot be used; {Fault} when something does not go right */
export async function runDemo(options: DemoOptions, ports: DemoPorts): Promise<DemoReport> {
  const folder = await Deno.makeTempDir({ prefix: "flashseal-demo-" });
  const tell = storyTeller(ports.say, () => Date.now());
  tell(`Everything happens in ${folder}`);
  const running = new Set<Child>();
  try {
    return await Promise.race([
      play({ folder, options, ports, tell, running }),
      cutShort(options, ports.stop),
    ]);
  } finally {
    // The agent before the authority, so that it can still report.
    for (const child of [...running].reverse()) await child.stop();
    if (!options.keep) await Deno.remove(folder, { recursive: true });
  }
}

/** Rejects when the demo is asked to stop before its end; with `--keep` the demo itself waits for that. */
function cutShort({ keep }: DemoOptions, stop: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const fault = new Fault("Cannot finish the demo: it was asked to stop", { place: "demo", retry: true });
  if (!keep) stop.addEventListener("abort", () => reject(fault), { once: true });
  return promise;
}

interface Stage {
  readonly folder: string;
  readonly options: DemoOptions;
  readonly ports: DemoPorts;
  readonly tell: Tell;
  /** Children that run now; whatever happens, they are stopped. */
  readonly running: Set<Child>;
}

async function play(stage: Stage): Promise<DemoReport> {
  const { options, tell, running } = stage;
  const { authority, owner } = await startAuthority(stage);
  const { agent, line } = await startAgent(stage, authority.origin, owner);
  const uids = insertBoards(stage);
  await makeDevices(stage, line, owner);
  const quota = await owner.quota();
  owner.close();

  tell("The line is done. Agent and authority are stopped; from here on only the board files speak");
  for (const child of [agent, authority.child]) {
    const code = await child.stop();
    running.delete(child);
    if (code !== 0) {
      throw new Fault(`Cannot trust the demo: a process ended with ${code}`, {
        place: "child process",
        retry: false,
      });
    }
  }
  const devices = await examineAll(stage, line, owner, uids);
  tell(
    `The ledger: ${quota.granted} granted, ${quota.committed} committed, ${quota.free} free, ${quota.keyed} keyed, ${quota.lost} lost`,
  );
  if (options.keep) await keepOpen(stage);
  return { devices, quota };
}

interface RunningAuthority {
  readonly child: Child;
  readonly origin: string;
}

async function startAuthority(
  stage: Stage,
): Promise<{ readonly authority: RunningAuthority; readonly owner: DemoOwner }> {
  const { folder, options, tell } = stage;
  const authorityFolder = `${folder}/authority`;
  await runChild([
    "authority",
    "init",
    "--dir",
    authorityFolder,
    "--owner",
    "Demo Owner",
    "--name",
    "127.0.0.1",
    "--port",
    "0",
  ]);
  const authority = await serve(stage);
  tell(
    `OWNER'S SIDE. The authority answers at ${authority.origin}; its root key lies apart, to be taken offline`,
  );

  const file = await firmwareFile(options);
  const units = options.devices - 1;
  const owner = await startOwner({
    origin: authority.origin,
    authorityFolder,
    profileFile: `${folder}/owner-profile.json`,
    chip: options.chip,
    file,
    granted: units,
  });
  if (options.capture !== null) {
    await Deno.mkdir(options.capture, { recursive: true });
    await Deno.writeFile(`${options.capture}/image.bin`, owner.expected.image);
  }
  tell(
    `The owner's machine reads ${file.name}, encrypts it under a fresh key and uploads ${owner.encryptedBytes} bytes that nobody on the way can open`,
  );
  tell(`The owner grants ${units} of ${options.devices} devices: one too few, on purpose`);
  return { authority, owner };
}

async function serve(stage: Stage): Promise<RunningAuthority> {
  const child = startChild(["authority", "serve", "--dir", `${stage.folder}/authority`, "--port", "0"]);
  stage.running.add(child);
  const origin = (await child.line("listening ")).slice("listening ".length);
  return { child, origin };
}

async function firmwareFile({ firmware }: DemoOptions): Promise<FirmwareFile> {
  if (firmware === null) {
    const sample = sampleFirmware();
    return { name: sample.file, bytes: sample.elf };
  }
  return { name: firmware, bytes: await Deno.readFile(firmware) };
}

async function startAgent(
  stage: Stage,
  origin: string,
  owner: DemoOwner,
): Promise<{ readonly agent: Child; readonly line: Line }> {
  const { folder, options, tell } = stage;
  const dir = `${folder}/appliance`;
  const code = await owner.enrolmentCode();
  await runChild([
    "agent",
    "enrol",
    "--dir",
    dir,
    "--authority",
    origin,
    "--code",
    code,
    "--stations",
    `${options.stations}`,
  ]);
  tell("MANUFACTURER'S SIDE. The appliance is enrolled with a code that works once");
  const line = new Line(tell, () => Date.now());
  const agent = runAgentChild(stage, line, options.capture);
  await agent.line('{"kind":"listening"');
  tell(
    `The agent runs ${options.stations} station${
      options.stations === 1 ? "" : "s"
    }; its status page: ${line.statusPage}`,
  );
  return { agent, line };
}

function runAgentChild(stage: Stage, line: Line, capture: string | null): Child {
  const args = ["agent", "run", "--dir", `${stage.folder}/appliance`, "--json", "--status-port", "0"];
  const child = startChild(
    capture === null ? args : [...args, "--capture", capture],
    (text) => line.take(text),
  );
  stage.running.add(child);
  return child;
}

/** Puts all boards within the stations' reach and returns their paths by UID. */
function insertBoards({ folder, options, tell }: Stage): ReadonlyMap<string, string> {
  const boards = new Map<string, string>();
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
  for (let number = 1; number <= options.devices; number++) {
    const uid = random(12);
    const path = `${folder}/appliance/boards/${String(number).padStart(2, "0")}.board`;
    makeBoardFile(path, { chip: options.chip, uid, random });
    boards.set(uid.toHex(), path);
  }
  tell(
    `${options.devices} blank ${options.chip} boards lie ready, each a file; their chips execute the real bootloader's machine code`,
  );
  return boards;
}

/** The line runs dry by one unit; the owner raises the order; the line goes on by itself. */
async function makeDevices({ options, tell }: Stage, line: Line, owner: DemoOwner): Promise<void> {
  const { devices } = options;
  await line.until(
    "the last board waiting for a unit",
    () => line.starved.size > 0 && line.ended.length >= devices - 1,
  );
  tell("OWNER'S SIDE. The owner, far away, raises the order by one");
  const raisedAt = Date.now();
  await owner.raise(1);
  await line.until("the waiting board going on", () => line.starved.size === 0);
  tell(
    `The line went on by itself ${
      ((Date.now() - raisedAt) / 1000).toFixed(1)
    } s after the owner raised the order`,
  );
  await line.until("the last delivery", () => line.ended.length >= devices);
}

async function examineAll(
  { tell }: Stage,
  line: Line,
  owner: DemoOwner,
  boards: ReadonlyMap<string, string>,
): Promise<readonly DemoDevice[]> {
  const { expected } = owner;
  const imageSha256 = await sha256(new Uint8Array(expected.image));
  const devices: DemoDevice[] = [];
  for (const result of line.ended) {
    const path = boards.get(result.uid ?? "");
    if (path === undefined) {
      throw new Fault(`Cannot examine a board: ${result.uid ?? "without UID"} is none of the demo's`, {
        place: "demo",
        retry: false,
      });
    }
    const evidence = await examineBoard(await Deno.readFile(path), expected);
    tellEvidence(tell, evidence, imageSha256);
    devices.push({
      uid: evidence.uid,
      chip: evidence.chip,
      ticket: result.ticketId,
      release: result.release,
      imageSha256,
      flashSha256: evidence.flashSha256,
      certificate: evidence.certificate,
      booted: evidence.booted,
      locked: evidence.locked,
      outcome: result.outcome,
      mode: "online",
      seconds: result.seconds,
    });
  }
  return devices;
}

function tellEvidence(tell: Tell, evidence: Evidence, imageSha256: string): void {
  const same = evidence.flashSha256 === imageSha256
    ? "is the owner's image, to the last byte"
    : "IS NOT THE OWNER'S IMAGE";
  tell(
    `${evidence.uid}: flash ${same}; ${evidence.booted ? "boots" : "DOES NOT BOOT"}; ${
      evidence.locked ? "locked" : "NOT LOCKED"
    }; certificate ${evidence.certificate}`,
  );
  if (evidence.says.length > 0) tell(`${evidence.uid}: its UART says: ${evidence.says.join(" | ")}`);
}

/** Starts both processes again and leaves them to a person. */
async function keepOpen(stage: Stage): Promise<void> {
  const authority = await serve(stage);
  const line = new Line(stage.tell, () => Date.now());
  const agent = runAgentChild(stage, line, null);
  await agent.line('{"kind":"listening"');
  stage.tell(
    `Kept: authority ${authority.origin}, status page ${line.statusPage}, folder ${stage.folder}. Ctrl-C ends it`,
  );
  const { stop } = stage.ports;
  if (!stop.aborted) {
    await new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
  }
}

/** Tells whether every device of a report is as it must be. */
export function isGood(report: DemoReport): boolean {
  const { devices, quota } = report;
  return quota.granted === quota.committed && devices.length === quota.granted &&
    devices.every((device) =>
      device.outcome === "delivered" && device.booted && device.locked &&
      device.flashSha256 === device.imageSha256 &&
      device.certificate !== "invalid"
    );
}
