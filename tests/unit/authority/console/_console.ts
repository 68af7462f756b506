/**
 * Somebody before the owner's page: asks and sends forms as a browser does, and keeps its cookies.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ORIGIN, type World } from "../_world.ts";

const FORM = "application/x-www-form-urlencoded";

/** What a browser says with a form of this very page. */
export const OWN_FORM: Readonly<Record<string, string>> = Object.freeze({
  "content-type": FORM,
  "origin": ORIGIN,
  "sec-fetch-site": "same-origin",
});

/** A browser before the page. */
export class Visitor {
  readonly #world: Pick<World, "fetch">;
  readonly #address: string;
  /** The session's cookie as `name=value`; empty: none. */
  cookie = "";

  constructor(world: Pick<World, "fetch">, address = "192.0.2.1") {
    this.#world = world;
    this.#address = address;
  }

  /** Asks for an address. */
  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return await this.#send(
      new Request(`${ORIGIN}${path}`, { headers: { cookie: this.cookie, ...headers } }),
    );
  }

  /** Asks for a page that has to be there. */
  async page(path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const response = await this.get(path, headers);
    const text = await response.text();
    assert.equal(response.status, 200, `${path}: ${text}`);
    return text;
  }

  /** Sends a form; a header set to "" is left out. */
  async post(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const all = Object.entries({ ...OWN_FORM, cookie: this.cookie, ...headers }).filter(([, value]) =>
      value !== ""
    );
    const body = new URLSearchParams(fields).toString();
    return await this.#send(new Request(`${ORIGIN}${path}`, { method: "POST", headers: all, body }));
  }

  /** Signs in. */
  async signIn(apiKey: string): Promise<Response> {
    return await this.post("/console/sign-in", { apiKey });
  }

  /** Confirms an act as its preview asks for it. */
  async confirm(path: string, more: Readonly<Record<string, string>> = {}): Promise<Response> {
    const preview = await this.page(path);
    return await this.post(path.split("?")[0] ?? path, { ...hiddenFields(preview, path), ...more });
  }

  async #send(request: Request): Promise<Response> {
    const fetch = this.#world.fetch as (request: Request, peer?: string) => Promise<Response>;
    const response = await fetch(request, this.#address);
    for (const set of response.headers.getSetCookie()) {
      const [pair = ""] = set.split(";");
      if (pair.startsWith("__Host-flashseal-session=")) this.cookie = pair.endsWith("=") ? "" : pair;
    }
    return response;
  }
}

/** Returns the hidden fields of the form that does an act. */
export function hiddenFields(page: string, path: string): Readonly<Record<string, string>> {
  const action = (path.split("?")[0] ?? path).replaceAll("/", "\\/");
  const form = new RegExp(`<form method="post" action="${action}"[^>]*>(.*?)</form>`, "s").exec(page)?.[1];
  assert.ok(form !== undefined, `no form for ${path} in ${page}`);
  const inputs = form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
  return Object.fromEntries([...inputs].map(([, name = "", value = ""]) => [name, value]));
}

/** Signs somebody in. */
export async function signedIn(world: World, address?: string): Promise<Visitor> {
  const visitor = new Visitor(world, address);
  const response = await visitor.signIn(world.apiKey);
  assert.equal(response.status, 303, await response.text());
  assert.notEqual(visitor.cookie, "");
  return visitor;
}
