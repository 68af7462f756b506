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
import { readyCaptureFolder, writeClearImage } from "./capture_folder.ts";
import type { Child } from "./children.ts";
import { keepOpen, type Kept } from "./keep/mod.ts";
import { inspectBoards } from "./inspection.ts";
import { Line } from "./line.ts";
import { playOffline } from "./offline_part.ts";
import { type DemoOptions, OFFLINE_MAX } from "./options.ts";
import { type DemoOwner, type FoundedOwner, startOwner, unitsToLend } from "./owner_part.ts";
import {
  type DemoPorts,
  runAgentChild,
  type RunningAuthority,
  runToItsEnd,
  serve,
  type Stage,
} from "./stage.ts";
import { storyTeller } from "./story.ts";
import type { DemoResult } from "./verdict.ts";

export { type DemoOptions, DEVICES_MAX, OFFLINE_MAX, STATIONS_MAX } from "./options.ts";
export { isChip } from "./evidence.ts";
export type { DemoPorts } from "./stage.ts";
export type { DemoDevice } from "./inspection.ts";
export { type DemoReport, type DemoResult, flawsOf } from "./verdict.ts";

/**
 * Runs the demo. Devices that are not as they must be are in its report, for `flawsOf` to find.
 * @throws {Malformed} for a firmware file that cannot be used; {Fault} when there is no report to give
 */
export async function runDemo(options: DemoOptions, ports: DemoPorts): Promise<DemoResult> {
  const folder = await Deno.makeTempDir({ prefix: "flashseal-demo-" });
  const tell = storyTeller(ports.say, () => Date.now());
  tell(`Everything happens in ${folder}`);
  const running = new Set<Child>();
  const trouble = Promise.withResolvers<never>();
  const over = new AbortController();
  try {
    const file = await firmwareFile(options);
    if (options.capture !== null) await readyCaptureFolder(options.capture);
    const offline = unitsToLend(options.offline, file, options.chip);
    if (offline < options.offline) {
      tell(
        "The offline part is left out: this firmware's personal region is too short for the certificate of a lease",
      );
    }
    const asked = { ...options, offline };
    const stage: Stage = { folder, options: asked, file, ports, tell, running, trouble, over: over.signal };
    const unread = Promise.race([trouble.promise, cutShort(ports.unread, UNREAD)]);
    const { result, kept } = await Promise.race([play(stage), unread, cutShort(ports.stop, ASKED_TO_STOP)]);
    if (options.keep) await Promise.race([keepOpen(stage, kept), unread]);
    return result;
  } finally {
    over.abort();
    // The agent before the authority, so that it can still report.
    for (const child of [...running].reverse()) await child.stop();
    if (!options.keep) await Deno.remove(folder, { recursive: true });
  }
}

const ASKED_TO_STOP = "it was asked to stop";
const UNREAD = "its output reaches nobody any more; everything it had started is stopped and removed";

/** Rejects with why the demo cannot be finished as soon as `signal` is aborted. */
function cutShort(signal: AbortSignal, why: string): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cut = () => reject(new Fault(`Cannot finish the demo: ${why}`, { place: "demo", retry: true }));
  if (signal.aborted) cut();
  else signal.addEventListener("abort", cut, { once: true });
  return promise;
}

async function play(stage: Stage): Promise<{ readonly result: DemoResult; readonly kept: Kept }> {
  const { options, tell, running } = stage;
  const { authority, owner } = await startAuthority(stage);
  const { agent, line } = await startAgent(stage, authority.origin, owner);
  const boards = new Map<string, string>();
  insertBoards(stage, boards, options.devices);
  tell(
    `${options.devices} blank ${options.chip} boards lie ready, each a file; their chips execute the real bootloader's machine code`,
  );
  await makeDevices(stage, line, owner);
  const last = options.offline === 0
    ? authority
    : await makeOffline(stage, { authority, line, owner, boards });
  const quota = await owner.quota();
  owner.close();

  tell("The line is done. Agent and authority are stopped; from here on only the board files speak");
  for (const child of [agent, last.child]) {
    const code = await child.stop();
    running.delete(child);
    if (code !== 0) {
      throw new Fault(`Cannot trust the demo: a process ended with ${code}`, {
        place: "child process",
        retry: false,
      });
    }
  }
  const devices = await inspectBoards(stage, line, owner.expected, boards);
  tell(
    `The ledger: ${quota.granted} granted, ${quota.committed} committed, ${quota.free} free, ${quota.keyed} keyed, ${quota.lost} lost`,
  );
  const { devices: online, offline } = options;
  const insertBoard = () => {
    insertBoards(stage, boards, 1);
    return boards.size;
  };
  return {
    result: {
      report: { devices, quota },
      wanted: online + offline,
      certified: owner.expected.personal.length > 0,
    },
    kept: { origin: authority.origin, insertBoard },
  };
}

