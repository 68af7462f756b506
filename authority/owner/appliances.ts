/**
 * Appliances: let in with a code, listed, stopped, revoked.
 *
 * @module
 */
import { type ApplianceReply, enrolmentWords, type ReplyOf } from "../api/mod.ts";
import type { ProductId } from "../../bootloader/wire/mod.ts";
import { act, ask, pickOne } from "./calls.ts";
import { showProduct } from "./products.ts";
import type { OwnerSession } from "./profile.ts";
import type { Result } from "./release/mod.ts";

/** What the owner says about an appliance that is to be let in. */
export interface NewAppliance {
  readonly name: string;
  /** Names or ids of the products that it may program; empty: all, later ones included. */
  readonly products: readonly string[];
}

/** Makes an enrolment code: it works once, for one hour, and is shown nowhere else. */
export async function makeEnrolmentCode(
  session: OwnerSession,
  appliance: NewAppliance,
): Promise<Result<ReplyOf<"createEnrolment">>> {
  const products: ProductId[] = [];
  for (const word of appliance.products) {
    const product = await showProduct(session, word);
    if ("refused" in product) return product;
    products.push(product.granted.product);
  }
  return await act(
    session,
    (options) => session.client.createEnrolment({ name: appliance.name, products }, options),
  );
}

/** An appliance as the owner sees it. */
export interface ListedAppliance extends ApplianceReply {
  /** Six words that the appliance's own screen must have shown when it was enrolled. */
  readonly words: string;
}

/** Returns all appliances, revoked ones included. */
export async function listAppliances(session: OwnerSession): Promise<Result<readonly ListedAppliance[]>> {
  const answer = await ask(session, () => session.client.appliances());
  if ("refused" in answer) return answer;
  // The root is the one of the login, not what the server says today.
  const root = Uint8Array.fromHex(session.profile.rootPublicKey);
  return {
    granted: answer.granted.appliances.map((appliance) => ({
      ...appliance,
      words: enrolmentWords(root, Uint8Array.fromHex(appliance.publicKey)),
    })),
  };
}

/** Ends what an appliance may do; it learns so at its next request. */
export async function revokeAppliance(session: OwnerSession, word: string): Promise<Result<ApplianceReply>> {
  const found = await showAppliance(session, word);
  if ("refused" in found) return found;
  return await act(session, (options) => session.client.revokeAppliance(found.granted.appliance, options));
}

/** Stops an appliance until it is resumed, or resumes it (P-79). */
export async function stopAppliance(
  session: OwnerSession,
  word: string,
  stopped: boolean,
): Promise<Result<ApplianceReply>> {
  const found = await showAppliance(session, word);
  if ("refused" in found) return found;
  const { appliance } = found.granted;
  return await act(session, (options) => session.client.stopAppliance(appliance, { stopped }, options));
}

/** Approves or declines that an appliance which was away for long works on; it learns so by itself. */
export async function decideRenewal(
  session: OwnerSession,
  word: string,
  decision: "approve" | "decline",
): Promise<Result<ApplianceReply>> {
  const found = await showAppliance(session, word);
  if ("refused" in found) return found;
  const { appliance } = found.granted;
  return await act(session, (options) => session.client.decideRenewal(appliance, { decision }, options));
}

/** Returns the appliance that a name or an id means. */
export async function showAppliance(session: OwnerSession, word: string): Promise<Result<ListedAppliance>> {
  const list = await listAppliances(session);
  if ("refused" in list) return list;
  return pickOne(word, {
    items: list.granted,
    namesOf: ({ appliance, name }) => [appliance, name],
    missing: "appliance-not-found",
  });
}
