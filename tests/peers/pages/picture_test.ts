/** The picture of who sees what: readable in light and dark, no word outside its card, told to those who cannot see it. @module */

import assert from "node:assert/strict";
import { hasBrowser, openBrowser } from "./_browser.ts";

const PICTURE = new URL("../../../deploy/pictures/who-sees-what.svg", import.meta.url);
const ignore = Deno.permissions.querySync({ name: "run" }).state !== "granted" || !hasBrowser();

/** Of text and what lies behind it; 4.5 is the least for text of this size (WCAG 2.2, 1.4.3). */
const CONTRAST_LEAST = 4.5;

Deno.test({
  name:
    "the picture keeps each word inside its card and its contrast above 4.5, in light and dark; it loads nothing",
  ignore,
  async fn() {
    const text = await Deno.readTextFile(PICTURE);
    assert.match(text, /role="img"\s+aria-labelledby="title desc"/);
    assert.deepEqual([...text.matchAll(/(?:href|url\(|<script|<image|@import)/g)], []);
    const browser = await openBrowser();
    try {
      for (const colorScheme of ["light", "dark"] as const) {
        const page = await (await browser.newContext({ colorScheme })).newPage();
        await page.goto(PICTURE.href);
        // deno-lint-ignore no-explicit-any
        const found = await page.evaluate(lookAt as any) as ReturnType<typeof lookAt>;
        assert.deepEqual(found.outside, [], colorScheme);
        assert.ok(found.contrasts.length > 30);
        const [lowest] = found.contrasts.toSorted((a, b) => a.contrast - b.contrast);
        assert.ok(lowest!.contrast >= CONTRAST_LEAST, `${colorScheme}: ${JSON.stringify(lowest)}`);
      }
    } finally {
      await browser.close();
    }
  },
});

/** Runs in the page. */
function lookAt() {
  // deno-lint-ignore no-explicit-any
  const { document, getComputedStyle } = globalThis as any;
  const luminance = (color: string) => {
    const [red = 0, green = 0, blue = 0] = [...color.matchAll(/[\d.]+/g)].map(Number).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  // deno-lint-ignore no-explicit-any
  const boxOf = (element: any) => element.getBoundingClientRect();
  // deno-lint-ignore no-explicit-any
  const rects: any[] = [...document.querySelectorAll("rect")];
  // deno-lint-ignore no-explicit-any
  const holds = (rect: any, box: any) => {
    const outer = boxOf(rect);
    return outer.left <= box.left && outer.right >= box.left && outer.top <= box.top &&
      outer.bottom >= box.bottom;
  };
  const outside: string[] = [];
  const contrasts: { text: string; contrast: number }[] = [];
  for (const element of document.querySelectorAll("text")) {
    const box = boxOf(element);
    const behind = rects.filter((rect) => holds(rect, box));
    const card = element.closest("g")?.querySelector(".card") ?? rects[0];
    if (boxOf(card).right < box.right + 8) outside.push(element.textContent);
    const [light, dark] = [getComputedStyle(element).fill, getComputedStyle(behind.at(-1)).fill].map(
      luminance,
    )
      .toSorted((a, b) => b - a) as [number, number];
    contrasts.push({ text: element.textContent, contrast: (light + 0.05) / (dark + 0.05) });
  }
  return { outside, contrasts };
}
