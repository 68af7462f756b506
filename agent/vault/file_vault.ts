/**
 * Vault `file`: lease keys, T's, wrap key and receipt master lie sealed in the journal (PROTOCOL section 13). It finds
 * double spending, it does not prevent it: whoever copies disk and seal key spends twice, and the authority's book of
 * reports shows that afterwards (P-59). Decides which ticket a chip gets; what a key-holder answers is in
 * `key_holder.ts`.
 *
 * Every method is synchronous from its first read to its last write, so two stations on one lease cannot interleave.
 *
 * @module
 */
import {
  type LeaseGrant,
  readWith,
  type ReleaseDescriptor,
  releaseDescriptor,
} from "../../authority/api/mod.ts";
import {
  agreementKeyPairOf,
  makeAgreementKeyPair,
  makeSigningKeyPair,
  type Random,
  Secret,
} from "../../bootloader/suite/mod.ts";
import {
  type OpenedTicket,
  sealCertificate,
  SIGNERS,
  uidMatches,
  wholeUidMask,
} from "../../bootloader/ticket/mod.ts";
import {
  type ApplianceId,
  assert,
  type Keyset,
  padUid,
  parseUid,
  sameBytes,
  type Ticket,
  uidOf,
} from "../../bootloader/wire/mod.ts";
import type { HeldLease, Journal, LeaseBook, LeaseTicket } from "../journal/mod.ts";
import { answerAsKeyHolder, checkAsKeyHolder } from "./key_holder.ts";
import { checkLease, openWith } from "./lease_check.ts";
import type { SealedStorage } from "./sealed_storage.ts";
import type { ChipQuestion, LeaseAsked, Use, UseAnswer, Vault, VaultRefusal } from "./vault.ts";

/** What a vault is given. */
export interface VaultPorts {
  readonly journal: Pick<Journal, "release" | "denials"> & { readonly leases: LeaseBook };
  readonly storage: SealedStorage;
  readonly random: Random;
  /** Who this appliance is, and the public half of its identity: lock records are checked with it (P-45). */
  readonly identity: { readonly appliance: ApplianceId; readonly publicKey: Uint8Array };
  /** The key set that the root has signed, as it is now. */
  readonly keySet: () => Keyset;
  /** Earlier ones of the same epoch: what tickets that are held here may have been signed under (P-70). */
  readonly earlierKeySets?: () => readonly Keyset[];
  /** Seconds since 1970, never behind the newest time that the authority has signed (P-19). */
  readonly nowSeconds: () => number;
}

/** Bytes of every private key of the vault. */
const KEY_BYTES = 32;

/** The vault of one appliance. */
export class FileVault implements Vault {
  readonly kind = "file";
  readonly #ports: VaultPorts;
  readonly #book: LeaseBook;

  constructor(ports: VaultPorts) {
    this.#ports = ports;
    this.#book = ports.journal.leases;
  }

  createLease(wanted: Parameters<Vault["createLease"]>[0]): LeaseAsked {
    const { random, storage } = this.#ports;
    // Each private half lives in clear from its draw to the wipe after it was sealed.
    const lease = makeSigningKeyPair(random);
    const leaseKey = lease.publicKey.toHex();
    const sealedKey = storage.seal(leaseName(leaseKey), lease.seed);
    lease.seed.wipe();
    const tickets = Array.from({ length: wanted.units }, () => {
      const { publicKey: publicT, privateKey } = makeAgreementKeyPair(random);
      const sealedT = storage.seal(ticketName(publicT), privateKey);
      privateKey.wipe();
      return { publicT, sealedT };
    });
    this.#book.draft({ leaseKey, order: wanted.order, product: wanted.product, sealedKey, tickets });
    const asked = this.openRequests().find((request) => request.leaseKey === leaseKey);
    assert(asked !== undefined, "the vault does not find the lease that it has just drafted");
    return asked;
  }

