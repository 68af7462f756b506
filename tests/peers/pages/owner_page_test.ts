/**
 * The owner's page in Chromium, before a real authority over HTTPS and a real agent with model boards: what an owner far away
 * does with a telephone in the hand. Screenshots go into the folder that FLASHSEAL_SHOTS names.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { type AgentEvent, runAgent } from "../../../agent/mod.ts";
import {
  proofBytes,
  readTrust,
  verifyCertificate,
  verifyReceipt,
  verifyTicket,
} from "../../../authority/owner/proof/mod.ts";
import { raiseOrder, stopAppliance } from "../../../authority/owner/mod.ts";
import { deploy, type Deployment, granted, until } from "../../unit/agent/control/deployment.ts";
import { assertAccessible, hasBrowser, openBrowser, openPage, type View } from "./_browser.ts";

const ignore = !hasBrowser();
const shots = ignore ? undefined : Deno.env.get("FLASHSEAL_SHOTS");

/** Signs in as the owner. */
async function openConsole(browser: Browser, { authority, folder }: Deployment, view: View): Promise<Page> {
  const page = await openPage(browser, `${authority().origin}/console`, view);
  await page.fill(
    "input[name=apiKey]",
    Deno.readTextFileSync(`${folder}/authority/owner-api-key.txt`).trim(),
  );
  await page.click("main button[type=submit]");
  await page.waitForSelector("header .stop");
  return page;
}

async function keep(page: Page, name: string): Promise<void> {
  if (shots !== undefined) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}

function count(events: readonly AgentEvent[], kind: AgentEvent["kind"]): number {
  return events.filter((event) => event.kind === kind).length;
}

Deno.test({
  name:
    "the owner raises a quota in the page and the starved station goes on; STOP stops the line; the device's proofs hold",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const deployment = await deploy({ granted: 1 });
    const { events, agentFolder, ports } = deployment;
    const browser = await openBrowser();
    const stop = new AbortController();
    const running = runAgent({ folder: agentFolder, signal: stop.signal }, ports);
    try {
      const first = deployment.putBoard("01");
      deployment.putBoard("02");
      const page = await openConsole(browser, deployment, { size: "phone" });
      await until(
        () => count(events, "waiting") > 0 && count(events, "ended") === 1,
        120_000,
        "the order is spent",
      );
      await raise(page, events);
      await until(() => count(events, "ended") === 2, 120_000, "the second board is delivered");
      await lookAtDevice(page, deployment, first.uid);
      await pressStop(page, deployment);
    } finally {
      stop.abort();
      await running;
      await browser.close();
      await deployment.stop();
    }
  },
});

/** Raises the order by one: the form, the preview, the confirmation; then the station has to go on by itself. */
async function raise(page: Page, events: readonly AgentEvent[]): Promise<void> {
  await page.goto(new URL("/console", page.url()).href);
  await page.click("main h2 a");
  await page.waitForSelector("text=used up");
  await page.fill("input[name=by]", "1");
  await page.click("text=Raise …");
  await page.waitForSelector("text=Nothing has happened yet.");
  await keep(page, "owner-raise-preview");
  const waits = count(events, "ticket");
  await page.click("text=Do it");
  const begunMs = Date.now();
  await page.waitForSelector("text=Done: Raise an order");
  await until(() => count(events, "ticket") > waits, 60_000, "the starved station goes on after the raise");
  console.log(`the station went on ${Date.now() - begunMs} ms after the confirmation in the page`);
  // The page is fetched again by itself and tells since when the appliance is known to know of it.
  await page.waitForSelector("td[data-head='Known there since'] time");
}

/** Looks a device up by its UID, and downloads what proves it. */
async function lookAtDevice(page: Page, deployment: Deployment, uid: string): Promise<void> {
  await page.click("nav >> text=Devices");
  await page.fill("input[name=uid]", uid.slice(0, 12));
  await page.click("text=Find");
  await page.waitForSelector(`h1 >> text=${uid}`);
  await page.waitForSelector("text=receipt checked: made");
  await keep(page, "owner-device");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.click("text=Device record (JSON)"),
  ]);
  const record = Deno.readFileSync(await download.path());
  const [trustFile] = await Promise.all([
    page.waitForEvent("download"),
    page.click("text=Trust file (JSON)"),
  ]);
  const trust = readTrust(Deno.readFileSync(await trustFile.path()));
  const { certificateKey: publicKey } = deployment;
  assert.ok(verifyCertificate(proofBytes("certificate", record).bytes, { publicKey }).holds);
  assert.ok(verifyTicket(proofBytes("ticket", record).bytes, trust).holds);
  const { bytes, statement } = proofBytes("receipt", record);
  assert.ok(statement !== undefined && verifyReceipt({ record: bytes, statement }, trust).holds);
}

/** Two clicks, and the next board gets nothing. */
async function pressStop(page: Page, deployment: Deployment): Promise<void> {
  await page.click("header >> text=STOP");
  await page.click("main >> text=STOP everything");
  await page.waitForSelector("text=Done: STOP everything");
  await keep(page, "owner-stopped");
  const { events } = deployment;
  deployment.putBoard("03");
  const frozen = (event: AgentEvent) => event.kind === "waiting" && event.cause === "authority-order-frozen";
  await until(() => events.some(frozen), 60_000, "the line stands: the order is frozen");
  assert.equal(count(events, "ended"), 2);
}

