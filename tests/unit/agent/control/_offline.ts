/**
 * What tests of offline work look at: what the agent told, what the authority counts, what stands in a board's flash.
 *
 * @module
 */
import type { AgentEvent, DeliveryResult } from "../../../../agent/mod.ts";
import { showQuota } from "../../../../authority/owner/mod.ts";
import { noble } from "../../../../bootloader/suite/mod.ts";
import { openLeaseCertificate } from "../../../../bootloader/ticket/mod.ts";
import { parseUid } from "../../../../bootloader/wire/mod.ts";
import { type Deployment, granted, truthOf } from "./deployment.ts";

/** Returns the results of all deliveries that ended. */
export function results(events: readonly AgentEvent[]): readonly DeliveryResult[] {
  return events.flatMap((event) => event.kind === "ended" ? [event.result] : []);
}

/** Returns all rounds of synchronisation that were told. */
export function synced(events: readonly AgentEvent[]) {
  return events.flatMap((event) => event.kind === "synced" ? [event] : []);
}

/** The order's counts as the authority has them. */
export async function quotaOf({ owner }: Deployment) {
  const { orders } = granted(await showQuota(owner));
  return orders[0]!.quota;
}

/** What stands in the board's flash, judged by its UID and the product's certificate key and nothing else. */
export function proofIn(deployment: Deployment, board: { readonly path: string; readonly uid: string }) {
  const { flash } = truthOf(board.path);
  const { offset } = deployment.personal;
  const proof = {
    certificate: flash.slice(offset, offset + 216),
    delegation: flash.slice(offset + 216, offset + 440),
  };
  const publicKey = deployment.certificateKey;
  return openLeaseCertificate(proof, { publicKey, uid: parseUid(board.uid), primitives: noble });
}