  openRequests(): readonly LeaseAsked[] {
    const drafts = this.#book.drafts();
    if (drafts.length === 0) return [];
    const wrapKey = this.#withKey("wrap", (key) => {
      const pair = agreementKeyPairOf(key);
      return pair.publicKey.toHex();
    });
    return drafts.map(({ order, leaseKey, tickets }) => ({
      order,
      units: tickets.length,
      vault: "file",
      leaseKey,
      wrapKey,
      ticketKeys: tickets.map(({ publicT }) => publicT.toHex()),
    }));
  }

  takeLease(leaseKey: string, grant: LeaseGrant): ReturnType<Vault["takeLease"]> {
    const request = this.openRequests().find((asked) => asked.leaseKey === leaseKey);
    const draft = this.#book.drafts().find((asked) => asked.leaseKey === leaseKey);
    assert(
      request !== undefined && draft !== undefined,
      "the vault is given a lease that it did not ask for",
    );
    const { identity, keySet, earlierKeySets } = this.#ports;
    const expected = {
      request,
      product: draft.product,
      appliance: identity.appliance,
      keySet: keySet(),
      earlierKeySets: earlierKeySets?.() ?? [],
    };
    const checked = checkLease(grant, expected);
    if ("flaw" in checked) return checked;
    this.#book.hold(leaseKey, {
      lease: grant.lease,
      release: grant.release.release,
      delegation: Uint8Array.fromHex(grant.delegation),
      wrappedKey: Uint8Array.fromHex(grant.wrappedKey),
      descriptor: JSON.stringify(grant.release),
      notAfterSeconds: grant.notAfterSeconds,
      message2Limit: grant.message2Limit,
      tickets: checked.tickets.map(({ ticket, sealed }) => ({
        ticketId: ticket.ticketId,
        sealed,
        forUid: onlyChipOf(ticket),
      })),
    });
    return { taken: this.#book.lease(leaseKey) };
  }

  dropRequest(leaseKey: string, cause: string): void {
    this.#book.dropDraft(leaseKey, cause);
  }

  use(chip: ChipQuestion, orders?: ReadonlySet<string>): UseAnswer {
    this.finishInterrupted();
    const barred = this.#barred() ?? this.#denied(chip);
    if (barred !== undefined) return barred;
    const known = this.#book.useOf(chip);
    if (known !== null) return this.#again(known, chip);
    let isFrozen = false;
    let hasEnded = false;
    const looksAt = (lease: HeldLease): boolean => {
      isFrozen ||= lease.paused;
      hasEnded ||= isOver(lease, this.#ports.nowSeconds());
      return this.#isUsable(lease);
    };
    // P-75: the ticket that was made for this chip goes before those that any chip of a lot may take.
    for (const ticket of this.#book.madeFor(chip.uid)) {
      const lease = this.#book.lease(ticket.leaseKey);
      if (orders?.has(lease.order) === false || !this.#fits(ticket, chip)) continue;
      if (looksAt(lease)) return { ...this.#begin(ticket, chip), fresh: true };
    }
    let wasLent = false;
    for (const lease of this.#book.leases()) {
      if (orders?.has(lease.order) === false) continue;
      const sample = this.#book.first(lease.leaseKey);
      // All tickets of a lease that are not for one chip are for the same chips.
      if (sample === null || !this.#fits(sample, chip)) continue;
      wasLent = true;
      const [free] = this.#book.freeForAny(lease.leaseKey);
      if (free === undefined) continue;
      if (looksAt(lease)) return { ...this.#begin(free, chip), fresh: true };
    }
    // There would be a ticket: it is the owner's word that stands in the way, not what is left.
    if (isFrozen) return { refused: "order-frozen" };
    if (hasEnded) return { none: "over" };
    if (wasLent) return { none: "spent" };
    return { none: this.#book.hasListed(chip.product) ? "not-listed" : "never-lent" };
  }

  hasUse(chip: { readonly family: number; readonly uid: string }): boolean {
    return this.#book.useOf(chip) !== null;
  }

  holds(ticketId: string): boolean {
    return this.#book.ticket(ticketId) !== null;
  }

  answerMessage1(...[ticketId, request]: Parameters<Vault["answerMessage1"]>) {
    const barred = this.#barred();
    if (barred !== undefined) return barred;
    const ticket = this.#book.ticket(ticketId);
    if (ticket === null || ticket.certificate === null || ticket.state === "certified") {
      return { refused: "ticket-unknown" } as const;
    }
    const lease = this.#book.lease(ticket.leaseKey);
    // The owner's word counts until the last key: a ticket may be older than the denial.
    const refused = (ticket.chip === null ? undefined : this.#denied(ticket.chip)) ??
      this.#exhausted(ticket, lease);
    if (refused !== undefined) return refused;
    const { storage, random, identity, nowSeconds } = this.#ports;
    const opened = this.#open(ticket.sealed);
    // The key set has changed since the unit was lent: targets no longer take this ticket.
    if (opened === undefined) return { refused: "ticket-epoch" } as const;
    const { sealedT } = ticket;
    assert(sealedT !== null, "the vault has no T of an open ticket");
    const parts = { ticket, lease, opened, identity, random, nowSeconds: nowSeconds() };
    const answer = storage.use(
      ticketName(opened.ticket.T),
      sealedT,
      (T) =>
        this.#withKey(
          "wrap",
          (wrap) =>
            this.#withKey("receipt-master", (receiptMaster) =>
              answerAsKeyHolder(parts, { T, wrap, receiptMaster }, request)),
        ),
    );
    if ("refused" in answer) return answer;
    // P-57, P-29: durable, as number n of its ticket, before it leaves.
    const { number, hh, h2, ...reply } = answer;
    this.#book.storeMessage2(ticketId, { number, hh, h2 });
    return { granted: { number, ...reply } };
  }

  takeReceipt(...[ticketId, request]: Parameters<Vault["takeReceipt"]>): ReturnType<Vault["takeReceipt"]> {
    const ticket = this.#book.ticket(ticketId);
    if (ticket === null || ticket.certificate === null) return { refused: "ticket-unknown" };
    const lease = this.#book.lease(ticket.leaseKey);
    if (ticket.receipt !== null) {
      if (ticket.receipt.report !== request.receipt) return { refused: "receipt-other" };
      return { granted: wordOf(ticket, lease, ticket.receipt.record) };
    }
    const message2 = this.#book.message2(ticketId, request.number);
    if (message2 === null) return { refused: "receipt-number-unknown" };
    const opened = this.#open(ticket.sealed);
    if (opened === undefined) return { refused: "ticket-epoch" };
    const record = this.#withKey(
      "receipt-master",
      (receiptMaster) =>
        checkAsKeyHolder({ ticket, lease, opened, message2 }, receiptMaster, request.receipt),
    );
    if ("refused" in record) return record;
    const { number, receipt: report } = request;
    const hh = message2.hh.toHex();
    this.#book.commit(ticketId, { number, report, record: record.genuine.toHex(), hh });
    return {
      granted: wordOf(
        { ...ticket, changedMs: this.#book.ticket(ticketId)!.changedMs },
        lease,
        record.genuine.toHex(),
      ),
    };
  }

  closeFree(leaseKey: string, count: number): number {
    // From the end: what is used next keeps its place.
    const closing = this.#book.free(leaseKey).toReversed().slice(0, count).map(({ ticketId }) => ticketId);
    if (closing.length > 0) this.#book.close(closing);
    return closing.length;
  }

  finishInterrupted(): readonly LeaseTicket[] {
    return this.#book.unfinished().map(({ ticketId }) => this.#finish(ticketId, { afterRestart: true }));
  }

  left(): ReadonlyMap<string, number> {
    const left = new Map<string, number>();
    const counts = this.#book.countsByLease();
    for (const lease of this.#book.leases()) {
      const count = this.#isUsable(lease) ? counts.get(lease.leaseKey)?.free ?? 0 : 0;
      left.set(lease.product, (left.get(lease.product) ?? 0) + count);
    }
    return left;
  }

  #open(sealed: Uint8Array): OpenedTicket | undefined {
    const { keySet, earlierKeySets } = this.#ports;
    return openWith([keySet(), ...(earlierKeySets?.() ?? [])], sealed);
  }

  #fits({ sealed }: LeaseTicket, chip: ChipQuestion): boolean {
    const opened = this.#open(sealed);
    return opened !== undefined && fitsChip(opened.ticket, chip);
  }

  /** The authority has frozen or revoked this appliance: an honest one stops, also where nobody could make it. */
  #barred(): VaultRefusal | undefined {
    const code = this.#book.barred();
    return code === null ? undefined : { refused: code as VaultRefusal["refused"] };
  }

  /** P-74: as the owner has last said here; whether that is still so nobody can tell without the authority. */
  #denied(chip: { readonly family: number; readonly uid: string }): VaultRefusal | undefined {
    return this.#ports.journal.denials.has(chip) ? { refused: "uid-denied" } : undefined;
  }

  /** P-58: the same chip goes on with its own ticket, whoever is reachable. */
  #again(ticket: LeaseTicket, chip: ChipQuestion): UseAnswer {
    const lease = this.#book.lease(ticket.leaseKey);
    const opened = this.#open(ticket.sealed);
    if (opened === undefined) return { refused: "ticket-epoch" };
    if (lease.product !== chip.product) return { refused: "uid-other-release" };
    const refused = this.#exhausted(ticket, lease);
    if (refused !== undefined) return refused;
    // P-19.
    if (this.#ports.nowSeconds() > opened.ticket.notAfter) return { refused: "ticket-expired" };
    return { ticket, lease, release: descriptorOf(lease), fresh: false };
  }

  #exhausted(ticket: LeaseTicket, lease: HeldLease): VaultRefusal | undefined {
    if (ticket.state === "committed") return { refused: "uid-committed" };
    // P-29: one ticket per unit here, so the ticket's count is the unit's.
    return ticket.message2 >= lease.message2Limit ? { refused: "message2-limit" } : undefined;
  }

  #isUsable(lease: HeldLease): boolean {
    return isUsable(lease, this.#ports.journal, this.#ports.nowSeconds());
  }

  /** P-57: intent, certificate, binding, each durable before the next. */
  #begin({ ticketId }: LeaseTicket, chip: ChipQuestion): Omit<Use, "fresh"> {
    const { family, uid } = chip;
    this.#book.intend(ticketId, { family, uid, issuedAtSeconds: this.#ports.nowSeconds() });
    const ticket = this.#finish(ticketId, { afterRestart: false });
    const lease = this.#book.lease(ticket.leaseKey);
    return { ticket, lease, release: descriptorOf(lease) };
  }

  #finish(ticketId: string, options: { readonly afterRestart: boolean }): LeaseTicket {
    const intended = this.#book.ticket(ticketId);
    assert(intended !== null, "the vault does not find a ticket that it uses");
    if (intended.state === "intent") this.#book.certify(ticketId, this.#certificateFor(intended));
    this.#book.bind(ticketId, options);
    return this.#book.ticket(ticketId)!;
  }

  /** The same bytes each time it is asked for one intent: Ed25519 has no randomness, the time is the intent's. */
  #certificateFor(intended: LeaseTicket): Uint8Array {
    const { chip } = intended;
    const opened = this.#open(intended.sealed);
    assert(chip !== null && opened !== undefined, "the vault certifies a ticket that it cannot open");
    const { owner, product, release, ticketId, lease, leaseIndex } = opened.ticket;
    const certificate = {
      signer: SIGNERS.leaseEd25519,
      family: chip.family,
      owner,
      product,
      release,
      uid: padUid(parseUid(chip.uid)),
      // P-56.
      serial: leaseIndex,
      ticketId,
      lease,
      issuedAt: chip.issuedAtSeconds,
      deviceKey: new Uint8Array(KEY_BYTES),
    };
    const { leaseKey, sealedKey } = this.#book.lease(intended.leaseKey);
    return this.#ports.storage.use(
      leaseName(leaseKey),
      sealedKey,
      (seed) => sealCertificate(certificate, seed),
    );
  }

  /** Lends a key of the vault itself; it is made when it is first needed. */
  #withKey<T>(name: "wrap" | "receipt-master", f: (key: Secret) => T): T {
    const { storage, random } = this.#ports;
    const known = this.#book.vaultKey(name);
    if (known !== null) return storage.use(name, known, f);
    const key = Secret.draw(random, KEY_BYTES);
    const sealed = storage.seal(name, key);
    key.wipe();
    this.#book.storeVaultKey(name, sealed);
    return storage.use(name, sealed, f);
  }
}

