/**
 * `demo --keep`: after the report everything runs on, with a page from which a person acts as owner, operator and mishap.
 * Between appliance and authority lies a relay, so that the network can be pulled while both processes live.
 *
 * @module
 */
import type { Child } from "../children.ts";
import { Line } from "../line.ts";
import { type DemoOwner, openOwner } from "../owner_part.ts";
import { runAgentChild, serve, type Stage } from "../stage.ts";
import { createKeepApp } from "./app.tsx";
import { Playground } from "./playground.ts";
import { Relay } from "./relay.ts";

/** Lines of the story that the page shows. */
const STORY_MOST = 60;

/** What the demo hands over. */
export interface Kept {
  /** Where the appliance was told that the authority is: the relay takes this address over. */
  readonly origin: string;
  readonly insertBoard: () => number;
}

/** Runs until `stage.ports.stop`. */
export async function keepOpen(stage: Stage, kept: Kept): Promise<void> {
  const story: string[] = [];
  const tell = (text: string) => {
    stage.tell(text);
    story.unshift(`${new Date().toISOString().slice(11, 19)} UTC  ${text}`);
    story.length = Math.min(story.length, STORY_MOST);
  };
  const authority = await serve(stage);
  const relay = await Relay.open(portOf(kept.origin), portOf(authority.origin));
  const owner = await ownerAt(stage, authority.origin);
  const line = new Line(tell, () => Date.now());
  const drawer = `${stage.folder}/drawer`;
  await takeOutAll(`${stage.folder}/appliance/boards`, drawer);
  line.onEnded = (path, { outcome }) => {
    if (outcome === "delivered") takeOut(path, drawer);
  };
  const startAgent = async (): Promise<Child> => {
    const agent = runAgentChild(stage, line, null);
    await agent.line('{"kind":"listening"');
    return agent;
  };
  const playground = new Playground({
    tell,
    owner,
    relay,
    lent: stage.options.offline,
    agent: await startAgent(),
    startAgent,
    insertBoard: kept.insertBoard,
    boardInWork: () => line.boardInWork(),
    drawer,
  });
  const app = await createKeepApp(() => ({
    statusPage: line.statusPage ?? "",
    ownerPage: `${authority.origin}/console`,
    apiKeyFile: `${stage.folder}/authority/owner-api-key.txt`,
    connected: playground.connected,
    powered: playground.powered,
    story,
  }), (name) => playground.act(name));
  const { stop } = stage.ports;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, signal: stop, onListen: () => {} }, app.fetch);
  stage.tell(`Kept: play with it at http://127.0.0.1:${server.addr.port}/`);
  stage.tell(`      the operator's page ${line.statusPage}, the owner's ${authority.origin}/console`);
  stage.tell(`      everything lies in ${stage.folder}; Ctrl-C ends it`);
  await server.finished;
  stage.tell(`It ends. What it left lies in ${stage.folder}: look at it, then remove it`);
  await playground.stop();
  owner.close();
}

function ownerAt({ folder }: Stage, origin: string): Promise<DemoOwner> {
  return openOwner({
    origin,
    authorityFolder: `${folder}/authority`,
    profileFile: `${folder}/owner-profile-kept.json`,
  });
}

/** Puts away what the demo has made: the stations are empty when a person begins. */
async function takeOutAll(boards: string, drawer: string): Promise<void> {
  await Deno.mkdir(drawer);
  for await (const { name } of Deno.readDir(boards)) {
    await Deno.rename(`${boards}/${name}`, `${drawer}/${name}`);
  }
}

/** Puts a finished board away, unless somebody has pulled it out just before. */
function takeOut(path: string, drawer: string): void {
  try {
    Deno.renameSync(path, `${drawer}/${nameOf(path)}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function nameOf(path: string): string {
  return path.replace(/^.*\//, "");
}

function portOf(origin: string): number {
  return Number(new URL(origin).port);
}
