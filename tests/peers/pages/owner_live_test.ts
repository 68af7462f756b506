/**
 * The owner's page is live or says that it is not: whoever looks at an old page, or at one that nobody is signed in to any
 * more, is told so.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { raiseOrder } from "../../../authority/owner/mod.ts";
import { deploy, granted } from "../../unit/agent/control/deployment.ts";
import { assertAccessible, hasBrowser, openBrowser, openPage } from "./_browser.ts";

const ignore = !hasBrowser();
const shots = ignore ? undefined : Deno.env.get("FLASHSEAL_SHOTS");
const MARK = "#stale[role=status]";
const PATIENCE = { timeout: 60_000 };

async function keep(page: Page, name: string): Promise<void> {
  if (shots !== undefined) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}

Deno.test({
  name:
    "the owner's page goes on with focus on a summary, and marks itself: a field in use, no network, signed out",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const deployment = await deploy({ granted: 1 });
    const browser = await openBrowser();
    try {
      const { authority, folder, owner } = deployment;
      const raise = async () => granted(await raiseOrder(owner, "first", 1));
      const page = await openPage(browser, `${authority().origin}/console`, { size: "phone" });
      const key = Deno.readTextFileSync(`${folder}/authority/owner-api-key.txt`).trim();
      await page.fill("input[name=apiKey]", key);
      await page.click("main button[type=submit]");
      await page.waitForSelector("header .stop");
      await raise();
      await raise();
      await page.click("main h2 a");
      await page.waitForSelector("text=Changes before it (1)");
      await page.click("summary");
      await raise();
      // The number behind it has changed: the page was fetched again, its part is still open and has the focus.
      await page.waitForSelector("text=Changes before it (2)", PATIENCE);
      assert.ok(
        await page.locator("details").first().evaluate((one) => (one as unknown as { open: boolean }).open),
      );
      assert.equal(await page.evaluate("document.activeElement.tagName"), "SUMMARY");
      assert.equal(await page.textContent(MARK), "");
      await page.focus("input[name=by]");
      await page.waitForSelector(`${MARK}:has-text("not refreshed")`, PATIENCE);
      assert.match(await page.textContent(MARK) ?? "", /^As of \d\d:\d\d, not refreshed$/);
      await assertAccessible(page, "a page that is not refreshed");
      await keep(page, "owner-not-refreshed");
      await page.evaluate("document.activeElement.blur()");
      await page.waitForSelector(`${MARK}:empty`, { ...PATIENCE, state: "attached" });
      await page.context().setOffline(true);
      await page.waitForSelector(`${MARK}:has-text("not refreshed")`, PATIENCE);
      await page.context().setOffline(false);
      await page.waitForSelector(`${MARK}:empty`, { ...PATIENCE, state: "attached" });
      await page.context().clearCookies();
      await page.waitForSelector(`${MARK}:has-text("Signed out.")`, PATIENCE);
      await keep(page, "owner-signed-out");
      await page.click(`${MARK} a`);
      await page.waitForSelector("input[name=apiKey]");
    } finally {
      await browser.close();
      await deployment.stop();
    }
  },
});
