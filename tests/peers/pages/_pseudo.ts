/**
 * What another language would show of a page: texts that do not fit when they are longer, and texts that come from no table.
 *
 * @module
 */
import type { Page } from "playwright-core";
import { pseudo } from "../../words/pseudo.ts";
import { leftover } from "../../words/translation.ts";
import look from "./_look.js" with { type: "text" };

/** Letters that are words and no digits of an id. */
const WORDS = /\p{Letter}{2}/u;
const ID = /^[0-9a-f…. ]+$/;

/** Runs an expression of `_look.js` in the page; it must give strings. */
async function inPage(page: Page, expression: string): Promise<readonly string[]> {
  return await page.evaluate(`(() => { ${look}; return ${expression}; })()`) as string[];
}

/** Puts every text of an English page into the pseudo-locale, as it lies before the reader. */
export async function speakPseudo(page: Page): Promise<void> {
  const spoken = (await inPage(page, "prose()")).map((text) =>
    WORDS.test(text) && !ID.test(text.trim()) ? text.replace(text.trim(), () => pseudo(text.trim())) : null
  );
  await inPage(page, `speak(${JSON.stringify(spoken)}) ?? []`);
}

/** Returns what of the page's text cannot be seen: cut off in its box, or beside the window without a bar to scroll by. */
export function hiddenTexts(page: Page): Promise<readonly string[]> {
  return inPage(page, "hiddenTexts()");
}

/** Returns the English words of a page that is shown in Chinese, but for `data`: names that people gave, and codes. */
export async function englishLeft(page: Page, data: readonly string[]): Promise<readonly string[]> {
  const texts = await inPage(page, `prose(", [lang='en']")`);
  return texts.flatMap((text) => {
    const own = data.reduce((left, name) => left.replaceAll(name, " "), text);
    return leftover(own).filter((word) => word.length > 2 && !ID.test(word));
  });
}
