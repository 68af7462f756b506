/**
 * Admits requests of appliances: signature (RFC 9421) first, then revocation, then the sequence number and the head of the
 * appliance's record. The clock has no say. A replay is refused here, so no act and no key ever answers one.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import { verify } from "../../bootloader/suite/mod.ts";
import { type ApplianceId, Malformed } from "../../bootloader/wire/mod.ts";
import { contentDigestOf, readRequestParameters, readSignature, requestBase, routes } from "../api/mod.ts";
import {
  admitRequest,
  applianceNow,
  type Office,
  type SignedRequest,
  whoAppliance,
} from "../issuance/mod.ts";
import type { Environment } from "./context.ts";
import { refusalReply } from "./problem.ts";

// What an appliance made and was given is told by a receipt or after a restore: neither makes anything new.
const FACTS_PATH = /^\/v1\/(?:tickets\/[^/]+\/receipt|restored)$/;
// An outdated one may ask to be renewed besides.
const OUTDATED_PATH = /^\/v1\/(?:renewals|restored|tickets\/[^/]+\/receipt)$/;

/** Returns the middleware that lets through what an enrolled appliance signed and nobody sent before. */
export function createApplianceSignature(office: Office): MiddlewareHandler<Environment> {
  return async function applianceSignature(context, next) {
    const signed = readSigned(context.req.raw, context.get("bytes"));
    if (signed === undefined) return refusalReply(context, "request-not-authentic");
    const appliance = applianceNow(office, signed.keyId as ApplianceId);
    if (appliance === undefined) return refusalReply(context, "appliance-unknown");
    const { message, signature } = signed;
    if (!verify({ publicKey: Uint8Array.fromHex(appliance.publicKey), message, signature })) {
      return refusalReply(context, "request-not-authentic");
    }
    // A receipt is the target's word, and what was given before a restore is our own: both make nothing new, and refused, a
    // device's unit would look like one that may be given back.
    if (appliance.revokedAtMs !== null && !FACTS_PATH.test(context.req.path)) {
      return refusalReply(context, "appliance-revoked");
    }
    // Durable before the act: a crash in between costs the appliance a sequence number and nothing else.
    const admission = admitRequest(office, appliance, {
      sequence: signed.sequence,
      sealedHead: headOf(context.req.query("head")),
      proof: proofFor(context.req.path),
    });
    if ("refused" in admission) {
      const { refused, ...facts } = admission;
      return refusalReply(context, refused, undefined, facts);
    }
    if (admission.outdated && !OUTDATED_PATH.test(context.req.path)) {
      const detail = appliance.renewalDeclinedAtMs === null ? undefined : "The owner has declined";
      return refusalReply(context, "appliance-outdated", detail);
    }
    context.set("appliance", appliance);
    context.set("who", whoAppliance(appliance.appliance));
    await next();
    return undefined;
  };
}

/** P-69: a round begins with the state, so that is where a head is proven; everything else goes on meanwhile. */
function proofFor(path: string): SignedRequest["proof"] {
  if (path === routes.state.path) return "asked";
  return FACTS_PATH.test(path) ? "not-needed" : "welcome";
}

/** Anything that is no head is taken as one that does not hold. */
function headOf(text: string | undefined): Uint8Array | undefined {
  if (text === undefined) return undefined;
  return /^(?:[0-9a-f]{2})+$/.test(text) ? Uint8Array.fromHex(text) : new Uint8Array();
}

function readSigned(
  request: Request,
  body: Uint8Array,
): {
  readonly keyId: string;
  readonly sequence: number;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
} | undefined {
  const contentDigest = request.headers.get("content-digest");
  if (contentDigest !== contentDigestOf(body)) return undefined;
  try {
    const parameters = readRequestParameters(request.headers.get("signature-input"));
    const { signature } = readSignature(request.headers.get("signature"));
    const message = requestBase({ method: request.method, url: request.url, contentDigest }, parameters);
    return { keyId: parameters.keyId, sequence: parameters.sequence, message, signature };
  } catch (error) {
    // Whatever is spelled otherwise than our profile is not authentic; nothing more is told.
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
