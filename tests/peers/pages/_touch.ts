/**
 * Whether gloves can touch what a page offers, and eyes read it: sizes as the browser lays them out.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { sizes } from "./_browser.ts";

/** What a finger may touch, with its size; and texts of states with their font's size. All in CSS pixels. */
function measure(page: Page) {
  return page.evaluate(() => {
    const d = (globalThis as unknown as { document: Measured }).document;
    const targets = [...d.querySelectorAll("a, button, input")].map((element) => {
      const { width, height } = element.getBoundingClientRect();
      return { html: element.outerHTML.slice(0, 120), width, height };
    }).filter(({ width }) => width > 0);
    const words = [...d.querySelectorAll(".word")].map((element) => {
      const { left, right } = element.getBoundingClientRect();
      const tile = element.closest(".tile, .banner")!.getBoundingClientRect();
      return {
        word: element.textContent,
        px: parseFloat((globalThis as unknown as Styles).getComputedStyle(element).fontSize),
        isInside: left >= tile.left && right <= tile.right,
      };
    });
    return { targets, words, isWider: d.documentElement.scrollWidth > d.documentElement.clientWidth };
  });
}

/** The little of the DOM that is measured. */
interface MeasuredElement {
  getBoundingClientRect(): { width: number; height: number; left: number; right: number };
  closest(selector: string): MeasuredElement | null;
  readonly outerHTML: string;
  readonly textContent: string;
}
interface Measured {
  querySelectorAll(selector: string): Iterable<MeasuredElement>;
  readonly documentElement: { readonly scrollWidth: number; readonly clientWidth: number };
}
interface Styles {
  getComputedStyle(element: unknown): { readonly fontSize: string };
}

/** 15 mm: on the 7-inch screen, 800 x 480, 133 px to the inch; elsewhere as CSS has it. */
const GLOVE_PX = { panel: 79, elsewhere: 57 };

/** Fails on anything too small for a glove, and on a page that is wider than its screen; returns the words of states. */
export async function assertTouchable(
  page: Page,
  what: string,
): Promise<Awaited<ReturnType<typeof measure>>["words"]> {
  const { targets, words, isWider } = await measure(page);
  const least = page.viewportSize()?.height === sizes.panel.height ? GLOVE_PX.panel : GLOVE_PX.elsewhere;
  assert.ok(targets.length > 3, what);
  for (const { html, width, height } of targets) {
    assert.ok(
      width >= least && height >= least,
      `${what}: ${width} x ${height} px is too small for a glove: ${html}`,
    );
  }
  for (const { word, isInside } of words) assert.ok(isInside, `${what}: "${word}" leaves its tile`);
  assert.ok(!isWider, `${what}: the page is wider than the screen`);
  return words;
}
