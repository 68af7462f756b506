/**
 * The demo's second half: the authority is stopped for real, boards are made from the offline allowance until it is
 * used up, the authority comes back, and both ledgers say the same.
 *
 * @module
 */
import { agentStatus } from "../../agent/mod.ts";
import { Fault } from "../../bootloader/wire/mod.ts";
import type { Child } from "./children.ts";
import type { Line } from "./line.ts";
import type { DemoOwner } from "./owner_part.ts";
import type { Tell } from "./story.ts";

/** What the offline half needs of the demo. */
export interface OfflineStage {
  readonly tell: Tell;
  readonly line: Line;
  readonly owner: DemoOwner;
  readonly applianceFolder: string;
  /** How many boards are to be made offline. */
  readonly boards: number;
  /** Deliveries that have ended before. */
  readonly before: number;
  readonly authority: { readonly child: Child; readonly origin: string };
  /** Puts so many further boards within the stations' reach. */
  readonly insertBoards: (count: number) => void;
  /** Serves the same authority again, on the same port. */
  readonly serveAgain: () => Promise<{ readonly child: Child; readonly origin: string }>;
}

/** Runs the offline half and returns the authority that is running at its end. */
export async function playOffline(
  stage: OfflineStage,
): Promise<{ readonly child: Child; readonly origin: string }> {
  const { tell, line, owner, boards, before } = stage;
  await stopAuthority(stage);
  stage.insertBoards(boards + 1);
  tell(`${boards + 1} further boards: one more than the appliance was lent`);
  await line.until("the offline deliveries", () => line.ended.length >= before + boards);
  // A board that was refused or failed leaves its ticket to the one too many: then that one ends, too.
  await line.until(
    "the offline allowance used up",
    () => line.offlineSpent || line.ended.length > before + boards,
  );

  // What was told before the cut says nothing about what was made since.
  line.unreported = null;
  const authority = await stage.serveAgain();
  tell(`The authority answers again at ${authority.origin}`);
  await line.until("the report of what was made offline", () => line.unreported === 0);
  await showBothLedgers(stage, owner);
  return authority;
}

async function stopAuthority({ authority, tell }: OfflineStage): Promise<void> {
  const code = await authority.child.stop();
  const { hostname, port } = new URL(authority.origin);
  tell(
    `THE NETWORK IS GONE. The authority's process has ended (exit ${code}); ${await knock(
      hostname,
      Number(port),
    )}`,
  );
}

/** Tries the port: what a person would do to believe it. */
async function knock(hostname: string, port: number): Promise<string> {
  try {
    (await Deno.connect({ hostname, port })).close();
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return `port ${port} refuses connections`;
    throw error;
  }
  throw new Fault(
    `Cannot go on with the demo: somebody answers on port ${port} although the authority was stopped`,
    {
      place: "demo",
      retry: true,
    },
  );
}

async function showBothLedgers({ tell, applianceFolder }: OfflineStage, owner: DemoOwner): Promise<void> {
  const quota = await owner.quota();
  const { counts } = await agentStatus({ folder: applianceFolder }, { nowMs: () => Date.now() });
  tell(
    `The authority's ledger: ${quota.granted} granted, ${quota.committed} committed, ${quota.leased} lent, ${quota.keyed} keyed`,
  );
  tell(`The appliance's record: ${counts.delivered} delivered, ${counts.unreported} not reported`);
  if (quota.committed === counts.delivered) return;
  throw new Fault("Cannot call the demo good: the two ledgers differ", { place: "demo", retry: false });
}
