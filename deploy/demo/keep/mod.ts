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
import type { Tell } from "../story.ts";
import { createKeepApp } from "./app.tsx";
import { Bench } from "./bench.ts";
import { glancer, hintOf } from "./glance.ts";
import type { StoryLine } from "./page.tsx";
import { Playground } from "./playground.ts";
import { Relay } from "./relay.ts";

/** Lines of the story that the page shows. */
const STORY_MOST = 16;

/** What the demo hands over. */
export interface Kept {
  /** Where the appliance was told that the authority is: the relay takes this address over. */
  readonly origin: string;
  readonly insertBoard: () => number;
}

/** Runs until `stage.ports.stop`. */
export async function keepOpen(stage: Stage, kept: Kept): Promise<void> {
  const { folder, options, ports } = stage;
  const { story, tell } = storyOf(stage);
  const authority = await serve(stage);
  const relay = await Relay.open(portOf(kept.origin), portOf(authority.origin));
  const owner = await ownerAt(stage, authority.origin);
  const bench = new Bench({
    boards: `${folder}/appliance/boards`,
    drawer: `${folder}/drawer`,
    stations: options.stations,
    insertBoard: kept.insertBoard,
  });
  const line = lineAt(bench, tell);
  const startAgent = async (): Promise<Child> => {
    // After a power cut at the same address: the operator's page, which stays open, finds it again by itself.
    const port = line.statusPage === null ? "0" : `${portOf(line.statusPage)}`;
    const agent = runAgentChild(stage, line, { capture: null, statusPort: port });
    await agent.line('{"kind":"listening"');
    return agent;
  };
  const playground = new Playground({
    tell,
    owner,
    relay,
    bench,
    canLend: options.offline > 0,
    agent: await startAgent(),
    startAgent,
    boardInWork: () => line.boardInWork(),
  });
  const pages = { statusPage: line.statusPage ?? "", ownerPage: `${authority.origin}/console` };
  const glance = glancer({ address: pages.statusPage, quota: () => owner.quota() }, () => Date.now());
  const app = await createKeepApp(async () => {
    const { connected, powered, offers } = playground;
    const now = await glance();
    const hint = hintOf(now, { connected, powered, offers });
    const apiKeyFile = `${folder}/authority/owner-api-key.txt`;
    return { ...pages, apiKeyFile, connected, powered, offers, glance: now, hint, story };
  }, (name) => playground.act(name));
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: ports.stop, onListen: () => {} },
    app.fetch,
  );
  stage.tell(`Kept: play with it at http://127.0.0.1:${server.addr.port}/`);
  stage.tell(`      the operator's page ${pages.statusPage}, the owner's ${pages.ownerPage}`);
  stage.tell(`      everything lies in ${folder}; Ctrl-C ends it`);
  await server.finished;
  stage.tell(`It ends. What it left lies in ${stage.folder}: look at it, then remove it`);
  await playground.stop();
  owner.close();
}

/** The story as the terminal tells it and as the page shows it, the newest first. */
function storyOf(stage: Stage): { readonly story: readonly StoryLine[]; readonly tell: Tell } {
  const story: StoryLine[] = [];
  const tell = (text: string) => {
    stage.tell(text);
    story.unshift({ atUtc: new Date().toISOString().slice(11, 19), text });
    story.length = Math.min(story.length, STORY_MOST);
  };
  return { story, tell };
}

/** The line, with hands at its stations. */
function lineAt(bench: Bench, tell: Tell): Line {
  const line = new Line(tell, () => Date.now());
  line.onBegun = (path) => bench.begun(path);
  line.onEnded = (path) => bench.ended(path);
  return line;
}

function ownerAt({ folder }: Stage, origin: string): Promise<DemoOwner> {
  return openOwner({
    origin,
    authorityFolder: `${folder}/authority`,
    profileFile: `${folder}/owner-profile-kept.json`,
  });
}

function portOf(origin: string): number {
  return Number(new URL(origin).port);
}
