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
import { type Bench, nameOf } from "./bench.ts";
import type { Relay } from "./relay.ts";

/** How long the power stays off, in milliseconds: longer than the operator's page needs to say that it hears nothing. */
const POWER_OFF_MS = 9000;
/** Units that one act lends. */
const LENT_AT_ONCE = 2;

/** What the playground is made of. */
export interface PlaygroundParts {
  readonly tell: Tell;
  readonly owner: DemoOwner;
  readonly relay: Relay;
  readonly bench: Bench;
  /** Starts the appliance; resolves when it runs. */
  readonly startAgent: () => Promise<Child>;
  readonly agent: Child;
  /** Whether units of the product may be lent. */
  readonly canLend: boolean;
  /** The board that a station works on now: the file, or null. */
  readonly boardInWork: () => string | null;
}

/** The acts by where they happen. */
export const acts = Object.freeze(
  [
    { name: "insert", at: "factory", isMishap: false },
    { name: "pull", at: "factory", isMishap: true },
    { name: "power", at: "factory", isMishap: true },
    { name: "network", at: "network", isMishap: true },
    { name: "raise", at: "owner", isMishap: false },
    { name: "lend", at: "owner", isMishap: false },
  ] as const,
);

/** The name of an act. */
export type ActName = typeof acts[number]["name"];

/** An act as it is offered now. */
export interface Offer {
  readonly says: string;
  /** Why it cannot be done now; null: it can. */
  readonly cannot: string | null;
}

/** A kept demo at a person's hands. */
export class Playground {
  readonly #parts: PlaygroundParts;
  #agent: Child | null;
  #comingBack: Promise<void> = Promise.resolve();
  readonly #stopped = Promise.withResolvers<void>();
  #busy = false;

  constructor(parts: PlaygroundParts) {
    this.#parts = parts;
    this.#agent = parts.agent;
  }

  /** Whether the appliance has power. */
  get powered(): boolean {
    return this.#agent !== null;
  }

  /** Whether the appliance can reach the authority. */
  get connected(): boolean {
    return this.#parts.relay.plugged;
  }

  /** What can be done now. */
  get offers(): Readonly<Record<ActName, Offer>> {
    const { bench, boardInWork, canLend } = this.#parts;
    const { powered, connected } = this;
    const offer = (says: string, cannot: string | false) => ({
      says,
      cannot: cannot === false ? null : cannot,
    });
    return {
      insert: offer("Put in a blank board", bench.full && "A board is in already"),
      pull: offer(
        "Pull the board out",
        !powered ? "No board is in work" : boardInWork() === null && "No board is in work",
      ),
      power: offer("Cut the appliance's power", !powered && "It comes back in a few seconds"),
      network: offer(connected ? "Pull the network" : "Plug the network in again", false),
      raise: offer("Raise the order by one", false),
      lend: offer(
        `Lend ${LENT_AT_ONCE} units for work without network`,
        !canLend && "This demo was started without offline work",
      ),
    };
  }

  /** Does one act at a time; a second click while one is under way does nothing. */
  async act(name: ActName): Promise<void> {
    if (this.#busy) return;
    const { says, cannot } = this.offers[name];
    if (cannot !== null) return this.#parts.tell(`"${says}" cannot be done now. ${cannot}`);
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
    this.#stopped.resolve();
    this.#parts.bench.stop();
    await this.#comingBack;
    await this.#agent?.stop();
    await this.#parts.relay.pull();
  }

  readonly #acts: Readonly<Record<ActName, () => Promise<void>>> = {
    insert: () => {
      const number = this.#parts.bench.putIn();
      this.#parts.tell(`OPERATOR. Blank board ${String(number).padStart(2, "0")} is put in`);
      return Promise.resolve();
    },
    raise: async () => {
      await this.#parts.owner.raise(1);
      this.#parts.tell("OWNER. The order is raised by one unit");
    },
    lend: async () => {
      const { owner, tell } = this.#parts;
      // So many more than are lent now, whatever was lent before and came back or was used.
      const { leased } = await owner.quota();
      await owner.raise(LENT_AT_ONCE);
      await owner.lend(leased + LENT_AT_ONCE);
      tell(
        `OWNER. The order is raised by ${LENT_AT_ONCE} units, which the appliance may borrow for work without network`,
      );
    },
    network: async () => {
      const { relay, tell } = this.#parts;
      if (relay.plugged) {
        await relay.pull();
        tell("MISHAP. The network is pulled: the appliance cannot reach the owner's server");
      } else {
        await relay.plug();
        tell("OPERATOR. The network is plugged in again");
      }
    },
    pull: () => {
      const { boardInWork, bench, tell } = this.#parts;
      const path = boardInWork();
      if (path !== null) {
        const name = nameOf(path);
        tell(
          bench.pull(path)
            ? `MISHAP. ${name} is pulled out of its station; in two seconds it is put in again`
            : `${name} has just been finished and taken out`,
        );
      }
      return Promise.resolve();
    },
    power: async () => {
      const agent = this.#agent;
      if (agent === null) return;
      this.#agent = null;
      await agent.kill();
      this.#parts.tell(
        `MISHAP. The power of the appliance is cut, its boards lose theirs; it comes back in ${
          POWER_OFF_MS / 1000
        } seconds`,
      );
      this.#comingBack = this.#comeBack();
    },
  };

  async #comeBack(): Promise<void> {
    const { tell, startAgent } = this.#parts;
    const over = Symbol();
    const wait = Promise.withResolvers<null>();
    const timer = setTimeout(() => wait.resolve(null), POWER_OFF_MS);
    const first = await Promise.race([wait.promise, this.#stopped.promise.then(() => over)]);
    clearTimeout(timer);
    if (first === over) return;
    try {
      this.#agent = await startAgent();
      tell("The appliance has power again and looks into its record");
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      tell(`It did not work, and is tried again: ${error.message}`);
      await this.#comeBack();
    }
  }
}
