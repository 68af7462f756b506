/**
 * The table of routes: method, path, who may call, schema of request and reply. Server and client both read it, so a
 * route is written once. Knows no meaning.
 *
 * @module
 */

import type * as v from "valibot";
import * as appliance from "./appliance_schemas.ts";
import * as lease from "./lease_schemas.ts";
import * as owner from "./owner_schemas.ts";
import * as restored from "./restored_schemas.ts";

/** Who may call a route, and how that is proven. */
export type Caller = "anyone" | "appliance" | "owner";

/** A schema of the contract. */
export type Schema = v.GenericSchema;

/** One row of {@linkcode routes}. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT";
  /** Path with `:names`. */
  readonly path: string;
  readonly caller: Caller;
  /** Schema of the JSON request body; null: no body, or bytes. */
  readonly request: Schema | null;
  /** Schema of the JSON reply; null: bytes. */
  readonly reply: Schema | null;
}

/** Every route of the authority. Mutations of the owner carry an `Idempotency-Key` header. */
export const routes = {
  trust: { method: "GET", path: "/v1/trust", caller: "anyone", request: null, reply: appliance.trustReply },
  enrol: {
    method: "POST",
    path: "/v1/enrolments",
    caller: "anyone",
    request: appliance.enrolRequest,
    reply: appliance.enrolReply,
  },

  state: {
    method: "GET",
    path: "/v1/state",
    caller: "appliance",
    request: null,
    reply: appliance.stateReply,
  },
  ticket: {
    method: "POST",
    path: "/v1/tickets",
    caller: "appliance",
    request: appliance.ticketRequest,
    reply: appliance.ticketReply,
  },
  message1: {
    method: "POST",
    path: "/v1/tickets/:ticket/message1",
    caller: "appliance",
    request: appliance.message1Request,
    reply: appliance.message1Reply,
  },
  receipt: {
    method: "POST",
    path: "/v1/tickets/:ticket/receipt",
    caller: "appliance",
    request: appliance.receiptRequest,
    reply: appliance.receiptReply,
  },
  failure: {
    method: "POST",
    path: "/v1/tickets/:ticket/failure",
    caller: "appliance",
    request: appliance.failureRequest,
    reply: appliance.failureReply,
  },
  releaseContent: {
    method: "GET",
    path: "/v1/releases/:release",
    caller: "appliance",
    request: null,
    reply: null,
  },
  denials: {
    method: "GET",
    path: "/v1/denials",
    caller: "appliance",
    request: null,
    reply: appliance.denialsReply,
  },
  renewal: {
    method: "POST",
    path: "/v1/renewals",
    caller: "appliance",
    request: appliance.renewalRequest,
    reply: appliance.renewalReply,
  },
  lease: {
    method: "POST",
    path: "/v1/leases",
    caller: "appliance",
    request: lease.leaseRequest,
    reply: lease.leaseGrant,
  },
  leaseUses: {
    method: "POST",
    path: "/v1/leases/:lease/uses",
    caller: "appliance",
    request: lease.usesRequest,
    reply: lease.usesReply,
  },
  leaseReturns: {
    method: "POST",
    path: "/v1/leases/:lease/returns",
    caller: "appliance",
    request: lease.returnsRequest,
    reply: lease.returnsReply,
  },

  restored: {
    method: "POST",
    path: "/v1/restored",
    caller: "appliance",
    request: restored.restoredRequest,
    reply: restored.restoredReply,
  },
  restoredLease: {
    method: "POST",
    path: "/v1/restored/leases",
    caller: "appliance",
    request: restored.restoredLeaseRequest,
    reply: restored.restoredLeaseReply,
  },

  owner: { method: "GET", path: "/v1/owner", caller: "owner", request: null, reply: owner.ownerReply },
  products: {
    method: "GET",
    path: "/v1/owner/products",
    caller: "owner",
    request: null,
    reply: owner.productList,
  },
  product: {
    method: "GET",
    path: "/v1/owner/products/:product",
    caller: "owner",
    request: null,
    reply: owner.productReply,
  },
  createProduct: {
    method: "POST",
    path: "/v1/owner/products",
    caller: "owner",
    request: owner.productRequest,
    reply: owner.productReply,
  },
  releases: {
    method: "GET",
    path: "/v1/owner/releases",
    caller: "owner",
    request: null,
    reply: owner.releaseList,
  },
  release: {
    method: "GET",
    path: "/v1/owner/releases/:release",
    caller: "owner",
    request: null,
    reply: owner.releaseReply,
  },
  createRelease: {
    method: "POST",
    path: "/v1/owner/releases",
    caller: "owner",
    request: owner.releaseRequest,
    reply: owner.releaseReply,
  },
  uploadRelease: {
    method: "PUT",
    path: "/v1/owner/releases/:release/content",
    caller: "owner",
    request: null,
    reply: owner.uploadReply,
  },
  finishRelease: {
    method: "POST",
    path: "/v1/owner/releases/:release/finish",
    caller: "owner",
    request: owner.finishRequest,
    reply: owner.releaseReply,
  },
  orders: { method: "GET", path: "/v1/owner/orders", caller: "owner", request: null, reply: owner.orderList },
  order: {
    method: "GET",
    path: "/v1/owner/orders/:order",
    caller: "owner",
    request: null,
    reply: owner.orderReply,
  },
  createOrder: {
    method: "POST",
    path: "/v1/owner/orders",
    caller: "owner",
    request: owner.orderRequest,
    reply: owner.orderReply,
  },
  changeOrder: {
    method: "POST",
    path: "/v1/owner/orders/:order/changes",
    caller: "owner",
    request: owner.orderChange,
    reply: owner.orderReply,
  },
  allowances: {
    method: "GET",
    path: "/v1/owner/orders/:order/allowances",
    caller: "owner",
    request: null,
    reply: lease.allowanceList,
  },
  setAllowance: {
    method: "POST",
    path: "/v1/owner/orders/:order/allowances",
    caller: "owner",
    request: lease.allowanceRequest,
    reply: lease.allowanceReply,
  },
  setListedUids: {
    method: "POST",
    path: "/v1/owner/orders/:order/uids",
    caller: "owner",
    request: lease.listedUidsRequest,
    reply: lease.allowanceReply,
  },
  leases: { method: "GET", path: "/v1/owner/leases", caller: "owner", request: null, reply: lease.leaseList },
  decideLease: {
    method: "POST",
    path: "/v1/owner/leases/:lease/decisions",
    caller: "owner",
    request: lease.leaseDecision,
    reply: lease.leaseReply,
  },
  quota: { method: "GET", path: "/v1/owner/quota", caller: "owner", request: null, reply: owner.quotaReply },
  createEnrolment: {
    method: "POST",
    path: "/v1/owner/enrolments",
    caller: "owner",
    request: owner.enrolmentRequest,
    reply: owner.enrolmentReply,
  },
  appliances: {
    method: "GET",
    path: "/v1/owner/appliances",
    caller: "owner",
    request: null,
    reply: owner.applianceList,
  },
  revokeAppliance: {
    method: "POST",
    path: "/v1/owner/appliances/:appliance/revoke",
    caller: "owner",
    request: null,
    reply: owner.applianceReply,
  },
  stopAppliance: {
    method: "POST",
    path: "/v1/owner/appliances/:appliance/stop",
    caller: "owner",
    request: owner.applianceStop,
    reply: owner.applianceReply,
  },
  decideRenewal: {
    method: "POST",
    path: "/v1/owner/appliances/:appliance/renewal",
    caller: "owner",
    request: owner.renewalDecision,
    reply: owner.applianceReply,
  },
  devices: {
    method: "GET",
    path: "/v1/owner/devices",
    caller: "owner",
    request: null,
    reply: owner.deviceList,
  },
  device: {
    method: "GET",
    path: "/v1/owner/devices/:family/:uid",
    caller: "owner",
    request: null,
    reply: owner.deviceRecordReply,
  },
  decideDevice: {
    method: "POST",
    path: "/v1/owner/devices/:family/:uid/decisions",
    caller: "owner",
    request: owner.deviceDecision,
    reply: owner.deviceRecordReply,
  },
  log: { method: "GET", path: "/v1/owner/log", caller: "owner", request: null, reply: owner.logReply },
} as const satisfies Record<string, Route>;

