/**
 * The page's one script and its icon, as they are served. The script fetches the page again while somebody looks at it, and
 * only where nobody is filling in a form; without it everything works the same.
 *
 * @module
 */

/** Served at `/console/live.js`. */
export const LIVE_SCRIPT = `"use strict";
(() => {
  const EVERY_MS = 5000;
  const busy = () => document.hidden || document.activeElement?.closest("form, details") != null ||
    [...document.querySelectorAll("main input:not([type=hidden])")].some((field) => field.value !== field.defaultValue);
  const refresh = async () => {
    if (busy()) return;
    try {
      const answer = await fetch(location.pathname + location.search, { redirect: "error" });
      if (!answer.ok || busy()) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const name of ["main", "footer p"]) {
        const fresh = page.querySelector(name), old = document.querySelector(name);
        if (!fresh || !old) continue;
        const open = [...old.querySelectorAll("details")].map((one) => one.open);
        fresh.querySelectorAll("details").forEach((one, index) => one.open = open[index] ?? false);
        old.replaceWith(fresh);
      }
    } catch { /* The network is gone: the page stays as it is, with its time. */ }
  };
  if (document.querySelector("main[data-live]")) setInterval(refresh, EVERY_MS);
})();
`;

/** Served at `/console/icon.svg`. */
export const ICON =
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b3d5c"/>` +
  `<path d="M18 4 8 18h6l-2 10 11-15h-6z" fill="#fff"/></svg>`;
