/**
 * The status over HTTP, for whoever stands before the appliance: pages, the same as JSON, and streams that keep pages up to
 * date. Reads only, but for one thing that a person with the PIN may ask for: that a station tries again now.
 *
 * @module
 */
import { type Context, Hono, type Next } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getCookie, setCookie } from "hono/cookie";
import { secureHeaders } from "hono/secure-headers";
import { Fault } from "../../bootloader/wire/mod.ts";
import { chooseLanguage, fill, formatDuration, type Language } from "../../authority/api/mod.ts";
import { alarmsOf } from "./alarms.ts";
import { againPage } from "./again_page.tsx";
import { alarmCount, Frame, type Page } from "./frame.tsx";
import STYLE from "./page.css" with { type: "text" };
import SCRIPT from "./page.js" with { type: "text" };
import { pageAt, placeOf } from "./pages.tsx";
import { PinGuard, type PinTry } from "./pin_guard.ts";
import type { StatusSnapshot } from "./snapshot.ts";
import type { StatusSource } from "./source.ts";
import { Streams } from "./streams.ts";
import { type View, viewOf } from "./view.ts";

const LANGUAGE_COOKIE = "lang";
const YEAR_SECONDS = 31_536_000;
/** A form with a PIN is far shorter, in bytes. */
const FORM_BYTES_MOST = 256;
/** Names by which a browser on this machine calls it. Another name in front of this address is somebody's trick (DNS rebinding). */
const OWN_NAMES: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Tells whether an address names this machine: a page elsewhere may have pointed its own name here (DNS rebinding). */
export function isLoopbackName(url: string): boolean {
  return OWN_NAMES.has(new URL(url).hostname);
}

const UNREADABLE =
  "This appliance cannot read its record now. Its log says more; look at the disk and restart the agent.\n";

const DEFECT = "This page cannot be made; the appliance's log says why. Please report it.\n";

