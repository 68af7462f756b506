/**
 * The status page in hands as they are: names as people give them, paths as long as they come, a finger that rests on the glass,
 * and more tabs than a browser has connections.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { snapshotOf, stationIn } from "../../unit/agent/status/_source.ts";
import { hasBrowser, openPage, sizes } from "./_browser.ts";
import { floorOf, inBrowser, withFloor } from "./_floor.ts";
import { assertTouchable } from "./_touch.ts";

const ignore = !hasBrowser();
/** Where screenshots go, for a person to look at; none by default. */
const SHOTS = ignore ? undefined : Deno.env.get("FLASHSEAL_SHOTS");
const before = floorOf("ready", "working", "good", "waiting");
const after = floorOf("blocked", "refused", "failed", "fault");

async function shot(page: Page, name: string): Promise<void> {
  if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/hands-${name}.png` });
}

/** Where the ways to other pages end, in CSS pixels from the window's left upper corner. */
function waysOf(
  page: Page,
): Promise<{ readonly text: string; readonly right: number; readonly bottom: number }[]> {
  return page.locator("nav a").evaluateAll((links) =>
    links.map((link) => {
      const { right, bottom } = (link as unknown as Placed).getBoundingClientRect();
      return { text: (link as unknown as Placed).textContent, right, bottom };
    })
  );
}

/** Whether all of a text is to be seen. */
function isWhole(page: Page, selector: string): Promise<boolean> {
  return page.locator(selector).evaluate((element) => {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = element as unknown as Placed;
    return scrollWidth <= clientWidth && scrollHeight <= clientHeight;
  });
}

/** The little of the DOM that is measured. */
interface Placed {
  readonly scrollWidth: number;
  readonly clientWidth: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
  getBoundingClientRect(): { readonly right: number; readonly bottom: number };
  readonly textContent: string;
}

/** Tells a page that it is hidden or seen, as its browser does when a person changes the tab. */
async function becomes(page: Page, visibility: "hidden" | "visible"): Promise<void> {
  await page.evaluate((state) => {
    const { document } = globalThis as unknown as { document: EventTarget };
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
    document.dispatchEvent(new Event("visibilitychange"));
  }, visibility);
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let count = 0; !isSo(); count++) {
    assert.ok(count < 600, what);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

Deno.test({
  name: "whatever an appliance is called, every way to another page stays whole on the 7-inch screen",
  ignore,
  fn: () =>
    inBrowser(async (browser) => {
      const names = [
        "Shenzhen Longhua plant 2, line 14",
        "Shenzhen Longhua plant 2, building 7, third floor, line 14 right",
        "Longhua_2_".repeat(6) + "L_14",
        "深圳市龙华区第二工厂七号楼三层十四号生产线右侧烧录机".repeat(3).slice(0, 64),
      ];
      for (const [number, name] of names.entries()) {
        await withFloor({ ...before, name }, async ({ url }) => {
          const language = number === 3 ? "zh-Hans" : "en";
          const page = await openPage(browser, `${url}/`, { size: "panel", language });
          await assertTouchable(page, name);
          const { width, height } = sizes.panel;
          for (const { text, right, bottom } of await waysOf(page)) {
            assert.ok(right <= width && bottom <= height, `${name}: "${text}" ends at ${right}, ${bottom}`);
          }
          assert.ok(await isWhole(page, "#clock"), `${name}: the clock is cut`);
          await shot(page, `name-${number}`);
          await page.context().close();
        });
      }
    }),
});

Deno.test({
  name: "a path however long breaks: no page is wider than its screen",
  ignore,
  fn: () =>
    inBrowser(async (browser) => {
      const board = `/var/lib/flashseal/${"boards_of_the_fourth_station_of_line_14_".repeat(4)}.board`;
      const message = `Cannot read the board "${board}": it does not begin with "FSBOARD1"`;
      const places = [
        // A reason that this program does not know is shown as it was told.
        ["of-tomorrow", "/"],
        ["of-tomorrow", "/alarms"],
        ["board-unreadable", "/stations/station-1"],
      ] as const;
      for (const [faultReason, path] of places) {
        const fault = { ...stationIn("fault"), fault: message, faultReason };
        await withFloor(snapshotOf([fault, stationIn("working", 2)]), async ({ url }) => {
          const page = await openPage(browser, `${url}${path}`, { size: "phone" });
          assert.match(await page.innerText("main"), /boards_of_the_fourth_station/);
          await assertTouchable(page, path);
          await shot(page, `path-${path.slice(1, 4)}`);
          await page.context().close();
        });
      }
    }),
});

Deno.test({
  name:
    "what came under a finger is put in when it lifts, and after two seconds when it stays, or when the page is left",
  ignore,
  fn: () =>
    inBrowser((browser) =>
      withFloor(before, async ({ url, show }) => {
        const page = await openPage(browser, `${url}/`, { size: "panel" });
        await page.clock.install();
        await page.reload();
        await page.clock.pauseAt(Date.now() + 60_000);
        const isIn = async (state: "good" | "failed") => await page.locator(`.tile.${state}`).count() === 1;
        let next = after;
        // Touches the page, and waits until something new has come and is not put in.
        const touch = async () => {
          await page.mouse.down();
          const [was, will] = next === after ? ["good", "failed"] as const : ["failed", "good"] as const;
          const clock = page.locator("#clock");
          show(next);
          next = next === after ? before : after;
          for (let beats = 0; beats < 2; beats++) {
            const shown = await clock.textContent();
            await page.waitForFunction((text) => {
              const { document } = globalThis as unknown as {
                document: { getElementById(id: string): { readonly textContent: string } };
              };
              return document.getElementById("clock").textContent !== text;
            }, shown);
          }
          assert.ok(await isIn(was), "the page changed under a finger");
          return will;
        };
        const stays = await touch();
        await page.clock.runFor(2_001);
        assert.ok(await isIn(stays), "a finger that stays keeps the page as it was");
        await page.mouse.up();
        await page.clock.runFor(2_001);

        const lifts = await touch();
        await page.mouse.up();
        await page.clock.runFor(301);
        assert.ok(await isIn(lifts));

        for (const event of ["blur", "visibilitychange"] as const) {
          const left = await touch();
          await (event === "blur"
            ? page.evaluate(`dispatchEvent(new Event("blur"))`)
            : becomes(page, "hidden"));
          assert.ok(await isIn(left), event);
          await becomes(page, "visible");
          await page.mouse.up();
          await page.clock.runFor(2_001);
        }
        await page.context().close();
      })
    ),
});

Deno.test({
  name: "a page that nobody sees holds no stream, and shows what is new as soon as it is seen again",
  ignore,
  fn: () =>
    inBrowser((browser) =>
      withFloor(before, async ({ url, show, streams }) => {
        const page = await openPage(browser, `${url}/`, { size: "panel" });
        await until(() => streams() === 1, "the page follows");
        await becomes(page, "hidden");
        await until(() => streams() === 0, "a hidden page holds its stream");
        show(after);
        await becomes(page, "visible");
        await page.waitForSelector(".tile.fault");
        await until(() => streams() === 1, "the page follows again, once");
        await page.context().close();
      })
    ),
});

Deno.test({
  name: "seven tabs of one browser: the seventh opens, and follows",
  ignore,
  fn: () =>
    inBrowser((browser) =>
      withFloor(before, async ({ url, show }) => {
        const first = await openPage(browser, `${url}/`, { size: "panel" });
        const tabs = [first];
        while (tabs.length < 7) {
          await becomes(tabs.at(-1)!, "hidden");
          const tab = await first.context().newPage();
          // Six connections to one host are a browser's most: the seventh would wait for ever.
          await tab.goto(`${url}/`, { timeout: 30_000 });
          tabs.push(tab);
        }
        show(after);
        await tabs.at(-1)!.waitForSelector(".tile.fault");
        await first.context().close();
      })
    ),
});
