/**
 * A slow hash for short secrets that a person types, such as a PIN: scrypt (RFC 7914). Runs beside the event loop.
 *
 * @module
 */
import { scrypt } from "node:crypto";
import { Defect } from "../wire/mod.ts";

/** How much work one hash is: memory is 128 · cost · blockSize bytes. */
export interface SlowHashCost {
  /** A power of two. */
  readonly cost: number;
  readonly blockSize: number;
  readonly parallel: number;
}

/** 32 MB and about a tenth of a second on a small appliance. */
export const SLOW_HASH_COST: SlowHashCost = Object.freeze({ cost: 2 ** 15, blockSize: 8, parallel: 1 });

/** Returns 32 bytes that follow from a short secret and a random salt, slowly. */
export function slowHash(
  secret: Uint8Array,
  salt: Uint8Array,
  { cost, blockSize, parallel }: SlowHashCost = SLOW_HASH_COST,
): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  // Twice what it needs: the limit counts a little more than the table itself.
  const maxmem = 2 * 128 * cost * blockSize * parallel;
  scrypt(secret, salt, 32, { N: cost, r: blockSize, p: parallel, maxmem }, (error, key) => {
    if (error === null) resolve(new Uint8Array(key));
    else reject(new Defect(`scrypt: ${error.message}`, { cause: error }));
  });
  return promise;
}
