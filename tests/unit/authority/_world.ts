/**
 * A small honest world for the authority's tests: a real authority on a real database, driven over its HTTP application by
 * the real clients; a target that speaks the real handshake. No part is a mock. Keys are drawn, never written down.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createAuthority } from "../../../authority/authority.ts";
import { foundAuthority } from "../../../authority/found.ts";
import {
  type Answer,
  type ApplianceClient,
  createApplianceClient,
  createOwnerClient,
  enrolAppliance,
  fetchTrust,
  type OfflineTerms,
  type OrderId,
  type OwnerClient,
  parseEnrolmentCode,
  type TicketReply,
  type Trust,
} from "../../../authority/api/mod.ts";
import { Database } from "../../../authority/store/mod.ts";
import { stm32g0 } from "../../../bootloader/chips/mod.ts";
import { encryptRelease } from "../../../bootloader/session/mod.ts";
import {
  hash32,
  makeSigningKeyPair,
  NkInitiator,
  Secret,
  sign,
  type SigningKeyPair,
} from "../../../bootloader/suite/mod.ts";
import { makeReceiptReport, openTicket, wrapReleaseKey } from "../../../bootloader/ticket/mod.ts";
import {
  type ApplianceId,
  lockRecordLayout,
  message1PayloadLayout,
  padUid,
  parseUid,
  type ProductId,
  type ReleaseId,
  type Ticket,
  type TicketId,
  type Uid,
  wrapPayloadLayout,
} from "../../../bootloader/wire/mod.ts";

export const ORIGIN = "https://authority.test";
export const CA_TEXT = "-----BEGIN CERTIFICATE-----\ntest only\n-----END CERTIFICATE-----\n";

export function random(n: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(n));
}

/** A clock that tests move. */
export class Clock {
  nowMs = 1_800_000_000_000;
  get seconds(): number {
    return Math.floor(this.nowMs / 1000);
  }
}

export function granted<T>(answer: Answer<T>): T {
  if ("refused" in answer) assert.fail(`refused: ${answer.refused.code} ${answer.refused.detail ?? ""}`);
  return answer.granted;
}

export function refusedCode(answer: Answer<unknown>): string {
  return "refused" in answer ? answer.refused.code : "granted";
}

/** One authority with its clock, log lines and owner. */
export interface World {
  readonly db: Database;
  readonly clock: Clock;
  readonly lines: string[];
  readonly sealKey: Uint8Array;
  readonly rootSeed: Uint8Array;
  readonly apiKey: string;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly owner: OwnerClient;
  readonly trust: () => Promise<Trust>;
  readonly rootPublicKey: Uint8Array;
  readonly close: () => void;
}

export function createWorld(path = ":memory:", clock = new Clock()): World {
  const sealKey = random(32);
  const db = new Database(path);
  const founding = foundAuthority(db, new Secret(sealKey.slice()), {
    ownerName: "Test owner",
    random,
    nowMs: clock.nowMs,
  });
  const rootSeed = founding.rootSeed.use((seed) => seed.slice());
  return openWorld(db, clock, { sealKey, rootSeed, apiKey: founding.apiKey });
}

export function openWorld(
  db: Database,
  clock: Clock,
  secrets: { readonly sealKey: Uint8Array; readonly rootSeed: Uint8Array; readonly apiKey: string },
  more: { readonly zone?: string } = {},
): World {
  const lines: string[] = [];
  const authority = createAuthority({
    db,
    sealKey: new Secret(secrets.sealKey.slice()),
    caCertificate: CA_TEXT,
    random,
    nowMs: () => clock.nowMs,
    say: (line) => lines.push(line),
    ...more,
  });
  const { fetch, rootPublicKey } = authority;
  const { sealKey, rootSeed, apiKey } = secrets;
  return {
    db,
    clock,
    lines,
    sealKey,
    rootSeed,
    apiKey,
    fetch,
    rootPublicKey,
    owner: createOwnerClient({ origin: ORIGIN, fetch, apiKey: () => secrets.apiKey, random }),
    trust: () => fetchTrust({ origin: ORIGIN, fetch }, { rootPublicKey }),
    close: authority.close,
  };
}

/** An enrolled appliance. */
export interface Appliance {
  readonly id: ApplianceId;
  readonly identity: SigningKeyPair;
  readonly client: ApplianceClient;
  readonly clientWith: (fetch: World["fetch"], sequence: () => number) => ApplianceClient;
}

