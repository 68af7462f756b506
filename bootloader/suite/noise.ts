/**
 * The patterns NK and N of the Noise Protocol Framework, revision 34, for 25519, ChaChaPoly and SHA512 (P-22, P-23, P-25,
 * P-27, P-28). Knows nothing of tickets; prologue and content are bytes.
 * A peer's bytes that do not fit give undefined, never a reason (P-49).
 * @module
 */
import { assert, concat, TAG_BYTES } from "../wire/mod.ts";
import { native } from "./_native.ts";
import type { Primitives } from "./primitives.ts";
import type { Random } from "./secret.ts";
import { Secret } from "./secret.ts";
import type { SplitKeys } from "./symmetric_state.ts";
import { SymmetricState } from "./symmetric_state.ts";

const KEY_BYTES = 32;

/** What both sides of a handshake have in common. */
export interface HandshakeOptions {
  /** Bytes that both sides have to agree on beforehand. */
  readonly prologue: Uint8Array;
  /** Source of the ephemeral key. */
  readonly random: Random;
  /** The implementation to run on; `native` unless a test wants the other. */
  readonly primitives?: Primitives;
}

/** The public half of a handshake's result, and the transport keys. */
export interface HandshakeResult {
  /** Final handshake hash hh, 64 bytes (P-28). */
  readonly hh: Uint8Array;
  /** The transport keys. */
  readonly keys: SplitKeys;
}

type Pattern = "NK" | "N";

function start(
  pattern: Pattern,
  prologue: Uint8Array,
  options: { publicKey: Uint8Array; primitives: Primitives },
) {
  const state = new SymmetricState(`Noise_${pattern}_25519_ChaChaPoly_SHA512`, options.primitives);
  state.mixHash(prologue);
  state.mixHash(options.publicKey);
  return state;
}

/** The initiator's first message (e, es, content), which NK and N share; undefined when a DH result is all zero. */
function writeFirst(state: SymmetricState, content: Uint8Array, options: {
  readonly publicKey: Uint8Array;
  readonly ephemeral: Secret;
  readonly primitives: Primitives;
}): Uint8Array | undefined {
  const { publicKey, ephemeral, primitives } = options;
  const e = ephemeral.use((raw) => primitives.x25519PublicKey(raw));
  state.mixHash(e);
  const es = ephemeral.use((raw) => primitives.x25519(raw, publicKey));
  if (es === undefined) return undefined; // P-22
  state.mixKey(es);
  return concat(e, state.encryptAndHash(content));
}

/** Reads what `writeFirst` made; undefined when it is not authentic. */
function readFirst(state: SymmetricState, message: Uint8Array, options: {
  readonly privateKey: Secret;
  readonly primitives: Primitives;
}): { readonly e: Uint8Array; readonly content: Uint8Array } | undefined {
  if (message.length < KEY_BYTES + TAG_BYTES) return undefined;
  const e = message.slice(0, KEY_BYTES);
  state.mixHash(e);
  const es = options.privateKey.use((raw) => options.primitives.x25519(raw, e));
  if (es === undefined) return undefined; // P-22
  state.mixKey(es);
  const content = state.decryptAndHash(message.subarray(KEY_BYTES));
  return content === undefined ? undefined : { e, content };
}

/** The initiator of Noise_NK: what a target is. Used by vectors, the worked example and rehearsals. */
export class NkInitiator {
  readonly #state: SymmetricState;
  readonly #primitives: Primitives;
  readonly #publicKey: Uint8Array;
  // P-23: one ephemeral key per handshake; it lives from construction to `readMessage2()`.
  readonly #ephemeral: Secret;

  /** Takes the responder's static public key and draws the ephemeral key. */
  constructor(publicKey: Uint8Array, options: HandshakeOptions) {
    this.#primitives = options.primitives ?? native;
    this.#publicKey = publicKey;
    this.#ephemeral = Secret.draw(options.random, KEY_BYTES);
    this.#state = start("NK", options.prologue, { publicKey, primitives: this.#primitives });
  }

