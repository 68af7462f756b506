/**
 * The routes of appliances, and the two before an appliance is known.
 *
 * @module
 */

import type { Hono } from "hono";
import { parseLeaseId, parseReleaseId, parseTicketId } from "../../bootloader/wire/mod.ts";
import { limits, type TrustReply } from "../api/mod.ts";
import {
  acceptReceipt,
  applianceState,
  askRenewal,
  bookShown,
  bookShownLease,
  enrol,
  giveMessage2,
  isAllowed,
  issueTicket,
  lend,
  type Office,
  recordFailure,
  reportUses,
  returnTickets,
  signedDenials,
} from "../issuance/mod.ts";
import { readRange } from "../release/mod.ts";
import { findRelease } from "../store/mod.ts";
import type { Environment } from "./context.ts";
import { mount } from "./mount.ts";

/** Mounts what anybody may ask for. */
export function mountOpenRoutes(app: Hono<Environment>, office: Office, trust: TrustReply): void {
  mount(app, "trust", () => ({ granted: trust }));
  mount(app, "enrol", ({ body }) => enrol(office, body));
}

/** Mounts what enrolled appliances may ask for. */
export function mountApplianceRoutes(app: Hono<Environment>, office: Office): void {
  mount(app, "state", ({ context }) => {
    const named = context.req.query("ticket");
    const ticket = named === undefined ? undefined : parseTicketId(named);
    return applianceState(office, context.get("appliance"), ticket);
  });
  mount(app, "restored", ({ context, body }) => bookShown(office, context.get("appliance"), body));
  mount(
    app,
    "restoredLease",
    ({ context, body }) => bookShownLease(office, context.get("appliance"), body),
  );
  mount(app, "ticket", ({ context, body }) => issueTicket(office, context.get("appliance"), body));
  mount(
    app,
    "message1",
    ({ context, body, parameter }) =>
      giveMessage2(office, context.get("appliance"), parseTicketId(parameter("ticket")), body),
  );
  mount(
    app,
    "receipt",
    ({ context, body, parameter }) =>
      acceptReceipt(office, context.get("appliance"), parseTicketId(parameter("ticket")), body),
  );
  mount(
    app,
    "failure",
    ({ context, body, parameter }) =>
      recordFailure(office, context.get("appliance"), parseTicketId(parameter("ticket")), body),
  );
  mount(app, "denials", () => ({ granted: signedDenials(office) }));
  mount(app, "renewal", ({ context, body }) => askRenewal(office, context.get("appliance"), body));
  mount(app, "lease", ({ context, body }) => lend(office, context.get("appliance"), body));
  mount(
    app,
    "leaseUses",
    ({ context, body, parameter }) =>
      reportUses(office, context.get("appliance"), parseLeaseId(parameter("lease")), body),
  );
  mount(
    app,
    "leaseReturns",
    ({ context, body, parameter }) =>
      returnTickets(office, context.get("appliance"), parseLeaseId(parameter("lease")), body),
  );
  mount(
    app,
    "releaseContent",
    ({ context, parameter, number }) => {
      const id = parseReleaseId(parameter("release"));
      const release = findRelease(office.db, id);
      if (release !== undefined && !isAllowed(context.get("appliance"), release.product)) {
        return { refused: "product-not-allowed" };
      }
      return readRange(office.db, id, {
        offset: number("offset", 0),
        length: number("length", limits.partBytes),
      });
    },
  );
}
