/**
 * People who watch: pages that stay open side by side while things happen, in both languages, and are looked at in every size and
 * scheme. Screenshots go into the folder that FLASHSEAL_SHOTS names.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { assertAccessible, openPage, sizes, type View } from "./_browser.ts";
import { englishLeft, hiddenTexts } from "./_pseudo.ts";

/** Where screenshots go, for a person to look at; none by default. */
const SHOTS = Deno.permissions.querySync({ name: "env" }).state === "granted"
  ? Deno.env.get("FLASHSEAL_SHOTS")
  : undefined;

/** The least views that find what a size, a scheme or a language breaks; all of them when somebody wants to look. */
const LOOKS: readonly Pick<Required<View>, "size" | "scheme">[] = SHOTS === undefined
  ? [{ size: "panel", scheme: "light" }, { size: "phone", scheme: "dark" }]
  : (["panel", "phone", "desktop"] as const).flatMap((size) =>
    (["light", "dark"] as const).map((scheme) => ({ size, scheme }))
  );

type Language = Required<View>["language"];

/** One page, open in each language that it speaks. */
export class Watched {
  /** In English, at the size that it is mostly looked at: what the walk reads and clicks. */
  readonly page: Page;
  readonly #home: keyof typeof sizes;
  readonly #names: readonly string[] | undefined;
  readonly #pages: ReadonlyMap<Language, Page>;

  private constructor(
    at: { readonly home: keyof typeof sizes; readonly names: readonly string[] | undefined },
    page: Page,
    pages: ReadonlyMap<Language, Page>,
  ) {
    this.#home = at.home;
    this.#names = at.names;
    this.#pages = pages;
    this.page = page;
  }

  /** Opens an address; `enter` does what has to be done before there is anything to see. */
  static async open(
    browser: Browser,
    at: {
      readonly address: string;
      readonly size: keyof typeof sizes;
      /** Besides English. */
      readonly others?: readonly Language[];
      /** Names that people gave: nothing else may be English on the Chinese page; undefined: it is not looked for. */
      readonly names?: readonly string[];
    },
    enter: (page: Page) => Promise<void> = () => Promise.resolve(),
  ): Promise<Watched> {
    const open = async (language: Language) => {
      const page = await openPage(browser, at.address, { size: at.size, language });
      await enter(page);
      return page;
    };
    const english = await open("en");
    const pages = new Map([["en", english]]) as Map<Language, Page>;
    for (const language of at.others ?? ["zh-Hans"] as const) pages.set(language, await open(language));
    return new Watched({ home: at.size, names: at.names }, english, pages);
  }

  /** Leads every page to an address. */
  async goto(address: string): Promise<void> {
    for (const page of this.#pages.values()) await page.goto(address);
  }

  /** Looks at what the pages show now, or when `isThere`: accessible, nothing cut off, nothing beside the window. */
  async look(name: string, isThere: string): Promise<void> {
    for (const [language, page] of this.#pages) {
      // A page that does not follow by itself is opened where the other one is.
      if (page.url() !== this.page.url()) await page.goto(this.page.url());
      await page.waitForSelector(isThere);
      if (language === "zh-Hans" && this.#names !== undefined) {
        assert.deepEqual(await englishLeft(page, this.#names), [], `${name}: English on the Chinese page`);
      }
      for (const { size, scheme } of LOOKS) {
        const what = `${name}-${size}-${scheme}-${language}`;
        await page.setViewportSize(sizes[size]);
        await page.emulateMedia({ colorScheme: scheme });
        if (SHOTS !== undefined) {
          await page.screenshot({ path: `${SHOTS}/whole-${what}.png`, fullPage: true });
        }
        await assertAccessible(page, what);
        assert.deepEqual(await hiddenTexts(page), [], `${what}: cannot be read`);
      }
      await page.setViewportSize(sizes[this.#home]);
      await page.emulateMedia({ colorScheme: "light" });
    }
  }
}
