/**
 * The kept demo over HTTP, on loopback: its page, and acts by POST from that page alone.
 *
 * @module
 */
import { Hono } from "hono";
import { csrf } from "hono/csrf";
import { html } from "hono/html";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import { isLoopbackName } from "../../../agent/mod.ts";
import { SCRIPT } from "./look.ts";
import { KeepPage, Now, type View } from "./page.tsx";
import { type ActName, acts } from "./playground.ts";

/** Returns the application; `view` gives what there is to show now. */
export async function createKeepApp(
  view: () => Promise<View>,
  act: (name: ActName) => Promise<void>,
): Promise<Hono> {
  const hash = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(SCRIPT)),
  ).toBase64();
  const app = new Hono();
  app.use(async (context, next) => {
    if (!isLoopbackName(context.req.url)) return context.text("This is not this server's name", 421);
    await next();
    return undefined;
  });
  app.onError((error, context) =>
    error instanceof HTTPException
      ? error.getResponse()
      : context.text("Cannot show or do that now: is the demo still running?", 503)
  );
  app.use(
    csrf(),
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'unsafe-inline'"],
        scriptSrc: [`'sha256-${hash}'`],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      strictTransportSecurity: false,
    }),
  );
  app.get("/", async (context) => context.html(html`<!doctype html>${<KeepPage view={await view()} />}`));
  app.get("/now", async (context) => context.html(<Now view={await view()} />));
  app.post("/do/:name", async (context) => {
    const found = acts.find(({ name }) => name === context.req.param("name"));
    if (found === undefined) return context.text("Cannot do that: there is no such act", 404);
    await act(found.name);
    return context.redirect("/", 303);
  });
  return app;
}
