/**
 * The status over HTTP, for this machine and whoever stands before it: a page and the same as JSON. Read-only.
 *
 * @module
 */
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { StatusPage } from "./page.tsx";
import type { StatusSnapshot } from "./snapshot.ts";

/** Returns the application; `read` gives the status as it is now. */
export function createStatusApp(read: () => StatusSnapshot): Hono {
  const app = new Hono();
  app.use(secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: ["'unsafe-inline'"],
      frameAncestors: ["'none'"],
    },
    strictTransportSecurity: false,
  }));
  app.get("/", (context) => context.html(<StatusPage status={read()} />));
  app.get("/status.json", (context) => context.json(read()));
  return app;
}
