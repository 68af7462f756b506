/**
 * One appliance of a race: the agent's real journal, vault and round, its chips, and a network in between that loses, doubles
 * and is overtaken. A crash leaves the journal as it is and everything else behind.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Journal, type LeaseBook, type LeaseTicket, type ReleaseStore } from "../../agent/journal/mod.ts";
import { syncRound } from "../../agent/sync/mod.ts";
import { FileVault, SealedStorage } from "../../agent/vault/mod.ts";
import { type ApplianceClient, createApplianceClient, type TicketReply } from "../../authority/api/mod.ts";
import { Secret, sign } from "../../bootloader/suite/mod.ts";
import { Fault, type Keyset, keysetLayout, type TicketId, type Uid } from "../../bootloader/wire/mod.ts";
import { type Clock, FLASH_KB, lockProof, ORIGIN, Target, ticketRequest } from "../unit/authority/_world.ts";
import type { Catalogue } from "../unit/authority/_world.ts";
import { silent } from "./_hands.ts";
import { BrokenLaw } from "./_laws.ts";
import type { Template } from "./_site.ts";

/** What a network does to one request of a round. */
export type Trouble = "none" | "request lost" | "answer lost" | "doubled";

/** A wrong agent, for seeded bugs. */
export interface WrongAgent {
  /** Stands in for some methods of the journal's lease book. */
  readonly book?: (book: LeaseBook) => Partial<LeaseBook>;
  readonly head?: (journal: Journal) => ReturnType<Journal["head"]>;
  readonly client?: (client: ApplianceClient) => ApplianceClient;
}

/** A message 2 that a chip has got, and the receipt that it makes of it. */
export interface Made {
  readonly ticketId: TicketId;
  readonly number: number;
  readonly receipt: string;
}

class Crash extends Error {
  override readonly name = "Crash";
}

const WRITES = new Set<string | symbol>([
  "storeVaultKey",
  "draft",
  "dropDraft",
  "hold",
  "intend",
  "certify",
  "bind",
  "storeMessage2",
  "commit",
  "close",
  "storeTold",
  "storeReturned",
]);

/** An appliance at work. */
export class Line {
  readonly journal: Journal;
  readonly client: ApplianceClient;
  readonly made: Made[] = [];
  readonly #template: Template;
  readonly #index: number;
  readonly #clock: Clock;
  readonly #random: (n: number) => Uint8Array;
  readonly #wrong: WrongAgent;
  readonly #releases = new Map<string, Uint8Array>();
  readonly #sealKey: Uint8Array;
  #vault: FileVault;
  #trouble: { readonly kind: Trouble; at: number; readonly meanwhile: () => void } | undefined;
  /** Writes of the lease book that still succeed; then the power fails. */
  #writes = Infinity;

  constructor(
    template: Template,
    index: number,
    world: {
      readonly clock: Clock;
      readonly random: (n: number) => Uint8Array;
      readonly fetch: (request: Request) => Promise<Response>;
      readonly wrong: WrongAgent;
    },
  ) {
    this.#template = template;
    this.#index = index;
    this.#clock = world.clock;
    this.#random = world.random;
    this.#wrong = world.wrong;
    this.#sealKey = world.random(32);
    this.journal = new Journal(":memory:", () => world.clock.nowMs);
    const { id, identity } = this.#known;
    const client = createApplianceClient({
      origin: ORIGIN,
      fetch: (request) => this.#carry(request, world.fetch),
      appliance: id,
      sign: (message) => sign(identity.seed, message),
      logKeys: [template.logKey],
      nextSequence: () => this.journal.nextSequence(),
      nowSeconds: () => world.clock.seconds,
    });
    this.client = world.wrong.client?.(client) ?? client;
    this.#vault = this.#openVault();
  }