export async function enrolled(world: World, name: string, products: ProductId[] = []): Promise<Appliance> {
  const { code: text } = granted(await world.owner.createEnrolment({ name, products }));
  const code = parseEnrolmentCode(text);
  const trust = await fetchTrust({ origin: ORIGIN, fetch: world.fetch }, { rootHash: code.rootHash });
  const identity = makeSigningKeyPair(random);
  const answer = await enrolAppliance({ origin: ORIGIN, fetch: world.fetch }, {
    code,
    trust,
    publicKey: identity.publicKey,
    nonce: random(32),
  });
  const id = granted(answer).appliance;
  const clientWith = (fetch: World["fetch"], nextSequence: () => number) =>
    createApplianceClient({
      origin: ORIGIN,
      fetch,
      appliance: id,
      sign: (message) => sign(identity.seed, message),
      logKeys: [trust.keySet.logKey],
      nextSequence,
      nowSeconds: () => world.clock.seconds,
    });
  let sequence = 0;
  return { id, identity, clientWith, client: clientWith(world.fetch, () => sequence += 1) };
}

export const FLASH_KB = 8;
export const CHIP_ID = 0x466;

export function image(personalLength = 256): Uint8Array {
  const flash = new Uint8Array(FLASH_KB * 1024).fill(0xff);
  flash.set(random(1400), 0);
  flash.fill(0xff, 1024, 1024 + personalLength);
  return flash;
}

/** A product with one complete release. */
export interface Catalogue {
  readonly product: ProductId;
  readonly release: ReleaseId;
  readonly certificateKey: Uint8Array;
  readonly image: Uint8Array;
  readonly content: Uint8Array;
  readonly releaseKey: Uint8Array;
  readonly salt: Uint8Array;
}

export const PRODUCT = Object.freeze({
  family: stm32g0.family,
  chipId: CHIP_ID,
  flashKb: FLASH_KB,
  lockLevel: 1,
  optionValue: [...stm32g0.defaultOptions.value] as [number, number, number, number],
  optionMask: [...stm32g0.defaultOptions.mask] as [number, number, number, number],
  personal: "required" as const,
  offline: null as OfflineTerms | null,
  acknowledges: { deviceClassC: true, lockClass: true, offline: false },
});

export async function createCatalogue(
  world: World,
  name = "Widget",
  more: { readonly offline?: OfflineTerms; readonly personalLength?: number } = {},
): Promise<Catalogue> {
  const offline = more.offline ?? null;
  const acknowledges = { ...PRODUCT.acknowledges, offline: offline !== null };
  const { product, certificatePublicKey, owner } = granted(
    await world.owner.createProduct({ ...PRODUCT, name, offline, acknowledges }),
  );
  const { keySet } = await world.trust();
  const release = random(16).toHex() as ReleaseId;
  const personal = { offset: 1024, length: more.personalLength ?? 256 };
  const clear = image(personal.length);
  const encrypted = encryptRelease({ image: clear, personal, release, random });
  const wrapped = wrapReleaseKey(encrypted.secrets, { owner, product, release }, {
    unwrapKey: keySet.unwrapKey,
    random,
  });
  granted(
    await world.owner.createRelease({
      release,
      product,
      version: "1.0.0",
      length: encrypted.length,
      personalOffset: personal.offset,
      personalLength: personal.length,
      imageDigest: encrypted.imageDigest.toHex(),
      wrappedKey: wrapped.toHex(),
    }),
  );
  const content = encrypted.chunks;
  const half = Math.floor(content.length / 2);
  granted(await world.owner.uploadRelease(release, { offset: 0, content: content.subarray(0, half) }));
  granted(await world.owner.uploadRelease(release, { offset: half, content: content.subarray(half) }));
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(content)));
  granted(await world.owner.finishRelease(release, { sha256: sha256.toHex() }));
  const { releaseKey, salt } = encrypted.secrets;
  return {
    product,
    release,
    certificateKey: Uint8Array.fromHex(certificatePublicKey),
    image: clear,
    content,
    releaseKey: releaseKey.use((key) => key.slice()),
    salt: salt.use((bytes) => bytes.slice()),
  };
}

export async function createOrder(
  world: World,
  catalogue: Catalogue,
  units: number,
  more: { readonly name?: string; readonly message2Limit?: number; readonly ticketSeconds?: number } = {},
): Promise<OrderId> {
  const order = granted(
    await world.owner.createOrder({
      name: more.name ?? `order of ${units}`,
      product: catalogue.product,
      release: catalogue.release,
      granted: units,
      notBeforeSeconds: world.clock.seconds - 10,
      notAfterSeconds: world.clock.seconds + 1_000_000,
      ...(more.message2Limit === undefined ? {} : { message2Limit: more.message2Limit }),
      ...(more.ticketSeconds === undefined ? {} : { ticketSeconds: more.ticketSeconds }),
    }),
  );
  return order.order;
}

export function uidOf(n: number): Uid {
  return parseUid(n.toString(16).padStart(24, "a"));
}

