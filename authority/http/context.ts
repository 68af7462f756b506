/**
 * What middleware hands on with a request, as Hono's types. Knows no route.
 *
 * @module
 */

import type { ApplianceReply } from "../api/mod.ts";

/** Variables of a request's context. */
export interface Variables {
  /** The whole body as received; set by body_limit.ts. */
  bytes: Uint8Array;
  /** The appliance whose signature held; set by appliance_signature.ts. */
  appliance: ApplianceReply;
  /** How the log names the caller; set by api_key.ts and appliance_signature.ts. */
  who: string;
  /** Code of the refusal that was answered, for the request log. */
  refused: string;
}

/** Hono's environment of this app. */
export interface Environment {
  Variables: Variables;
}
