/**
 * A whole site for the chaos tests: an authority and an agent as processes of their own, the real owner's commands, the
 * sample firmware, boards as files, and an operator who does what the screen says. Nothing in it is a stand-in.
 *
 * @module
 */
import { type AgentEvent, type DeliveryResult, makeBoardFile } from "../../agent/mod.ts";
import { makeOwner, type Owner } from "./_owner.ts";
import { type Process, runProcess, startProcess } from "./_process.ts";

const CHIP = "stm32g0-8k";

/** Which folders a site uses; all under one by default. */
export interface SiteOptions {
  readonly granted: number;
  readonly stations?: number;
  /** How often one chip's key may be given; the default of the owner's command where it is missing. */
  readonly message2Limit?: number;
  /** Lets the product be programmed without the server. */
  readonly offline?: boolean;
  /** Where a role's folder is made; in a folder of the site by default. */
  readonly place?: { readonly authority?: string; readonly agent?: string };
  /** How processes are started after the site was set up. */
  readonly environment?: (role: "authority" | "agent") => StartOptions;
  /** The address that the appliance is told, given the authority's own. */
  readonly appliancesReach?: (origin: string) => string | Promise<string>;
}

/** How a process of the site is started. */
export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly wrap?: readonly string[];
  /** A program that takes the place of main.ts. */
  readonly main?: string;
  /** Where an agent shows its page; any free port by default. */
  readonly statusPort?: number;
}

/** A board as its file. */
export interface Board {
  readonly name: string;
  readonly uid: string;
  /** Where the file lies now: in a station's reach, or taken out. */
  path: string;
}

/** A site. */
export interface Site {
  readonly folder: string;
  readonly authorityFolder: string;
  readonly agentFolder: string;
  readonly origin: string;
  readonly owner: Owner;
  readonly boards: Board[];
  /** How the deliveries ended, over all starts of the agent. */
  readonly ended: DeliveryResult[];
  readonly events: AgentEvent[];
  authority: Process | null;
  agent: Process | null;
  startAuthority(options?: StartOptions): Promise<void>;
  /** Starts the agent; resolves when it works. `onEvent` hears this agent's events. */
  startAgent(options?: StartOptions & { readonly onEvent?: (event: AgentEvent) => void }): Promise<void>;
  /** Puts a blank board into the stations' reach. */
  putBoard(): Board;
  /** Takes a board out, as the operator does when the screen has its verdict. */
  takeOut(board: Board): void;
  close(): Promise<void>;
}

/** Makes a site; both processes run when it resolves. */
export async function makeSite(options: SiteOptions): Promise<Site> {
  const folder = await Deno.makeTempDir({ prefix: "flashseal-chaos-" });
  const authorityFolder = `${options.place?.authority ?? folder}/authority`;
  const agentFolder = `${options.place?.agent ?? folder}/agent`;
  const boardFolder = `${folder}/boards`;
  await runProcess(
    [
      "authority",
      "init",
      "--dir",
      authorityFolder,
      "--owner",
      "Test Owner",
      "--name",
      "127.0.0.1",
      "--port",
      "0",
    ],
  );
  const first = startProcess(["authority", "serve", "--dir", authorityFolder, "--port", "0"]);
  const origin = (await first.line("listening ")).slice("listening ".length);
  await first.stop();
  const site: Unowned = {
    folder,
    authorityFolder,
    agentFolder,
    origin,
    boards: [],
    ended: [],
    events: [],
    authority: null,
    agent: null,
    async startAuthority(start = options.environment?.("authority") ?? {}) {
      const port = new URL(origin).port;
      const args = ["authority", "serve", "--dir", authorityFolder, "--port", port];
      site.authority = startProcess(args, start);
      await site.authority.line("listening ");
    },
    async startAgent(start = options.environment?.("agent") ?? {}) {
      const onEvent = "onEvent" in start ? start.onEvent : undefined;
      const onLine = (line: string) => {
        const event = eventOf(line);
        if (event === undefined) return;
        if (event.kind !== "progress") site.events.push(event);
        if (event.kind === "ended") site.ended.push(event.result);
        onEvent?.(event);
      };
      const port = `${start.statusPort ?? 0}`;
      const args = ["agent", "run", "--dir", agentFolder, "--json", "--status-port", port];
      site.agent = startProcess(args, { ...start, onLine });
      await site.agent.line('{"kind":"listening"');
    },
    putBoard() {
      const name = `${String(site.boards.length + 1).padStart(4, "0")}.board`;
      const uid = random(12);
      const path = `${boardFolder}/${name}`;
      makeBoardFile(path, { chip: CHIP, uid, random });
      const board = { name, uid: uid.toHex(), path };
      site.boards.push(board);
      return board;
    },
    takeOut(board) {
      const path = `${folder}/out/${board.name}`;
      Deno.renameSync(board.path, path);
      board.path = path;
    },
    async close() {
      await site.agent?.kill();
      await site.authority?.kill();
      site.owner?.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
  for (const path of [`${folder}/out`, boardFolder]) await Deno.mkdir(path);
  try {
    return await setUp(site, options, boardFolder);
  } catch (error) {
    await site.close();
    throw error;
  }
}

type Unowned = Omit<Site, "owner"> & { owner?: Owner };

/** The owner's part and the enrolment, before any trouble begins. */
async function setUp(site: Unowned, options: SiteOptions, boardFolder: string): Promise<Site> {
  const { origin, authorityFolder, agentFolder, folder } = site;
  await site.startAuthority({});
  const { granted: units, offline = false, message2Limit } = options;
  const owner = await makeOwner({
    origin,
    authorityFolder,
    folder,
    chip: CHIP,
    units,
    offline,
    ...(message2Limit === undefined ? {} : { message2Limit }),
  });
  site.owner = owner;
  const reach = await options.appliancesReach?.(origin) ?? origin;
  const stations = String(options.stations ?? 1);
  const code = await owner.enrolmentCode();
  await runProcess(
    ["agent", "enrol", "--dir", agentFolder, "--authority", reach, "--code", code, "--stations", stations],
  );
  putBoardsAt(`${agentFolder}/config.json`, boardFolder);
  if (options.environment !== undefined) {
    await site.authority?.stop();
    await site.startAuthority();
  }
  return Object.assign(site, { owner });
}

/** Boards lie on the ordinary disk whatever the appliance's disk does: in life they are no files. */
function putBoardsAt(configFile: string, boards: string): void {
  const config = JSON.parse(Deno.readTextFileSync(configFile));
  for (const station of config.stations) station.boards = boards;
  Deno.writeTextFileSync(configFile, JSON.stringify(config));
}

function random(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

function eventOf(line: string): AgentEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  const event = JSON.parse(line) as AgentEvent | { readonly kind?: undefined };
  return event.kind === undefined ? undefined : event;
}
