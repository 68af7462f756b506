/**
 * The guards of the owner's page, one middleware each: headers of every answer, the same origin of every form, the rate, the
 * session, and the form's proof. What each refuses is in the table of refusals.
 *
 * @module
 */

import type { Context, MiddlewareHandler } from "hono";
import { type RefusalCode, refusals } from "../api/mod.ts";
import type { Office } from "../issuance/mod.ts";
import { type ConsoleEnvironment } from "./environment.ts";
import { readFields } from "./fields.ts";
import { addressGroup, Limiter } from "./limiter.ts";
import { isFormOf, readSession, SESSION_COOKIE } from "./session.ts";

/** Answers a refusal as a page. */
export type RefusePage = (
  context: Context<ConsoleEnvironment>,
  code: RefusalCode,
  detail?: string,
) => Response;

/** Everything from this origin alone; no inline style or script, no frame, no plug-in. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: Readonly<Record<string, string>> = Object.freeze({
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  // Not "no-referrer": browsers would send `Origin: null` with our own forms.
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "cache-control": "no-store",
});

/** Returns the middleware that sets the headers of every answer; one that an answer has set itself stays. */
export function createHeaders(): MiddlewareHandler<ConsoleEnvironment> {
  return async function headers(context, next) {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) {
      if (!context.res.headers.has(name)) context.header(name, value);
    }
  };
}

const POSTS = Object.freeze({ burst: 60, forgiveMs: 1000, waitMs: 1000, waitMostMs: 900_000 });
const SIGN_INS = Object.freeze({ burst: 5, forgiveMs: 60_000, waitMs: 1000, waitMostMs: 900_000 });

/** The limiters of one running page. */
export interface Limiters {
  readonly posts: Limiter;
  readonly signIns: Limiter;
}

/** Returns new limiters: 60 forms at once and one a second, 5 tries to sign in and one a minute; then waiting. */
export function createLimiters(): Limiters {
  return { posts: new Limiter(POSTS), signIns: new Limiter(SIGN_INS) };
}

/** Returns the middleware that lets each address send so many forms and no more. */
export function createRateLimit(
  limiter: Limiter,
  ports: { readonly nowMs: () => number; readonly refuse: RefusePage },
): MiddlewareHandler<ConsoleEnvironment> {
  return async function rateLimit(context, next) {
    if (context.req.method !== "POST") return await next();
    const waitMs = limiter.admit(addressGroup(context.env?.peer), ports.nowMs());
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000);
      context.header("retry-after", String(seconds));
      return ports.refuse(context, "too-many-tries", `${seconds} s`);
    }
    return await next();
  };
}

/** Returns the middleware that takes forms of this origin alone: browsers say where a form comes from. */
export function createOriginCheck(refuse: RefusePage): MiddlewareHandler<ConsoleEnvironment> {
  return async function originCheck(context, next) {
    if (context.req.method === "GET" || context.req.method === "HEAD") return await next();
    const site = context.req.header("sec-fetch-site");
    const origin = context.req.header("origin");
    const own = new URL(context.req.url).origin;
    // A browser that says neither is too old to be told apart from another site's form.
    const isOurs = (site === undefined || site === "same-origin") &&
      (origin === undefined || origin === own) &&
      (site !== undefined || origin !== undefined);
    return isOurs ? await next() : refuse(context, "form-not-ours");
  };
}

/** Returns the middleware that lets through who is signed in, and of their forms those that carry the session's proof. */
export function createSessionCheck(
  office: Office,
  refuse: RefusePage,
): MiddlewareHandler<ConsoleEnvironment> {
  return async function sessionCheck(context, next) {
    const session = readSession(office, cookieOf(context, SESSION_COOKIE));
    if (session === undefined) return refuse(context, "session-missing");
    context.set("session", session);
    context.set("who", session.who);
    if (context.req.method === "POST") {
      const proof = readFields(context.get("bytes"), context.req.header("content-type")).text("proof", "");
      if (!isFormOf(session, proof)) return refuse(context, "form-not-ours");
    }
    return await next();
  };
}

/** Returns the status number of a refusal. */
export function statusOf(code: RefusalCode): number {
  return refusals[code].status;
}

/** Returns a cookie's value, or undefined. */
export function cookieOf(context: Context<ConsoleEnvironment>, name: string): string | undefined {
  const pairs = (context.req.header("cookie") ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}
