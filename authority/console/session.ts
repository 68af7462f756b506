/**
 * Sessions: an API key is exchanged for 32 random bytes that only the browser keeps; here is their hash with an end. What
 * proves that a form is this session's is computed from the secret, so it needs no row. A session ends at its time, at
 * sign-out, with its API key, and with the epoch: a restored authority forgets who was signed in. A change of the ticket and
 * log keys ends none: sessions hang on none of them.
 *
 * @module
 */

import { equalInConstantTime, hash32 } from "../../bootloader/suite/mod.ts";
import type { Office } from "../issuance/mod.ts";
import { hashApiKey } from "../signer/mod.ts";
import { deleteSession, findApiKey, findSession, insertSession } from "../store/mod.ts";

/** Somebody who is signed in. */
export interface Session {
  /** How the log names them: as with the same API key on the command line. */
  readonly who: string;
  readonly name: string;
  /** What each form of this session carries, in hexadecimal. */
  readonly formProof: string;
  /** The stored hash. */
  readonly hash: Uint8Array;
}

/** The cookie's name: `__Host-` makes browsers refuse it without Secure, with a domain, or for another path (RFC 6265bis). */
export const SESSION_COOKIE = "__Host-flashseal-session";
/** How long a session lasts, in seconds: a working day. */
export const SESSION_SECONDS = 8 * 3600;

const SECRET_BYTES = 32;

/** Returns the secret of a new session as the cookie has it; undefined when the API key is not in force. */
export function beginSession(
  office: Office,
  apiKey: string,
): { readonly secret: string; readonly name: string } | undefined {
  const keyHash = hashApiKey(apiKey);
  const key = findApiKey(office.db, keyHash);
  if (key === undefined) return undefined;
  const secret = office.random(SECRET_BYTES);
  const begunMs = office.nowMs();
  const session = { hash: storedHash(secret), keyHash, epoch: office.epoch, begunMs };
  office.db.transact(() =>
    insertSession(office.db, { ...session, endsMs: begunMs + SESSION_SECONDS * 1000 })
  );
  return { secret: secret.toHex(), name: key.name };
}

/** Returns the session of a cookie's value, or undefined. */
export function readSession(office: Office, cookie: string | undefined): Session | undefined {
  if (cookie === undefined || !/^[0-9a-f]{64}$/.test(cookie)) return undefined;
  const secret = Uint8Array.fromHex(cookie);
  const hash = storedHash(secret);
  const found = findSession(office.db, hash, { nowMs: office.nowMs(), epoch: office.epoch });
  if (found === undefined) return undefined;
  return { who: `owner ${found.name}`, name: found.name, formProof: proofOf(secret).toHex(), hash };
}

/** Ends a session. */
export function endSession(office: Office, session: Session): void {
  deleteSession(office.db, session.hash);
}

/** Whether a form is of this session. */
export function isFormOf(session: Session, proof: string): boolean {
  if (!/^[0-9a-f]{64}$/.test(proof)) return false;
  return equalInConstantTime(Uint8Array.fromHex(proof), Uint8Array.fromHex(session.formProof));
}

function storedHash(secret: Uint8Array): Uint8Array {
  return hash32(new TextEncoder().encode("flashseal console session\n"), secret);
}

function proofOf(secret: Uint8Array): Uint8Array {
  return hash32(new TextEncoder().encode("flashseal console form\n"), secret);
}
