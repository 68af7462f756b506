/**
 * The authority's HTTP application: middleware in order, then the routes of the contract. Knows no socket.
 *
 * @module
 */

import { Hono } from "hono";
import { limits, type TrustReply } from "../api/mod.ts";
import { type ConsolePorts, createConsole } from "../console/mod.ts";
import type { Office } from "../issuance/mod.ts";
import { hashApiKey } from "../signer/mod.ts";
import { findApiKey } from "../store/mod.ts";
import { createApiKeyCheck } from "./api_key.ts";
import { createApplianceSignature } from "./appliance_signature.ts";
import { mountApplianceRoutes, mountOpenRoutes } from "./appliance_routes.ts";
import { createBodyLimit } from "./body_limit.ts";
import type { Environment } from "./context.ts";
import { mountOwnerRoutes } from "./owner_routes.ts";
import { createErrorReply, refusalReply } from "./problem.ts";
import { createRequestLog } from "./request_log.ts";
import { createSignedReply } from "./signed_reply.ts";

/** What the application is given besides the office. */
export interface AppPorts extends ConsolePorts {
  /** The reply to `GET /v1/trust`. */
  readonly trust: TrustReply;
}

/** Returns the application. */
export function createApp(office: Office, ports: AppPorts): Hono<Environment> {
  const app = new Hono<Environment>();
  app.use(createRequestLog({ say: ports.say, nowMs: office.nowMs }));
  app.onError(createErrorReply({ say: ports.say, incident: () => office.random(8).toHex() }));
  app.notFound((context) => refusalReply(context, "route-unknown"));

  const small = createBodyLimit(limits.jsonBytes);
  const part = createBodyLimit(limits.partBytes);
  const list = createBodyLimit(limits.leaseJsonBytes);
  const signed = createSignedReply({
    signReply: office.signer.signReply,
    logKeyId: office.signer.logKeyId,
    nowMs: office.nowMs,
  });
  const appliance = createApplianceSignature(office);
  // A path that ends in `/*` also matches without it: naming both would run the middleware twice.
  for (const path of ["/v1/state", "/v1/tickets/*", "/v1/releases/*", "/v1/renewals", "/v1/denials"]) {
    app.use(path, signed, small, appliance);
  }
  for (const path of ["/v1/leases/*", "/v1/restored/*"]) {
    app.use(path, signed, createBodyLimit(limits.leaseJsonBytes), appliance);
  }
  const owner = createApiKeyCheck((apiKey) => findApiKey(office.db, hashApiKey(apiKey)));
  // The key is checked before the body is read: a stranger's megabyte is not taken in.
  app.use("/v1/owner/*", owner, async (context, next) => {
    const { path } = context.req;
    const isPart = /^\/v1\/owner\/releases\/[^/]+\/content$/.test(path);
    const isList = /^\/v1\/owner\/orders\/[^/]+\/uids$/.test(path);
    return await (isPart ? part : isList ? list : small)(context, next);
  });
  app.use("/v1/trust", small);
  app.use("/v1/enrolments", small);

  app.use("/console/*", small);
  app.get("/", (context) => context.redirect("/console", 303));
  app.route("/console", createConsole(office, ports));

  mountOpenRoutes(app, office, ports.trust);
  mountApplianceRoutes(app, office);
  mountOwnerRoutes(app, office);
  return app;
}
