/**
 * Signing in and out. The API key is looked at once, exchanged for a session, and never kept, shown or logged.
 *
 * @module
 */

import type { Hono } from "hono";
import type { Office } from "../issuance/mod.ts";
import type { ConsoleEnvironment } from "./environment.ts";
import { readFields } from "./fields.ts";
import { refuseTooMany } from "./guards.ts";
import { addressGroup, type Limiter } from "./limiter.ts";
import type { Replies } from "./reply.tsx";
import { beginSession, endSession, SESSION_COOKIE, SESSION_SECONDS } from "./session.ts";
import { SignInPage } from "./sign_in_page.tsx";

const COOKIE_TERMS = "Path=/; Secure; HttpOnly; SameSite=Strict";

/** Mounts the page that asks for an API key, and what takes it. */
export function mountSignIn(
  console: Hono<ConsoleEnvironment>,
  office: Office,
  ports: { readonly replies: Replies; readonly limiter: Limiter },
): void {
  const { replies, limiter } = ports;
  console.get(
    "/sign-in",
    (context) =>
      replies.page(context, (view) => ({ title: view.t.signIn, content: <SignInPage view={view} /> })),
  );
  const rate = { nowMs: office.nowMs, refuse: replies.refuse.bind(replies) };
  console.post("/sign-in", (context) => {
    const apiKey = readFields(context.get("bytes"), context.req.header("content-type")).text("apiKey", "");
    // Whatever is no key at all is looked up no less: all wrong ones take one way.
    const begun = beginSession(office, apiKey.toLowerCase());
    const address = addressGroup(context.env?.peer);
    if (begun === undefined) {
      // Only wrong ones are counted: a stranger at the owner's address, behind a NAT or a proxy, must not keep STOP out of reach.
      return refuseTooMany(context, limiter, address, rate) ?? replies.refuse(context, "api-key-wrong");
    }
    limiter.forget(address);
    context.set("who", `owner ${begun.name}`);
    context.header(
      "set-cookie",
      `${SESSION_COOKIE}=${begun.secret}; ${COOKIE_TERMS}; Max-Age=${SESSION_SECONDS}`,
      { append: true },
    );
    return context.redirect("/console", 303);
  });
}

/** Mounts what ends a session. */
export function mountSignOut(console: Hono<ConsoleEnvironment>, office: Office): void {
  console.post("/sign-out", (context) => {
    endSession(office, context.get("session"));
    context.header("set-cookie", `${SESSION_COOKIE}=; ${COOKIE_TERMS}; Max-Age=0`, { append: true });
    return context.redirect("/console/sign-in", 303);
  });
}
