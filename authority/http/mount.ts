/**
 * Mounts acts on the contract's routes: parses the body by the route's schema, answers with its reply or a refusal. Every
 * route is mounted once; the types hold request and reply to the contract.
 *
 * @module
 */

import type { Context, Hono } from "hono";
import type { InferOutput } from "valibot";
import { Malformed } from "../../bootloader/wire/mod.ts";
import {
  type Decision,
  readWith,
  type ReplyOf,
  type Route,
  type RouteName,
  routes,
  type Schema,
} from "../api/mod.ts";
import type { Environment } from "./context.ts";
import { refusalReply } from "./problem.ts";

/** The parsed body of a route's request. */
export type BodyOf<N extends RouteName> = (typeof routes)[N]["request"] extends Schema
  ? InferOutput<(typeof routes)[N]["request"]>
  : undefined;

/** One request to a route. */
export interface Call<N extends RouteName> {
  readonly context: Context<Environment>;
  readonly body: BodyOf<N>;
  /** The body as received. */
  readonly bytes: Uint8Array;
  /** Returns a path parameter. */
  readonly parameter: (name: string) => string;
  /** Returns a query parameter that is a whole number; `otherwise` when it is missing. */
  readonly number: (name: string, otherwise: number) => number;
}

/** Answers one request. */
export type Act<N extends RouteName> = (
  call: Call<N>,
) => Decision<ReplyOf<N>> | Promise<Decision<ReplyOf<N>>>;

/** Mounts `act` on a route. */
export function mount<N extends RouteName>(app: Hono<Environment>, name: N, act: Act<N>): void {
  const route: Route = routes[name];
  app.on(route.method, route.path, async (context) => {
    const bytes = context.get("bytes");
    const decision = await act({
      context,
      bytes,
      body: (route.request === null ? undefined : readBody(route.request, bytes)) as BodyOf<N>,
      parameter: (parameter) => context.req.param(parameter) ?? "",
      number: (parameter, otherwise) => readNumber(context, parameter, otherwise),
    });
    if ("refused" in decision) {
      const { refused, detail, ...facts } = decision;
      return refusalReply(context, refused, detail, facts);
    }
    if (decision.granted instanceof Uint8Array) {
      return new Response(new Uint8Array(decision.granted), {
        headers: { "content-type": "application/octet-stream" },
      });
    }
    return Response.json(decision.granted);
  });
}

function readBody(schema: Schema, bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // The parser's sentence would echo the text; ours does not.
    throw new Malformed("Cannot read the request: it is not JSON", { structure: "request" });
  }
  return readWith(schema, value, "the request");
}

function readNumber(context: Context<Environment>, parameter: string, otherwise: number): number {
  const text = context.req.query(parameter);
  if (text === undefined) return otherwise;
  if (!/^(?:0|[1-9]\d{0,14})$/.test(text)) {
    throw new Malformed(`Cannot read the request: "${parameter}" is not a whole number`, {
      structure: "request",
    });
  }
  return Number(text);
}
