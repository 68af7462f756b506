/**
 * The program on a machine whose HMAC gives wrong answers: one bit of each is flipped before the first module of ours asks.
 *
 * @module
 */
import { createHmac } from "node:crypto";

const { prototype } = createHmac("sha512", "").constructor as unknown as {
  prototype: { digest(...encoding: unknown[]): Uint8Array };
};
const right = prototype.digest;
prototype.digest = function (...encoding) {
  const bytes = right.apply(this, encoding);
  if (bytes instanceof Uint8Array) bytes[0]! ^= 1;
  return bytes;
};

const { runCommandLine } = await import("../../deploy/cli/mod.ts");
Deno.exit(await runCommandLine(Deno.args));
