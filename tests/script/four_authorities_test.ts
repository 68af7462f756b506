/**
 * Four authorities, each `flashseal authority serve` in a process of its own, on one folder and one database file: clients that
 * spread each delivery over all of them, answers lost, receipts doubled, late and forged, an owner who raises meanwhile. Every
 * unit is granted once.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  type Answer,
  type ApplianceClient,
  createApplianceClient,
  createOwnerClient,
  enrolAppliance,
  fetchTrust,
  parseEnrolmentCode,
  type TicketReply,
} from "../../authority/api/mod.ts";
import { checkChain, LOG_START } from "../../authority/log/mod.ts";
import { makeSigningKeyPair, sign } from "../../bootloader/suite/mod.ts";
import type { Uid } from "../../bootloader/wire/mod.ts";
import { choiceOf } from "../chaos/_choice.ts";
import { runProcess, startProcess } from "../chaos/_process.ts";
import {
  type Appliance,
  type Catalogue,
  Clock,
  createCatalogue,
  createOrder,
  granted,
  lockProof,
  random,
  refusedCode,
  Target,
  ticketRequest,
  uidOf,
  type World,
} from "../unit/authority/_world.ts";

const ignore = (["run", "read", "write", "net", "env"] as const)
  .some((name) => Deno.permissions.querySync({ name }).state !== "granted");
if (ignore) console.log("ignored: four authorities on one file: run deno task test");

const SERVERS = 4;
const UNITS = 10;
const RAISED = 4;
const CHIPS = 20;
const SEED = 4_711;

/** One appliance with a client to each server; its sequence is one. */
type Line = Omit<Appliance, "client" | "clientWith"> & { readonly clients: readonly ApplianceClient[] };

interface Receipt {
  readonly line: Line;
  readonly ticket: Parameters<ApplianceClient["receipt"]>[0];
  readonly number: number;
  readonly receipt: string;
}

/** What the clients saw. */
class Floor {
  readonly choice = choiceOf(SEED);
  readonly certificates = new Map<Uid, Set<string>>();
  readonly codes = new Map<string, number>();
  readonly late: Receipt[] = [];

  constructor(readonly catalogue: Catalogue, readonly ticketKey: Uint8Array) {}

  note<T>(answer: Answer<T>): T | undefined {
    const code = refusedCode(answer);
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    return "granted" in answer ? answer.granted : undefined;
  }

  /** One delivery, every message of it to any of the servers. Bound: three messages 2. */
  async deliver(line: Line, uid: Uid): Promise<void> {
    const { clients } = line;
    const { oneOf, fraction } = this.choice;
    const request = ticketRequest(this.catalogue, uid);
    // The same chip at two servers at once: one unit, one ticket.
    const [ticket, again] =
      (await Promise.all([oneOf(clients).ticket(request), oneOf(clients).ticket(request)]))
        .map((answer) => this.note(answer));
    if (ticket === undefined || again === undefined) return;
    // An answer that is lost is counted, and the next one is of the same unit.
    if (fraction() < 0.3) await this.message2(line, ticket, uid);
    const held = await this.message2(line, ticket, uid);
    if (held === undefined) return;
    if (fraction() < 0.3) this.late.push(held);
    else assert(await this.report(held), "a receipt in time commits");
  }

  async message2(line: Line, ticket: TicketReply, uid: Uid): Promise<Receipt | undefined> {
    const target = new Target(ticket, this.ticketKey, uid);
    const proof = lockProof(
      { ...line, client: line.clients[0]!, clientWith: () => line.clients[0]! },
      ticket.ticketId,
      uid,
    );
    const request = { message1: target.message1.toHex(), ...proof };
    const reply = this.note(await this.choice.oneOf(line.clients).message1(ticket.ticketId, request));
    if (reply === undefined) return undefined;
    const { personal, receipt } = target.finish(Uint8Array.fromHex(reply.message2));
    const known = this.certificates.get(uid) ?? new Set();
    this.certificates.set(uid, known.add(personal.subarray(0, 216).toHex()));
    return { line, ticket: ticket.ticketId, number: reply.number, receipt: receipt.toHex() };
  }

  /** A forged receipt, then the real one at two servers at once. */
  async report({ line, ticket, number, receipt }: Receipt): Promise<boolean> {
    const { oneOf } = this.choice;
    const forged = Uint8Array.fromHex(receipt);
    forged[99]! ^= 1;
    const first = this.note(await oneOf(line.clients).receipt(ticket, { number, receipt: forged.toHex() }));
    assert.equal(first, undefined, "a forged receipt is refused");
    const both = [1, 2].map(() => oneOf(line.clients).receipt(ticket, { number, receipt }));
    const [one, other] = (await Promise.all(both)).map((answer) => this.note(answer));
    assert.deepEqual(one, other, "the same receipt again has the same answer");
    return one !== undefined;
  }
}

