/** No secret stands in any log, error, table or reply. @module */

import assert from "node:assert/strict";
import { keyNames, openAtRest } from "../../../../authority/signer/mod.ts";
import { readSealedKey } from "../../../../authority/store/mod.ts";
import { Secret } from "../../../../bootloader/suite/mod.ts";
import {
  createCatalogue,
  createOrder,
  createWorld,
  delivered,
  enrolled,
  granted,
  keyed,
  lockProof,
  Target,
  ticketRequest,
  uidOf,
  type World,
} from "../_world.ts";
import { ask } from "./_owner_door.ts";

function wholeDatabase(world: World): string {
  const tables = world.db.all("SELECT name FROM sqlite_schema WHERE type = 'table'").map((row) =>
    String(row["name"])
  );
  const cells: string[] = [];
  for (const table of tables) {
    for (const row of world.db.all(`SELECT * FROM "${table}"`)) {
      for (const value of Object.values(row)) {
        cells.push(value instanceof Uint8Array ? value.toHex() : String(value));
      }
    }
  }
  return cells.join("\n").toLowerCase();
}

Deno.test("no secret stands in any log line, log entry, table, problem or owner's reply", async () => {
  const world = createWorld();
  const replies: string[] = [];
  const catalogue = await createCatalogue(world);
  await createOrder(world, catalogue, 5);
  const enrolment = granted(await world.owner.createEnrolment({ name: "kept", products: [] }));
  const appliance = await enrolled(world, "line 1");
  const { reply, brought } = await delivered(world, appliance, catalogue, uidOf(1));
  const open = await keyed(world, appliance, catalogue, uidOf(2));
  // Requests that fail in many ways, so that their errors are in the logs.
  const target = new Target(open.ticket, (await world.trust()).keySet.ticketKey, uidOf(2), { lock: 0 });
  await appliance.client.message1(open.ticket.ticketId, {
    message1: target.message1.toHex(),
    ...lockProof(appliance, open.ticket.ticketId, uidOf(2)),
  });
  await appliance.client.ticket({ ...ticketRequest(catalogue, uidOf(3)), flashKb: 1 });
  for (
    const path of [
      "/v1/owner",
      "/v1/owner/orders",
      "/v1/owner/devices",
      "/v1/owner/log",
      "/v1/owner/releases",
      `/v1/owner/devices/1/${uidOf(1)}`,
    ]
  ) {
    replies.push(await (await ask(world, path)).text());
  }
  await ask(world, "/v1/owner/orders", { key: "ab".repeat(32) });

  const { parseEnrolmentCode } = await import("../../../../authority/api/mod.ts");
  const sealed = keyNames.map((name) =>
    [
      name,
      openAtRest(new Secret(world.sealKey.slice()), {
        name,
        sealed: readSealedKey(world.db, name) ?? new Uint8Array(),
      }).use((b) => b.slice()),
    ] as const
  );
  const secrets = new Map<string, Uint8Array>([
    ...sealed,
    ["seal key", world.sealKey],
    ["root", world.rootSeed],
    ["API key", Uint8Array.fromHex(world.apiKey)],
    ["release key", catalogue.releaseKey],
    ["salt", catalogue.salt],
    ["enrolment secret", parseEnrolmentCode(enrolment.code).secret],
    ["transport key", Uint8Array.fromHex(reply.transport.hostToTarget)],
    ["transport key back", Uint8Array.fromHex(reply.transport.targetToHost)],
    ["appliance identity", appliance.identity.seed.use((seed) => seed.slice())],
    ["image", catalogue.image.slice(0, 16)],
  ]);
  assert(brought.personal.length > 0);
  const hay = {
    "log lines": world.lines.join("\n"),
    database: wholeDatabase(world),
    "owner's replies": replies.join("\n"),
  };
  for (const [place, text] of Object.entries(hay)) {
    assert(text.length > 500, place);
    for (const [name, secret] of secrets) {
      const spellings = [
        secret.toHex(),
        secret.toBase64().replace(/=+$/, ""),
        secret.toBase64({ alphabet: "base64url" }).replace(/=+$/, ""),
      ];
      for (const spelling of spellings) {
        assert(!text.toLowerCase().includes(spelling.toLowerCase()), `${name} stands in the ${place}`);
      }
    }
    assert(!text.includes(enrolment.code.toLowerCase()), `enrolment code in the ${place}`);
  }
  // The search has teeth: a secret that is put there is found.
  world.db.run("INSERT INTO settings (name, value) VALUES ('test', ?)", catalogue.releaseKey.toHex());
  assert(wholeDatabase(world).includes(catalogue.releaseKey.toHex()));
  world.close();
});
