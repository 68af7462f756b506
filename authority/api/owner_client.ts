/**
 * The owner's side of the contract: HTTPS with an API key, an idempotency key on every mutation. Knows no disk and no
 * terminal; network, key and randomness are handed in.
 *
 * @module
 */

import type { ApplianceId, LeaseId, ProductId, ReleaseId, Uid } from "../../bootloader/wire/mod.ts";
import { type Answer, answerOf, bodyOf, type CallOptions, type Fetch, send, urlOf } from "./_exchange.ts";
import type { OrderId } from "./fields.ts";
import { contentDigestOf } from "./http_signature.ts";
import type { ReplyOf, RequestOf, RouteName } from "./routes.ts";
import { routes } from "./routes.ts";

/** What the owner's client is given. */
export interface OwnerPorts {
  /** `https://host:port`. */
  readonly origin: string;
  /** Leads to an HTTPS client that trusts the authority's certificate authority only. */
  readonly fetch: Fetch;
  /** Reads the API key (64 hexadecimal digits) for the time of one request. */
  readonly apiKey: () => string;
  /** Returns n random bytes, for idempotency keys. */
  readonly random: (n: number) => Uint8Array;
}

/** Options of each call. */
export interface OwnerCallOptions {
  readonly signal?: AbortSignal;
  /** Repeats an earlier mutation: the same key and body give the same answer and act once. Drawn afresh when missing. */
  readonly idempotencyKey?: string;
}

/** A page of a long list. */
export interface PageQuery {
  /** Cursor of the page before; missing: from the beginning. */
  readonly after?: string;
  /** At most 500. */
  readonly limit?: number;
}

/** The calls of an owner. */
export interface OwnerClient {
  owner(options?: OwnerCallOptions): Promise<Answer<ReplyOf<"owner">>>;
  products(options?: OwnerCallOptions): Promise<Answer<ReplyOf<"products">>>;
  product(product: ProductId, options?: OwnerCallOptions): Promise<Answer<ReplyOf<"product">>>;
  createProduct(
    request: RequestOf<"createProduct">,
    options?: OwnerCallOptions,
  ): Promise<Answer<ReplyOf<"product">>>;
  releases(options?: OwnerCallOptions): Promise<Answer<ReplyOf<"releases">>>;
  release(release: ReleaseId, options?: OwnerCallOptions): Promise<Answer<ReplyOf<"release">>>;
  createRelease(
    request: RequestOf<"createRelease">,
    options?: OwnerCallOptions,
  ): Promise<Answer<ReplyOf<"release">>>;
  /** Sends at most 1 MiB of encrypted content that starts at `offset`; the same part may be sent again. */
  uploadRelease(
    release: ReleaseId,
    part: { readonly offset: number; readonly content: Uint8Array },
    options?: OwnerCallOptions,
  ): Promise<Answer<ReplyOf<"uploadRelease">>>;
  finishRelease(
    release: ReleaseId,
    request: RequestOf<"finishRelease">,
    options?: OwnerCallOptions,
  ): Promise<Answer<ReplyOf<"release">>>;
  orders(options?: OwnerCallOptions): Promise<Answer<ReplyOf<"orders">>>;
  order(order: OrderId, options?: OwnerCallOptions): Promise<Answer<ReplyOf<"order">>>;
  createOrder(
    request: RequestOf<"createOrder">,
    options?: OwnerCallOptions,
  ): Promise<Answer<ReplyOf<"order">>>;
  changeOrder(
    order: OrderId,
    request: RequestOf<"changeOrder">,
    options?: OwnerCallOptions,
  ): Promise<Answer<ReplyOf<"order">>>;
  allowances(order: OrderId, options?: OwnerCallOptions): Promise<Answer<ReplyOf<"allowances">>>;
  /** Sets up to how many units of the order may be lent to an appliance at a time. */
  setAllowance(
    order: OrderId,
    request: RequestOf<"setAllowance">,
    options?: OwnerCallOptions,
  ): Promise<Answer<ReplyOf<"setAllowance">>>;
  /** Sets the chips scanned ahead, which get tickets of their own. */
  setListedUids(
    order: OrderId,
    request: RequestOf<"setListedUids">,
    options?: OwnerCallOptions,
  ): Promise<Answer<ReplyOf<"setListedUids">>>;
  leases(options?: OwnerCallOptions): Promise<Answer<ReplyOf<"leases">>>;
  decideLease(
    lease: LeaseId,
    request: RequestOf<"decideLease">,
    options?: OwnerCallOptions,
  ): Promise<Answer<ReplyOf<"decideLease">>>;
  quota(options?: OwnerCallOptions): Promise<Answer<ReplyOf<"quota">>>;
  createEnrolment(
    request: RequestOf<"createEnrolment">,
    options?: OwnerCallOptions,
  ): Promise<Answer<ReplyOf<"createEnrolment">>>;
  appliances(options?: OwnerCallOptions): Promise<Answer<ReplyOf<"appliances">>>;
  revokeAppliance(
    appliance: ApplianceId,
    options?: OwnerCallOptions,
  ): Promise<Answer<ReplyOf<"revokeAppliance">>>;
  stopAppliance(
    appliance: ApplianceId,
    request: RequestOf<"stopAppliance">,
    options?: OwnerCallOptions,
  ): Promise<Answer<ReplyOf<"stopAppliance">>>;
  decideRenewal(
    appliance: ApplianceId,
    request: RequestOf<"decideRenewal">,
    options?: OwnerCallOptions,
  ): Promise<Answer<ReplyOf<"decideRenewal">>>;
  devices(query?: PageQuery, options?: OwnerCallOptions): Promise<Answer<ReplyOf<"devices">>>;
  device(device: DeviceKey, options?: OwnerCallOptions): Promise<Answer<ReplyOf<"device">>>;
  decideDevice(
    device: DeviceKey,
    request: RequestOf<"decideDevice">,
    options?: OwnerCallOptions,
  ): Promise<Answer<ReplyOf<"device">>>;
  log(query?: PageQuery, options?: OwnerCallOptions): Promise<Answer<ReplyOf<"log">>>;
}