  get #known() {
    return this.#template.appliances[this.#index] ?? assert.fail();
  }

  get vault(): FileVault {
    return this.#vault;
  }

  #keySet(): Keyset {
    return keysetLayout.decode(
      Uint8Array.fromHex(this.#template.trust.keySet).subarray(0, keysetLayout.size),
    );
  }

  /** After a crash: the journal is what it was, nothing else is. */
  #openVault(): FileVault {
    const leases = this.#book();
    const { id, identity } = this.#known;
    const keySet = this.#keySet();
    return new FileVault({
      journal: {
        release: (release) => this.journal.release(release),
        denials: this.journal.denials,
        leases,
      },
      storage: new SealedStorage(new Secret(this.#sealKey.slice()), this.#random),
      random: this.#random,
      identity: { appliance: id, publicKey: identity.publicKey },
      keySet: () => keySet,
      nowSeconds: () => this.#clock.seconds,
    });
  }

  /** The journal's lease book, but for a seeded bug, up to the write at which the power fails. */
  #book(): LeaseBook {
    const bent: Partial<LeaseBook> = this.#wrong.book?.(this.journal.leases) ?? {};
    return new Proxy(this.journal.leases, {
      get: (book, name) => {
        const value = (Reflect.get(bent, name) ?? Reflect.get(book, name)) as unknown;
        if (typeof value !== "function") return value;
        return (...values: unknown[]) => {
          if (WRITES.has(name)) {
            if (this.#writes === 0) throw new Crash();
            this.#writes -= 1;
          }
          return value.apply(book, values);
        };
      },
    });
  }

  /** The journal as a round sees it. */
  #journalOfRounds(): Journal {
    const bent: Partial<Journal> = {
      leases: this.#book(),
      head: () => (this.#wrong.head ?? ((real: Journal) => real.head()))(this.journal),
    };
    return new Proxy(this.journal, {
      get: (journal, name) => {
        const value = (Reflect.get(bent, name) ?? Reflect.get(journal, name)) as unknown;
        // Its methods reach for what is private to the journal itself.
        return typeof value === "function" ? value.bind(journal) : value;
      },
    });
  }

  async #carry(request: Request, fetch: (request: Request) => Promise<Response>): Promise<Response> {
    const trouble = this.#trouble;
    if (trouble === undefined) return await fetch(request);
    trouble.at -= 1;
    if (trouble.at >= 0) return await fetch(request);
    this.#trouble = undefined;
    trouble.meanwhile();
    if (trouble.kind === "request lost") throw new TypeError("the network failed");
    const copy = request.clone();
    const reply = await fetch(request);
    if (trouble.kind === "answer lost") throw new TypeError("the network failed");
    if (trouble.kind === "doubled") await (await fetch(copy as Request)).body?.cancel();
    return reply;
  }

  /** Runs what may end in a crash: after it, the vault is opened anew. Returns whether it went through. */
  async #surviving(writes: number, act: () => void | Promise<void>): Promise<boolean> {
    this.#writes = writes;
    try {
      await act();
      return true;
    } catch (error) {
      if (!(error instanceof Crash || error instanceof Fault)) throw error;
      if (error instanceof Crash) this.#vault = this.#openVault();
      return false;
    } finally {
      this.#writes = Infinity;
      this.#trouble = undefined;
    }
  }

  /** One round; returns whether it went through without trouble and settled everything. */
  async round(
    trouble: { readonly kind: Trouble; readonly at: number; readonly meanwhile: () => void },
    writes: number,
    giveBack: boolean,
  ): Promise<boolean> {
    this.#trouble = trouble.kind === "none" ? undefined : { ...trouble };
    const releases = {
      open: (facts: { readonly release: string }) =>
        Promise.resolve(
          this.journal.release(facts.release) === null ? null : this.#releases.get(facts.release) ?? null,
        ),
      keep: (
        facts: { readonly release: string; readonly sha256: string; readonly bytes: number },
        content: Uint8Array,
      ) => {
        this.#releases.set(facts.release, content);
        this.journal.storeRelease(facts.release, facts);
        return Promise.resolve(true);
      },
    };
    const { client, vault } = this;
    const journal = this.#journalOfRounds();
    return await this.#surviving(writes, async () => {
      await syncRound(
        {
          client,
          vault,
          journal,
          releases: releases as unknown as ReleaseStore,
          nowSeconds: () => this.#clock.seconds,
          takeState: () => Promise.resolve(),
          logKeys: () => [this.#keySet().logKey],
        },
        new AbortController().signal,
        { giveBack },
      );
    });
  }

  /** A chip is put in: its lent ticket, or one that is bound to it now. */
  async use(uid: Uid, writes: number): Promise<void> {
    const product = this.#template.orders[0]?.product ?? "";
    await this.#surviving(writes, () => {
      this.vault.use({ family: 1, uid, flashKb: FLASH_KB, product });
    });
  }

  /** The chip's message 1 is answered by the vault, as often as it will. */
  async message1(uid: Uid, writes: number): Promise<void> {
    await this.#surviving(writes, () => {
      const ticket = this.journal.leases.useOf({ family: 1, uid });
      if (ticket === null) return;
      const ticketId = ticket.ticketId as TicketId;
      const target = new Target(
        { ticket: ticket.sealed.toHex() } as TicketReply,
        this.#template.ticketKey,
        uid,
      );
      const answer = this.vault.answerMessage1(ticketId, {
        message1: target.message1.toHex(),
        ...lockProof(silent(this.#known), ticketId, uid),
      });
      if ("refused" in answer) return;
      const { number, message2 } = answer.granted;
      const kept = this.journal.leases.ticket(ticketId)?.message2;
      // P-57: durable, under its number, before it leaves.
      if (kept !== number) {
        throw new BrokenLaw("message2-durable-before-it-leaves", `number ${number}, kept ${kept}`);
      }
      const { receipt } = target.finish(Uint8Array.fromHex(message2));
      this.made.push({ ticketId, number, receipt: receipt.toHex() });
    });
  }

  /** A receipt that a chip has made comes to the vault, in time or late. */
  async receipt({ ticketId, number, receipt }: Made, writes: number): Promise<void> {
    await this.#surviving(writes, () => {
      this.vault.takeReceipt(ticketId, { number, receipt });
    });
  }

  /** The chip asks on line, which a chip of the vault never does. */
  async online(uid: Uid): Promise<void> {
    if (this.vault.hasUse({ family: 1, uid })) return;
    const product = this.#template.orders[0]?.product;
    await this.#surviving(Infinity, async () => {
      await this.client.ticket(ticketRequest({ product } as Catalogue, uid));
    });
  }

  ticket(id: string): LeaseTicket | null {
    return this.journal.leases.ticket(id);
  }

  close(): void {
    this.journal.close();
  }
}
