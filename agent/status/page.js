// The page's one script: puts in what the appliance sends, and says when it sends nothing. Without it the page reloads itself.
const STALE_MS = 5000;
const OPEN_AGAIN_MS = 3000;
const clock = document.getElementById("clock");
const note = document.getElementById("stale-note");
const alarms = document.getElementById("alarm-count");
const main = document.getElementById("main");
const isLive = document.body.dataset.live === "yes";
let heardMs = performance.now();
let isTouched = false;
let waiting = null;

// A finger that is on its way must meet what it aimed at: what came meanwhile is put in afterwards.
addEventListener("pointerdown", () => isTouched = true);
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, () =>
    setTimeout(() => {
      isTouched = false;
      if (waiting !== null) show(waiting);
    }, 300));
}

function show(html) {
  if (isTouched) {
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
  const at = encodeURIComponent(location.pathname + location.search);
  const source = new EventSource(`/events?at=${at}${isLive ? "" : "&clock=only"}`);
  source.addEventListener("page", ({ data }) => show(data));
  source.addEventListener("beat", ({ data }) => {
    // A beat without content is an appliance that cannot read its own record: what stands here grows old.
    if (data === "") return;
    heardMs = performance.now();
    [clock.textContent, alarms.textContent] = data.split("\n");
  });
  // A connection that breaks is opened again by the browser; one that was refused is not.
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return;
    source.close();
    setTimeout(follow, OPEN_AGAIN_MS);
  });
}

setInterval(() => {
  const isStale = performance.now() - heardMs > STALE_MS;
  document.documentElement.classList.toggle("stale", isStale);
  note.hidden = !isStale;
}, 500);
follow();

const pin = document.getElementById("pin");
document.getElementById("keypad")?.addEventListener("click", ({ target }) => {
  const digit = target.closest("button")?.dataset.digit;
  if (digit === undefined) return;
  pin.value = digit === "" ? "" : (pin.value + digit).slice(0, 12);
});
document.documentElement.classList.add("scripted");
