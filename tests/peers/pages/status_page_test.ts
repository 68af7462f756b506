/**
 * The appliance's status page in a real browser: every state at the panel's size, on a phone and a desktop, light and dark, in
 * both languages; and a real `agent run` whose page follows a board from hand to hand.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { stationStates } from "../../../agent/status/mod.ts";
import { setPin } from "../../../agent/mod.ts";
import { deploy, random } from "../../unit/agent/control/deployment.ts";
import { snapshotOf, stationIn } from "../../unit/agent/status/_source.ts";
import { MAIN } from "../../script/_flashseal.ts";
import { assertAccessible, hasBrowser, openPage, type View } from "./_browser.ts";
import { floorOf, inBrowser, withFloor } from "./_floor.ts";
import { assertTouchable } from "./_touch.ts";

const ignore = !hasBrowser();
/** Where screenshots go, for a person to look at; none by default. */
const SHOTS = ignore ? undefined : Deno.env.get("FLASHSEAL_SHOTS");

const firstFour = floorOf("ready", "working", "good", "waiting");
const lastFour = floorOf("blocked", "refused", "failed", "fault");

async function shot(page: Page, name: string): Promise<void> {
  if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/status-${name}.png`, fullPage: true });
}

const views: readonly View[] = (["panel", "phone", "desktop"] as const).flatMap((size) =>
  (["light", "dark"] as const).flatMap((scheme) =>
    (["en", "zh-Hans"] as const).map((language) => ({ size, scheme, language }))
  )
);

Deno.test({
  name:
    "every state, at each size, light and dark, in both languages: accessible, large enough to read and to touch",
  ignore,
  fn: () =>
    inBrowser(async (browser) => {
      for (const view of views) {
        const name = `${view.size}-${view.scheme}-${view.language}`;
        const seen = new Set<string>();
        await withFloor(firstFour, async ({ url, show }) => {
          const page = await openPage(browser, `${url}/`, view);
          for (const [part, floor] of [["first", firstFour], ["last", lastFour]] as const) {
            show(floor);
            await page.waitForSelector(`.tile.${part === "first" ? "waiting" : "fault"}`);
            await assertAccessible(page, `${name} ${part}`);
            for (const { word, px } of await assertTouchable(page, name)) {
              seen.add(word);
              assert.ok(px >= 48, `${name}: "${word}" is ${px} px`);
            }
            await shot(page, `overview-${part}-${name}`);
          }
          await page.context().close();
        });
        assert.equal(seen.size, stationStates.length, [...seen].join());
      }
    }),
});

Deno.test({
  name: "one, two, eight, sixteen and twenty-four stations fit into the panel, on a phone and on a desktop",
  ignore,
  fn: () =>
    inBrowser(async (browser) => {
      for (const count of [1, 2, 8, 16, 24]) {
        const all = Array.from({ length: count }, (_, index) =>
          stationStates[(index + 1) % stationStates.length]!);
        await withFloor(floorOf(...all), async ({ url }) => {
          for (const size of ["panel", "phone", "desktop"] as const) {
            const page = await openPage(browser, `${url}/`, { size });
            await assertAccessible(page, `${count} stations`);
            const words = await assertTouchable(page, `${count} stations, ${size}`);
            const least = count <= 4 ? 48 : 20;
            for (const { word, px } of words) {
              assert.ok(px >= least, `${count} stations: "${word}" is ${px} px`);
            }
            await shot(page, `${count}-stations-${size}`);
            await page.context().close();
          }
        });
      }
    }),
});

Deno.test({
  name: "the pages behind the overview are accessible and touchable in both languages, light and dark",
  ignore,
  fn: () =>
    inBrowser((browser) =>
      withFloor(snapshotOf([stationIn("failed", 1), stationIn("working", 2)]), async ({ url }) => {
        const uid = "b6be3b9ca6877bd6a858000a";
        const paths = {
          station: "/stations/station-1",
          delivery: "/deliveries/11",
          device: `/devices/${uid}`,
          find: "/devices?uid=000",
          alarms: "/alarms",
          health: "/health",
          again: "/stations/station-1/again",
        };
        for (const [name, path] of Object.entries(paths)) {
          for (
            const view of views.filter(({ size, scheme }) => (size === "panel") === (scheme === "light"))
          ) {
            const page = await openPage(browser, `${url}${path}`, view);
            await page.waitForSelector("h1");
            await assertAccessible(page, name);
            await assertTouchable(page, `${name} ${view.size}`);
            await shot(page, `${name}-${view.size}-${view.scheme}-${view.language}`);
            await page.context().close();
          }
        }
      })
    ),
});

Deno.test({
  name: "the page's clock goes on by itself, and turns red when nothing is heard",
  ignore,
  fn: () =>
    inBrowser(async (browser) => {
      await withFloor(firstFour, async ({ url, freeze }) => {
        const page = await openPage(browser, `${url}/`, { size: "panel" });
        const clock = () => page.locator("#clock").textContent();
        const first = await clock();
        await page.waitForFunction((before) => {
          const { document } = globalThis as unknown as {
            document: { getElementById(id: string): { textContent: string } };
          };
          return document.getElementById("clock").textContent !== before;
        }, first);
        assert.equal(await page.locator("html.stale").count(), 0);
        assert.equal(await page.locator("#stale-note").isVisible(), false);
        freeze();
        await page.waitForSelector("html.stale", { timeout: 30_000 });
        assert.equal(await page.locator("#stale-note").isVisible(), true);
        await assertAccessible(page, "stale");
        await shot(page, "stale");
        await page.context().close();
      });
    }),
});

Deno.test({
  name: "without script the page loads itself again",
  ignore,
  fn: () =>
    inBrowser((browser) =>
      withFloor(firstFour, async ({ url, show }) => {
        const context = await browser.newContext({ javaScriptEnabled: false });
        const page = await context.newPage();
        await page.goto(`${url}/`);
        assert.equal(await page.locator(".tile.good").count(), 1);
        show(lastFour);
        await page.waitForSelector(".tile.fault", { timeout: 30_000 });
        await context.close();
      })
    ),
});

/** Starts the agent as its own process; ends it by its id. */
function startAgent(folder: string) {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", MAIN, "agent", "run", "--dir", folder, "--status-port", "0"],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  });
  return command.spawn();
}

async function addressOf(folder: string): Promise<string> {
  for (let count = 0; count < 600; count++) {
    const text = await Deno.readTextFile(`${folder}/status-address`).catch(() => "");
    if (text.endsWith("\n")) return text.trim();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail("the agent shows no address");
}

Deno.test({
  name:
    "a real agent: a board goes from ready to good before a person's eyes, the next one waits, and the PIN lets it try again",
  ignore,
  fn: () =>
    inBrowser(async (browser) => {
      const deployment = await deploy({ granted: 1 });
      const agent = startAgent(deployment.agentFolder);
      void agent.stdout.pipeTo(new WritableStream()).catch(() => {});
      try {
        await setPin(deployment.agentFolder, "4711", random);
        const page = await openPage(browser, await addressOf(deployment.agentFolder), { size: "panel" });
        const sees = (state: string) => page.waitForSelector(`.tile.${state}`, { timeout: 120_000 });
        await sees("ready");
        const board = deployment.putBoard("01");
        await sees("working");
        await sees("good");
        assert.match(await page.locator(".uid").textContent() ?? "", new RegExp(`…${board.uid.slice(-4)}$`));
        assert.match(await page.locator("#figures").textContent() ?? "", /^Good1Bad0/);
        await shot(page, "real-good");
        await Deno.remove(board.path);
        await sees("ready");
        deployment.putBoard("02");
        await sees("blocked");
        assert.match(
          await page.locator("h1").textContent() ?? "",
          /^Standing still: the order has no units left\./,
        );
        await shot(page, "real-blocked");

        await page.locator(".tile a").click();
        await page.locator("a.button").click();
        for (const digit of ["0", "0", "0", "0"]) await page.locator(`[data-digit="${digit}"]`).click();
        await page.locator("button.go").click();
        await page.waitForSelector(".banner.red");
        assert.match(
          await page.locator(".banner.red").textContent() ?? "",
          /^The PIN is wrong\. Try again in 1 s\.$/,
        );
        await shot(page, "real-wrong-pin");
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        for (const digit of "4711") await page.locator(`[data-digit="${digit}"]`).click();
        await page.locator("button.go").click();
        await page.waitForURL("**/stations/station-1");
        await page.waitForSelector(".picture .bar");
        await assertAccessible(page, "a real station");
        await shot(page, "real-station");
        await page.goto(new URL("/health", page.url()).href);
        assert.match(
          await page.locator("main").textContent() ?? "",
          /finds double spending, does not prevent it/,
        );
        await shot(page, "real-health");
      } finally {
        agent.kill("SIGTERM");
        await agent.status;
        await deployment.stop();
      }
    }),
});