/** What names a device: its chip family's number and its UID (D§6). */
export interface DeviceKey {
  readonly family: number;
  readonly uid: Uid;
}

/** Returns the client of one owner. Every call throws Fault for network and server failures, Malformed for nonsense. */
export function createOwnerClient(ports: OwnerPorts): OwnerClient {
  const call = <N extends RouteName>(
    name: N,
    options: OwnerCallOptions & CallOptions & { content?: Part } = {},
  ) => callWithKey(ports, name, options);
  return {
    owner: (options) => call("owner", options),
    products: (options) => call("products", options),
    product: (product, options) => call("product", { ...options, parameters: { product } }),
    createProduct: (body, options) => call("createProduct", { ...options, body }),
    releases: (options) => call("releases", options),
    release: (release, options) => call("release", { ...options, parameters: { release } }),
    createRelease: (body, options) => call("createRelease", { ...options, body }),
    uploadRelease: (release, content, options) =>
      call("uploadRelease", {
        ...options,
        parameters: { release },
        query: { offset: String(content.offset) },
        content,
      }),
    finishRelease: (release, body, options) =>
      call("finishRelease", { ...options, parameters: { release }, body }),
    orders: (options) => call("orders", options),
    order: (order, options) => call("order", { ...options, parameters: { order } }),
    createOrder: (body, options) => call("createOrder", { ...options, body }),
    changeOrder: (order, body, options) => call("changeOrder", { ...options, parameters: { order }, body }),
    allowances: (order, options) => call("allowances", { ...options, parameters: { order } }),
    setAllowance: (order, body, options) => call("setAllowance", { ...options, parameters: { order }, body }),
    setListedUids: (order, body, options) =>
      call("setListedUids", { ...options, parameters: { order }, body }),
    leases: (options) => call("leases", options),
    decideLease: (lease, body, options) => call("decideLease", { ...options, parameters: { lease }, body }),
    quota: (options) => call("quota", options),
    createEnrolment: (body, options) => call("createEnrolment", { ...options, body }),
    appliances: (options) => call("appliances", options),
    revokeAppliance: (appliance, options) =>
      call("revokeAppliance", { ...options, parameters: { appliance } }),
    stopAppliance: (appliance, body, options) =>
      call("stopAppliance", { ...options, parameters: { appliance }, body }),
    decideRenewal: (appliance, body, options) =>
      call("decideRenewal", { ...options, parameters: { appliance }, body }),
    devices: (query, options) => call("devices", { ...options, query: pageOf(query) }),
    device: (device, options) => call("device", { ...options, parameters: deviceOf(device) }),
    decideDevice: (device, body, options) =>
      call("decideDevice", { ...options, parameters: deviceOf(device), body }),
    log: (query, options) => call("log", { ...options, query: pageOf(query) }),
  };
}

interface Part {
  readonly offset: number;
  readonly content: Uint8Array;
}

function pageOf(query: PageQuery = {}): Record<string, string> {
  return {
    ...(query.after === undefined ? {} : { after: query.after }),
    ...(query.limit === undefined ? {} : { limit: String(query.limit) }),
  };
}

function deviceOf(device: DeviceKey): Record<string, string> {
  return { family: String(device.family), uid: device.uid };
}

async function callWithKey<N extends RouteName>(
  ports: OwnerPorts,
  name: N,
  options: OwnerCallOptions & CallOptions & { readonly content?: Part },
): Promise<Answer<ReplyOf<N>>> {
  const method = routes[name].method;
  const body = options.content === undefined ? bodyOf(options) : new Uint8Array(options.content.content);
  const headers = new Headers({ authorization: `Bearer ${ports.apiKey()}` });
  if (method !== "GET") headers.set("idempotency-key", options.idempotencyKey ?? ports.random(16).toHex());
  if (body !== undefined) {
    headers.set(
      "content-type",
      options.content === undefined ? "application/json" : "application/octet-stream",
    );
    headers.set("content-digest", contentDigestOf(body));
  }
  const request = new Request(urlOf(ports.origin, name, options), {
    method,
    headers,
    redirect: "error",
    ...(body === undefined ? {} : { body }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const reply = await send(ports.fetch, request);
  return answerOf(name, reply, 0);
}
