/**
 * The page of a kept demo as a newcomer plays with it: what it offers, what it forbids for now, and that the operator's and the
 * owner's page beside it show what follows.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { KeptDemo } from "../../long/_kept_demo.ts";
import { hasBrowser, openBrowser, openPage, signIn } from "./_browser.ts";
import { Watched } from "./_watch.ts";

/** What a newcomer has open. */
interface Windows {
  readonly demo: Watched;
  readonly operator: Page;
  readonly owner: Page;
}

Deno.test({
  name:
    "the kept demo's page: each act is done by a click, seen on both pages, and not offered when it cannot work",
  ignore: !hasBrowser(),
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const folder = await Deno.makeTempDir({ prefix: "flashseal-test-" });
    const kept = new KeptDemo(folder, { offline: 2 });
    const browser = await openBrowser();
    try {
      const [, address] = await kept.line(/play with it at (http:\/\/127\.0\.0\.1:\d+\/)/);
      const windows = await openWindows(browser, address!);
      for (const [name, play] of plays) {
        if (!await t.step(name, () => play(windows))) break;
      }
      assert.equal(await kept.stop(), 0);
      // What stands there after its end is said to be old.
      await windows.demo.page.waitForSelector("body.ended #ended:not([hidden])");
    } catch (error) {
      await kept.stop().catch(() => {});
      throw error;
    } finally {
      await browser.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
});

const plays: readonly (readonly [string, (windows: Windows) => Promise<void>])[] = [
  ["it says what to try, and what cannot be done now", begin],
  ["a starved board goes on when the owner raises the order", starve],
  ["boards are made from what was lent while the network is pulled", pullNetwork],
  ["the operator's page comes back by itself after a power cut", cutPower],
];

/** Opens the page and, by its links, those of both sides. */
async function openWindows(browser: Browser, address: string): Promise<Windows> {
  const demo = await Watched.open(browser, { address, size: "desktop", others: [] });
  const linked = async (text: string) => await demo.page.getAttribute(`a >> text=${text}`, "href") ?? "";
  const operator = await openPage(browser, await linked("operator's page"), { size: "panel" });
  const owner = await openPage(browser, await linked("owner's page"), { size: "desktop" });
  const [, keyFile] = /the key in (\S+)/.exec(await demo.page.innerText("main"))!;
  await signIn(owner, (await Deno.readTextFile(keyFile!)).trim());
  return { demo, operator, owner };
}

/** Waits until the page counts so many units in a state. */
function counts({ demo }: Windows, units: string): Promise<void> {
  return demo.page.locator("#units", { hasText: units }).waitFor();
}

async function begin(windows: Windows): Promise<void> {
  const { demo: { page } } = windows;
  await page.waitForSelector("#hint >> text=put in a board");
  await page.waitForSelector("#do-insert.next:enabled");
  await page.waitForSelector("#do-pull:disabled >> text=No board is in work");
  await counts(windows, "3 made");
  await windows.demo.look("demo-begin", "#do-insert.next");
}

async function starve(windows: Windows): Promise<void> {
  const { demo, operator, owner } = windows;
  await demo.page.click("#do-insert");
  await operator.waitForSelector(".tile.blocked");
  await demo.page.waitForSelector("#says.blue >> text=no units left");
  await demo.page.waitForSelector("#do-insert:disabled");
  await demo.page.waitForSelector("#do-raise.next");
  await demo.look("demo-starved", "#do-raise.next");
  await demo.page.click("#do-raise");
  // A finished board stays in its place until a person has read what the page says of it.
  await operator.waitForSelector(".tile.good");
  await counts(windows, "4 made");
  await owner.locator("main table.numbers tr:has(.unit-committed) td.number >> nth=0", { hasText: "4" })
    .waitFor();
  await operator.waitForSelector(".tile.ready");
}

async function pullNetwork(windows: Windows): Promise<void> {
  const { demo, operator } = windows;
  await demo.page.click("#do-lend");
  await counts(windows, "2 lent");
  await operator.locator("#figures", { hasText: "2 left" }).waitFor();
  await demo.page.click("#do-network");
  await demo.page.waitForSelector("#cable.out");
  await operator.locator("#figures .yellow", { hasText: "silent" }).waitFor();
  for (const left of ["1 left", "0 left"]) {
    await demo.page.click("#do-insert");
    await operator.locator("#figures", { hasText: left }).waitFor();
    await operator.waitForSelector(".tile.good");
  }
  await demo.page.click("#do-insert");
  await operator.waitForSelector(".tile.waiting");
  await demo.page.waitForSelector("#says.yellow >> text=The offline allowance is used up");
  await demo.look("demo-pulled", "#do-network.next");
  // The owner does not know yet; with the network back both say the same.
  await counts(windows, "4 made");
  await demo.page.click("#do-network");
  await demo.page.waitForSelector("#cable:not(.out)");
  await operator.waitForSelector(".tile.blocked");
  await demo.page.click("#do-raise");
  await operator.waitForSelector(".tile.good");
  await counts(windows, "7 made");
}

async function cutPower(windows: Windows): Promise<void> {
  const { demo, operator } = windows;
  await demo.page.click("#do-power");
  await demo.page.waitForSelector("#do-power:disabled");
  await demo.page.waitForSelector("#says.red >> text=The appliance has no power");
  await operator.waitForSelector("html.stale");
  await demo.look("demo-no-power", "#says.red");
  await operator.waitForSelector("html:not(.stale)");
  await demo.page.waitForSelector("#do-power:enabled");
}
