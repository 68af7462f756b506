/**
 * A vault of the smallest kind, for the authority's tests: keys that it makes, certificates that it signs, receipts as targets
 * make them. It keeps no rule of P-57: tests also need the reports of a vault that was copied.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Answer, LeaseGrant, LeaseUse, OrderId } from "../../../authority/api/mod.ts";
import {
  type AgreementKeyPair,
  hash32,
  makeAgreementKeyPair,
  makeSigningKeyPair,
  Secret,
  type SigningKeyPair,
} from "../../../bootloader/suite/mod.ts";
import {
  leasePersonalContent,
  makeReceiptReport,
  openTicket,
  sealCertificate,
  SIGNERS,
} from "../../../bootloader/ticket/mod.ts";
import { type Certificate, padUid, type Ticket, type Uid } from "../../../bootloader/wire/mod.ts";
import {
  type Appliance,
  type Catalogue,
  createCatalogue,
  createOrder,
  enrolled,
  granted,
  random,
  type World,
} from "./_world.ts";

export const OFFLINE = Object.freeze({ vault: "file" as const, unitsMax: 100, days: 30 });
/** Bytes of a personal region that takes certificate and delegation. */
export const REGION = 448;

/** The keys of one lease, before it is asked for. */
export interface LeaseKeys {
  readonly leaseKey: SigningKeyPair;
  readonly wrap: AgreementKeyPair;
  readonly T: readonly AgreementKeyPair[];
}

export function drawKeys(units: number): LeaseKeys {
  return {
    leaseKey: makeSigningKeyPair(random),
    wrap: makeAgreementKeyPair(random),
    T: Array.from({ length: units }, () => makeAgreementKeyPair(random)),
  };
}

export function leaseRequest(order: OrderId, keys: LeaseKeys) {
  return {
    order,
    units: keys.T.length,
    vault: "file" as const,
    leaseKey: keys.leaseKey.publicKey.toHex(),
    wrapKey: keys.wrap.publicKey.toHex(),
    ticketKeys: keys.T.map(({ publicKey }) => publicKey.toHex()),
  };
}

/** A lease in the hands of its vault. */
export class Lease {
  readonly tickets: readonly Ticket[];

  constructor(
    readonly grant: LeaseGrant,
    readonly keys: LeaseKeys,
    readonly appliance: Appliance,
    ticketKey: Uint8Array,
  ) {
    this.tickets = grant.tickets.map((sealed) => {
      const opened = openTicket(Uint8Array.fromHex(sealed), { publicKey: ticketKey });
      assert("opened" in opened);
      return opened.opened.ticket;
    });
  }

  ticket(index: number): Ticket {
    const ticket = this.tickets[index];
    assert(ticket !== undefined);
    return ticket;
  }

  certificate(index: number, uid: Uid, changes: Partial<Certificate> = {}): Uint8Array {
    const { owner, product, release, ticketId, lease, leaseIndex, family } = this.ticket(index);
    return sealCertificate({
      signer: SIGNERS.leaseEd25519,
      family,
      owner,
      product,
      release,
      uid: padUid(uid),
      serial: leaseIndex,
      ticketId,
      lease,
      issuedAt: 1_800_000_000,
      deviceKey: new Uint8Array(32),
      ...changes,
    }, this.keys.leaseKey.seed);
  }

  /** The report of a ticket used for a UID; the same arguments give the same bytes. */
  use(index: number, uid: Uid, state: LeaseUse["state"], changes: Partial<LeaseUse> = {}): LeaseUse {
    const { ticketId, imageDigest, personalLength } = this.ticket(index);
    const certificate = this.certificate(index, uid);
    const delegation = Uint8Array.fromHex(this.grant.delegation);
    const hh = new Uint8Array(64).fill(index + 1);
    const report = makeReceiptReport({
      hh,
      uid: padUid(uid),
      ticketId,
      digest: imageDigest,
      personalHash: hash32(leasePersonalContent({ certificate, delegation }, personalLength)),
      lock: 1,
      entropy: 1,
      outcome: 1,
    }, new Secret(new Uint8Array(32).fill(index + 1)));
    return {
      ticketId,
      uid,
      family: 1,
      certificate: certificate.toHex(),
      message2Count: state === "reserved" ? 0 : 1,
      state,
      receipt: state === "committed" ? { number: 1, hh: hh.toHex(), report: report.toHex() } : null,
      atMs: 1_800_000_000_000,
      ...changes,
    };
  }

  report(uses: LeaseUse[], chain = this.nextHead()) {
    return this.appliance.client.leaseUses(this.grant.lease, { uses, chain });
  }

  nextHead(): { number: number; hash: string } {
    return { number: headNumber += 1, hash: random(32).toHex() };
  }

  giveBack(...indexes: number[]) {
    const ticketIds = indexes.map((index) => this.ticket(index).ticketId);
    return this.appliance.client.leaseReturns(this.grant.lease, { ticketIds });
  }
}

// Journal numbers of every appliance of a test run: none comes twice unless a test says so.
let headNumber = 0;

export async function allow(world: World, order: OrderId, appliance: Appliance, units: number) {
  return await world.owner.setAllowance(order, {
    appliance: appliance.id,
    units,
    acknowledgesOffline: true,
  });
}

export async function ask(
  appliance: Appliance,
  order: OrderId,
  keys: LeaseKeys,
): Promise<Answer<LeaseGrant>> {
  return await appliance.client.lease(leaseRequest(order, keys));
}

export async function lent(
  world: World,
  appliance: Appliance,
  order: OrderId,
  units: number,
): Promise<Lease> {
  const keys = drawKeys(units);
  const { ticketKey } = (await world.trust()).keySet;
  return new Lease(granted(await ask(appliance, order, keys)), keys, appliance, ticketKey);
}

/** An order of a product that may be lent, and an appliance that may be lent to. */
export interface Scene {
  readonly catalogue: Catalogue;
  readonly order: OrderId;
  readonly appliance: Appliance;
}

export async function scene(world: World, units = 10, allowance = units): Promise<Scene> {
  const catalogue = await createCatalogue(world, "Widget", { offline: OFFLINE, personalLength: REGION });
  const order = await createOrder(world, catalogue, units);
  const appliance = await enrolled(world, "line 1");
  if (allowance > 0) granted(await allow(world, order, appliance, allowance));
  return { catalogue, order, appliance };
}
