/**
 * The page of a kept demo: the factory, the network and the owner side by side, what can be done to each, and what happened.
 *
 * @module
 */
import { raw } from "hono/html";
import type { Glance, Hint } from "./glance.ts";
import { SCRIPT, STYLE } from "./look.ts";
import { type ActName, acts, type Offer } from "./playground.ts";

/** What the page shows. */
export interface View {
  readonly statusPage: string;
  readonly ownerPage: string;
  /** The file with the API key to sign in with; the key itself is on no page. */
  readonly apiKeyFile: string;
  readonly connected: boolean;
  readonly powered: boolean;
  readonly glance: Glance;
  readonly hint: Hint;
  readonly offers: Readonly<Record<ActName, Offer>>;
  /** Lines of the story, the newest first. */
  readonly story: readonly StoryLine[];
}

/** One line of the story. */
export interface StoryLine {
  /** `17:26:31`. */
  readonly atUtc: string;
  readonly text: string;
}

interface Part {
  readonly view: View;
}

/** The page. */
export function KeepPage({ view }: Part) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Flashseal on this machine</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <main>
          <h1>Flashseal on this machine</h1>
          <p>
            A factory that is not trusted, and the owner of the firmware, far away. Press a button, and watch
            what both say.
          </p>
          <p class="says red" id="ended" role="status" hidden>
            The demo does not answer any more: what stands here is old.
          </p>
          <Now view={view} />
        </main>
        <script>{raw(SCRIPT)}</script>
      </body>
    </html>
  );
}

/** What changes: each `data-part` is replaced by itself. */
export function Now({ view }: Part) {
  return (
    <>
      <p class="hint" id="hint" data-part aria-live="polite">Try this: {view.hint.says}</p>
      <div class="sides">
        <Factory view={view} />
        <Network view={view} />
        <Owner view={view} />
      </div>
      <Story view={view} />
    </>
  );
}

function Factory({ view }: Part) {
  const { glance: { headline }, powered } = view;
  const { colour, text } = headline ??
    { colour: "red", text: powered ? "The appliance starts." : "The appliance has no power." };
  return (
    <section class="side" aria-labelledby="factory">
      <h2 id="factory">The factory</h2>
      <p class={`says ${colour}`} id="says" data-part>{text}</p>
      <a class="open" id="operator-link" data-part href={view.statusPage} target="_blank">
        Open the operator's page
      </a>
      <h3>What an operator does</h3>
      <Acts view={view} at="factory" isMishap={false} />
      <h3>What may go wrong</h3>
      <Acts view={view} at="factory" isMishap />
    </section>
  );
}

function Network({ view }: Part) {
  const { connected } = view;
  return (
    <section class="side wire" aria-labelledby="network">
      <h2 id="network">The network</h2>
      <svg
        class={connected ? "cable" : "cable out"}
        id="cable"
        data-part
        viewBox="0 0 200 40"
        preserveAspectRatio="xMidYMid meet"
        aria-hidden="true"
      >
        <path d={connected ? "M5 20H195" : "M5 20H75M125 20H195M90 10L110 30M110 10L90 30"} />
      </svg>
      <p id="connected" data-part>
        {connected ? "Connected" : "Pulled"}
      </p>
      <Acts view={view} at="network" isMishap />
    </section>
  );
}

/** Every state of a unit, so that the counts are always the sum granted. */
const COUNTED = Object.freeze(
  [
    ["committed", "made"],
    ["leased", "lent"],
    ["free", "free"],
    ["reserved", "reserved"],
    ["keyed", "keyed"],
    ["lost", "lost"],
    ["unaccounted", "unaccounted"],
  ] as const,
);
/** States that are worth a word when no unit is in them. */
const ALWAYS: ReadonlySet<string> = new Set(["committed", "leased", "free"]);

function Owner({ view }: Part) {
  return (
    <section class="side" aria-labelledby="owner">
      <h2 id="owner">The owner</h2>
      <Units view={view} />
      <a class="open" href={view.ownerPage} target="_blank">Open the owner's page</a>
      <small>
        The browser warns: the certificate is of the demo's own authority; sign in with the key in{" "}
        {view.apiKeyFile}
      </small>
      <h3>What the owner does</h3>
      <Acts view={view} at="owner" isMishap={false} />
    </section>
  );
}

function Units({ view: { glance: { quota } } }: Part) {
  if (quota === null) {
    return (
      <div id="units" data-part>
        <p class="says red">The owner's server does not answer.</p>
      </div>
    );
  }
  const shown = COUNTED.filter(([state]) => ALWAYS.has(state) || quota[state] > 0);
  return (
    <div id="units" data-part>
      <p class="units">
        <span>
          <b>{quota.granted}</b> granted:
        </span>
        {shown.map(([state, word]) => (
          <span key={state}>
            <Swatch state={state} />
            <b>{quota[state]}</b> {word}
          </span>
        ))}
      </p>
    </div>
  );
}

function Swatch({ state }: { readonly state: typeof COUNTED[number][0] }) {
  return (
    <svg class={`swatch ${state}`} viewBox="0 0 16 16" aria-hidden="true">
      <rect width="16" height="16" rx="3" />
    </svg>
  );
}

function Acts(
  { view, at, isMishap }: Part & { readonly at: typeof acts[number]["at"]; readonly isMishap: boolean },
) {
  return (
    <div class="acts">
      {acts.filter((act) => act.at === at && act.isMishap === isMishap).map(({ name }) => {
        const { says, cannot } = view.offers[name];
        return (
          <form method="post" action={`/do/${name}`} key={name} id={`act-${name}`} data-part>
            <button
              type="submit"
              id={`do-${name}`}
              class={view.hint.act === name && cannot === null ? "next" : ""}
              disabled={cannot !== null}
            >
              {says}
              {cannot === null ? null : <small>{cannot}</small>}
            </button>
          </form>
        );
      })}
    </div>
  );
}

function Story({ view: { story } }: Part) {
  return (
    <section id="story" data-part>
      <h2>
        What happened <small>times in UTC, the newest first</small>
      </h2>
      {story.length === 0 ? <p>Nothing yet.</p> : (
        <ol>
          {story.map(({ atUtc, text }, index) => (
            <li key={index}>
              <time>{atUtc}</time>
              {/* What a person did stands out among what followed from it. */}
              {/^[A-Z]{5,}\./.test(text) ? <b>{text}</b> : <span>{text}</span>}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
