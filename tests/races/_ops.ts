/**
 * Requests as they stand, ready to be sent: to the acts of an office directly, over its HTTP application, or to the reference.
 *
 * @module
 */

import type { Decision, LeaseUse, OrderChange, OrderId } from "../../authority/api/mod.ts";
import {
  acceptReceipt,
  applianceNow,
  changeOrder,
  decideDevice,
  decideLeaseByPerson,
  giveMessage2,
  issueTicket,
  lend,
  once,
  recordFailure,
  reportUses,
  returnTickets,
  revokeAppliance,
  setAllowance,
} from "../../authority/issuance/mod.ts";
import { hash32 } from "../../bootloader/suite/mod.ts";
import type { LeaseId, TicketId, Uid } from "../../bootloader/wire/mod.ts";
import { ORIGIN, type Target, ticketRequest } from "../unit/authority/_world.ts";
import type { Catalogue } from "../unit/authority/_world.ts";
import { leaseRequest } from "../unit/authority/_vault.ts";
import type { LeaseKeys } from "../unit/authority/_vault.ts";
import type { clientsOf, Desk, Template } from "./_site.ts";

/** A request of an appliance; `appliance` is its place in the template. */
export type ApplianceOp =
  & { readonly appliance: number }
  & (
    | { readonly act: "ticket"; readonly uid: Uid; readonly product: number; readonly rework: boolean }
    | {
      readonly act: "message1";
      readonly ticket: TicketId;
      readonly uid: Uid;
      readonly message1: string;
      readonly lockRecord: string;
      readonly lockSignature: string;
      /** The refusal that its flaw must bring; null: none. */
      readonly flaw: string | null;
      /** The target that waits for the answer; null: nobody can read it. */
      readonly target: Target | null;
    }
    | {
      readonly act: "receipt";
      readonly ticket: TicketId;
      readonly number: number;
      readonly receipt: string;
      readonly genuine: boolean;
    }
    | { readonly act: "failure"; readonly ticket: TicketId; readonly abandon: boolean }
    | { readonly act: "lease"; readonly order: number; readonly keys: LeaseKeys }
    | {
      readonly act: "uses";
      readonly lease: LeaseId;
      readonly uses: LeaseUse[];
      readonly head: { readonly number: number; readonly hash: string };
    }
    | { readonly act: "returns"; readonly lease: LeaseId; readonly tickets: readonly TicketId[] }
  );

/** A request of an owner, with its idempotency key. */
export type OwnerOp =
  & { readonly key: string }
  & (
    | { readonly act: "order"; readonly order: number; readonly change: OrderChange }
    | { readonly act: "allowance"; readonly order: number; readonly subject: number; readonly units: number }
    | {
      readonly act: "device";
      readonly uid: Uid;
      readonly decision:
        | { readonly decision: "lost" | "deny" | "allow" | "rework" }
        | { readonly decision: "re-credit"; readonly deviceMayExist: boolean };
    }
    | { readonly act: "give-up"; readonly lease: LeaseId }
    | { readonly act: "revoke"; readonly subject: number }
  );

export type Op = ApplianceOp | OwnerOp;

/** The acts of the authority; a seeded bug hands others in. */
export const ACTS = Object.freeze({
  issueTicket,
  giveMessage2,
  acceptReceipt,
  recordFailure,
  lend,
  reportUses,
  returnTickets,
  changeOrder,
  setAllowance,
  decideDevice,
  decideLeaseByPerson,
  revokeAppliance,
  once,
});
export type Acts = typeof ACTS;

const FAMILY = 1;

export function isOwnerOp(op: Op): op is OwnerOp {
  return "key" in op;
}

function orderOf(template: Template, index: number): OrderId {
  const known = template.orders[index];
  if (known === undefined) throw new RangeError("the template has no such order");
  return known.order;
}

function applianceOf(template: Template, index: number) {
  const known = template.appliances[index];
  if (known === undefined) throw new RangeError("the template has no such appliance");
  return known;
}

function ticketBody(template: Template, op: Extract<Op, { act: "ticket" }>) {
  const product = template.orders[op.product]?.product;
  return { ...ticketRequest({ product } as Catalogue, op.uid), rework: op.rework };
}

function allowanceBody(template: Template, op: Extract<Op, { act: "allowance" }>) {
  const appliance = applianceOf(template, op.subject).id;
  const zero = "0".repeat(32);
  return { appliance, units: op.units, uidValue: zero, uidMask: zero, acknowledgesOffline: true };
}