const ICON =
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="12" cy="12" r="11" fill="#0b5d1e"/><path d="M6.5 12.5l4 4L17.5 8.5" fill="none" stroke="#fff" stroke-width="2.5"/></svg>`;

/** Returns the application. */
export function createStatusApp(source: StatusSource): Hono {
  const app = new Hono();
  const streams = new Streams(source);
  const guard = new PinGuard(source.isRightPin, source.nowMs);
  app.use(secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      scriptSrc: ["'self'"],
      connectSrc: ["'self'"],
      imgSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    // The form's Origin is looked at, which a browser leaves out under "no-referrer".
    referrerPolicy: "same-origin",
    strictTransportSecurity: false,
  }));
  app.use(async (context, next) => {
    if (!isLoopbackName(context.req.url)) {
      return context.text("This is not this server's name", 421);
    }
    await next();
    context.header("Cache-Control", "no-store");
    const what = context.req.path === "/metrics" ? "figures" : "page";
    // A style or a stream that has begun says nothing of the record.
    if (context.error !== undefined || what === "figures" || isPage(context.res)) {
      source.onMade(what, context.error ?? null);
    }
    return undefined;
  });
  app.get("/status.json", (context) => context.json(source.snapshot()));
  app.get("/metrics", async (context) => {
    const { type, text } = await source.figures();
    return context.body(text, 200, { "Content-Type": type });
  });
  // Who asks is told no more than that it cannot be shown; the agent goes on as far as it can.
  app.onError((error, context) => {
    const isFault = error instanceof Fault;
    return context.text(isFault ? UNREADABLE : DEFECT, isFault ? 503 : 500, { "Cache-Control": "no-store" });
  });
  app.get("/page.css", (context) => asFile(context, STYLE, "text/css"));
  app.get("/page.js", (context) => asFile(context, SCRIPT, "text/javascript"));
  app.get("/icon.svg", (context) => asFile(context, ICON, "image/svg+xml"));
  const shared = sharingLooks(source);
  app.get("/events", (context) => follow(context, shared, streams));
  const limit = bodyLimit({ maxSize: FORM_BYTES_MOST, onError: (context) => context.text("Too long", 413) });
  const read = (context: Context, next: Next) => limit(context, next).catch(() => cutShort(context));
  app.post("/stations/:name/again", read, (context) => tryAgain(context, source, guard));
  app.get("*", (context) => show(context, source));
  app.notFound((context) => context.text("There is nothing here", 404));
  return app;
}

/** Returns the source with one look at the floor for all streams that are told something in the same turn. */
function sharingLooks(source: StatusSource): StatusSource {
  let look: StatusSnapshot | null = null;
  return {
    ...source,
    snapshot() {
      if (look === null) queueMicrotask(() => look = null);
      return look ??= source.snapshot();
    },
  };
}

function isPage({ ok, headers }: Response): boolean {
  return ok && headers.get("Content-Type")?.startsWith("text/html") === true;
}

function asFile(context: Context, text: string, type: string): Response {
  return context.body(text, 200, { "Content-Type": `${type}; charset=utf-8` });
}

/** Answers with the page at the request's own address. */
function show(context: Context, source: StatusSource): Response | Promise<Response> {
  const { pathname, search } = new URL(context.req.url);
  const view = viewOf(source, languageOf(context));
  const asked = context.req.query("lang");
  if (asked !== undefined) {
    // Whoever chose a language once keeps it.
    setCookie(context, LANGUAGE_COOKIE, view.language, {
      path: "/",
      maxAge: YEAR_SECONDS,
      sameSite: "Strict",
      httpOnly: true,
    });
  }
  const place = placeOf(`${pathname}${search}`);
  return framed(context, view, (place === null ? null : pageAt(view, place)) ?? unknownPage(view));
}

function unknownPage({ words }: View): Page {
  return { title: words.pageUnknown, isLive: false, status: 404, main: <h1>{words.pageUnknown}</h1> };
}

function framed(context: Context, view: View, page: Page): Response | Promise<Response> {
  const at = { path: new URL(context.req.url).pathname, alarms: alarmsOf(view, view.source.health()).length };
  // Without the doctype a browser lays the page out as in the nineties.
  return context.html(`<!doctype html>${<Frame view={view} page={page} at={at} />}`, page.status ?? 200);
}

/** Answers with a stream for the page whose address is asked for. */
function follow(context: Context, source: StatusSource, streams: Streams): Response {
  const address = context.req.query("at") ?? "/";
  const place = placeOf(address);
  const asked = place?.query.get("lang") ?? context.req.query("lang");
  const language = languageOf(context, asked ?? undefined);
  if (place === null || pageAt(viewOf(source, language), place) === null) {
    return context.text("There is no such page", 404);
  }
  const isClockOnly = context.req.query("clock") === "only";
  const body = streams.open({
    key: isClockOnly ? "" : `${language} ${address}`,
    render: () => isClockOnly ? null : contentOf(viewOf(source, language), place),
    beat: (nowMs) => beatOf(source, language, nowMs),
  });
  if (body === null) return context.text("Too many pages are open; come again", 429, { "Retry-After": "3" });
  return context.body(body, 200, { "Content-Type": "text/event-stream" });
}

/** Returns what every page shows each second: the time, and on the second line how many alarms there are. */
function beatOf(source: StatusSource, language: Language, nowMs: number): string {
  const view = viewOf(source, language);
  return `${view.instant(nowMs)}\n${alarmCount(alarmsOf(view, source.health()).length)}`;
}

/** Returns a page's content, without the frame around it. */
function contentOf(view: View, place: Parameters<typeof pageAt>[1]): string | null {
  const page = pageAt(view, place);
  return page === null ? null : String(<>{page.main}</>);
}

/** Lets a station try again, for a person who knows the PIN. */
async function tryAgain(context: Context, source: StatusSource, guard: PinGuard): Promise<Response> {
  const view = viewOf(source, languageOf(context));
  const { words } = view;
  const name = context.req.param("name") ?? "";
  if (againPage(view, name) === null) return framed(context, view, unknownPage(view));
  const answer = (status: 400 | 403 | 429, says: string) => {
    return framed(context, view, againPage(view, name, { status, says }) ?? unknownPage(view));
  };
  if (!isFromOwnPage(context)) return answer(403, words.pinFromElsewhere);
  if (!view.status.hasPin) return answer(403, words.tryAgainNeedsPin);
  const form = await context.req.text().catch(() => null);
  if (form === null) return cutShort(context);
  const pin = new URLSearchParams(form).get("pin") ?? "";
  const tried = await guard.try(pin);
  if (tried.kind !== "right") {
    context.header("Retry-After", `${secondsOf(tried.waitMs)}`);
    return answer(tried.kind === "wrong" ? 403 : 429, waitText(view, tried));
  }
  if (!source.tryAgain(name)) return answer(400, words.tryAgainNothing);
  return context.redirect(`/stations/${encodeURIComponent(name)}`, 303);
}

/** Answers a form whose sender went away in the middle: nobody reads it, and nothing has failed here. */
function cutShort(context: Context): Response {
  return context.text("The form did not come whole", 400);
}

function waitText({ words }: View, { kind, waitMs }: Exclude<PinTry, { kind: "right" }>): string {
  const time = formatDuration(1000 * secondsOf(waitMs));
  return fill(kind === "wrong" ? words.pinWrong : words.pinTooSoon, { time });
}

function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

/**
 * Whether the request comes from a page of this server: browsers say so in `Sec-Fetch-Site`, older ones in `Origin`. A request
 * that says neither comes from no page at all.
 */
function isFromOwnPage(context: Context): boolean {
  const site = context.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin") return false;
  const origin = context.req.header("origin");
  if (origin === undefined) return site === "same-origin";
  return origin === new URL(context.req.url).origin;
}

function languageOf(context: Context, asked = context.req.query("lang")): Language {
  return chooseLanguage(asked ?? getCookie(context, LANGUAGE_COOKIE), context.req.header("accept-language"));
}
