/**
 * Refusals of the owner's page. A part of the one table in refusal.ts, with its rules: extend only.
 *
 * @module
 */

import type { RefusalRow } from "./refusal_row.ts";

const stays = "the unit stays as it is";

/** Rows 79 to 81. */
export const refusalsOfConsole = {
  "session-missing": {
    number: 79,
    status: 401,
    effect: stays,
    says: "Nobody is signed in here, or the session has ended",
    remedy: "Sign in with an API key of this server",
  },
  "form-not-ours": {
    number: 80,
    status: 403,
    effect: stays,
    says: "The form was not sent by this page of this session",
    remedy: "Open the page again and send the form from there",
  },
  "too-many-tries": {
    number: 81,
    status: 429,
    effect: stays,
    says: "Too many requests came from this address in a short time",
    remedy: "Wait as long as is said here, then try again",
  },
} as const satisfies Record<string, RefusalRow>;
