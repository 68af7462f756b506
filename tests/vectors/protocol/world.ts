/**
 * One small world for protocol tests: keys, a ticket, a release, a target and a key-holder, all from one seed.
 * Everything secret in it is a `test_only_*` key: it is published here and protects nothing.
 * @module
 */
import { sha512 } from "@noble/hashes/sha2.js";
import { stm32g0, STM32G0_FACTORY_OPTIONS } from "../../../bootloader/chips/mod.ts";
import type {
  EncryptedRelease,
  KeyAnswer,
  KeyRefusal,
  Message1Request,
} from "../../../bootloader/session/mod.ts";
import { answerMessage1, encryptRelease } from "../../../bootloader/session/mod.ts";
import type { AgreementKeyPair, Random, SigningKeyPair } from "../../../bootloader/suite/mod.ts";
import { makeAgreementKeyPair, makeSigningKeyPair, Secret } from "../../../bootloader/suite/mod.ts";
import type { OpenedTicket } from "../../../bootloader/ticket/mod.ts";
import {
  installBlockFor,
  PATTERNS,
  personalContent,
  receiptKeyOf,
  sealCertificate,
  sealTicket,
  SIGNERS,
  ticketKeyPairT,
  wholeUidMask,
} from "../../../bootloader/ticket/mod.ts";
import type { LockRecord, Ticket, Uid } from "../../../bootloader/wire/mod.ts";
import {
  NO_LEASE,
  padUid,
  parseApplianceId,
  parseOwnerId,
  parseProductId,
  parseReleaseId,
  parseTicketId,
  parseUid,
} from "../../../bootloader/wire/mod.ts";
import type { TargetChip } from "../../reference/target.ts";
import { ReferenceTarget } from "../../reference/target.ts";

/** Returns a source of bytes that is the same for the same seed: SHA-512 of seed and counter. */
export function seededRandom(seed: string): Random {
  let counter = 0;
  return (n) => {
    const bytes = new Uint8Array(n);
    for (let at = 0; at < n; at += 64) {
      const block = sha512(new TextEncoder().encode(`${seed} ${counter++}`));
      bytes.set(block.subarray(0, Math.min(64, n - at)), at);
    }
    return bytes;
  };
}

/** Returns a source of raw 32-bit words for a target. */
export function seededWords(seed: string): () => number {
  const random = seededRandom(seed);
  return () => new DataView(random(4).buffer).getUint32(0, true);
}

/** Seconds since 1970 within every test ticket. */
export const NOW_SECONDS = 1_800_000_000;
/** DEV_ID of the die in these tests. */
export const CHIP_ID = 0x466;
/** How the target of these tests is wired: USART2 on PA2 and PA3. */
export const WIRING = { uart: 2, txPin: 2, rxPin: 3, alternate: 1 };

/** What a test may want different from the plain case. */
export interface WorldChanges {
  /** Fields of the ticket, set after everything else. */
  readonly ticket?: Partial<Ticket>;
  /** Properties of the chip. */
  readonly chip?: Partial<TargetChip>;
  /** Whole content of flash. */
  readonly image?: Uint8Array;
  /** Personal region; the plain case has one of 256 bytes. */
  readonly personal?: { readonly offset: number; readonly length: number };
}

/** Everything that a delivery needs, from one seed. */
export interface World {
  readonly random: Random;
  readonly ticketKey: SigningKeyPair;
  readonly certificateKey: SigningKeyPair;
  readonly identity: SigningKeyPair;
  readonly tMaster: Secret;
  readonly receiptMaster: Secret;
  readonly unwrapKey: AgreementKeyPair;
  readonly uid: Uid;
  readonly image: Uint8Array;
  readonly personal: { readonly offset: number; readonly length: number };
  readonly release: EncryptedRelease;
  readonly T: AgreementKeyPair;
  readonly ticket: OpenedTicket;
  readonly certificate: Uint8Array;
  readonly personalBytes: Uint8Array;
  readonly installBlock: Uint8Array;
  readonly lockRecord: LockRecord;
  readonly chip: TargetChip;
  readonly target: ReferenceTarget;
}

/** Returns an image of 8 KiB: vectors, an endless loop at the reset handler, bytes of `random` up to `used`, then 0xFF. */
export function testImage(random: Random, used = 2400): Uint8Array {
  const image = new Uint8Array(8192).fill(0xff);
  image.set(random(used));
  const view = new DataView(image.buffer);
  view.setUint32(0, 0x20002000, true);
  view.setUint32(4, 0x080000c1, true);
  view.setUint16(0xc0, 0xe7fe, true); // b .
  image.fill(0xff, 1000, 1100); // A gap: flash words that are never programmed.
  return image;
}

