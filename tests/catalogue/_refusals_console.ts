/**
 * Refusals that a browser meets before the owner's page. Every request but the last is answered as it should be.
 *
 * @module
 */
import assert from "node:assert/strict";
import { random } from "../unit/authority/_world.ts";
import { OWN_FORM, signedIn, Visitor } from "../unit/authority/console/_console.ts";
import type { Provocation } from "./_desk.ts";

/** Sign-ins that an address may be expected to be stopped after. */
const TRIES_MOST = 100;

/** Returns the code that the page names. */
async function codeOn(answer: Response): Promise<string> {
  return /<code>([a-z-]+)<\/code>/.exec(await answer.text())?.[1] ?? "none";
}

/** The provocations. */
export const consoleRefusals = {
  "session-missing": (world) => {
    const visitor = new Visitor(world);
    visitor.cookie = `__Host-flashseal-session=${random(32).toHex()}`;
    return Promise.resolve(async () => codeOn(await visitor.get("/console")));
  },
  "form-not-ours": async (world) => {
    const visitor = await signedIn(world);
    const elsewhere = { ...OWN_FORM, "origin": "https://elsewhere.example", "sec-fetch-site": "cross-site" };
    return async () => codeOn(await visitor.post("/console/sign-out", {}, elsewhere));
  },
  "too-many-tries": async (world) => {
    const visitor = new Visitor(world);
    let status = 0;
    for (let tries = 0; status !== 429; tries += 1) {
      assert.ok(tries < TRIES_MOST, "wrong keys are tried without end");
      const answer = await visitor.signIn(random(32).toHex());
      status = answer.status;
      await answer.body?.cancel();
    }
    return async () => codeOn(await visitor.signIn(random(32).toHex()));
  },
} as const satisfies Readonly<Record<string, Provocation>>;
