/**
 * What an opened appliance trusts, kept up to date (P-70): a newer key set that the root has signed is taken over from
 * whoever brings it, durably; an older one, or another root's, never.
 *
 * @module
 */
import { type Fetch, fetchTrust } from "../../authority/api/mod.ts";
import { type AgentTrust, readTrust, renewedTrust, writeTrust } from "./trust_file.ts";

/** How long the server's keys may take to come, in milliseconds: whoever waits for them has a deadline of its own. */
const LEARN_MS = 10_000;

/** The trust of one appliance. */
export class KeptTrust {
  readonly #path: string;
  #trust: AgentTrust;
  #learning: Promise<void> | null = null;

  private constructor(path: string, trust: AgentTrust) {
    this.#path = path;
    this.#trust = trust;
  }

  /** Opens the trust file. @throws {Malformed} when the root has not signed what is in it; {Fault} when there is none */
  static async open(path: string): Promise<KeptTrust> {
    return new KeptTrust(path, await readTrust(path));
  }

  /** The trust as it is now. */
  get now(): AgentTrust {
    return this.#trust;
  }

  /** Takes a newer key set over; the same or an older one changes nothing. @throws {Malformed} for one of another root */
  async take(signedKeySet: Uint8Array): Promise<void> {
    const renewed = renewedTrust(this.#trust, signedKeySet);
    if (renewed === null) return;
    // Taken before it is written: two answers that bring the same key set write it once.
    this.#trust = renewed;
    await writeTrust(this.#path, renewed);
  }

  /**
   * Asks the server, which nobody has to believe for this, for the key set that the root has signed; nothing else of its
   * reply is taken. Several who ask at once share one request.
   */
  learn(server: { readonly origin: string; readonly fetch: Fetch }): Promise<void> {
    return this.#learning ??= this.#learn(server).finally(() => this.#learning = null);
  }

  async #learn(server: { readonly origin: string; readonly fetch: Fetch }): Promise<void> {
    const { rootPublicKey } = this.#trust;
    const told = await fetchTrust({ ...server, signal: AbortSignal.timeout(LEARN_MS) }, { rootPublicKey });
    await this.take(told.signedKeySet);
  }
}
