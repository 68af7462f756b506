/**
 * What the owner's page hands on with a request, and what it is given besides the office. Knows no page.
 *
 * @module
 */

import type { Language } from "../api/mod.ts";
import type { Session } from "./session.ts";

/** What the page is given besides the office. */
export interface ConsolePorts {
  /** The site's zone, a name of the IANA database: times are shown in it; UTC when missing. */
  readonly zone?: string;
  /** When the certificate of the HTTPS channel ends, in milliseconds since 1970; undefined, or missing: not known here. */
  readonly channelEndsMs?: () => number | undefined;
  /** Takes one JSON line for an incident. */
  readonly say: (line: string) => void;
}

/** Hono's environment of the page; `bytes`, `who` and `refused` are those of the whole application. */
export interface ConsoleEnvironment {
  Bindings: {
    /** Address of the caller as the socket has it; missing where there is no socket. */
    readonly peer?: string;
  };
  Variables: {
    /** The whole body as received. */
    bytes: Uint8Array;
    /** How the log names the caller. */
    who: string;
    /** Code of the refusal that was answered, for the request log. */
    refused: string;
    language: Language;
    /** Set where somebody is signed in. */
    session: Session;
  };
}