/** The folder's authority as its owner sees it through one server, and appliances that reach all. */
async function openSite(folder: string, origins: readonly string[]) {
  const client = Deno.createHttpClient({
    caCerts: [Deno.readTextFileSync(`${folder}/tls/ca-certificate.pem`)],
  });
  const carrier = (request: Request) => fetch(request, { client });
  const apiKey = Deno.readTextFileSync(`${folder}/owner-api-key.txt`).trim();
  const owners = origins.map((origin) =>
    createOwnerClient({ origin, fetch: carrier, apiKey: () => apiKey, random })
  );
  const [owner] = owners;
  const [origin] = origins;
  assert(owner !== undefined && origin !== undefined);
  const clock = new Clock();
  clock.nowMs = Date.now();
  const { rootPublicKey } = granted(await owner.owner());
  const trust = () =>
    fetchTrust({ origin, fetch: carrier }, { rootPublicKey: Uint8Array.fromHex(rootPublicKey) });
  const world = { owner, trust, clock } as World;
  const enrol = async (name: string): Promise<Line> => {
    const code = parseEnrolmentCode(granted(await owner.createEnrolment({ name, products: [] })).code);
    const identity = makeSigningKeyPair(random);
    const { publicKey } = identity;
    const { keySet, ...rest } = await trust();
    const enrolment = { code, trust: { keySet, ...rest }, publicKey, nonce: random(32) };
    const { appliance: id } = granted(await enrolAppliance({ origin, fetch: carrier }, enrolment));
    let sequence = 0;
    const clients = origins.map((origin) =>
      createApplianceClient({
        origin,
        fetch: carrier,
        appliance: id,
        sign: (message) => sign(identity.seed, message),
        logKeys: [keySet.logKey],
        nextSequence: () => sequence += 1,
        nowSeconds: () => 1,
      })
    );
    return { id, identity, clients };
  };
  return { world, owners, enrol, close: () => client.close() };
}

Deno.test({
  name: "four `authority serve` on one file: never over-granted, whatever is lost, late, doubled or forged",
  ignore,
  async fn() {
    const folder = Deno.makeTempDirSync({ prefix: "flashseal-four-" });
    const authority = `${folder}/authority`;
    await runProcess(
      [
        "authority",
        "init",
        "--dir",
        authority,
        "--owner",
        "Test Owner",
        "--name",
        "127.0.0.1",
        "--port",
        "0",
      ],
    );
    const servers = Array.from(
      { length: SERVERS },
      () => startProcess(["authority", "serve", "--dir", authority, "--port", "0"]),
    );
    try {
      const begun = await Promise.all(servers.map((server) => server.line("listening ")));
      const origins = begun.map((line) => line.slice("listening ".length));
      assert.equal(new Set(origins).size, SERVERS);
      const site = await openSite(authority, origins);
      const { world, owners } = site;
      const catalogue = await createCatalogue(world);
      const order = await createOrder(world, catalogue, UNITS);
      const lines = [await site.enrol("line 1"), await site.enrol("line 2")];
      const floor = new Floor(catalogue, (await world.trust()).keySet.ticketKey);
      const chips = Array.from({ length: CHIPS }, (_, n) => uidOf(n + 1));
      // Each chip at both appliances, four stations each; meanwhile a raise whose answer was lost twice.
      const work = async (line: Line, waiting: Uid[]) => {
        for (let uid = waiting.shift(); uid !== undefined; uid = waiting.shift()) {
          await floor.deliver(line, uid);
        }
      };
      const raise = async () => {
        const options = { idempotencyKey: random(16).toHex() };
        const change = { change: "raise", by: RAISED } as const;
        await Promise.all(owners.map((owner) => owner.changeOrder(order, change, options).then(granted)));
      };
      const queues = lines.map((line, n) => ({ line, waiting: n === 0 ? [...chips] : chips.toReversed() }));
      const stations = queues.flatMap(({ line, waiting }) => [1, 2, 3, 4].map(() => work(line, waiting)));
      await Promise.all([...stations, raise()]);
      // Chips that found nothing free before the raise come once more.
      const rest = [...chips];
      await Promise.all(lines.map((line) => work(line, rest)));
      // Late ones commit too, unless the chip has been tried again and committed by a later receipt.
      for (const receipt of floor.late) await floor.report(receipt);

      const { quota } = granted(await world.owner.order(order));
      const none = { free: 0, leased: 0, reserved: 0, keyed: 0, lost: 0, unaccounted: 0 };
      assert.deepEqual(quota, { granted: UNITS + RAISED, committed: UNITS + RAISED, ...none });
      const { devices } = granted(await world.owner.devices());
      assert.deepEqual(devices.map(({ uid }) => uid).sort(), [...floor.certificates.keys()].sort());
      const serials = devices.map(({ serial }) => serial ?? 0).sort((a, b) => a - b);
      assert.deepEqual(serials, Array.from({ length: UNITS + RAISED }, (_, n) => n + 1));
      assert([...floor.certificates.values()].every(({ size }) => size === 1), "one certificate for a chip");
      const { entries } = granted(await world.owner.log());
      checkChain(entries, LOG_START);
      assert(floor.codes.has("quota-spent") && floor.codes.has("uid-committed") && floor.late.length > 0);
      const known = [
        "granted",
        "quota-spent",
        "uid-committed",
        "uid-elsewhere",
        "ticket-closed",
        "message2-limit",
      ];
      const receipts = ["receipt-not-authentic", "receipt-other"];
      assert.deepEqual([...floor.codes.keys()].filter((code) => ![...known, ...receipts].includes(code)), []);
      console.log(`four authorities: ${JSON.stringify(Object.fromEntries(floor.codes))}`);
      site.close();
      assert.deepEqual(await Promise.all(servers.map((server) => server.stop())), Array(SERVERS).fill(0));
    } finally {
      await Promise.all(servers.map((server) => server.kill()));
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
