/**
 * The owner's page as an application under `/console`: guards in order, then its addresses. Knows no socket.
 *
 * @module
 */

import { Hono } from "hono";
import type { Office } from "../issuance/mod.ts";
import { mountActs } from "./act_routes.tsx";
import type { ConsoleEnvironment, ConsolePorts } from "./environment.ts";
import {
  createFormLimit,
  createHeaders,
  createLimiters,
  createOriginCheck,
  createSessionCheck,
  createSessionReader,
} from "./guards.ts";
import { ICON, LIVE_SCRIPT } from "./live.ts";
import { mountPages } from "./page_routes.tsx";
import { LANGUAGE_COOKIE, Replies } from "./reply.tsx";
import { mountSignIn, mountSignOut } from "./sign_in_routes.tsx";
import { STYLE } from "./style.ts";

/** Returns the application; the one that it is mounted in reads bodies and writes the request log. */
export function createConsole(office: Office, ports: ConsolePorts): Hono<ConsoleEnvironment> {
  const console = new Hono<ConsoleEnvironment>();
  const replies = new Replies(office, ports);
  const limiters = createLimiters();
  const refuse = replies.refuse.bind(replies);
  console.onError((error, context) => replies.error(error, context));
  console.use(createHeaders());
  console.use(createOriginCheck(refuse));
  console.use(async function language(context, next) {
    await next();
    const asked = context.req.query("lang");
    if (asked === undefined) return;
    const kept = `${LANGUAGE_COOKIE}=${replies.languageOf(context)}`;
    context.header("set-cookie", `${kept}; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Strict`, {
      append: true,
    });
  });
  for (const { path, type, text } of FILES) {
    console.get(
      path,
      () =>
        new Response(text, { headers: { "content-type": type, "cache-control": "private, max-age=300" } }),
    );
  }
  mountSignIn(console, office, { replies, limiter: limiters.signIns });
  console.use(createSessionReader(office));
  console.use(createFormLimit(limiters, { nowMs: office.nowMs, refuse }));
  // Everything from here on is for whoever is signed in.
  console.use(createSessionCheck(refuse));
  mountSignOut(console, office);
  mountPages(console, office, { replies, channelEndsMs: ports.channelEndsMs ?? (() => undefined) });
  mountActs(console, office, replies);
  console.all("*", (context) => replies.refuse(context, "route-unknown"));
  return console;
}

const FILES = Object.freeze([
  { path: "/style.css", type: "text/css; charset=utf-8", text: STYLE },
  { path: "/live.js", type: "text/javascript; charset=utf-8", text: LIVE_SCRIPT },
  { path: "/icon.svg", type: "image/svg+xml", text: ICON },
]);
