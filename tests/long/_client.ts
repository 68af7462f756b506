/**
 * A client of a real authority over real HTTPS: an appliance that enrols with a code and asks for units as an agent does, with
 * a chip that speaks the real handshake. The model of the chip is left out, so that many can ask at the same instant.
 * As a program it reads the address, a code and UIDs as one line of JSON from standard input, says `{"ready":true}`, waits
 * for a second line, and then writes one line for each answer, at once: what is written was acknowledged.
 *
 * @module
 */
import assert from "node:assert/strict";
import { systemNetwork } from "../../agent/control/network.ts";
import {
  createApplianceClient,
  enrolAppliance,
  fetchTrust,
  parseEnrolmentCode,
} from "../../authority/api/mod.ts";
import { makeSigningKeyPair, sign } from "../../bootloader/suite/mod.ts";
import { parseUid } from "../../bootloader/wire/mod.ts";
import {
  type Appliance,
  type Catalogue,
  granted,
  lockProof,
  random,
  refusedCode,
  Target,
  ticketRequest,
} from "../unit/authority/_world.ts";

/** What a client is told. */
export interface ClientOrders {
  readonly origin: string;
  readonly code: string;
  readonly uids: readonly string[];
}

/** One answer: to a ticket request, or, with `serial`, to a receipt. */
export interface ClientAnswer {
  readonly uid: string;
  readonly code: string;
  readonly serial?: number;
}

/** An enrolled client. */
export interface Client {
  /** Asks for a ticket; the code of the refusal, or "granted". */
  ticket(uid: string): Promise<string>;
  /** The same, and on to the receipt: "committed" with the certificate's serial. */
  deliver(uid: string): Promise<ClientAnswer>;
}

/** Enrols a new appliance and returns its client. */
export async function openClient({ origin, code: text }: Omit<ClientOrders, "uids">): Promise<Client> {
  const network = systemNetwork();
  const code = parseEnrolmentCode(text);
  const trust = await fetchTrust({ origin, fetch: network.blind }, code);
  const { fetch } = network.trusting(trust.caCertificate);
  const identity = makeSigningKeyPair(random);
  const enrolment = { code, trust, publicKey: identity.publicKey, nonce: random(32) };
  const { appliance: id } = granted(await enrolAppliance({ origin, fetch }, enrolment));
  let sequence = 0;
  const client = createApplianceClient({
    origin,
    fetch,
    appliance: id,
    sign: (message) => sign(identity.seed, message),
    logKeys: [trust.keySet.logKey],
    nextSequence: () => sequence += 1,
    nowSeconds: () => 1,
  });
  const appliance: Appliance = { id, identity, client, clientWith: () => client };
  const [product] = granted(await client.state()).products;
  assert.ok(product !== undefined);
  const ask = (uid: string) => client.ticket(ticketRequest(product as unknown as Catalogue, parseUid(uid)));
  return {
    ticket: async (uid) => refusedCode(await ask(uid)),
    async deliver(uid) {
      const answer = await ask(uid);
      if ("refused" in answer) return { uid, code: answer.refused.code };
      const { ticketId } = answer.granted;
      const target = new Target(answer.granted, trust.keySet.ticketKey, parseUid(uid));
      const proof = lockProof(appliance, ticketId, parseUid(uid));
      const reply = granted(await client.message1(ticketId, { message1: target.message1.toHex(), ...proof }));
      const { receipt } = target.finish(Uint8Array.fromHex(reply.message2));
      const told = { number: reply.number, receipt: receipt.toHex() };
      return { uid, code: "committed", serial: granted(await client.receipt(ticketId, told)).serial };
    },
  };
}

async function main(): Promise<void> {
  const lines = linesOf(Deno.stdin.readable);
  const { origin, code, uids } = JSON.parse((await lines.next()).value ?? "") as ClientOrders;
  const client = await openClient({ origin, code });
  say({ ready: true });
  await lines.next();
  for (const uid of uids) say(await client.deliver(uid));
}

/** Splits a stream into lines; what has no end is left out. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

function say(line: object): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
  for (let written = 0; written < bytes.length;) written += Deno.stdout.writeSync(bytes.subarray(written));
}

if (import.meta.main) await main();
