/**
 * The page's style, as it is served: phone first, light and dark, contrast of 7:1 for every text, targets of 44 px, and a print
 * that leaves out what cannot be pressed on paper.
 *
 * @module
 */

/** Served at `/console/style.css`. */
export const STYLE = `
:root { color-scheme: light dark; --ground: #f4f6f8; --card: #fff; --ink: #14202b; --quiet: #3c4a57; --rule: #c6cfd7;
  --link: #003f75; --act: #0b3d5c; --on-act: #fff; --stop: #9b0f18; --on-stop: #fff; --alarm: #fff3d6; --alarm-rule: #a86400;
  --made: #10703a; --keyed: #7a3fb0; --reserved: #2a6fd0; --leased: #c77700; --free: #aebbc6; --lost: #b3202a; --unaccounted: #14202b;
  --good: #0a4f26; --wait: #6b3900; --over: #3c4a57 }
@media (prefers-color-scheme: dark) { :root { --ground: #0e151b; --card: #18222b; --ink: #eef3f7; --quiet: #c3ced8; --rule: #3a4854;
  --link: #9fd0ff; --act: #bfe0ff; --on-act: #06233a; --stop: #ffb3b3; --on-stop: #4a0005; --alarm: #33260c; --alarm-rule: #e0a040;
  --made: #4fbf7c; --keyed: #b48ae6; --reserved: #6aa8ff; --leased: #f0a83c; --free: #5c6b78; --lost: #ff7f86; --unaccounted: #eef3f7;
  --good: #8fe3b0; --wait: #ffce80; --over: #c3ced8 } }
* { box-sizing: border-box }
body { margin: 0; font: 1rem/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; color: var(--ink); background: var(--ground);
  font-variant-numeric: tabular-nums; overflow-wrap: break-word }
code { overflow-wrap: anywhere; font-size: .9em }
a { color: var(--link); text-underline-offset: .2em }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
.skip { position: absolute; left: -99rem } .skip:focus { left: .5rem; top: .5rem; background: var(--card); padding: .75rem; z-index: 3 }
header { position: sticky; top: 0; z-index: 2; display: flex; align-items: center; justify-content: space-between; gap: .75rem;
  padding: .5rem 1rem; background: var(--card); border-bottom: 1px solid var(--rule) }
.brand { font-weight: 700; text-decoration: none; color: var(--ink); min-height: 44px; display: flex; align-items: center; gap: .5rem }
.brand span { font-weight: 400; color: var(--quiet) }
.stop, .danger { background: var(--stop); color: var(--on-stop); border-color: var(--stop); font-weight: 700 }
.stop { padding: 0 1.25rem; min-height: 44px; display: flex; align-items: center; border-radius: 8px; text-decoration: none; letter-spacing: .06em }
nav { display: flex; gap: 0; justify-content: space-between; overflow-x: auto; padding: 0 .5rem; background: var(--card); border-bottom: 1px solid var(--rule) }
nav a { padding: 0 .4rem; font-size: .9375rem; min-height: 48px; display: flex; align-items: center; text-decoration: none; white-space: nowrap; border-bottom: 3px solid transparent }
nav a[aria-current] { border-color: var(--act); color: var(--ink); font-weight: 700 }
main { max-width: 64rem; margin: 0 auto; padding: 1rem; outline: none }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0 .75rem; display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center }
h2 { font-size: 1.125rem; margin: 0 0 .5rem; display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; justify-content: space-between }
h2 a { min-width: 0; overflow-wrap: anywhere; min-height: 44px; display: inline-flex; align-items: center }
h3 { font-size: 1rem; margin: 0 }
.under { margin: -.25rem 0 .75rem; color: var(--quiet) } .small, small { font-size: .875rem; color: var(--quiet) }
.stale { position: sticky; top: 4rem; z-index: 1; max-width: 62rem; margin: .75rem auto 0; padding: .5rem 1rem; border-radius: 8px; font-weight: 600;
  background: var(--alarm); border: 1px solid var(--alarm-rule); border-left-width: 6px } .stale:empty { display: none }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .75rem 0 } pre code { display: block; padding: .25rem 0 }
h1, dd, main a { overflow-wrap: anywhere; min-width: 0 }
.empty { color: var(--quiet) }
.card > p:first-child { margin-top: 0 } td .button { display: flex; width: max-content; margin-top: .5rem }
.card > :last-child, .card dl:first-child { margin-bottom: 0 } .card > dl:first-child dt:first-child { margin-top: 0 }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 1rem; margin: 0 0 1rem }
.alarm, .tell { background: var(--alarm); border: 1px solid var(--alarm-rule); border-left-width: 6px }
.tell { padding: .75rem 1rem; border-radius: 8px; margin: 0 0 .75rem }
.done { background: var(--card); border: 1px solid var(--good); border-left-width: 6px; padding: .75rem 1rem; border-radius: 8px; margin: 0 0 1rem; color: var(--good); font-weight: 600 }
.alarm ul { margin: 0; padding-left: 1.25rem } .alarm li { padding: .25rem 0 } .alarm li a { display: inline-block; padding: .6rem 0 }
.tag { font-size: .875rem; font-weight: 600; padding: .125rem .625rem; border-radius: 99px; border: 1.5px solid currentColor; white-space: nowrap; color: var(--over) }
.tag-open { color: var(--good) } .tag-awaiting, .tag-usedUp, .tag-notBegun { color: var(--wait) } .tag-frozen { color: var(--link) }
button, .button { font: inherit; min-height: 44px; min-width: 44px; padding: .5rem 1rem; border-radius: 8px; border: 1.5px solid var(--act); background: transparent;
  color: var(--link); cursor: pointer; text-decoration: none; display: inline-flex; align-items: center; justify-content: center; text-align: center }
button.primary { background: var(--act); color: var(--on-act) } button.danger { background: var(--stop); color: var(--on-stop); border-color: var(--stop) }
.quiet { border-color: var(--rule) }
.row { display: flex; flex-wrap: wrap; gap: .5rem } .pages { display: flex; gap: .5rem }
form { display: flex; flex-direction: column; gap: .75rem; align-items: stretch } label { display: flex; flex-direction: column; gap: .25rem }
label span { font-weight: 600 }
input, select { font: inherit; min-height: 48px; padding: .5rem .75rem; border: 1.5px solid var(--quiet); border-radius: 8px; background: var(--card); color: var(--ink); width: 100% }
.tick { flex-direction: row; align-items: center; gap: .75rem; min-height: 44px } .tick input { width: 44px; height: 44px; min-width: 0; flex: none }
.acts > form, .acts > p.row { border-top: 1px solid var(--rule); padding-top: 1rem; margin: 1rem 0 0 }
#change { scroll-margin-top: 4.5rem } .jump { display: flex; width: max-content; margin-top: .5rem }
.confirm { margin-top: 1rem }
.stops form { margin: 0 0 1rem; align-items: stretch } .stops form:last-child { margin: 0 } .idle { color: var(--quiet); margin: 0 0 1rem }
.bar { display: block; width: 100%; height: 2rem; border-radius: 6px; margin: 0 0 .75rem } .bar-ground { fill: var(--rule) }
.unit-committed { fill: var(--made) } .unit-keyed { fill: var(--keyed) } .unit-reserved { fill: var(--reserved) } .unit-leased { fill: var(--leased) }
.unit-free { fill: var(--free) } .unit-lost { fill: var(--lost) } .unit-unaccounted { fill: var(--unaccounted) }
.swatch { width: .9rem; height: .9rem; margin-right: .5rem; vertical-align: -.1em }
.ends { display: flex; justify-content: space-between; gap: .5rem; margin: .5rem 0; font-size: .875rem; color: var(--quiet) } .ahead { stroke-dasharray: 8 6; fill: none }
.days { display: block; width: 100%; height: 10rem } .axis { stroke: var(--rule); stroke-width: 2 }
.line { fill: none; stroke: var(--ink); stroke-width: 3; vector-effect: non-scaling-stroke }
.legend { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .5rem; margin: .5rem 0 } .legend { gap: .25rem 1.25rem }
.strip { margin: .5rem 0 } .strip svg { display: block; width: 100%; height: 1.75rem } .heard { fill: var(--made) } .silent { fill: var(--quiet) }
.strip figcaption span:not(:nth-child(2)) { white-space: nowrap } .strip figcaption { display: flex; justify-content: space-between; gap: .5rem; font-size: .875rem; color: var(--quiet) }
table { border-collapse: collapse; width: 100% } th { text-align: left; font-weight: 600 } th, td { padding: .5rem .5rem .5rem 0; vertical-align: top }
tbody tr { border-top: 1px solid var(--rule) } .number { text-align: right; white-space: nowrap }
.numbers th small { display: block; font-weight: 400; padding-left: 1.4rem } .numbers th { font-weight: 400 } .sum th, .sum td { font-weight: 700 }
.brief th, .brief td { padding: .25rem .5rem .25rem 0 }
.wide th a, .wide td a:not(.button) { display: inline-flex; align-items: center; min-height: 44px } .wide th, .wide td { vertical-align: middle }
.unseen { position: absolute; left: -99rem }
.changes th, .changes td { font-weight: 700; background: var(--alarm) } .compare th { min-width: 6rem } .compare .number { white-space: normal; text-align: right } .compare th, .compare td { padding-left: .5rem }
.fact { display: inline-block; margin-right: .75rem }
dl { display: grid; grid-template-columns: 1fr; gap: .125rem 1rem; margin: .5rem 0 0 } dt { font-weight: 600; margin-top: .5rem } dd { margin: 0 }
.class { border: 1.5px solid currentColor; border-radius: 6px; padding: 0 .5rem; margin-left: .25rem }
.acknowledged { margin: .25rem 0 } blockquote { margin: 0; padding-left: .75rem; border-left: 3px solid var(--rule) } .acknowledged figcaption { font-size: .875rem; color: var(--quiet) }
.plain { list-style: none; margin: 0; padding: 0 } .plain li a { display: inline-flex; min-height: 44px; align-items: center }
summary { min-height: 44px; display: flex; align-items: center; cursor: pointer; color: var(--link) } summary::before { content: "▸"; margin-right: .5rem } details[open] summary::before { content: "▾" }
.sign-in { max-width: 28rem; margin: 2rem auto } .wrong { color: var(--stop); font-weight: 600 }
footer { max-width: 64rem; margin: 0 auto; padding: 1rem; display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; font-size: .875rem; color: var(--quiet) }
footer p { margin: 0; flex: 1 1 20rem } footer form { flex-direction: row; align-items: center; flex-wrap: wrap }
@media (max-width: 43.99rem) {
  .wide thead { position: absolute; left: -99rem } .wide, .wide tbody, .wide tr, .wide th, .wide td { display: block }
  .wide tr { padding: .5rem 0 } .wide th, .wide td { padding: .125rem 0; text-align: left } .wide td.number { text-align: left; white-space: normal }
  .wide td[data-head]::before { content: attr(data-head) ": "; color: var(--quiet); font-weight: 400 }
  .brand span { display: none } .numbers:not(.compare, .brief) .number { width: 1%; padding-left: .5rem }
  .numbers .zero small { display: none } .compare th, .compare td { min-width: 0; padding-left: .25rem; padding-right: .25rem }
}
@media (min-width: 44rem) {
  .jump { display: none }
  nav { justify-content: flex-start; padding: 0 1rem; gap: 1rem } .wide td.number { padding-right: 1.5rem }
  form { align-items: flex-start } .acts form { flex-direction: row; flex-wrap: wrap; align-items: flex-end } .acts h3 { width: 100% } .wide th time { white-space: nowrap }
  .numbers { max-width: 44rem } .brief { max-width: 26rem }
  header, nav { padding-left: max(1rem, calc(50vw - 31rem)); padding-right: max(1rem, calc(50vw - 31rem)) } nav a { margin-left: -.4rem } input, select { width: auto; min-width: 16rem } .find label, .sign-in label, .sign-in input { width: 100% }
  dl { grid-template-columns: minmax(10rem, auto) 1fr } dt { margin: 0 } .stops form { flex-direction: row; align-items: center } .stops button { min-width: 16rem }
}
@media print {
  :root { --ground: #fff; --card: #fff; --ink: #000; --quiet: #222; --rule: #888; --link: #000 }
  header { position: static } .stop, nav, button, .button, .acts, .skip, footer form, footer a, .find, .confirm { display: none !important }
  .card { break-inside: avoid; border-radius: 0 } details:not([open]) > :not(summary) { display: revert } summary::before { content: none } footer { padding: 1rem 0; max-width: none } svg rect, svg polyline { print-color-adjust: exact; -webkit-print-color-adjust: exact }
  details::details-content { content-visibility: visible } a { text-decoration: none } main { max-width: none; padding: 0 }
}
`;
