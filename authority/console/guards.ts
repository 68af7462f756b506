/**
 * The guards of the owner's page, one middleware each: headers of every answer, the same origin of every form, the
 * session, the rate, and the form's proof, in this order: what is not the owner's costs the owner nothing. What each refuses is in the table of refusals.
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

const FORMS_OF_STRANGERS = Object.freeze({ burst: 60, forgiveMs: 1000, waitMs: 1000, waitMostMs: 900_000 });
// Whoever is signed in never waits longer than this, whatever a page gone wild has sent: STOP has to be in reach.
const FORMS_OF_SESSIONS = Object.freeze({ burst: 60, forgiveMs: 1000, waitMs: 1000, waitMostMs: 8000 });
const SIGN_INS = Object.freeze({ burst: 5, forgiveMs: 60_000, waitMs: 1000, waitMostMs: 900_000 });

/** The limiters of one running page. */
export interface Limiters {
  /** By the hash of a session. */
  readonly sessions: Limiter;
  /** By address. */
  readonly strangers: Limiter;
  /** By address. */
  readonly signIns: Limiter;
}

/** Returns new limiters: 60 forms at once and one a second, 5 wrong keys and one a minute; then waiting. */
export function createLimiters(): Limiters {
  return {
    sessions: new Limiter(FORMS_OF_SESSIONS),
    strangers: new Limiter(FORMS_OF_STRANGERS),
    signIns: new Limiter(SIGN_INS),
  };
}

/** What counting forms needs. */
export interface RatePorts {
  readonly nowMs: () => number;
  readonly refuse: RefusePage;
}

/**
 * Returns the middleware that counts the forms of whoever is signed in by their session: nobody else at their address, and
 * no other site in their browser, uses that up. Forms without a session are counted by address. It comes after the session.
 */
export function createFormLimit(
  limiters: Pick<Limiters, "sessions" | "strangers">,
  ports: RatePorts,
): MiddlewareHandler<ConsoleEnvironment> {
  return async function formLimit(context, next) {
    const session = context.get("session");
    const refusal = session === undefined
      ? refuseTooMany(context, limiters.strangers, addressGroup(context.env?.peer), ports)
      : refuseTooMany(context, limiters.sessions, session.hash.toHex(), ports);
    return refusal ?? await next();
  };
}

/** Counts one try of a caller: the answer of one too many, else undefined. */
export function refuseTooMany(
  context: Context<ConsoleEnvironment>,
  limiter: Limiter,
  caller: string,
  ports: RatePorts,
): Response | undefined {
  if (context.req.method !== "POST") return undefined;
  const waitMs = limiter.admit(caller, ports.nowMs());
  if (waitMs <= 0) return undefined;
  const seconds = Math.ceil(waitMs / 1000);
  context.header("retry-after", String(seconds));
  return ports.refuse(context, "too-many-tries", `${seconds} s`);
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

/** Returns the middleware that says whose session a request has; one without goes on as a stranger's. */
export function createSessionReader(office: Office): MiddlewareHandler<ConsoleEnvironment> {
  return async function sessionReader(context, next) {
    const session = readSession(office, cookieOf(context, SESSION_COOKIE));
    if (session !== undefined) {
      context.set("session", session);
      context.set("who", session.who);
    }
    return await next();
  };
}

/** Returns the middleware that lets through who is signed in, and of their forms those that carry the session's proof. */
export function createSessionCheck(refuse: RefusePage): MiddlewareHandler<ConsoleEnvironment> {
  return async function sessionCheck(context, next) {
    const session = context.get("session");
    if (session === undefined) return refuse(context, "session-missing");
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