function leaseName(leaseKey: string): string {
  return `lease ${leaseKey}`;
}

function ticketName(publicT: Uint8Array): string {
  return `T ${publicT.toHex()}`;
}

/** Tells whether a lease's time has ended: its last valid second is over. */
export function isOver({ notAfterSeconds }: HeldLease, nowSeconds: number): boolean {
  return nowSeconds > notAfterSeconds;
}

/** Tells whether a chip can be begun with a lease: not over, not frozen, and its release lies here (P-19). */
export function isUsable(
  lease: HeldLease,
  journal: VaultPorts["journal"],
  nowSeconds: number,
): boolean {
  const { release, sha256 } = descriptorOf(lease);
  return !lease.paused && journal.leases.barred() === null && !isOver(lease, nowSeconds) &&
    journal.release(release)?.sha256 === sha256;
}

/** Returns what the authority said of a lease's release. */
export function descriptorOf(lease: HeldLease): ReleaseDescriptor {
  return readWith(releaseDescriptor, JSON.parse(lease.descriptor), "the journal's release");
}

/** Returns the one chip that a ticket is for, or null when its mask lets more through. */
function onlyChipOf({ uidValue, uidMask }: Ticket): string | null {
  return sameBytes(uidMask, wholeUidMask()) ? uidOf(uidValue) : null;
}

function fitsChip(ticket: Ticket, chip: ChipQuestion): boolean {
  return ticket.product === chip.product && ticket.family === chip.family &&
    ticket.length <= chip.flashKb * 1024 && uidMatches(padUid(parseUid(chip.uid)), ticket);
}

function wordOf(ticket: LeaseTicket, lease: HeldLease, record: string) {
  const { certificate } = ticket;
  assert(certificate !== null, "the vault commits a ticket without a certificate");
  return {
    unit: "committed",
    word: "appliance",
    committedAtMs: ticket.changedMs,
    serial: ticket.leaseIndex,
    certificate: certificate.toHex(),
    delegation: lease.delegation.toHex(),
    record,
  } as const;
}
