/**
 * Enrols appliances and tells them their state. Each change is one transaction.
 *
 * @module
 */

import { equalInConstantTime, type Secret } from "../../bootloader/suite/mod.ts";
import type { ApplianceId, TicketId } from "../../bootloader/wire/mod.ts";
import {
  type ApplianceReply,
  type Decision,
  type EnrolmentFacts,
  enrolmentMac,
  enrolmentProof,
  type EnrolmentReply,
  type EnrolmentRequest,
  enrolmentWords,
  type EnrolReply,
  type EnrolRequest,
  type StateReply,
  writeEnrolmentCode,
} from "../api/mod.ts";
import { rootHashOf } from "../api/mod.ts";
import type { EnrolmentId, OrderId } from "../api/mod.ts";
import { freeOf, orderRefusal } from "../ledger/mod.ts";
import { appendEvent } from "../log/mod.ts";
import {
  applianceNameTaken,
  findAllowance,
  findAppliance,
  findProduct,
  findTicket,
  insertAppliance,
  insertEnrolment,
  listEnrolments,
  listOrders,
  listProducts,
  newestHead,
  publicKeyTaken,
  spendEnrolment,
  type StoredEnrolment,
  type StoredProduct,
  toldMs,
} from "../store/mod.ts";
import { denialNumberNow } from "./denials.ts";
import { frozenDetail } from "./freeze.ts";
import type { Office } from "./office.ts";
import { isAllowed } from "./ticket.ts";

const CODE_LIVES_MS = 3_600_000;
const CODES_OPEN_MOST = 100;
const SECRET_BYTES = 10;

/** Makes an enrolment code within the running transaction. The secret leaves in the reply, once, and is kept sealed. */
export function createEnrolment(
  office: Office,
  who: string,
  request: EnrolmentRequest,
): Decision<EnrolmentReply> {
  const nowMs = office.nowMs();
  if (applianceNameTaken(office.db, request.name, nowMs)) return { refused: "name-taken" };
  const unknown = request.products.find((product) => findProduct(office.db, product) === undefined);
  if (unknown !== undefined) return { refused: "product-unknown", detail: `There is no product ${unknown}` };
  const open = listEnrolments(office.db, nowMs).filter(({ used }) => used === undefined);
  if (open.length >= CODES_OPEN_MOST) return { refused: "enrolments-too-many" };
  const enrolment = office.random(16).toHex() as EnrolmentId;
  // The secret lives in clear from here to the return.
  const secret = office.random(SECRET_BYTES);
  const expiresMs = nowMs + CODE_LIVES_MS;
  insertEnrolment(office.db, {
    enrolment,
    name: request.name,
    products: request.products,
    sealedSecret: office.signer.sealAtRest(sealName(enrolment), secret),
    expiresMs,
  });
  appendEvent(
    office.db,
    {
      event: "enrolment-created",
      who,
      about: { enrolment, name: request.name, products: request.products.join(" ") },
    },
    nowMs,
  );
  const code = writeEnrolmentCode({ secret, rootHash: rootHashOf(office.rootPublicKey) });
  secret.fill(0);
  return { granted: { enrolment, code, expiresAtMs: expiresMs } };
}

function sealName(enrolment: EnrolmentId): string {
  return `enrolment ${enrolment}`;
}

/** Enrols an appliance that proves it was given an open code; the same request again gives the same answer. */
export function enrol(office: Office, request: EnrolRequest): Decision<EnrolReply> {
  const facts = {
    publicKey: Uint8Array.fromHex(request.publicKey),
    nonce: Uint8Array.fromHex(request.nonce),
    mac: Uint8Array.fromHex(request.mac),
  };
  // Anybody may try: whoever has no code is turned away before the write lock, which deliveries need, is taken.
  if (withCode(office, facts, () => true) === undefined) return { refused: "enrolment-refused" };
  return office.db.transact(() => {
    const reply = withCode(office, facts, (enrolment, secret) => {
      const appliance = admit(office, enrolment, { ...facts, nowMs: office.nowMs() });
      if (appliance === undefined) return undefined;
      const { owner, rootPublicKey } = office;
      const { name, products } = enrolment;
      const proof = secret.use((bytes) =>
        enrolmentProof(bytes, { ...facts, appliance, owner, rootPublicKey })
      );
      return { appliance, owner, name, products, proof: proof.toHex() };
    });
    return reply === undefined ? { refused: "enrolment-refused" } : { granted: reply };
  });
}

/** Hands the enrolment whose code made the MAC, and its secret, to `act`; undefined when no code of this hour did. */
function withCode<T>(
  office: Office,
  facts: EnrolmentFacts & { readonly mac: Uint8Array },
  act: (enrolment: StoredEnrolment, secret: Secret) => T | undefined,
): T | undefined {
  // Bound: CODES_OPEN_MOST codes and those used within the hour.
  for (const enrolment of listEnrolments(office.db, office.nowMs())) {
    const secret = office.signer.openAtRest(sealName(enrolment.enrolment), enrolment.sealedSecret);
    try {
      const fits = secret.use((bytes) => equalInConstantTime(enrolmentMac(bytes, facts), facts.mac));
      if (fits) return act(enrolment, secret);
    } finally {
      secret.wipe();
    }
  }
  return undefined;
}

