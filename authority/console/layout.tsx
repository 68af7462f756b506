/**
 * The frame of every page: name, STOP, where one can go, language, and who is signed in. No script is needed.
 *
 * @module
 */

import { fill, formatInstant } from "../api/mod.ts";
import type { View } from "./view.tsx";
import type { TextName } from "./words.ts";

/** Where one can go. */
const PLACES: readonly (readonly [string, TextName])[] = Object.freeze([
  ["/console", "orders"],
  ["/console/appliances", "appliances"],
  ["/console/devices", "devices"],
  ["/console/products", "products"],
  ["/console/dates", "dates"],
]);

/** Returns a whole page. `live`: its content may be fetched again while it is looked at. */
export function renderPage(
  view: View,
  page: { readonly title: string; readonly content: unknown; readonly live?: boolean },
): string {
  const html = <Page view={view} title={page.title} content={page.content} live={page.live === true} />;
  return `<!doctype html>${html}`;
}

function Page(
  { view, title, content, live }: {
    readonly view: View;
    readonly title: string;
    readonly content: unknown;
    readonly live: boolean;
  },
) {
  const { t, session } = view;
  return (
    <html lang={view.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} - Flashseal`}</title>
        <link rel="stylesheet" href="/console/style.css" />
        <link rel="icon" href="/console/icon.svg" type="image/svg+xml" />
        {live ? <script src="/console/live.js" defer></script> : null}
      </head>
      <body>
        <a class="skip" href="#content">{t.skip}</a>
        <header>
          <a class="brand" href="/console">
            Flashseal <span>{view.ownerName}</span>
          </a>
          {session === undefined ? null : <a class="stop" href="/console/stop">{t.stop}</a>}
        </header>
        {session === undefined ? null : (
          <nav aria-label="Flashseal">
            {PLACES.map(([path, name]) => (
              <a href={path} aria-current={isHere(view.path, path) ? "page" : undefined}>{t[name]}</a>
            ))}
          </nav>
        )}
        {live ? <LiveMark view={view} /> : null}
        <main id="content" tabindex={-1} data-live={live ? "yes" : undefined}>{content as string}</main>
        <Foot view={view} />
      </body>
    </html>
  );
}

const CLOCK_FROM = "2026-12-04T".length;
const CLOCK_TO = "2026-12-04T12:00".length;

/** Empty while the page is fresh; the script says here that it is not. Outside of what is replaced, so that it is read out. */
function LiveMark({ view }: { readonly view: View }) {
  const { t } = view;
  const at = formatInstant(view.nowMs, view.zone).slice(CLOCK_FROM, CLOCK_TO);
  return (
    <div
      id="stale"
      class="stale"
      role="status"
      data-says={fill(t.notRefreshed, { at })}
      data-out={t.signedOut}
      data-sign-in={t.signIn}
    >
    </div>
  );
}

function isHere(path: string, place: string): boolean {
  if (place === "/console") return path === place || path.startsWith("/console/orders");
  return path === place || path.startsWith(`${place}/`) || path.startsWith(`${place}?`);
}

function Foot({ view }: { readonly view: View }) {
  const { t, session } = view;
  const other = view.language === "en" ? "zh-Hans" : "en";
  const glue = view.path.includes("?") ? "&" : "?";
  return (
    <footer>
      <p>
        {fill(t.asOf, { at: formatInstant(view.nowMs, view.zone) })} · {fill(t.timesIn, { zone: view.zone })}
      </p>
      <a class="button quiet" lang={other} href={`${view.path}${glue}lang=${other}`}>{t.otherLanguage}</a>
      {session === undefined ? null : (
        <form method="post" action="/console/sign-out">
          <input type="hidden" name="proof" value={session.formProof} />
          <span class="who">{fill(t.signedInAs, { name: session.name })}</span>
          <button type="submit" class="quiet">{t.signOut}</button>
        </form>
      )}
    </footer>
  );
}
