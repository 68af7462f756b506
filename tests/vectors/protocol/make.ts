/**
 * Makes `worked_example.json` (PROTOCOL section 15): one whole delivery in hexadecimal, from one seed. Run it as
 * `deno run -W tests/vectors/protocol/make.ts`; a test makes it again and compares.
 * WORKING frames are left out: they are about time, which differs from target to target.
 * @module
 */
import type { Secret } from "../../../bootloader/suite/mod.ts";
import { receiptBytes, receiptKeyOf, sealLockRecord } from "../../../bootloader/ticket/mod.ts";
import { FRAME_TYPES, frameName, padUid, receiptReportLayout } from "../../../bootloader/wire/mod.ts";
import type { Delivery } from "./deliver.ts";
import { deliver } from "./deliver.ts";
import type { World } from "./world.ts";
import { makeWorld, seededWords, WIRING } from "./world.ts";

const SEED = "test_only_worked_example";

/** Returns the content of the file, final newline included. */
export function makeWorkedExample(): string {
  const world = makeWorld(SEED);
  const delivery = deliver(world);
  const example = {
    comment:
      "One whole delivery (PROTOCOL section 15). Every key is published and protects nothing. Regenerate: make.ts",
    keys: keysOf(world),
    target: targetOf(world),
    ticket: world.ticket.sealed.toHex(),
    installBlock: world.installBlock.toHex(),
    lockRecord: sealLockRecord(world.lockRecord, world.identity.seed).toHex(),
    certificate: world.certificate.toHex(),
    release: releaseOf(world),
    personal: { offset: world.personal.offset, content: world.personalBytes.toHex() },
    handshake: handshakeOf(world, delivery),
    frames: framesOf(delivery),
    receipt: receiptOf(world, delivery),
    flashAfter: world.target.flash.toHex(),
  };
  return `${JSON.stringify(example, null, 2)}\n`;
}

function keysOf(world: World) {
  return {
    test_only_ticket_key_seed: hex(world.ticketKey.seed),
    ticket_key: world.ticketKey.publicKey.toHex(),
    test_only_certificate_key_seed: hex(world.certificateKey.seed),
    certificate_key: world.certificateKey.publicKey.toHex(),
    test_only_appliance_identity_seed: hex(world.identity.seed),
    appliance_identity: world.identity.publicKey.toHex(),
    test_only_t_master: hex(world.tMaster),
    test_only_receipt_master: hex(world.receiptMaster),
    test_only_T: hex(world.T.privateKey),
    test_only_release_key: hex(world.release.secrets.releaseKey),
    test_only_salt: hex(world.release.secrets.salt),
  };
}

function targetOf({ chip, uid }: World) {
  const { family, chipId, flashKb, bootloader, entropy, options, lock } = chip;
  const word = seededWords(`${SEED} words`);
  return {
    uid,
    family,
    chipId,
    flashKb,
    bootloader,
    entropy,
    options,
    lock,
    wiring: WIRING,
    // P-24: the raw words that the target reads for its ephemeral key.
    rngWords: Array.from({ length: 16 }, word),
  };
}

function releaseOf({ release, image, ticket }: World) {
  return {
    id: ticket.ticket.release,
    image: image.toHex(),
    length: release.length,
    count: release.count,
    imageDigest: release.imageDigest.toHex(),
    chunks: Array.from(
      { length: release.count },
      (_, i) => release.chunks.slice(528 * i, 528 * (i + 1)).toHex(),
    ),
  };
}

function handshakeOf(world: World, { keyAnswer, chunkOrder }: Delivery) {
  const { hh, h2 } = keyAnswer;
  return {
    h2: h2.toHex(),
    hh: hh.toHex(),
    test_only_receipt_key: hex(receiptKeyOf(world.receiptMaster, world.ticket.ticket.ticketId, h2)),
    chunkOrder,
  };
}

function framesOf({ frames }: Delivery) {
  return frames.filter(({ bytes }) => bytes[3] !== FRAME_TYPES.WORKING).map(({ from, bytes }) => ({
    from,
    type: frameName(bytes[3]!),
    bytes: bytes.toHex(),
  }));
}

function receiptOf(world: World, { receipt, keyAnswer }: Delivery) {
  const record = { hh: keyAnswer.hh, uid: padUid(world.uid), ticketId: world.ticket.ticket.ticketId };
  const report = receiptReportLayout.decode(receipt);
  return { covered: receiptBytes(record, report).toHex(), mac: report.mac.toHex(), body: receipt.toHex() };
}

function hex(secret: Secret): string {
  return secret.use((bytes) => bytes.toHex());
}

if (import.meta.main) {
  Deno.writeTextFileSync(new URL("worked_example.json", import.meta.url), makeWorkedExample());
}
