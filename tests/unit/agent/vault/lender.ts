/**
 * A lender for vault tests: real delegations, real tickets, a really wrapped release key, for the test office's one
 * product. And a vault over a journal, with its own clock.
 *
 * @module
 */
import type { LeaseGrant } from "../../../../authority/api/mod.ts";
import { Journal, type LeaseBook } from "../../../../agent/journal/mod.ts";
import { FileVault, type LeaseAsked, SealedStorage } from "../../../../agent/vault/mod.ts";
import { makeSigningKeyPair, type Random, Secret } from "../../../../bootloader/suite/mod.ts";
import {
  fileLeaseKey,
  PATTERNS,
  POLICY,
  sealDelegation,
  sealTicket,
  VAULTS,
  wrapReleaseKey,
} from "../../../../bootloader/ticket/mod.ts";
import { parseLeaseId, parseTicketId } from "../../../../bootloader/wire/mod.ts";
import { ids, random, TestOffice } from "../delivery/office.ts";

export const ORDER = "e5".repeat(16);
export const test_only_seal_key = new Uint8Array(32).fill(0x5e);

/** What a lender may be told to do otherwise. */
export interface Terms {
  readonly uidValue?: Uint8Array;
  readonly uidMask?: Uint8Array;
  readonly notAfterSeconds?: number;
  readonly message2Limit?: number;
  readonly bendTicket?: (fields: Parameters<typeof sealTicket>[0]) => Parameters<typeof sealTicket>[0];
  readonly bendDelegation?: (
    fields: Parameters<typeof sealDelegation>[0],
  ) => Parameters<typeof sealDelegation>[0];
}

/** Lends units of the test office's product. */
export class Lender {
  readonly certificateKey = makeSigningKeyPair(random);

  constructor(readonly office: TestOffice) {}

  static async make(options: ConstructorParameters<typeof TestOffice>[0] = {}): Promise<Lender> {
    return new Lender(await new TestOffice({ personalBytes: 448, ...options }).ready());
  }

  grant(asked: LeaseAsked, terms: Terms = {}): LeaseGrant {
    const { office } = this;
    const release = office.descriptor;
    const lease = parseLeaseId(random(16).toHex());
    const notAfterSeconds = terms.notAfterSeconds ?? 2000;
    const delegation = {
      vault: VAULTS.file,
      units: asked.units,
      owner: ids.owner,
      product: ids.product,
      release: ids.release,
      lease,
      epoch: office.keySet.epoch,
      appliance: ids.appliance,
      notAfter: notAfterSeconds,
      leaseKey: fileLeaseKey(Uint8Array.fromHex(asked.leaseKey)),
    };
    const tickets = asked.ticketKeys.map((key, index) =>
      sealTicket(
        (terms.bendTicket ?? ((fields) => fields))({
          pattern: PATTERNS.NK,
          lockLevel: office.lockLevel,
          policy: POLICY.offline,
          epoch: office.keySet.epoch,
          family: 1,
          ticketId: parseTicketId(random(16).toHex()),
          owner: ids.owner,
          product: ids.product,
          release: ids.release,
          imageDigest: Uint8Array.fromHex(release.imageDigest),
          length: release.length,
          personalOffset: release.personalOffset,
          personalLength: release.personalLength,
          uidValue: terms.uidValue ?? new Uint8Array(16),
          uidMask: terms.uidMask ?? new Uint8Array(16),
          appliance: ids.appliance,
          T: Uint8Array.fromHex(key),
          notBefore: 0,
          notAfter: notAfterSeconds,
          optionValue: [5 << 24, 0, 0, 0],
          optionMask: [5 << 24, 0, 0, 0],
          lease,
          leaseIndex: index + 1,
        }),
        office.ticketKey,
      )
    );
    const wrapped = wrapReleaseKey(
      office.releaseSecrets,
      { owner: ids.owner, product: ids.product, release: ids.release, lease },
      { unwrapKey: Uint8Array.fromHex(asked.wrapKey), random },
    );
    const bend = terms.bendDelegation ?? ((fields) => fields);
    return {
      lease,
      order: asked.order as LeaseGrant["order"],
      units: asked.units,
      delegation: sealDelegation(bend(delegation), this.certificateKey.seed).toHex(),
      tickets: tickets.map(({ sealed }) => sealed.toHex()),
      wrappedKey: wrapped.toHex(),
      release: release as LeaseGrant["release"],
      notAfterSeconds,
      message2Limit: terms.message2Limit ?? 3,
    };
  }
}

/** A journal that says that the release lies here, and the vault over it. */
export interface VaultWorld {
  readonly journal: Journal;
  readonly vault: FileVault;
  now: number;
}

/** Opens a vault over the journal at `path`; `book` may stand in for the journal's own lease book. */
export function openVault(lender: Lender, options: {
  readonly path?: string;
  readonly book?: (book: LeaseBook) => LeaseBook;
  readonly random?: Random;
} = {}): VaultWorld {
  const world = { now: 1000 } as { now: number; journal: Journal; vault: FileVault };
  const journal = new Journal(options.path ?? ":memory:", () => world.now * 1000);
  const { release, sha256, bytes } = lender.office.descriptor;
  if (journal.release(release) === null) journal.storeRelease(release, { sha256, bytes });
  const leases = options.book?.(journal.leases) ?? journal.leases;
  world.journal = journal;
  world.vault = new FileVault({
    journal: { release: (id) => journal.release(id), leases, denials: journal.denials },
    storage: new SealedStorage(new Secret(test_only_seal_key.slice()), options.random ?? random),
    random: options.random ?? random,
    identity: { appliance: ids.appliance, publicKey: lender.office.identity.publicKey },
    keySet: () => lender.office.keySet,
    nowSeconds: () => world.now,
  });
  return world;
}

/** Borrows `units` and returns the lease. */
export function borrow(lender: Lender, { vault }: VaultWorld, units: number, terms: Terms = {}) {
  const asked = vault.createLease({ order: ORDER, product: ids.product, units });
  const taken = vault.takeLease(asked.leaseKey, lender.grant(asked, terms));
  if ("flaw" in taken) throw new Error(taken.flaw);
  return taken.taken;
}

/** A question for a ticket. */
export function chip(uid: string) {
  return { family: 1, uid, flashKb: 8, product: ids.product as string };
}

/** UID number `n`, 24 hex digits. */
export function uidOf(n: number): string {
  return n.toString(16).padStart(24, "0");
}
