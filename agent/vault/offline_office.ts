/**
 * The vault in the place of the authority: the same calls, answered by this appliance itself, on its own word (D§5). A
 * delivery does not know the difference but by what the ticket and the answer say.
 *
 * @module
 */
import {
  type Answer,
  type RefusalCode,
  refusals,
  type Refused,
  type RequestOf,
  type TicketReply,
} from "../../authority/api/mod.ts";
import { Fault } from "../../bootloader/wire/mod.ts";
import type { AppliancesWord, NoOfflineTicket, Office } from "../delivery/mod.ts";
import type { Use, Vault, VaultRefusal } from "./vault.ts";

/** The office of a vault. */
export class OfflineOffice implements Office {
  readonly #vault: Vault;
  readonly #nowSeconds: () => number;
  /** Chips that were turned away because nothing is left; they wait in their stations. */
  readonly #waiting = new Set<string>();

  constructor(vault: Vault, nowSeconds: () => number) {
    this.#vault = vault;
    this.#nowSeconds = nowSeconds;
  }

  ticket(request: RequestOf<"ticket">): Promise<Answer<TicketReply> | NoOfflineTicket> {
    const answer = this.ticketNow(request);
    if (answer !== null) return Promise.resolve(answer);
    const text = "Cannot give a ticket offline: the owner has lent nothing for this product and chip";
    return Promise.reject(new Fault(text, { place: "authority", retry: true }));
  }

  /**
   * Gives the ticket at once, says that what was lent is used up or over, or returns null when nothing ever fitted. `orders`: of these
   * alone.
   */
  ticketNow(
    request: RequestOf<"ticket">,
    orders?: ReadonlySet<string>,
  ): Answer<TicketReply> | NoOfflineTicket | null {
    const { family, uid, flashKb, product } = request;
    const answer = this.#vault.use({ family, uid, flashKb, product }, orders);
    if ("none" in answer) {
      if (answer.none === "never-lent") return null;
      // Nothing was used up for such a chip: it is not counted among those that wait for more.
      if (answer.none === "not-listed") return { none: "not-listed" };
      this.#waiting.add(uid);
      return { none: answer.none, waiting: this.#waiting.size };
    }
    this.#waiting.delete(uid);
    return "refused" in answer ? this.#refused(answer) : this.#granted(replyOf(answer));
  }

  /** Forgets a chip that got its ticket elsewhere, or was taken out. */
  served(uid: string): void {
    this.#waiting.delete(uid);
  }

  message1(...[ticketId, request]: Parameters<Office["message1"]>): ReturnType<Office["message1"]> {
    const answer = this.#vault.answerMessage1(ticketId, request);
    return Promise.resolve("refused" in answer ? this.#refused(answer) : this.#granted(answer.granted));
  }

  receipt(...[ticketId, request]: Parameters<Office["receipt"]>): Promise<Answer<AppliancesWord>> {
    const answer = this.#vault.takeReceipt(ticketId, request);
    return Promise.resolve("refused" in answer ? this.#refused(answer) : this.#granted(answer.granted));
  }

  /** The unit stays with its chip (P-58): there is nobody to tell but the record, which has the failure already. */
  failure(): ReturnType<Office["failure"]> {
    return Promise.resolve(this.#granted({ unit: "reserved" as const }));
  }

  releaseContent(): ReturnType<Office["releaseContent"]> {
    const text = "Cannot fetch a release offline: the owner's server has it";
    return Promise.reject(new Fault(text, { place: "authority", retry: true }));
  }

  #granted<T>(granted: T): { readonly granted: T; readonly atSeconds: number } {
    return { granted, atSeconds: this.#nowSeconds() };
  }

  #refused({ refused, detail }: VaultRefusal): { readonly refused: Refused; readonly atSeconds: number } {
    return { refused: refusedBy(refused, detail), atSeconds: this.#nowSeconds() };
  }
}

function refusedBy(code: RefusalCode, detail: string | undefined): Refused {
  const { number, says, remedy, effect } = refusals[code];
  return { code, number, says, remedy, effect, detail };
}

function replyOf({ ticket, lease, release, fresh }: Use): TicketReply {
  return {
    ticketId: ticket.ticketId as TicketReply["ticketId"],
    ticket: ticket.sealed.toHex(),
    fresh,
    unit: ticket.message2 > 0 ? "keyed" : "reserved",
    message2Count: ticket.message2,
    message2Limit: lease.message2Limit,
    release,
  };
}