  /** Returns message 1 with `content`, or undefined when the responder's key gives an all-zero result. */
  writeMessage1(content: Uint8Array): Uint8Array | undefined {
    return writeFirst(this.#state, content, {
      publicKey: this.#publicKey,
      ephemeral: this.#ephemeral,
      primitives: this.#primitives,
    });
  }

  /** Returns the content of message 2 and the result, or undefined when it is not authentic. */
  readMessage2(message: Uint8Array): HandshakeResult & { readonly content: Uint8Array } | undefined {
    if (message.length < KEY_BYTES + TAG_BYTES) return undefined;
    const e = message.slice(0, KEY_BYTES);
    this.#state.mixHash(e);
    const ee = this.#ephemeral.use((raw) => this.#primitives.x25519(raw, e));
    this.#ephemeral.wipe();
    if (ee === undefined) return undefined; // P-22
    this.#state.mixKey(ee);
    const content = this.#state.decryptAndHash(message.subarray(KEY_BYTES));
    if (content === undefined) return undefined;
    return { content, hh: this.#state.hash, keys: this.#state.split() };
  }
}

/** What an NK responder gives: message 2, the hash before its content (h2) and the result. */
export interface NkAnswer extends HandshakeResult {
  /** Noise message 2 (P-27). */
  readonly message2: Uint8Array;
  /** h after `e, ee` and before the content is encrypted, 64 bytes (P-28). */
  readonly h2: Uint8Array;
}

/** The responder of Noise_NK: what a key-holder is. One object answers one message 1, once. */
export class NkResponder {
  readonly #state: SymmetricState;
  readonly #primitives: Primitives;
  readonly #privateKey: Secret;
  readonly #random: Random;
  #e: Uint8Array | undefined;

  /** Takes the static key pair's private half (borrowed, not wiped) and its public half. */
  constructor(
    keys: { readonly privateKey: Secret; readonly publicKey: Uint8Array },
    options: HandshakeOptions,
  ) {
    this.#primitives = options.primitives ?? native;
    this.#privateKey = keys.privateKey;
    this.#random = options.random;
    this.#state = start("NK", options.prologue, { publicKey: keys.publicKey, primitives: this.#primitives });
  }

  /** Returns the content of message 1, or undefined when it is not authentic. */
  readMessage1(message: Uint8Array): Uint8Array | undefined {
    const first = readFirst(this.#state, message, {
      privateKey: this.#privateKey,
      primitives: this.#primitives,
    });
    this.#e = first?.e;
    return first?.content;
  }

  /** Returns message 2 with the content that `contentFor(h2)` makes, or undefined when a DH result is all zero. */
  writeMessage2(contentFor: (h2: Uint8Array) => Uint8Array): NkAnswer | undefined {
    const peer = this.#e;
    assert(peer !== undefined, "Cannot write message 2: no message 1 was read, or it was answered");
    this.#e = undefined;
    // P-23: drawn for this message 2 alone; wiped as soon as `ee` is mixed in, since alone it would end forward secrecy.
    const ephemeral = Secret.draw(this.#random, KEY_BYTES);
    const e = ephemeral.use((raw) => this.#primitives.x25519PublicKey(raw));
    this.#state.mixHash(e);
    const ee = ephemeral.use((raw) => this.#primitives.x25519(raw, peer));
    ephemeral.wipe();
    if (ee === undefined) return undefined; // P-22
    this.#state.mixKey(ee);
    const h2 = this.#state.hash;
    const message2 = concat(e, this.#state.encryptAndHash(contentFor(h2)));
    return { message2, h2, hh: this.#state.hash, keys: this.#state.split() };
  }

  /** Wipes the handshake's secrets; for a message 1 that is refused after it was read. */
  wipe(): void {
    this.#state.wipe();
  }
}

/** Returns the one message of Noise_N to `publicKey` and its transport keys, or undefined for a key of small order. */
export function writeN(publicKey: Uint8Array, content: Uint8Array, options: HandshakeOptions):
  | HandshakeResult & { readonly message: Uint8Array }
  | undefined {
  const primitives = options.primitives ?? native;
  const ephemeral = Secret.draw(options.random, KEY_BYTES);
  const state = start("N", options.prologue, { publicKey, primitives });
  const message = writeFirst(state, content, { publicKey, ephemeral, primitives });
  ephemeral.wipe();
  return message === undefined ? undefined : { message, hh: state.hash, keys: state.split() };
}

/** Reads the one message of Noise_N, or returns undefined when it is not authentic. */
export function readN(
  keys: { readonly privateKey: Secret; readonly publicKey: Uint8Array },
  message: Uint8Array,
  options: Omit<HandshakeOptions, "random">,
): HandshakeResult & { readonly content: Uint8Array } | undefined {
  const primitives = options.primitives ?? native;
  const state = start("N", options.prologue, { publicKey: keys.publicKey, primitives });
  const first = readFirst(state, message, { privateKey: keys.privateKey, primitives });
  return first === undefined ? undefined : { content: first.content, hh: state.hash, keys: state.split() };
}
