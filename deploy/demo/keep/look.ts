/**
 * How the page of a kept demo looks, and its one script. Contrast 7:1 for every text, one column on a phone, light and dark.
 *
 * @module
 */

/** The page's style. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #14171a; --paper: #fff; --soft: #3d444b; --line: #c4c9ce; --tint: #f1f3f5; --act: #0b4fa0; --on-act: #fff;
  --green: #e1f3e4; --green-ink: #08340f; --red: #98101a; --blue: #0b4a99; --yellow: #ffd83d; --yellow-ink: #1f1700;
  --made: #187a2f; --keyed: #7a3fb0; --leased: #c77700; --free: #aebbc6 }
@media (prefers-color-scheme: dark) { :root { --ink: #f2f4f6; --paper: #101214; --soft: #c9cdd0; --line: #454b52; --tint: #1b1f23; --act: #9cc6ff; --on-act: #06233a;
  --green: #12301a; --green-ink: #d5f7dc; --made: #4fbf7c; --keyed: #b48ae6; --leased: #f0a83c; --free: #5c6b78 } }
* { box-sizing: border-box }
body { font: 17px/1.45 system-ui, "Noto Sans", sans-serif; margin: 0 auto; max-width: 76rem; padding: 1rem 1.25rem 2rem; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .25rem 0 .5rem }
h2 { font-size: 1.2rem; margin: 0 0 .5rem }
h3 { font-size: .95rem; margin: 0; color: var(--soft); font-weight: 600 }
p { margin: 0 0 .75rem }
a { color: var(--act) }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px }
small { color: var(--soft); font-size: .85rem; overflow-wrap: anywhere }
.hint { border-left: 8px solid var(--act); background: var(--tint); border-radius: .4rem; padding: .6rem 1rem; font-weight: 600; min-height: 3.2rem; display: flex; align-items: center }
.sides { display: grid; gap: 1rem; margin: 0 0 1.5rem }
.side { border: 2px solid var(--line); border-radius: .7rem; padding: 1rem; display: flex; flex-direction: column; gap: .75rem }
.side > *, .units { margin: 0 }
.wire { border-color: transparent; padding: 0 .25rem; flex-flow: row wrap; align-items: center } .wire .cable { flex: 1; width: 4rem } .wire .acts { flex-basis: 100% }
h2 small { font-weight: 400; display: block }
.says { padding: .6rem .8rem; border-radius: .4rem; font-weight: 600 }
.green { background: var(--green); color: var(--green-ink) } .yellow { background: var(--yellow); color: var(--yellow-ink) }
.red { background: var(--red); color: #fff } .blue { background: var(--blue); color: #fff }
.open { display: flex; min-height: 48px; align-items: center; justify-content: center; padding: .4rem 1rem; border-radius: .5rem; border: 2px solid var(--act); font-weight: 600; text-decoration: none }
.acts { display: grid; gap: .5rem; align-content: start }
.push { margin-top: auto }
form { margin: 0 }
button { font: inherit; font-weight: 600; width: 100%; min-height: 52px; padding: .4rem 1rem; border: 2px solid var(--ink); border-radius: .5rem; background: var(--tint); color: var(--ink); text-align: left; cursor: pointer }
button.next { background: var(--act); color: var(--on-act); border-color: var(--act) }
button:disabled { background: none; border: 2px dashed var(--line); cursor: default; font-weight: 400 }
button small { display: block; font-weight: 400 }
.cable { display: block; width: 100%; height: 2.5rem; stroke: currentColor; stroke-width: 5; stroke-linecap: round; fill: none; color: var(--made) }
.cable.out { color: var(--red) } @media (prefers-color-scheme: dark) { .cable.out { color: #ff9aa0 } }
.units { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-variant-numeric: tabular-nums } .units b { font-size: 1.2rem }
.swatch { width: .9rem; height: .9rem; margin-right: .3rem } .committed { fill: var(--made) } .keyed { fill: var(--keyed) } .leased { fill: var(--leased) } .free { fill: var(--free) } .reserved { fill: var(--act) } .lost, .unaccounted { fill: var(--red) }
.ended .sides, .ended .hint { opacity: .45 } [hidden] { display: none !important }
ol { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line) }
li { padding: .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; display: flex; gap: .75rem }
li time { color: var(--soft); font-variant-numeric: tabular-nums; flex: none }
@media (min-width: 60rem) { h2 small { display: inline; margin-left: .5rem } .sides { grid-template-columns: minmax(0, 5fr) minmax(0, 3fr) minmax(0, 5fr) } .wire { flex-flow: column; align-items: stretch; justify-content: center; text-align: center } .wire .cable { flex: none; width: 100% } .wire .acts { flex-basis: auto } .wire button { text-align: center } }
`;

/**
 * The page's one script: asks each second what is so now and puts in what has changed, not under a finger (for two seconds at
 * most); says when nobody answers any more; sends an act without leaving the page. Without it the acts work the same, and the page shows what was so when it was loaded.
 */
export const SCRIPT = `"use strict";
let touchedMs = 0, failed = 0;
addEventListener("pointerdown", () => touchedMs = Date.now());
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(() => touchedMs = 0, 300));
function tell(ok) {
  failed = ok ? 0 : failed + 1;
  document.body.classList.toggle("ended", failed >= 3);
  document.getElementById("ended").hidden = failed < 3;
}
async function show() {
  try {
    const answer = await fetch("/now", { signal: AbortSignal.timeout(5000) });
    if (!answer.ok) return tell(false);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    tell(true);
    if (Date.now() - touchedMs < 2000) return;
    const focused = document.activeElement?.id;
    for (const part of fresh.querySelectorAll("[data-part]")) {
      const old = document.getElementById(part.id);
      if (old !== null && old.outerHTML !== part.outerHTML) old.replaceWith(part);
    }
    if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  } catch { tell(false); }
}
addEventListener("submit", async (event) => {
  event.preventDefault();
  await fetch(event.target.action, { method: "POST", body: new URLSearchParams(), redirect: "manual" }).catch(() => {});
  await show();
});
setInterval(show, 1000);
`;