/** Uses a code up and returns the appliance's id; undefined when the code or the key was used for something else. */
function admit(
  office: Office,
  enrolment: StoredEnrolment,
  { publicKey, mac, nowMs }: {
    readonly publicKey: Uint8Array;
    readonly mac: Uint8Array;
    readonly nowMs: number;
  },
): ApplianceId | undefined {
  if (enrolment.used !== undefined) {
    // A lost reply is asked for again: same key, same nonce, hence same MAC.
    return equalInConstantTime(enrolment.used.mac, mac) ? enrolment.used.appliance : undefined;
  }
  if (publicKeyTaken(office.db, publicKey)) return undefined;
  const appliance = office.random(8).toHex() as ApplianceId;
  insertAppliance(office.db, {
    appliance,
    name: enrolment.name,
    publicKey: publicKey.toHex(),
    products: enrolment.products,
    enrolledAtMs: nowMs,
  });
  spendEnrolment(office.db, enrolment.enrolment, { mac, appliance });
  appendEvent(office.db, {
    event: "appliance-enrolled",
    who: `appliance ${appliance}`,
    about: {
      enrolment: enrolment.enrolment,
      name: enrolment.name,
      publicKey: publicKey.toHex(),
      words: enrolmentWords(office.rootPublicKey, publicKey),
    },
  }, nowMs);
  return appliance;
}

/** Returns an appliance as it is now, or undefined. */
export function applianceNow(office: Office, appliance: ApplianceId): ApplianceReply | undefined {
  return findAppliance(office.db, appliance);
}

/** Returns what an appliance may program now, whether `ticket` is known here (P-64), and which head of its record is kept. */
export function applianceState(
  office: Office,
  appliance: ApplianceReply,
  ticket?: TicketId,
): Decision<StateReply> {
  // P-78: durable before anything of the state is read; it may show more than this number says, never less.
  const atMs = toldMs(office.db, appliance.appliance);
  const { frozenAtMs, frozenBecause, frozenUids, stoppedAtMs } =
    findAppliance(office.db, appliance.appliance) ??
      appliance;
  if (frozenAtMs !== null) {
    return { refused: "appliance-frozen", detail: frozenDetail(frozenBecause, frozenUids) };
  }
  const head = newestHead(office.db, appliance.appliance);
  const state: StateReply = {
    atMs,
    epoch: office.epoch,
    ticketKnown: ticket === undefined ? null : findTicket(office.db, ticket) !== undefined,
    owner: office.owner,
    appliance: appliance.appliance,
    name: appliance.name,
    keySet: office.keySet.toHex(),
    denials: denialNumberNow(office),
    record: head === undefined ? null : { number: head.number, hash: head.hash },
    products: listProducts(office.db).filter(({ product }) => isAllowed(appliance, product))
      .map((product) => productState(office, appliance.appliance, product))
      .map((product) => stoppedAtMs === null ? product : allFrozen(product)),
  };
  return { granted: state };
}

/** P-79: what appliances of every version do with a frozen order is what a stopped one has to do with each of its own. */
function allFrozen(product: StateReply["products"][number]): StateReply["products"][number] {
  const refusal = "order-frozen" as const;
  return { ...product, orders: product.orders.map((order) => ({ ...order, frozen: true, refusal })) };
}

function productState(
  office: Office,
  appliance: ApplianceId,
  product: StoredProduct,
): StateReply["products"][number] {
  const nowSeconds = Math.floor(office.nowMs() / 1000);
  return {
    product: product.product,
    name: product.name,
    family: product.family,
    chipId: product.chipId,
    flashKb: product.flashKb,
    lockLevel: product.lockLevel,
    orders: listOrders(office.db, product.product).map((order) => ({
      order: order.order,
      release: order.release,
      version: order.version,
      granted: order.counts.granted,
      free: freeOf(order.counts),
      frozen: order.frozen,
      notBeforeSeconds: order.notBeforeSeconds,
      notAfterSeconds: order.notAfterSeconds,
      allowance: allowanceOf(office, order.order, appliance),
      refusal: orderRefusal(order, nowSeconds) ?? (freeOf(order.counts) > 0 ? null : "quota-spent"),
    })),
  };
}

function allowanceOf(
  office: Office,
  order: OrderId,
  appliance: ApplianceId,
): { readonly units: number; readonly open: number; readonly listed: number | null } | null {
  const found = findAllowance(office.db, order, appliance);
  if (found === undefined) return null;
  const { units, open, listed, listedOnly } = found;
  return { units, open, listed: listedOnly ? listed : null };
}
