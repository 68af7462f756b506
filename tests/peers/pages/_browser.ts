/**
 * A real browser before a page: Debian's Chromium. What is looked at here is what a person gets.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";

/** Where Debian puts it. */
const CHROMIUM = "/usr/bin/chromium";

/** How long anything of a page may take, in milliseconds. */
const PATIENCE_MS = 180_000;

/** Sizes of what people look at, in CSS pixels: the appliance's 7-inch screen, a phone, a desktop. */
export const sizes = Object.freeze({
  panel: { width: 800, height: 480 },
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 900 },
});

/** How a page is looked at. */
export interface View {
  readonly size: keyof typeof sizes;
  readonly scheme?: "light" | "dark";
  readonly language?: "en" | "zh-Hans";
}

/** Whether the browser is there. Under CI its absence is a failure, which `.ci/run` mends by installing it. */
export function hasBrowser(): boolean {
  const isAllowed = (["run", "read", "write", "net", "env", "sys"] as const)
    .every((name) => Deno.permissions.querySync({ name }).state === "granted");
  if (!isAllowed) {
    console.log("skipped: pages need a browser: run `deno task peers`");
    return false;
  }
  try {
    Deno.statSync(CHROMIUM);
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    assert.notEqual(Deno.env.get("CI"), "true", "Chromium is missing: install Debian's package chromium");
    console.log("skipped: Chromium is missing; install Debian's package chromium");
    return false;
  }
}

/** Starts the browser; it ends with `close()`. */
export async function openBrowser(): Promise<Browser> {
  // Only where it is used: it asks for the environment as soon as it is loaded.
  const { chromium } = await import("playwright-core");
  return await chromium.launch({
    executablePath: CHROMIUM,
    // Root in a container has no user namespaces; the pages are this test's own.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
}

/** Opens an address in a fresh profile. Whatever the page asks of another host fails the test. */
export async function openPage(browser: Browser, address: string, view: View): Promise<Page> {
  const context = await browser.newContext({
    viewport: sizes[view.size],
    colorScheme: view.scheme ?? "light",
    locale: view.language === "zh-Hans" ? "zh-CN" : "en-GB",
    ignoreHTTPSErrors: true,
  });
  // A busy machine may take its time over a screenshot; what never comes fails all the same.
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const { host } = new URL(address);
  page.on("request", (request) => {
    const url = new URL(request.url());
    assert.ok(
      url.host === host || url.protocol === "data:",
      `the page loads ${request.url()} from elsewhere`,
    );
  });
  page.on("pageerror", (error) => assert.fail(`the page's script failed: ${error.message}`));
  await page.goto(address);
  return page;
}

/** Signs in on the owner's page. */
export async function signIn(page: Page, apiKey: string): Promise<void> {
  await page.fill("input[name=apiKey]", apiKey);
  await page.click("main button[type=submit]");
  await page.waitForSelector("header .stop");
}

/** Fails on any finding of axe-core that is serious or critical, or on a contrast below 7:1 (WCAG 2.2, 1.4.6). */
export async function assertAccessible(page: Page, what: string): Promise<void> {
  const { default: axe } = await import("axe-core");
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    const rules = { "color-contrast-enhanced": { enabled: true } };
    const { violations } = await axe.run({ rules });
    return violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      nodes: nodes.map(({ html }) => html.slice(0, 160)),
    }));
  });
  const serious = found.filter(({ impact }) => impact === "serious" || impact === "critical");
  assert.deepEqual(serious, [], `${what}: ${JSON.stringify(serious, null, 1)}`);
}
