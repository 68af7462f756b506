/**
 * Both pages in other languages: with words that are longer by two fifths everything can still be read, and in Chinese no
 * English is left. Before a real authority and a real agent with a model board.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { type AgentEvent, runAgent } from "../../../agent/mod.ts";
import { refusals } from "../../../authority/api/mod.ts";
import { deploy, type Deployment, until } from "../../unit/agent/control/deployment.ts";
import { hasBrowser, openBrowser, openPage, type View } from "./_browser.ts";
import { englishLeft, hiddenTexts, speakPseudo } from "./_pseudo.ts";

const ignore = !hasBrowser();
const shots = ignore ? undefined : Deno.env.get("FLASHSEAL_SHOTS");

/** What people have named, and names that are the same everywhere. */
const DATA = [
  // Codes are the same in every language.
  ...Object.keys(refusals),
  ...["Line 1", "Test Owner", "Thermostat", "station-1", "first", "stm32g", "flashseal", "Flashseal"],
  ...["English", "Noise", "Chromium"],
];

/** Pages of the owner, by their links from the top. */
const CONSOLE = [
  "/console",
  "/console/appliances",
  "/console/devices",
  "/console/products",
  "/console/dates",
  "/console/stop",
];
const STATUS = ["", "alarms", "health"];

async function signIn(page: Page, { folder }: Deployment): Promise<void> {
  await page.fill(
    "input[name=apiKey]",
    Deno.readTextFileSync(`${folder}/authority/owner-api-key.txt`).trim(),
  );
  await page.click("main button[type=submit]");
  await page.waitForSelector("header .stop");
}

/** Looks at addresses one after the other and returns what is wrong, each with its address. */
async function look(page: Page, addresses: readonly string[], view: View): Promise<string[]> {
  const found: string[] = [];
  const isChinese = view.language === "zh-Hans";
  for (const address of addresses) {
    await page.goto(address);
    if (!isChinese) await speakPseudo(page);
    const wrong = isChinese ? await englishLeft(page, DATA) : await hiddenTexts(page);
    if (shots !== undefined) {
      const name = `${view.size}-${view.language}${new URL(address).pathname.replaceAll("/", "-")}`;
      await page.screenshot({ path: `${shots}/longer-${name}.png`, fullPage: true });
    }
    found.push(...wrong.map((text) => `${new URL(address).pathname}: ${text}`));
  }
  return found;
}

async function lookEverywhere(browser: Browser, deployment: Deployment, statusPage: string): Promise<void> {
  const { origin } = deployment.authority();
  const views: readonly View[] = [
    { size: "phone", language: "en" },
    { size: "desktop", language: "en" },
    { size: "panel", language: "en" },
    { size: "desktop", language: "zh-Hans" },
  ];
  const found: string[] = [];
  for (const view of views) {
    const page = await openPage(browser, `${origin}/console`, view);
    await signIn(page, deployment);
    const seen = await look(page, CONSOLE.map((path) => origin + path), view);
    const status = await openPage(browser, statusPage, view);
    seen.push(...await look(status, STATUS.map((path) => statusPage + path), view));
    found.push(...seen.map((text) => `${view.size} ${view.language} ${text}`));
  }
  assert.deepEqual(found, []);
}

Deno.test({
  name: "both pages can be read with longer words, on each screen, and have no English left in Chinese",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const deployment = await deploy({ granted: 1, lent: 1 });
    const { events, agentFolder, ports } = deployment;
    const browser = await openBrowser();
    const stop = new AbortController();
    const running = runAgent({ folder: agentFolder, signal: stop.signal }, ports);
    const listening = () =>
      events.find((event): event is Extract<AgentEvent, { kind: "listening" }> => event.kind === "listening");
    try {
      deployment.putBoard("01");
      deployment.putBoard("02");
      await until(
        () => events.some(({ kind }) => kind === "waiting") && listening() !== undefined,
        120_000,
        "a board waits",
      );
      await lookEverywhere(browser, deployment, listening()!.url);
    } finally {
      stop.abort();
      await running;
      await browser.close();
      await deployment.stop();
    }
  },
});
