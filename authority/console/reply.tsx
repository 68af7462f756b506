/**
 * Draws a request's view and answers with pages: a page, a refusal in its place, an error without its inside.
 *
 * @module
 */

import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { Fault, Malformed } from "../../bootloader/wire/mod.ts";
import { chooseLanguage, type Language, type RefusalCode } from "../api/mod.ts";
import type { Office } from "../issuance/mod.ts";
import { MistakeSays, Refusal } from "./act_pages.tsx";
import { type Act, justDone } from "./acts.ts";
import type { ConsoleEnvironment, ConsolePorts } from "./environment.ts";
import { Mistake } from "./fields.ts";
import { cookieOf, statusOf } from "./guards.ts";
import { renderPage } from "./layout.tsx";
import { SESSION_COOKIE } from "./session.ts";
import { SignInPage } from "./sign_in_page.tsx";
import { type View, viewOf } from "./view.tsx";

type Request = Context<ConsoleEnvironment>;

/** The cookie that keeps a chosen language; it says nothing about anybody. */
export const LANGUAGE_COOKIE = "__Host-flashseal-language";

/** Answers requests with pages. */
export class Replies {
  readonly #office: Office;
  readonly #ports: ConsolePorts;

  constructor(office: Office, ports: ConsolePorts) {
    this.#office = office;
    this.#ports = ports;
  }

  /** Returns the language of a request: asked for, kept, or acceptable. */
  languageOf(context: Request): Language {
    const asked = context.req.query("lang") ?? cookieOf(context, LANGUAGE_COOKIE);
    return chooseLanguage(asked, context.req.header("accept-language"));
  }

  /** Returns what a request's page is drawn with. */
  view(context: Request): View {
    const url = new URL(context.req.url);
    url.searchParams.delete("lang");
    url.searchParams.delete("done");
    // The address of a form is no page, and a stranger is told nothing back: there one begins at the first.
    const isPage = context.req.method === "GET" && context.get("session") !== undefined;
    const path = isPage ? `${url.pathname}${url.search}` : "/console";
    return viewOf({
      language: this.languageOf(context),
      zone: this.#ports.zone ?? "UTC",
      nowMs: this.#office.nowMs(),
      ownerName: this.#office.ownerName,
      session: context.get("session"),
      path,
      formId: () => this.#office.random(16).toHex(),
    });
  }

  /** Answers with a page. */
  page(
    context: Request,
    draw: (view: View) => { readonly title: string; readonly content: unknown; readonly live?: boolean },
    status = 200,
  ): Response {
    const view = this.view(context);
    const { title, content, live } = draw(view);
    const done = status === 200 ? this.#justDone(context) : undefined;
    const whole = done === undefined ? content : (
      <>
        <p class="done" role="status">✓ {view.t.done.replace("{act}", view.t[done.title])}</p>
        {content as string}
      </>
    );
    // By the context: an answer of one's own would lose the headers that were set before.
    return context.body(
      renderPage(view, { title, content: whole, live: live === true }),
      status as ContentfulStatusCode,
      { "content-type": "text/html; charset=utf-8", "vary": "accept-language, cookie" },
    );
  }

  /** Whoever is not signed in has done nothing, and a link from elsewhere says nothing of what was. */
  #justDone(context: Request): Act | undefined {
    const session = context.get("session");
    const mark = context.req.query("done");
    return session === undefined || mark === undefined
      ? undefined
      : justDone(this.#office, session.who, mark);
  }

  /** Answers with a refusal. Whoever is not signed in gets the page to sign in, wherever they wanted to go. */
  refuse(context: Request, code: RefusalCode, detail?: string): Response {
    context.set("refused", code);
    const asks = context.get("session") === undefined;
    // Whoever comes without a session has done nothing wrong yet.
    const isFirst = code === "session-missing" && cookieOf(context, SESSION_COOKIE) === undefined;
    return this.page(context, (view) => ({
      title: asks ? view.t.signIn : view.t.notDone,
      content: asks ? <SignInPage view={view} refused={isFirst ? undefined : code} wait={detail} /> : (
        <>
          <h1>{view.t.notDone}</h1>
          <Refusal view={view} code={code} detail={detail} />
          <a class="button" href="/console">{view.t.back}</a>
        </>
      ),
    }), statusOf(code));
  }

  /** A person's mistake in a form: nothing is wrong with the program, and nothing was done. */
  #mistake(context: Request, mistake: Mistake): Response {
    context.set("refused", "malformed");
    const order = context.req.query("order") ?? "";
    const back = /^[0-9a-f]{32}$/.test(order) ? `/console/orders/${order}` : "/console";
    return this.page(context, (view) => ({
      title: view.t.notDone,
      content: (
        <>
          <h1>{view.t.notDone}</h1>
          <MistakeSays view={view} mistake={mistake} />
          <a class="button" href={mistake.input === "uid" ? "/console/devices" : back}>{view.t.back}</a>
        </>
      ),
    }), statusOf("malformed"));
  }

  /** Answers an error: what a Malformed says names a field and no value; of everything else only an incident number leaves. */
  error(error: Error, context: Request): Response {
    if (error instanceof Mistake) return this.#mistake(context, error);
    if (error instanceof Malformed) return this.refuse(context, "malformed", error.message);
    const incident = this.#office.random(8).toHex();
    const { name, message } = error;
    this.#ports.say(JSON.stringify({ event: "incident", incident, error: name, message }));
    const isFault = error instanceof Fault;
    return this.page(context, (view) => ({
      title: view.t.notDone,
      content: (
        <section class="card alarm" role="alert">
          <h1>{view.t.notDone}</h1>
          <p>{isFault ? message : "Internal error"}</p>
          <p>
            <code>{incident}</code>
          </p>
        </section>
      ),
    }), isFault ? 503 : 500);
  }
}
