/**
 * Known answers that hold both implementations equal at start-up and in `agent selftest`. Refuses to repair anything:
 * it says which check fails, and the caller stops.
 * @module
 */
import { Fault } from "../wire/mod.ts";
import { native } from "./_native.ts";
import { noble } from "./_noble.ts";
import type { Primitives } from "./primitives.ts";

/** One known answer on one implementation. */
export interface SelfTestResult {
  /** The implementation. */
  readonly implementation: Primitives["name"];
  /** The primitive and the source of the answer. */
  readonly check: string;
  /** Whether the answer was the known one. */
  readonly passed: boolean;
}

type Check = readonly [name: string, run: (p: Primitives) => boolean];

const hex = (text: string) => Uint8Array.fromHex(text);
const ascii = (text: string) => new TextEncoder().encode(text);
const is = (bytes: Uint8Array | undefined, text: string) => bytes?.toHex() === text;

// RFC 8032 section 7.1, test 2: published test values.
const SEED = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
const PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const SIGNATURE = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
// RFC 7748 section 5.2, first vector.
const SCALAR = hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
const POINT = hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
// RFC 8439 section 2.8.2.
const AEAD = {
  key: Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index),
  nonce: hex("070000004041424344454647"),
  ad: hex("50515253c0c1c2c3c4c5c6c7"),
  data: ascii(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  ),
};

// Wycheproof hkdf_sha512, tcId 1.
const HKDF = {
  salt: new Uint8Array(0),
  ikm: hex("24aeff2645e3e0f5494a9a102778c43a"),
  info: new Uint8Array(0),
  length: 20,
};
// Wycheproof ecdsa_secp256r1_sha256_p1363, tcId 1.
const P256 = {
  publicKey: hex(
    "042927b10512bae3eddcfe467828128bad2903269919f7086069c8c4df6c732838" +
      "c7787964eaac00e5921fb1498a60f4606766b3d9685001558d1a974e7341513e",
  ),
  message: hex("313233343030"),
  signature: hex(
    "2ba3a8be6b94d5ec80a6d9d1190a436effe50d85a1eee859b8cc6af9bd5c2e18" +
      "4cd60b855d442f5b3c7b11eb6c4e0ae7525fe710fab9aa7c77a67f79e6fadd76",
  ),
};

const CHECKS: readonly Check[] = [
  ["SHA-512 (FIPS 180-4, abc)", (p) =>
    is(
      p.sha512(ascii("abc")),
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    )],
  ["HMAC-SHA-512 (RFC 4231, case 2)", (p) =>
    is(
      p.hmac(ascii("Jefe"), ascii("what do ya want for nothing?")),
      "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554" +
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    )],
  ["HKDF-SHA-512 (Wycheproof, tcId 1)", (p) => is(p.hkdf(HKDF), "dd2599840b09699c6200b5cba79002b3aa75c61b")],
  ["Ed25519 public key (RFC 8032, test 2)", (p) => is(p.ed25519PublicKey(SEED), PUBLIC)],
  ["Ed25519 sign (RFC 8032, test 2)", (p) => is(p.ed25519Sign(SEED, Uint8Array.of(0x72)), SIGNATURE)],
  [
    "Ed25519 verify (RFC 8032, test 2)",
    (p) =>
      p.ed25519Verify({ publicKey: hex(PUBLIC), message: Uint8Array.of(0x72), signature: hex(SIGNATURE) }),
  ],
  [
    "Ed25519 refuses another message",
    (p) =>
      !p.ed25519Verify({ publicKey: hex(PUBLIC), message: Uint8Array.of(0x73), signature: hex(SIGNATURE) }),
  ],
  [
    "X25519 (RFC 7748, section 5.2)",
    (p) => is(p.x25519(SCALAR, POINT), "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"),
  ],
  ["X25519 refuses an all-zero result (P-22)", (p) => p.x25519(SCALAR, new Uint8Array(32)) === undefined],
  [
    "ChaCha20-Poly1305 seal (RFC 8439, section 2.8.2)",
    (p) => is(p.aeadSeal(AEAD).slice(-16), "1ae10b594f09e26a7e902ecbd0600691"),
  ],
  [
    "ChaCha20-Poly1305 opens what it sealed",
    (p) => is(p.aeadOpen({ ...AEAD, data: p.aeadSeal(AEAD) }), AEAD.data.toHex()),
  ],
  ["ChaCha20-Poly1305 refuses a flipped bit", (p) => {
    const sealed = p.aeadSeal(AEAD);
    sealed[3]! ^= 1;
    return p.aeadOpen({ ...AEAD, data: sealed }) === undefined;
  }],
  ["ECDSA P-256 verify (Wycheproof, tcId 1)", (p) => p.p256Verify(P256)],
];

/** Runs every known answer on both implementations (or on those given) and returns each result. */
export function selfTest(
  implementations: readonly Primitives[] = [native, noble],
): readonly SelfTestResult[] {
  return implementations.flatMap((implementation) =>
    CHECKS.map(([check, run]) => ({
      implementation: implementation.name,
      check,
      passed: holds(run, implementation),
    }))
  );
}

/** Stops a program that is about to use keys when an answer is wrong. @throws {Fault} naming each wrong answer */
export function demandKnownAnswers(): void {
  const wrong = selfTest().filter(({ passed }) => !passed);
  if (wrong.length === 0) return;
  const named = wrong.map(({ implementation, check }) => `${check} on ${implementation}`).join(", ");
  throw new Fault(
    `Cannot start: this machine's cryptography gives wrong answers: ${named}; install the program anew, then try another machine`,
    { place: "suite", retry: false },
  );
}

function holds(run: Check[1], implementation: Primitives): boolean {
  try {
    return run(implementation);
  } catch {
    // A primitive that a machine lacks throws: no answer is as wrong as another one, and the next check still runs.
    return false;
  }
}