/** Sends a request to the acts directly, after what the HTTP layer decides about revoked appliances. */
export function direct(desk: Desk, template: Template, op: Op, acts: Acts): Decision<unknown> {
  const { office } = desk;
  if (isOwnerOp(op)) return owned(office, template, op, acts);
  const appliance = applianceNow(office, applianceOf(template, op.appliance).id);
  if (appliance === undefined) return { refused: "appliance-unknown" };
  if (appliance.revokedAtMs !== null && op.act !== "receipt") return { refused: "appliance-revoked" };
  switch (op.act) {
    case "ticket":
      return acts.issueTicket(office, appliance, ticketBody(template, op));
    case "message1":
      return acts.giveMessage2(office, appliance, op.ticket, op);
    case "receipt":
      return acts.acceptReceipt(office, appliance, op.ticket, op);
    case "failure":
      return acts.recordFailure(office, appliance, op.ticket, failureBody(op.abandon));
    case "lease":
      return acts.lend(office, appliance, leaseRequest(orderOf(template, op.order), op.keys));
    case "uses":
      return acts.reportUses(office, appliance, op.lease, { uses: op.uses, chain: op.head });
    case "returns":
      return acts.returnTickets(office, appliance, op.lease, { ticketIds: [...op.tickets] });
  }
}

function failureBody(abandon: boolean) {
  return { cause: "test", phase: "install", atMs: 1, abandon };
}

function owned(office: Desk["office"], template: Template, op: OwnerOp, acts: Acts): Decision<unknown> {
  const who = "owner test";
  const hash = hash32(new TextEncoder().encode(JSON.stringify({ ...op, key: "" })));
  return acts.once<unknown>(office, { key: op.key, hash }, () => {
    switch (op.act) {
      case "order":
        return acts.changeOrder(office, who, orderOf(template, op.order), op.change);
      case "allowance":
        return acts.setAllowance(office, who, orderOf(template, op.order), allowanceBody(template, op));
      case "device":
        return acts.decideDevice(office, who, { family: FAMILY, uid: op.uid }, op.decision);
      case "give-up":
        return acts.decideLeaseByPerson(office, who, op.lease, { decision: "unaccounted" });
      case "revoke":
        return acts.revokeAppliance(office, who, applianceOf(template, op.subject).id);
    }
  });
}

/** Sends a request over HTTP, signed or with the owner's key, as the real clients do. */
export async function overHttp(
  clients: ReturnType<typeof clientsOf>,
  template: Template,
  op: Op,
): Promise<Decision<unknown>> {
  const answer = isOwnerOp(op)
    ? await ownedOverHttp(clients.owner, template, op)
    : await sentOverHttp(clients.appliances[op.appliance]!, template, op);
  return "granted" in answer ? { granted: answer.granted } : { refused: answer.refused.code };
}

type Clients = ReturnType<typeof clientsOf>;

async function sentOverHttp(client: Clients["appliances"][number], template: Template, op: ApplianceOp) {
  switch (op.act) {
    case "ticket":
      return await client.ticket(ticketBody(template, op));
    case "message1": {
      const { message1, lockRecord, lockSignature } = op;
      return await client.message1(op.ticket, { message1, lockRecord, lockSignature });
    }
    case "receipt":
      return await client.receipt(op.ticket, { number: op.number, receipt: op.receipt });
    case "failure":
      return await client.failure(op.ticket, failureBody(op.abandon));
    case "lease":
      return await client.lease(leaseRequest(orderOf(template, op.order), op.keys));
    case "uses":
      return await client.leaseUses(op.lease, { uses: op.uses, chain: { ...op.head } });
    case "returns":
      return await client.leaseReturns(op.lease, { ticketIds: [...op.tickets] });
  }
}

async function ownedOverHttp(owner: Clients["owner"], template: Template, op: OwnerOp) {
  const options = { idempotencyKey: op.key };
  switch (op.act) {
    case "order":
      return await owner.changeOrder(orderOf(template, op.order), op.change, options);
    case "allowance":
      return await owner.setAllowance(orderOf(template, op.order), allowanceBody(template, op), options);
    case "device":
      return await owner.decideDevice({ family: FAMILY, uid: op.uid }, op.decision, options);
    case "give-up":
      return await owner.decideLease(op.lease, { decision: "unaccounted" }, options);
    case "revoke":
      return await owner.revokeAppliance(applianceOf(template, op.subject).id, options);
  }
}

/** Sends the bytes of a request that was answered before once more: a replay (P-29, RFC 9421). */
export async function replayed(desk: Desk, request: Request): Promise<string> {
  const reply = await desk.fetch(request);
  const body = await reply.json() as { readonly code?: string };
  return body.code ?? `status ${reply.status} of ${new URL(request.url, ORIGIN).pathname}`;
}
