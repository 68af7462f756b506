/**
 * The page's one script and its icon, as they are served. The script fetches the page again while somebody looks at it, and
 * only where nobody is filling in a form; where it could not three times, or nobody is signed in any more, it says so. Without
 * it everything works the same.
 *
 * @module
 */

/** Served at `/console/live.js`. */
export const LIVE_SCRIPT = `"use strict";
(() => {
  const EVERY_MS = 5000, MISSED_MOST = 3, STOPS = "a, button, summary, input, select";
  const mark = document.getElementById("stale");
  if (!mark || !document.querySelector("main[data-live]")) return;
  let missed = 0;
  const inForm = () => document.activeElement?.closest("main form") != null ||
    [...document.querySelectorAll("main input:not([type=hidden])")].some((field) => field.value !== field.defaultValue);
  const miss = () => { if (++missed >= MISSED_MOST && mark.textContent !== mark.dataset.says) mark.textContent = mark.dataset.says; };
  const signedOut = () => {
    clearInterval(timer);
    const link = Object.assign(document.createElement("a"), { href: "/console/sign-in", textContent: mark.dataset.signIn });
    mark.replaceChildren(mark.dataset.out + " ", link);
  };
  const show = (page) => {
    const stops = () => [...document.querySelectorAll(STOPS)];
    const at = stops().indexOf(document.activeElement), tag = document.activeElement?.tagName;
    for (const name of ["main", "footer p"]) {
      const fresh = page.querySelector(name), old = document.querySelector(name);
      if (!fresh || !old) continue;
      const open = [...old.querySelectorAll("details")].map((one) => one.open);
      fresh.querySelectorAll("details").forEach((one, index) => one.open = open[index] ?? false);
      old.replaceWith(fresh);
    }
    const stop = stops()[at];
    if (stop && stop.tagName === tag && stop !== document.activeElement) stop.focus({ preventScroll: true });
    mark.dataset.says = page.getElementById("stale")?.dataset.says ?? "";
    mark.textContent = "";
    missed = 0;
  };
  const refresh = async () => {
    if (document.hidden) return;
    if (inForm()) return miss();
    try {
      const answer = await fetch(location.pathname + location.search, { redirect: "manual" });
      if (answer.status === 401 || answer.type === "opaqueredirect") return signedOut();
      if (!answer.ok) return miss();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (inForm()) return miss();
      show(page);
    } catch { miss(); /* The network is gone: the page stays as it is, with its time. */ }
  };
  const timer = setInterval(refresh, EVERY_MS);
})();
`;

/** Served at `/console/icon.svg`. */
export const ICON =
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b3d5c"/>` +
  `<path d="M18 4 8 18h6l-2 10 11-15h-6z" fill="#fff"/></svg>`;
