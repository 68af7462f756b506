/** The look at a page in longer words finds what does not fit, and what is in no table; and nothing else. @module */
import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { hasBrowser, openBrowser, openPage } from "./_browser.ts";
import { englishLeft, hiddenTexts, speakPseudo } from "./_pseudo.ts";

const ignore = !hasBrowser();

async function before(html: string, look: (page: Awaited<ReturnType<typeof openPage>>) => Promise<void>) {
  const browser: Browser = await openBrowser();
  try {
    const page = await openPage(browser, `data:text/html;charset=utf-8,${encodeURIComponent(html)}`, {
      size: "panel",
    });
    await look(page);
  } finally {
    await browser.close();
  }
}

Deno.test({
  name: "text that fits in English and not in longer words is found; what wraps or scrolls is not",
  ignore,
  fn: () =>
    before(
      `<!doctype html><title>x</title><body style="margin:0">
      <p style="width:90px;overflow:hidden;white-space:nowrap">Too narrow</p>
      <p style="width:90px;height:20px;overflow:hidden">Too low</p>
      <p style="width:200px">This one wraps as it should do</p>
      <div style="width:60px;overflow-x:auto;white-space:nowrap">This one may be scrolled sideways</div>
      <p style="white-space:nowrap;position:absolute;left:700px;margin:0">Beside</p>
      <span style="position:absolute;width:1px;height:1px;overflow:hidden">For those who listen</span>
      <code>a1b2c3d4 stays</code></body>`,
      async (page) => {
        assert.deepEqual(await hiddenTexts(page), []);
        await speakPseudo(page);
        const hidden = await hiddenTexts(page);
        assert.deepEqual(hidden.map((text) => text.slice(0, 5)), ["[Tóó~", "[Tóó~", "[Béší"]);
        assert.equal(await page.textContent("code"), "a1b2c3d4 stays");
      },
    ),
});

Deno.test({
  name: "an English word on a Chinese page is found, a name that somebody gave is not",
  ignore,
  fn: () =>
    before(
      `<!doctype html><title>x</title><p>运行中。</p><p>产品 Thermostat：剩余 3</p><p>烧录机 waits</p>
      <p>请运行 flashseal owner order raise</p><p lang="en">English</p><p>7b231dcf…</p>`,
      async (page) => assert.deepEqual(await englishLeft(page, ["Thermostat"]), ["waits"]),
    ),
});
