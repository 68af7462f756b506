/**
 * The page that asks for an API key. It shows nothing of the authority but its owner's name.
 *
 * @module
 */

import { fill, type RefusalCode, refusalWords } from "../api/mod.ts";
import type { View } from "./view.tsx";

/** Returns the content of the page; `refused`: why the last try failed. */
export function SignInPage(
  { view, refused, wait }: {
    readonly view: View;
    readonly refused?: RefusalCode | undefined;
    readonly wait?: string | undefined;
  },
) {
  const { t } = view;
  const texts = refused === undefined ? undefined : refusalWords(refused, view.language);
  return (
    <section class="card sign-in">
      <h1>{t.signIn}</h1>
      {texts === undefined ? null : (
        <p class="wrong" role="alert">
          {texts.says}
          {view.marks.stop} {texts.remedy}
          {view.marks.stop}
          {wait === undefined ? "" : ` (${wait})`} <code>{refused}</code>
        </p>
      )}
      <p>{fill(t.signInSays, {})}</p>
      <form method="post" action="/console/sign-in">
        <label>
          <span>{t.apiKey}</span>
          <input
            name="apiKey"
            type="password"
            autocomplete="current-password"
            minlength={64}
            maxlength={64}
            spellcheck={false}
            aria-describedby="hint"
            required
          />
        </label>
        <p id="hint" class="small">{t.apiKeyHint}</p>
        <button type="submit" class="primary">{t.signIn}</button>
      </form>
      <p class="small">{t.sessionLasts}</p>
    </section>
  );
}
