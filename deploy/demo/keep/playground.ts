/**
 * What a person can do to a demo that is kept open: the owner's acts, the network, the boards, the power. Each act ends when
 * it is done; what follows from it is for the pages to show.
 *
 * @module
 */
import { Fault } from "../../../bootloader/wire/mod.ts";
import type { Child } from "../children.ts";
import type { DemoOwner } from "../owner_part.ts";
import type { Tell } from "../story.ts";
import type { Relay } from "./relay.ts";

/** How long the power stays off, in milliseconds: long enough to be seen. */
const POWER_OFF_MS = 3000;

/** What the playground is made of. */
export interface PlaygroundParts {
  readonly tell: Tell;
  readonly owner: DemoOwner;
  readonly relay: Relay;
  /** Starts the appliance; resolves when it runs. */
  readonly startAgent: () => Promise<Child>;
  readonly agent: Child;
  /** Units that the appliance may have borrowed before. */
  readonly lent: number;
  /** Puts a blank board within reach; returns its number. */
  readonly insertBoard: () => number;
  /** The board that a station works on now: the file, or null. */
  readonly boardInWork: () => string | null;
  /** Where boards lie that were taken out. */
  readonly drawer: string;
}

/** The acts, in the order of the page. */
export const acts = Object.freeze(
  [
    { name: "insert", says: "Put in a board", who: "operator" },
    { name: "raise", says: "Raise the quota by one", who: "owner" },
    { name: "lend", says: "Lend two units for work without network", who: "owner" },
    { name: "network", says: "Pull the network, or plug it in again", who: "mishap" },
    { name: "pull", says: "Pull the board out of its station", who: "mishap" },
    { name: "power", says: "Cut the power of the appliance", who: "mishap" },
  ] as const,
);

/** The name of an act. */
export type ActName = typeof acts[number]["name"];

/** A kept demo at a person's hands. */
export class Playground {
  readonly #parts: PlaygroundParts;
  #agent: Child | null;
  #lent: number;
  #busy = false;

  constructor(parts: PlaygroundParts) {
    this.#parts = parts;
    this.#agent = parts.agent;
    this.#lent = parts.lent;
  }

  /** Whether the appliance has power. */
  get powered(): boolean {
    return this.#agent !== null;
  }

  /** Whether the appliance can reach the authority. */
  get connected(): boolean {
    return this.#parts.relay.plugged;
  }

  /** Does one act at a time; a second click while one is under way does nothing. */
  async act(name: ActName): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await this.#acts[name]();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#parts.tell(`It did not work: ${error.message}`);
    } finally {
      this.#busy = false;
    }
  }

  /** Ends the appliance, if it runs. */
  async stop(): Promise<void> {
    await this.#agent?.stop();
    await this.#parts.relay.pull();
  }

  readonly #acts: Readonly<Record<ActName, () => Promise<void>>> = {
    insert: () => {
      const number = this.#parts.insertBoard();
      this.#parts.tell(`OPERATOR. A blank board lies ready: board ${String(number).padStart(2, "0")}`);
      return Promise.resolve();
    },
    raise: async () => {
      await this.#parts.owner.raise(1);
      this.#parts.tell("OWNER. The order is raised by one unit");
    },
    lend: async () => {
      const { owner, tell } = this.#parts;
      await owner.raise(2);
      await owner.lend(this.#lent += 2);
      tell(
        "OWNER. The order is raised by two units, which the appliance may borrow for work without network",
      );
    },
    network: async () => {
      const { relay, tell } = this.#parts;
      if (relay.plugged) {
        await relay.pull();
        tell("MISHAP. The network is pulled: the appliance cannot reach the owner's server");
      } else {
        await relay.plug();
        tell("The network is plugged in again");
      }
    },
    pull: async () => {
      const { boardInWork, drawer, tell } = this.#parts;
      const path = boardInWork();
      if (path === null) return tell("No board is in a station: put one in first");
      const name = path.replace(/^.*\//, "");
      try {
        await Deno.rename(path, `${drawer}/${name}`);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        return tell(`${name} has just been finished and taken out`);
      }
      tell(`MISHAP. ${name} is pulled out of its station; in two seconds it is put in again`);
      setTimeout(() => void Deno.rename(`${drawer}/${name}`, path).catch(() => {}), 2000);
    },
    power: async () => {
      const { tell, startAgent } = this.#parts;
      const agent = this.#agent;
      if (agent === null) return;
      this.#agent = null;
      await agent.kill();
      tell(
        "MISHAP. The power of the appliance is cut, its boards lose theirs; it comes back in three seconds",
      );
      await new Promise((resolve) => setTimeout(resolve, POWER_OFF_MS));
      this.#agent = await startAgent();
      tell("The appliance has power again and looks into its record");
    },
  };
}
