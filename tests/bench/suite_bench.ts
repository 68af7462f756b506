/**
 * The two implementations of the suite side by side: `node:crypto`, which does the work, and noble, which `verify` and
 * the self-test rely on.
 *
 * @module
 */
import { native, noble } from "../../bootloader/suite/mod.ts";

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const seed = random(32);
const publicKey = native.ed25519PublicKey(seed);
const message = random(288);
const signature = native.ed25519Sign(seed, message);
const key = random(32);
const nonce = new Uint8Array(12);
const chunk = random(512);

for (const [name, suite] of Object.entries({ "node:crypto": native, noble })) {
  const baseline = suite === native;
  Deno.bench(`Ed25519 verify: ${name}`, { group: "verify", baseline }, () => {
    suite.ed25519Verify({ publicKey, message, signature });
  });
  Deno.bench(`Ed25519 sign: ${name}`, { group: "sign", baseline }, () => {
    suite.ed25519Sign(seed, message);
  });
  Deno.bench(`ChaCha20-Poly1305 of one chunk: ${name}`, { group: "chunk", baseline }, () => {
    suite.aeadSeal({ key, nonce, ad: message, data: chunk });
  });
}