export function ticketRequest(catalogue: Catalogue, uid: Uid) {
  return {
    uid,
    family: stm32g0.family,
    chipId: CHIP_ID,
    flashKb: FLASH_KB,
    product: catalogue.product,
    station: "left",
  };
}

/** The target's side of one delivery, on the suite's initiator: message 1, then what message 2 brought, then a receipt. */
export class Target {
  readonly #uid: Uid;
  readonly #ticket: Ticket;
  readonly #initiator: NkInitiator;
  readonly message1: Uint8Array;

  constructor(
    reply: TicketReply,
    ticketKey: Uint8Array,
    uid: Uid,
    lies: { readonly lock?: number; readonly debug?: number } = {},
  ) {
    const opened = openTicket(Uint8Array.fromHex(reply.ticket), { publicKey: ticketKey });
    assert("opened" in opened);
    this.#uid = uid;
    this.#ticket = opened.opened.ticket;
    this.#initiator = new NkInitiator(this.#ticket.T, { prologue: opened.opened.sealed, random });
    const message1 = this.#initiator.writeMessage1(message1PayloadLayout.encode({
      family: 1,
      chipId: CHIP_ID,
      bootloader: 0x00010000,
      uid: padUid(uid),
      entropy: 1,
      lock: lies.lock ?? 1,
      debug: lies.debug ?? 1,
      flashKb: FLASH_KB,
    }));
    assert(message1 !== undefined);
    this.message1 = message1;
  }

  /** Reads message 2 and returns what it brought, and the receipt of a good installation. */
  finish(message2: Uint8Array): {
    readonly releaseKey: Uint8Array;
    readonly salt: Uint8Array;
    readonly personal: Uint8Array;
    readonly receipt: Uint8Array;
    readonly keys: { readonly targetToHost: string; readonly hostToTarget: string };
  } {
    const read = this.#initiator.readMessage2(message2);
    assert(read !== undefined, "message 2 is not authentic");
    const { releaseKey, salt } = wrapPayloadLayout.decode(read.content.slice(0, 64));
    const receiptKey = new Secret(read.content.slice(64, 96));
    const personal = read.content.slice(96);
    const receipt = makeReceiptReport({
      hh: read.hh,
      uid: padUid(this.#uid),
      ticketId: this.#ticket.ticketId,
      digest: this.#ticket.imageDigest,
      personalHash: hash32(personal),
      lock: 1,
      entropy: 1,
      outcome: 1,
    }, receiptKey);
    const hex = (secret: Secret) => secret.use((bytes) => bytes.toHex());
    return {
      releaseKey,
      salt,
      personal,
      receipt,
      keys: { targetToHost: hex(read.keys.fromInitiator), hostToTarget: hex(read.keys.fromResponder) },
    };
  }
}

export function lockProof(
  appliance: Appliance,
  ticketId: TicketId,
  uid: Uid,
  lies: Partial<
    { flashUnderReset: number; plainAttach: number; lock: number; debug: number; signer: SigningKeyPair }
  > = {},
): { readonly lockRecord: string; readonly lockSignature: string } {
  const record = lockRecordLayout.encode({
    ticketId,
    uid: padUid(uid),
    appliance: appliance.id,
    at: 1_800_000_000_000,
    lock: lies.lock ?? 1,
    debug: lies.debug ?? 1,
    flashUnderReset: lies.flashUnderReset ?? 0,
    ramUnderReset: 1,
    plainAttach: lies.plainAttach ?? 0,
  });
  const signature = sign((lies.signer ?? appliance.identity).seed, record);
  return { lockRecord: record.toHex(), lockSignature: signature.toHex() };
}

/** Runs one delivery up to and with message 2. */
export async function keyed(world: World, appliance: Appliance, catalogue: Catalogue, uid: Uid) {
  const { keySet } = await world.trust();
  const ticket = granted(await appliance.client.ticket(ticketRequest(catalogue, uid)));
  const target = new Target(ticket, keySet.ticketKey, uid);
  const reply = granted(
    await appliance.client.message1(ticket.ticketId, {
      message1: target.message1.toHex(),
      ...lockProof(appliance, ticket.ticketId, uid),
    }),
  );
  const brought = target.finish(Uint8Array.fromHex(reply.message2));
  return { ticket, reply, brought };
}

/** Runs one whole delivery. */
export async function delivered(world: World, appliance: Appliance, catalogue: Catalogue, uid: Uid) {
  const { ticket, reply, brought } = await keyed(world, appliance, catalogue, uid);
  const receipt = granted(
    await appliance.client.receipt(ticket.ticketId, {
      number: reply.number,
      receipt: brought.receipt.toHex(),
    }),
  );
  return { ticket, reply, brought, receipt };
}

export async function quotaOf(world: World, order: OrderId) {
  return granted(await world.owner.order(order)).quota;
}