async function startAuthority(
  stage: Stage,
): Promise<{ readonly authority: RunningAuthority; readonly owner: FoundedOwner }> {
  const { folder, options, file, tell } = stage;
  const authorityFolder = `${folder}/authority`;
  await runToItsEnd(stage, [
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

  const units = options.devices - 1;
  const owner = await startOwner({
    origin: authority.origin,
    authorityFolder,
    profileFile: `${folder}/owner-profile.json`,
    chip: options.chip,
    file,
    granted: units,
    // Whoever plays with it may lend more than the demo itself does.
    lentMost: options.keep && options.offline > 0 ? OFFLINE_MAX : options.offline,
  });
  if (options.capture !== null) await writeClearImage(options.capture, owner.expected.image);
  tell(
    `The owner's machine reads ${file.name}, encrypts it under a fresh key and uploads ${owner.encryptedBytes} bytes that nobody on the way can open`,
  );
  tell(`The owner grants ${units} of ${options.devices} devices: one too few, on purpose`);
  return { authority, owner };
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
  await runToItsEnd(stage, [
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
  const agent = runAgentChild(stage, line, { capture: options.capture });
  await agent.line('{"kind":"listening"');
  tell(
    `The agent runs ${options.stations} station${
      options.stations === 1 ? "" : "s"
    }; its status page: ${line.statusPage}`,
  );
  return { agent, line };
}

/** Puts `count` further boards within the stations' reach; `boards` has all of them: paths by UID. */
function insertBoards({ folder, options }: Stage, boards: Map<string, string>, count: number): void {
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
  const end = boards.size + count;
  for (let number = boards.size + 1; number <= end; number++) {
    const uid = random(12);
    const path = `${folder}/appliance/boards/${String(number).padStart(2, "0")}.board`;
    makeBoardFile(path, { chip: options.chip, uid, random });
    boards.set(uid.toHex(), path);
  }
}

/**
 * The line runs dry by one unit; the owner raises the order; the line goes on by itself. A board that was refused or
 * failed leaves its unit to the next one: then nothing runs dry, and the report will say what went wrong.
 */
async function makeDevices({ options, tell }: Stage, line: Line, owner: DemoOwner): Promise<void> {
  const { devices } = options;
  await line.until(
    "the last board waiting for a unit",
    () => (line.starved.size > 0 && line.ended.length >= devices - 1) || line.ended.length >= devices,
  );
  if (line.ended.length >= devices) return tell("No board had to wait: not every device was made");
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

interface AfterOnline {
  readonly authority: RunningAuthority;
  readonly line: Line;
  readonly owner: DemoOwner;
  readonly boards: Map<string, string>;
}

/** The order is spent, so that what the owner raises it by can all be lent. */
async function lendUnits({ options, tell }: Stage, line: Line, owner: DemoOwner): Promise<void> {
  const { offline } = options;
  const units = offline === 1 ? "1 unit" : `${offline} units`;
  tell(
    `OWNER'S SIDE. The owner raises the order by ${units} and lends them to the appliance for work without network`,
  );
  await owner.raise(offline);
  await owner.lend(offline);
  await line.until("the offline allowance in the appliance's vault", () => (line.left ?? 0) >= offline);
}

async function makeOffline(
  stage: Stage,
  { authority, line, owner, boards }: AfterOnline,
): Promise<RunningAuthority> {
  const { folder, options, tell, running } = stage;
  await lendUnits(stage, line, owner);
  running.delete(authority.child);
  return await playOffline({
    tell,
    line,
    owner,
    applianceFolder: `${folder}/appliance`,
    boards: options.offline,
    before: options.devices,
    authority,
    insertBoards: (count) => insertBoards(stage, boards, count),
    serveAgain: () => serve(stage, new URL(authority.origin).port),
  });
}