/** The names of {@linkcode routes}. */
export type RouteName = keyof typeof routes;
/** The request body that a route takes, as its schema accepts it. */
export type RequestOf<N extends RouteName> = (typeof routes)[N]["request"] extends Schema
  ? v.InferInput<(typeof routes)[N]["request"]>
  : undefined;
/** The reply body that a route gives. */
export type ReplyOf<N extends RouteName> = (typeof routes)[N]["reply"] extends Schema
  ? v.InferOutput<(typeof routes)[N]["reply"]>
  : Uint8Array;

/** Returns `path` with each `:name` replaced by its parameter, percent-encoded. */
export function fillPath(path: string, parameters: Readonly<Record<string, string>>): string {
  return path.replace(/:([a-z]+)/g, (_, name: string) => encodeURIComponent(parameters[name] ?? ""));
}

/** Limits that both sides keep. */
export const limits = {
  /** Bytes of a JSON request body. */
  jsonBytes: 16_384,
  /** Bytes of a JSON request body about leases: 256 public keys, or 32 uses. */
  leaseJsonBytes: 65_536,
  /** Bytes of one part of an upload, and of one range of a release. */
  partBytes: 1_048_576,
  /** Sequence numbers below the highest one seen that are still accepted, once each. */
  sequenceWindow: 1_024,
  /** Entries of one page. */
  pageEntries: 500,
} as const;
