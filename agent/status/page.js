// The page's one script: puts in what the appliance sends, and says when it sends nothing. Without it the page reloads itself.
const STALE_MS = 5000;
const OPEN_AGAIN_MS = 3000;
const HELD_MOST_MS = 2000;
const AFTER_TOUCH_MS = 300;
const clock = document.getElementById("clock");
const note = document.getElementById("stale-note");
const alarms = document.getElementById("alarm-count");
const main = document.getElementById("main");
const isLive = document.body.dataset.live === "yes";
let heardMs = performance.now();
let touchedMs = null;
let release;
let waiting = null;
let stream = null;

// A finger that is on its way must meet what it aimed at: what came meanwhile is put in afterwards, and a pointer that stays
// down does not keep it out for longer.
addEventListener("pointerdown", () => {
  touchedMs ??= performance.now();
  hold(HELD_MOST_MS);
});
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => hold(AFTER_TOUCH_MS));
addEventListener("blur", letGo);

function hold(ms) {
  if (touchedMs === null) return;
  clearTimeout(release);
  release = setTimeout(letGo, Math.max(0, Math.min(ms, touchedMs + HELD_MOST_MS - performance.now())));
}

function letGo() {
  clearTimeout(release);
  touchedMs = null;
  if (waiting !== null) show(waiting);
}

function show(html) {
  if (touchedMs !== null) {
    waiting = html;
    return;
  }
  waiting = null;
  const template = document.createElement("template");
  template.innerHTML = html;
  const focused = document.activeElement?.id;
  const parts = [...template.content.querySelectorAll("[data-part]")];
  const places = parts.map(({ id }) => document.getElementById(id));
  const isSame = parts.length > 0 && places.every((place) => place !== null) &&
    parts.length === main.querySelectorAll("[data-part]").length;
  if (isSame) {
    parts.forEach((part, index) => {
      if (part.outerHTML !== places[index].outerHTML) places[index].replaceWith(part);
    });
  } else main.replaceChildren(template.content);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function follow() {
  if (stream !== null || document.visibilityState === "hidden") return;
  const at = encodeURIComponent(location.pathname + location.search);
  const source = new EventSource(`/events?at=${at}${isLive ? "" : "&clock=only"}`);
  stream = source;
  source.addEventListener("page", ({ data }) => show(data));
  source.addEventListener("beat", ({ data }) => {
    // A beat without content is an appliance that cannot read its own record: what stands here grows old.
    if (data === "") return;
    heardMs = performance.now();
    [clock.textContent, alarms.textContent] = data.split("\n");
    tellAge();
  });
  // A connection that breaks is opened again by the browser; one that was refused is not.
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return;
    if (stream === source) stream = null;
    setTimeout(follow, OPEN_AGAIN_MS);
  });
}

// A browser keeps few connections to one host, and each open stream holds one: a page that nobody sees gives its own back.
document.addEventListener("visibilitychange", () => {
  letGo();
  if (document.visibilityState === "hidden") {
    stream?.close();
    stream = null;
  } else follow();
});

function tellAge() {
  const isStale = performance.now() - heardMs > STALE_MS;
  document.documentElement.classList.toggle("stale", isStale);
  note.hidden = !isStale;
}

setInterval(tellAge, 500);
follow();

const pin = document.getElementById("pin");
document.getElementById("keypad")?.addEventListener("click", ({ target }) => {
  const digit = target.closest("button")?.dataset.digit;
  if (digit === undefined) return;
  pin.value = digit === "" ? "" : (pin.value + digit).slice(0, 12);
});
document.documentElement.classList.add("scripted");
