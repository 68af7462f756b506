/**
 * A whole site for a person who watches: authority and agent as processes of their own, four stations with a place for a board
 * each, a network cable that can be pulled, and a power cord that can be cut. Nothing in it is a stand-in.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Relay } from "../../../deploy/demo/keep/relay.ts";
import { underClock } from "../../chaos/_clock.ts";
import { type Proxy, startProxy } from "../../chaos/_proxy.ts";
import { makeSite, type Site } from "../../chaos/_site.ts";
import { type Board, type BoardKind, makeBoard } from "./_boards.ts";

/** How late each piece between the two countries is, in milliseconds; it also lets a person see a board in work. */
const FAR_MS = 100;
/** How many stations the site has. */
export const STATIONS = 4;

/** The site in hands that do what life does to it. */
export interface WholeSite {
  readonly statusPage: string;
  readonly ownerPage: string;
  readonly apiKey: string;
  /** The cable between appliance and owner's server. */
  readonly cable: Relay;
  /** Puts a new board into a station, by its number. */
  putIn(station: number, kind?: BoardKind): Board;
  /** Puts a board that was taken out into a station. */
  putBack(station: number, board: Board): void;
  takeOut(board: Board): void;
  /** Takes out whatever stands in the stations. */
  clear(): void;
  /** Takes away the whole place of a station where boards are put in, as when its probe is unplugged. */
  unplug(station: number): void;
  plugIn(station: number): void;
  /** The appliance loses its power: its process ends without a word. */
  cutPower(): Promise<void>;
  /** Its power comes back; it starts as it did before, or with its clock set otherwise, e.g. `+31d`. */
  restorePower(clock?: string): Promise<void>;
  close(): Promise<void>;
}

/** Makes a site whose order grants `granted` units; both processes run when it resolves. */
export async function makeWholeSite(granted: number): Promise<WholeSite> {
  let cable: Relay | undefined;
  let distance: Proxy | undefined;
  const site = await makeSite({
    granted,
    stations: STATIONS,
    offline: true,
    async appliancesReach(origin) {
      const port = freePort();
      distance = await startProxy(Number(new URL(origin).port));
      distance.change(() => ({ delayMs: FAR_MS }));
      cable = await Relay.open(port, distance.port);
      return `https://127.0.0.1:${port}`;
    },
  });
  try {
    assert.ok(cable !== undefined && distance !== undefined);
    giveEachStationItsPlace(site);
    const statusPort = freePort();
    await site.startAgent({ statusPort });
    return handsOn({ site, cable, distance }, statusPort);
  } catch (error) {
    await site.close();
    await cable?.pull();
    await distance?.close();
    throw error;
  }
}

interface Parts {
  readonly site: Site;
  readonly cable: Relay;
  readonly distance: Proxy;
}

function handsOn({ site, cable, distance }: Parts, statusPort: number): WholeSite {
  const { folder } = site;
  let made = 0;
  const place = (station: number) => placeOf(site, station);
  const move = (board: Board, path: string) => {
    Deno.renameSync(board.path, path);
    board.path = path;
  };
  const nameOf = ({ path }: Board) => path.replace(/^.*\//, "");
  return {
    statusPage: `http://127.0.0.1:${statusPort}/`,
    ownerPage: `${site.origin}/console`,
    apiKey: Deno.readTextFileSync(`${site.authorityFolder}/owner-api-key.txt`).trim(),
    cable,
    putIn(station, kind = "blank") {
      // Made outside and moved: a station sees a board only when it is whole.
      const name = `${String(++made).padStart(2, "0")}.board`;
      const board = makeBoard(`${folder}/out/${name}`, kind);
      move(board, `${place(station)}/${name}`);
      return board;
    },
    putBack: (station, board) => move(board, `${place(station)}/${nameOf(board)}`),
    takeOut: (board) => move(board, `${folder}/out/${nameOf(board)}`),
    clear() {
      for (let station = 1; station <= STATIONS; station++) {
        for (const { name } of Deno.readDirSync(place(station))) {
          Deno.renameSync(`${place(station)}/${name}`, `${folder}/out/${station}-${name}`);
        }
      }
    },
    unplug: (station) => Deno.renameSync(place(station), `${place(station)}-unplugged`),
    plugIn: (station) => Deno.renameSync(`${place(station)}-unplugged`, place(station)),
    async cutPower() {
      await site.agent?.kill();
    },
    restorePower: (clock) =>
      site.startAgent({ statusPort, ...(clock === undefined ? {} : underClock(clock)) }),
    async close() {
      await site.close();
      await cable.pull();
      await distance.close();
    },
  };
}

function placeOf({ folder }: Site, station: number): string {
  return `${folder}/boards/station-${station}`;
}

function giveEachStationItsPlace(site: Site): void {
  const file = `${site.agentFolder}/config.json`;
  const config = JSON.parse(Deno.readTextFileSync(file));
  config.stations.forEach((station: { boards: string }, index: number) => {
    station.boards = placeOf(site, index + 1);
    Deno.mkdirSync(station.boards);
  });
  Deno.writeTextFileSync(file, JSON.stringify(config));
}

/** A port that nobody listens on now. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
