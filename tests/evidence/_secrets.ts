/**
 * Every secret of a site and its deliveries, opened with the keys that only this test holds: what no wire, database or
 * log may show. Each is checked against its public half, so that a wrong one cannot pass as absent.
 *
 * @module
 */
import assert from "node:assert/strict";
import { builtInBootloader } from "../../agent/mod.ts";
import { openAtRest } from "../../authority/signer/mod.ts";
import { findMessage2, readSealedKey, wrappedKeyOf } from "../../authority/store/mod.ts";
import {
  type AgreementKeyPair,
  agreementKeyPairOf,
  hash32,
  native,
  Secret,
} from "../../bootloader/suite/mod.ts";
import {
  installBlockFor,
  openTicket,
  receiptKeyOf,
  ticketKeyPairT,
  unwrapReleaseKey,
} from "../../bootloader/ticket/mod.ts";
import {
  concat,
  parseReleaseId,
  parseTicketId,
  type ProductId,
  sameBytes,
} from "../../bootloader/wire/mod.ts";
import type { Board } from "./_board.ts";
import { type Site, WIRING } from "./_site.ts";
import type { Delivered } from "./_station.ts";

/** Secrets by a name that says whose they are. */
export type Secrets = Map<string, Uint8Array>;

/** Opens one of the authority's keys at rest. */
export function atRest(site: Site, name: string): Uint8Array {
  const sealed = readSealedKey(site.db, name);
  assert.ok(sealed !== undefined, `the database has no key "${name}"`);
  return openAtRest(new Secret(site.sealKey.slice()), { name, sealed }).use((key) => key.slice());
}

/** The long-lived secrets of a site: authority, owner, appliance. */
export function secretsOfSite(site: Site): Secrets {
  const { keySet } = site.appliance.trust();
  const secrets: Secrets = new Map([
    ["the authority's seal key", site.sealKey],
    ["the root's seed", site.rootSeed],
    ["the owner's API key", Uint8Array.fromHex(site.apiKey)],
    ["the appliance's seal key", Uint8Array.fromHex(Deno.readTextFileSync(site.sealKeyFile).trim())],
    [
      "the appliance's seed",
      drawOf(site, (d) => sameBytes(native.ed25519PublicKey(d), site.appliance.identity.publicKey)),
    ],
    ["the certificate key", atRest(site, `certificate ${site.product}`)],
  ]);
  for (const name of ["ticket", "log", "unwrap", "T-master", "receipt-master"]) {
    secrets.set(`the authority's ${name} key`, atRest(site, name));
  }
  assert.ok(sameBytes(native.ed25519PublicKey(atRest(site, "ticket")), keySet.ticketKey));
  assert.ok(sameBytes(native.ed25519PublicKey(atRest(site, "log")), keySet.logKey));
  assert.ok(sameBytes(unwrapPair(site).publicKey, keySet.unwrapKey));
  return secrets;
}

function unwrapPair(site: Site): AgreementKeyPair {
  return agreementKeyPairOf(new Secret(atRest(site, "unwrap")));
}

/** The secrets of one delivery: release, ticket, session, receipt, both ephemeral keys. */
export function secretsOfDelivery(site: Site, board: Board, delivered: Delivered): Secrets {
  const { result, keys } = delivered;
  const key = keys.at(-1);
  assert.ok(
    key !== undefined && result.ticketId !== null && result.release !== null,
    "the delivery got no key",
  );
  const ticketId = parseTicketId(result.ticketId);
  const release = parseReleaseId(result.release);
  const { owner } = site.authority;
  const opened = unwrapReleaseKey(
    wrappedKeyOf(site.db, release),
    { owner, product: site.product as ProductId, release },
    unwrapPair(site),
  );
  assert.ok("opened" in opened);
  const copy = (secret: Secret) => secret.use((bytes) => bytes.slice());
  const T = ticketKeyPairT(new Secret(atRest(site, "T-master")), ticketId);
  const recorded = findMessage2(site.db, ticketId, key.number);
  assert.ok(recorded !== undefined);
  const receiptKey = receiptKeyOf(new Secret(atRest(site, "receipt-master")), ticketId, recorded.h2);
  const message2 = Uint8Array.fromHex(key.message2);
  const ours = (d: Uint8Array) => sameBytes(native.x25519PublicKey(d), message2.subarray(0, 32));
  return new Map([
    ["the release key", copy(opened.opened.releaseKey)],
    ["the release's salt", copy(opened.opened.salt)],
    ["T", copy(T.privateKey)],
    ["the receipt key", copy(receiptKey)],
    ["the transport key to the host", Uint8Array.fromHex(key.transport.targetToHost)],
    ["the transport key to the chip", Uint8Array.fromHex(key.transport.hostToTarget)],
    ["the authority's ephemeral key", drawOf(site, ours)],
    ["the chip's ephemeral key", chipsEphemeral(board, delivered)],
  ]);
}

/** P-24: the private key is H32 of the 64 bytes that the chip's generator gave. */
function chipsEphemeral(board: Board, { frames }: Delivered): Uint8Array {
  const message1 = frames.findLast(({ name }) => name === "MESSAGE1")?.frame.body;
  assert.ok(message1 !== undefined);
  const blocks = board.random.draws.filter(({ length }) => length === 16);
  for (let at = 0; at + 4 <= blocks.length; at++) {
    const key = hash32(concat(...blocks.slice(at, at + 4)));
    if (sameBytes(native.x25519PublicKey(key), message1.subarray(0, 32))) return key;
  }
  assert.fail("the chip's ephemeral key is not made of its random numbers as P-24 says");
}

function drawOf(site: Site, fits: (draw: Uint8Array) => boolean): Uint8Array {
  const draw = site.random.draws.find((candidate) => candidate.length === 32 && fits(candidate));
  assert.ok(draw !== undefined, "a secret was not drawn from the randomness that was handed in");
  return draw;
}

/** The bootloader as it was installed under a delivery's ticket. */
export function installedBootloader(site: Site, delivered: Delivered): Uint8Array {
  const sealed = delivered.frames.find(({ name }) => name === "TICKET")?.frame.body;
  assert.ok(sealed !== undefined);
  const opened = openTicket(sealed, { publicKey: site.appliance.trust().keySet.ticketKey });
  assert.ok("opened" in opened);
  const image = builtInBootloader("stm32g0");
  assert.ok(image !== undefined);
  return image.withInstallBlock(installBlockFor(opened.opened, WIRING));
}
