/**
 * The PIN of the people before the appliance: 4 to 12 digits, of which the folder keeps a slow hash. Whoever has the file
 * can try every PIN; it keeps hands off a button, it protects no key.
 *
 * @module
 */
import * as v from "valibot";
import { hexBytes, readWith } from "../../authority/api/mod.ts";
import { type Random, SLOW_HASH_COST, slowHash } from "../../bootloader/suite/mod.ts";
import { Malformed, sameBytes } from "../../bootloader/wire/mod.ts";
import {
  agentPaths,
  parseConfig,
  parseJson,
  readFolderFile,
  syncFolderOf,
  writeSecretFile,
} from "./config.ts";

const PIN = /^[0-9]{4,12}$/;
const SALT_BYTES = 16;

const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 20));
const schema = v.strictObject({
  version: v.literal(1),
  cost: v.pipe(count, v.check((cost) => Number.isInteger(Math.log2(cost)), "must be a power of two")),
  blockSize: v.pipe(count, v.maxValue(32)),
  parallel: v.pipe(count, v.maxValue(16)),
  salt: hexBytes(SALT_BYTES),
  hash: hexBytes(32),
});

/** Tells whether a text can be a PIN. */
export function isPin(text: string): boolean {
  return PIN.test(text);
}

/** Sets the PIN of an appliance, in place of the one before. @throws {Malformed} when it is none; {Fault} when the folder is none */
export async function setPin(folder: string, pin: string, random: Random): Promise<void> {
  const paths = agentPaths(folder);
  parseConfig(await readFolderFile(paths.config));
  if (!isPin(pin)) throw new Malformed("Cannot set the PIN: it must be 4 to 12 digits", { structure: "PIN" });
  const salt = random(SALT_BYTES);
  const hash = await slowHash(new TextEncoder().encode(pin), salt);
  const draft = `${paths.pin}.part`;
  await Deno.remove(draft).catch(() => {});
  const file = { version: 1, ...SLOW_HASH_COST, salt: salt.toHex(), hash: hash.toHex() };
  await writeSecretFile(draft, JSON.stringify(file) + "\n");
  await Deno.rename(draft, paths.pin);
  await syncFolderOf(paths.pin);
}

/** Takes the PIN away: no action is offered any more. */
export async function removePin(folder: string): Promise<void> {
  const paths = agentPaths(folder);
  parseConfig(await readFolderFile(paths.config));
  try {
    await Deno.remove(paths.pin);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Tells whether a PIN is set. */
export function hasPin(folder: string): boolean {
  try {
    return Deno.statSync(agentPaths(folder).pin).isFile;
  } catch {
    return false;
  }
}

/** Tells whether `pin` is the one that was set. A file that cannot be read lets nobody in. */
export async function isRightPin(folder: string, pin: string): Promise<boolean> {
  try {
    const { salt, hash, ...cost } = readWith(
      schema,
      parseJson(await Deno.readTextFile(agentPaths(folder).pin), "pin.json"),
      "pin.json",
    );
    const given = await slowHash(new TextEncoder().encode(pin), Uint8Array.fromHex(salt), cost);
    return sameBytes(given, Uint8Array.fromHex(hash));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Malformed) return false;
    throw error;
  }
}