/** Builds the world of a seed. */
export function makeWorld(seed: string, changes: WorldChanges = {}): World {
  const random = seededRandom(seed);
  const ids = seedIds(seededRandom(`${seed} ids`));
  const ticketKey = makeSigningKeyPair(random);
  const certificateKey = makeSigningKeyPair(random);
  const identity = makeSigningKeyPair(random);
  const tMaster = Secret.draw(random, 32);
  const receiptMaster = Secret.draw(random, 32);
  const unwrapKey = makeAgreementKeyPair(random);
  const image = changes.image ?? testImage(seededRandom(`${seed} image`));
  const personal = changes.personal ?? { offset: 2560, length: 256 };
  const release = encryptRelease({ image, personal, release: ids.release, random });
  const T = ticketKeyPairT(tMaster, ids.ticketId);
  const ticket = sealTicket({
    ...plainTicket(ids, release, T),
    ...personalFields(personal),
    ...changes.ticket,
  }, ticketKey);
  const certificate = sealCertificate(
    { ...certificateFields(ids), issuedAt: NOW_SECONDS },
    certificateKey.seed,
  );
  const installBlock = installBlockFor(ticket, WIRING);
  const chip = { ...plainChip(ids.uid, installBlock, seededWords(`${seed} words`)), ...changes.chip };
  const lockRecord = {
    ticketId: ids.ticketId,
    uid: padUid(ids.uid),
    appliance: ids.appliance,
    at: NOW_SECONDS * 1000,
    lock: 1,
    debug: 1,
    flashUnderReset: 0,
    ramUnderReset: 1,
    plainAttach: 0,
  };
  return {
    random,
    ticketKey,
    certificateKey,
    identity,
    tMaster,
    receiptMaster,
    unwrapKey,
    uid: ids.uid,
    image,
    personal,
    release,
    T,
    ticket,
    certificate,
    personalBytes: personalContent(certificate, personal.length),
    installBlock,
    lockRecord,
    chip,
    target: new ReferenceTarget(chip),
  };
}

function seedIds(random: Random) {
  return {
    owner: parseOwnerId(random(8).toHex()),
    product: parseProductId(random(8).toHex()),
    release: parseReleaseId(random(16).toHex()),
    ticketId: parseTicketId(random(16).toHex()),
    appliance: parseApplianceId(random(8).toHex()),
    uid: parseUid(random(12).toHex()),
  };
}

type Ids = ReturnType<typeof seedIds>;

function personalFields({ offset, length }: { readonly offset: number; readonly length: number }) {
  return { personalOffset: offset, personalLength: length };
}

function plainTicket(ids: Ids, release: EncryptedRelease, T: AgreementKeyPair) {
  return {
    pattern: PATTERNS.NK,
    lockLevel: 1,
    policy: 0,
    epoch: 7,
    family: stm32g0.family,
    ticketId: ids.ticketId,
    owner: ids.owner,
    product: ids.product,
    release: ids.release,
    imageDigest: release.imageDigest,
    length: release.length,
    uidValue: padUid(ids.uid),
    uidMask: wholeUidMask(),
    appliance: ids.appliance,
    T: T.publicKey,
    notBefore: NOW_SECONDS - 3600,
    notAfter: NOW_SECONDS + 3600,
    optionValue: stm32g0.defaultOptions.value,
    optionMask: stm32g0.defaultOptions.mask,
    lease: NO_LEASE,
    leaseIndex: 0,
  };
}

function certificateFields(ids: Ids) {
  return {
    signer: SIGNERS.product,
    family: stm32g0.family,
    owner: ids.owner,
    product: ids.product,
    release: ids.release,
    uid: padUid(ids.uid),
    serial: 1,
    ticketId: ids.ticketId,
    lease: NO_LEASE,
    deviceKey: new Uint8Array(32),
  };
}

function plainChip(uid: Uid, installBlock: Uint8Array, word: () => number): TargetChip {
  const options = STM32G0_FACTORY_OPTIONS;
  return {
    installBlock,
    uid: padUid(uid),
    family: stm32g0.family,
    chipId: CHIP_ID,
    flashKb: 8,
    bootloader: 0x00010000,
    entropy: stm32g0.entropyClass,
    // FLASH_OPTR after the lock: RDP byte 0xBB; the others as the factory leaves them on this die.
    options: [(options["FLASH_OPTR"]! & 0xffffff00 | 0xbb) >>> 0, 0x1f, 0x1f, 0],
    lock: 1,
    optionsCanBeSet: true,
    word,
  };
}

/** Answers a message 1 as the authority of this world would. */
export function answer(
  world: World,
  message1: Uint8Array,
  changes: Partial<Message1Request> = {},
): KeyAnswer | { readonly refused: KeyRefusal } {
  return answerMessage1({
    ticket: world.ticket,
    T: world.T,
    pinnedUid: null,
    entropyClasses: [1],
    nowSeconds: NOW_SECONDS,
    message1,
    random: world.random,
    contentFor: (h2) => ({
      ...world.release.secrets,
      receiptKey: receiptKeyOf(world.receiptMaster, world.ticket.ticket.ticketId, h2),
      personal: world.personalBytes,
    }),
    ...changes,
  });
}
