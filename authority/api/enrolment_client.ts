/**
 * The two calls before an appliance is known: fetch what can be trusted, and enrol. Both check what they get before
 * they return it. Knows no disk; network, randomness and key are handed in.
 *
 * @module
 */

import { equalInConstantTime } from "../../bootloader/suite/mod.ts";
import type { EnrolReply } from "./appliance_schemas.ts";
import { type Answer, answerOf, bodyOf, type Fetch, send, urlOf } from "./_exchange.ts";
import { type EnrolmentCode, enrolmentMac, enrolmentProof } from "./enrolment.ts";
import { checkTrust, type Trust } from "./trust.ts";
import { malformed, serverFault } from "./_errors.ts";

/**
 * Fetches and checks what an appliance may trust. `fetch` leads to a client that does NOT check the TLS certificate yet:
 * the reply is checked against the code's root hash instead, or against a root known from an earlier enrolment.
 * @throws {Fault} network; {Malformed} the server is another one or speaks nonsense.
 */
export async function fetchTrust(
  ports: { readonly origin: string; readonly fetch: Fetch; readonly signal?: AbortSignal },
  root: Parameters<typeof checkTrust>[1],
): Promise<Trust> {
  const reply = await send(
    ports.fetch,
    new Request(urlOf(ports.origin, "trust", {}), { redirect: "error", ...signalOf(ports) }),
  );
  const answer = answerOf("trust", reply, 0);
  if ("refused" in answer) {
    throw serverFault(`Cannot fetch the server's keys: ${answer.refused.says}`, { retry: false });
  }
  return checkTrust(answer.granted, root);
}

/**
 * Enrols an appliance; may be repeated with the same code, key and nonce after a lost reply. `fetch` leads to an HTTPS
 * client that trusts `trust.caCertificate` only.
 * @throws {Fault} network; {Malformed} the reply is not by the server that made the code.
 */
export async function enrolAppliance(
  ports: { readonly origin: string; readonly fetch: Fetch; readonly signal?: AbortSignal },
  enrolment: {
    readonly code: EnrolmentCode;
    readonly trust: Trust;
    /** The appliance identity's Ed25519 public key, 32 bytes. */
    readonly publicKey: Uint8Array;
    /** 32 fresh random bytes. */
    readonly nonce: Uint8Array;
  },
): Promise<Answer<EnrolReply>> {
  const { code, trust, publicKey, nonce } = enrolment;
  const mac = enrolmentMac(code.secret, { publicKey, nonce });
  const body = bodyOf({ body: { publicKey: publicKey.toHex(), nonce: nonce.toHex(), mac: mac.toHex() } });
  const request = new Request(urlOf(ports.origin, "enrol", {}), {
    method: "POST",
    headers: { "content-type": "application/json" },
    redirect: "error",
    ...(body === undefined ? {} : { body }),
    ...signalOf(ports),
  });
  const answer = answerOf("enrol", await send(ports.fetch, request), 0);
  if ("refused" in answer) return answer;
  const { appliance, owner, proof } = answer.granted;
  const expected = enrolmentProof(code.secret, {
    appliance,
    owner,
    rootPublicKey: trust.rootPublicKey,
    publicKey,
    nonce,
  });
  if (!equalInConstantTime(expected, Uint8Array.fromHex(proof)) || owner !== trust.keySet.owner) {
    throw malformed("the enrolment's answer", "it is not by the server that made the code");
  }
  return answer;
}

function signalOf(ports: { readonly signal?: AbortSignal }): { signal?: AbortSignal } {
  return ports.signal === undefined ? {} : { signal: ports.signal };
}
