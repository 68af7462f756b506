/**
 * How a command of the owner is bound: with the session of a profile, and a refusal of the authority as an outcome.
 *
 * @module
 */
import type { Command } from "commander";
import { createOwnerHost, openSession, type OwnerSession, type Result } from "../../authority/owner/mod.ts";
import { bind, type Exit, type Invocation } from "./command.ts";
import type { Outcome } from "./outcome.ts";
import { defaultProfile } from "./owner_profile.ts";

/** The option that every command of the owner has. */
export interface WithProfile {
  readonly profile: string;
}

/** What a command does with its session. */
export type OwnerRun<Options, T> = (
  session: OwnerSession,
  invocation: Invocation<Options & WithProfile>,
) => Promise<Result<T>>;

/** What a function of the owner's side grants when nothing is refused. */
export type Granted<F extends (...args: never[]) => Promise<Result<unknown>>> = Extract<
  Awaited<ReturnType<F>>,
  { readonly granted: unknown }
>["granted"];

/** Binds a command that needs a session; `render` makes the lines for people. */
export function bindOwner<Options extends object, T>(
  command: Command,
  exit: Exit,
  run: OwnerRun<Options, T>,
  render: (value: T, invocation: Invocation<Options & WithProfile>) => readonly string[],
  /** What machines get, where people are told more. */
  jsonOf: (value: T) => unknown = (value) => value,
): void {
  command.option("--profile <file>", "where the login is kept", defaultProfile());
  bind<Options & WithProfile>(command, exit, async (invocation) => {
    const host = createOwnerHost();
    try {
      const session = await openSession(invocation.options.profile, host);
      return outcomeOf(await run(session, invocation), (value) => render(value, invocation), jsonOf);
    } finally {
      host.close();
    }
  });
}

/** Returns what a result comes to. */
export function outcomeOf<T>(
  result: Result<T>,
  render: (value: T) => readonly string[],
  jsonOf: (value: T) => unknown = (value) => value,
): Outcome {
  if ("granted" in result) return { lines: render(result.granted), json: jsonOf(result.granted) };
  const { code, says, remedy, detail } = result.refused;
  return {
    refused: code,
    sentence: detail === undefined || detail === "" ? says : `${says}: ${detail}`,
    remedy,
  };
}
