/**
 * Puts a request before the reference: the one place where the product's names become the reference's.
 *
 * @module
 */

import type { Op } from "./_ops.ts";
import { type Expected, GRANTED, type Lease, type Reference, type Ticket } from "./_reference.ts";
import { askLease, giveUpLease, setAllowance, takeReturns, takeUses } from "./_reference_lending.ts";
import {
  askMessage2,
  askTicket,
  changeOrder,
  decideDevice,
  revokeAppliance,
  takeFailure,
  takeReceipt,
} from "./_reference_online.ts";
import { isOwnerOp } from "./_ops.ts";
import type { Template } from "./_site.ts";

/** What the reference expects, and what it leaves to be named. */
export type Named = Expected & { readonly ticket?: Ticket; readonly lease?: Lease };

function known(template: Template, index: number) {
  const order = template.orders[index];
  if (order === undefined) throw new RangeError("the template has no such order");
  return order;
}

function idOf(template: Template, index: number): string {
  const appliance = template.appliances[index];
  if (appliance === undefined) throw new RangeError("the template has no such appliance");
  return appliance.id;
}

/** Returns what the reference answers. `granted`: idempotency keys that have acted. */
export function askReference(day: Reference, template: Template, granted: Set<string>, op: Op): Named {
  if (isOwnerOp(op)) {
    // The same key again acts once.
    if (granted.has(op.key)) return GRANTED;
    const expected = askForOwner(day, template, op);
    if (expected.code === "granted") granted.add(op.key);
    return expected;
  }
  const appliance = idOf(template, op.appliance);
  switch (op.act) {
    case "ticket":
      return askTicket(day, { ...op, appliance, product: known(template, op.product).product });
    case "message1":
      return askMessage2(day, { ...op, appliance });
    case "receipt":
      return takeReceipt(day, { ...op, appliance });
    case "failure":
      return takeFailure(day, { ...op, appliance });
    case "lease": {
      const T = op.keys.T.map(({ publicKey }) => publicKey.toHex());
      const key = op.keys.leaseKey.publicKey.toHex();
      return askLease(day, { appliance, order: day.order(known(template, op.order).order), key, T });
    }
    case "uses": {
      const uses = op.uses.map(({ ticketId, uid, state, message2Count, receipt, atMs }) => ({
        ticket: ticketId,
        uid,
        state,
        count: message2Count,
        receipt: receipt === null ? null : `${receipt.number} ${receipt.hh} ${receipt.report}`,
        at: Math.floor(atMs / 1000),
      }));
      return takeUses(day, { appliance, lease: op.lease, uses, head: op.head });
    }
    case "returns":
      return takeReturns(day, { ...op, appliance });
  }
}

function askForOwner(day: Reference, template: Template, op: Extract<Op, { key: string }>): Expected {
  switch (op.act) {
    case "order": {
      const { change } = op;
      const notAfter = "notAfterSeconds" in change ? { notAfter: change.notAfterSeconds } : {};
      return changeOrder(day, day.order(known(template, op.order).order), { ...change, ...notAfter });
    }
    case "allowance": {
      const wanted = { appliance: idOf(template, op.subject), units: op.units };
      return setAllowance(day, day.order(known(template, op.order).order), wanted);
    }
    case "device":
      return decideDevice(day, op.uid, op.decision);
    case "give-up":
      return giveUpLease(day, op.lease);
    case "revoke":
      return revokeAppliance(day, idOf(template, op.subject));
  }
}
