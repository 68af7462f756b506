/**
 * The page of a kept demo: both pages' addresses, what a person can do, and what happened.
 *
 * @module
 */
import { raw } from "hono/html";
import { acts } from "./playground.ts";

/** What the page shows. */
export interface View {
  readonly statusPage: string;
  readonly ownerPage: string;
  /** The file with the API key to sign in with; the key itself is on no page. */
  readonly apiKeyFile: string;
  readonly connected: boolean;
  readonly powered: boolean;
  /** Lines of the story, the newest first. */
  readonly story: readonly string[];
}

const STYLE = `
:root { color-scheme: light dark; --ink: #14171a; --paper: #fff; --line: #c4c9ce; --tint: #f1f3f5; --act: #0b4fa0 }
@media (prefers-color-scheme: dark) { :root { --ink: #f2f4f6; --paper: #101214; --line: #454b52; --tint: #1b1f23; --act: #9cc6ff } }
body { font: 17px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1.5rem; color: var(--ink); background: var(--paper) }
a { color: var(--act) }
.pages { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)) }
.pages a { display: block; padding: 1rem; border: 2px solid var(--act); border-radius: .5rem; font-weight: 600; text-decoration: none }
.pages small { display: block; font-weight: 400; color: var(--ink); overflow-wrap: anywhere }
.acts { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)) }
form { margin: 0 }
button { font: inherit; width: 100%; height: 100%; min-height: 60px; padding: .5rem 1rem; border: 2px solid var(--line); border-radius: .5rem; background: var(--tint); color: var(--ink); text-align: left }
button b { display: block; font-size: .8rem; text-transform: uppercase; letter-spacing: .05em }
ol { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line) }
li { padding: .3rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere }
`;

/** The page's one script: asks for the story again each second, without disturbing a click. */
export const SCRIPT =
  `setInterval(async()=>{try{const r=await fetch("/now");if(r.ok)document.getElementById("now").outerHTML=await r.text()}catch{}},1000)`;

/** The page. */
export function KeepPage({ view }: { readonly view: View }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Flashseal on this machine</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <main>
          <h1>Flashseal on this machine</h1>
          <p>Open both pages beside this one, do something here, and watch what they say.</p>
          <div class="pages">
            <a href={view.statusPage} target="_blank">
              The operator's page<small>{view.statusPage} (the appliance on the factory floor)</small>
            </a>
            <a href={view.ownerPage} target="_blank">
              The owner's page<small>{view.ownerPage}; sign in with the key in {view.apiKeyFile}</small>
              <small>The browser warns: the certificate is of the demo's own authority</small>
            </a>
          </div>
          <h2>What you can do</h2>
          <div class="acts">
            {acts.map(({ name, says, who }) => (
              <form method="post" action={`/do/${name}`} key={name}>
                <button type="submit">
                  <b>{who}</b>
                  {says}
                </button>
              </form>
            ))}
          </div>
          <Now view={view} />
        </main>
        <script>{raw(SCRIPT)}</script>
      </body>
    </html>
  );
}

/** What changes: the state of network and power, and the story. */
export function Now({ view }: { readonly view: View }) {
  return (
    <section id="now">
      <h2>What happens</h2>
      <p>
        Network: <b>{view.connected ? "connected" : "pulled"}</b>. Appliance:{" "}
        <b>{view.powered ? "has power" : "without power"}</b>.
      </p>
      <ol>{view.story.map((line) => <li key={line}>{line}</li>)}</ol>
    </section>
  );
}