const VIEWS: readonly Required<View>[] = [
  { size: "phone", scheme: "light", language: "en" },
  { size: "phone", scheme: "dark", language: "zh-Hans" },
  { size: "desktop", scheme: "light", language: "zh-Hans" },
  { size: "desktop", scheme: "dark", language: "en" },
];

Deno.test({
  name:
    "every page: no serious finding of axe, contrast 7:1, nothing beside the screen, no target below 44 px",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const deployment = await deploy({ granted: 50, lent: 5 });
    // So that every page has its say: changes of the order, and a stopped appliance.
    for (let change = 0; change < 3; change++) granted(await raiseOrder(deployment.owner, "first", 1));
    granted(await stopAppliance(deployment.owner, "Line 1", true));
    const browser = await openBrowser();
    try {
      for (const view of VIEWS) {
        const page = await openConsole(browser, deployment, view);
        const lang = await page.getAttribute("html", "lang");
        assert.equal(lang, view.language);
        for (const [name, path] of await addresses(page)) {
          await page.goto(new URL(path, page.url()).href);
          const what = `${name}, ${view.size}, ${view.scheme}, ${view.language}`;
          await keep(page, `owner-${view.size}-${view.scheme}-${view.language}-${name}`);
          await assertAccessible(page, what);
          await assertFits(page, what);
        }
        await page.context().close();
      }
    } finally {
      await browser.close();
      await deployment.stop();
    }
  },
});

/** Every kind of page, by its name. */
async function addresses(page: Page): Promise<readonly (readonly [string, string])[]> {
  const order = await page.getAttribute("main h2 a", "href") ?? "";
  await page.goto(new URL("/console/appliances", page.url()).href);
  const appliance = await page.getAttribute("main h2 a", "href") ?? "";
  const id = order.split("/").at(-1);
  return [
    ["orders", "/console"],
    ["order", order],
    ["appliances", "/console/appliances"],
    ["appliance", appliance],
    ["devices", "/console/devices"],
    ["products", "/console/products"],
    ["dates", "/console/dates"],
    ["stop", "/console/stop"],
    ["preview", `/console/acts/order-raise?order=${id}&by=5`],
    ["lend", `/console/acts/lend?order=${id}&appliance=${appliance.split("/").at(-1)}&units=9`],
    ["refused", `/console/acts/order-lower?order=${id}&by=5000`],
    ["unknown", "/console/nothing"],
  ];
}

async function assertFits(page: Page, what: string): Promise<void> {
  const { beside, small } = await page.evaluate<{ beside: number; small: string[] }>(MEASURE);
  assert.equal(beside, 0, `${what}: it scrolls sideways`);
  assert.deepEqual(small, [], `${what}: too small for a finger`);
}

// As text: it runs in the browser, whose types this program does not have.
const MEASURE = `(() => {
  const targets = "button, .button, nav a, header a, input:not([type=hidden]), select, summary, h2 a, table a";
  const isSmall = ({ height, width }) => height > 0 && (height < 43.9 || width < 30);
  const { scrollWidth, clientWidth } = document.documentElement;
  const small = [...document.querySelectorAll(targets)].filter((one) => isSmall(one.getBoundingClientRect()));
  return { beside: scrollWidth - clientWidth, small: small.map((one) => one.outerHTML.slice(0, 100)) };
})()`;

Deno.test({
  name: "without a script everything works, and paper has no buttons and all numbers",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const deployment = await deploy({ granted: 5 });
    const browser = await openBrowser();
    try {
      const context = await browser.newContext({ javaScriptEnabled: false, ignoreHTTPSErrors: true });
      const page = await context.newPage();
      await page.goto(`${deployment.authority().origin}/console`);
      const key = Deno.readTextFileSync(`${deployment.folder}/authority/owner-api-key.txt`).trim();
      await page.fill("input[name=apiKey]", key);
      await page.click("main button");
      await page.click("main h2 a");
      await page.fill("input[name=by]", "2");
      await page.click("text=Lower …");
      await page.click("text=Do it");
      await page.waitForSelector("text=Done: Lower an order");
      assert.match(await page.innerText("main table.numbers"), /granted\s+3\s+100.0 %/);
      await page.emulateMedia({ media: "print" });
      for (const hidden of ["header .stop", "nav", "main .acts", "footer form"]) {
        assert.equal(await page.locator(hidden).first().isVisible(), false, hidden);
      }
      assert.equal(await page.locator("main button:visible").count(), 0);
      assert.equal(await page.locator("main table.numbers").first().isVisible(), true);
      await keep(page, "owner-print");
      await page.emulateMedia({ media: "screen" });
      await page.click("text=Sign out");
      await page.waitForSelector("input[name=apiKey]");
    } finally {
      await browser.close();
      await deployment.stop();
    }
  },
});
