/**
 * The frame around every page: name, clock, the way to the other pages. Loads its one script and one style from the appliance
 * itself, and nothing from anywhere else.
 *
 * @module
 */
import type { Child } from "hono/jsx";
import type { View } from "./view.ts";

/** A page's title and content, and the status of its response. */
export interface Page {
  readonly title: string;
  readonly main: Child;
  /** 200 unless something else is said. */
  readonly status?: 200 | 400 | 403 | 404 | 429;
  /** Whether it follows the floor by itself; a page that a person types into does not. */
  readonly isLive: boolean;
}

/** Returns how many alarms there are, as the way to them shows it; nothing for none. */
export function alarmCount(alarms: number): string {
  return alarms === 0 ? "" : `(${alarms})`;
}

interface FrameParts {
  readonly view: View;
  readonly page: Page;
  /** Path and query of this page. */
  readonly at: { readonly path: string; readonly alarms: number };
}

/** Returns the whole document. */
export function Frame({ view, page, at }: FrameParts) {
  const { language, words, status, instant } = view;
  const other = language === "en" ? "zh-Hans" : "en";
  const currentAt = (path: string) => at.path === path ? "page" : undefined;
  return (
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        {page.isLive
          ? (
            <noscript>
              <meta http-equiv="refresh" content="2" />
            </noscript>
          )
          : null}
        <title>{`${page.title} · ${status.name} · Flashseal`}</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/page.css" />
        <script src="/page.js" type="module"></script>
      </head>
      <body data-live={page.isLive ? "yes" : "no"}>
        <header>
          <div class="here">
            <b>{status.name}</b>
            <time class="clock" id="clock">{instant(status.atMs)}</time>
          </div>
          <nav>
            <a href="/" aria-current={currentAt("/")}>{words.overview}</a>
            <a href="/alarms" aria-current={currentAt("/alarms")}>
              {words.alarms} <span id="alarm-count">{alarmCount(at.alarms)}</span>
            </a>
            <a href="/health" aria-current={currentAt("/health")}>{words.health}</a>
            <a href="/devices" aria-current={currentAt("/devices")}>{words.devices}</a>
            <a href={`${at.path}?lang=${other}`} lang={other} hreflang={other}>{words.otherLanguage}</a>
          </nav>
        </header>
        <p class="stale-note" id="stale-note" role="alert" hidden>{words.stale}</p>
        <main id="main">{page.main}</main>
      </body>
    </html>
  );
}
