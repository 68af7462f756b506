/**
 * Each refusal comes out of the real authority when it should, and leaves every unit as the catalogue says. A refusal without a
 * provocation is a type error here.
 *
 * @module
 */
import assert from "node:assert/strict";
import { isRefusalCode, type RefusalCode, refusals, type UnitEffect } from "../../authority/api/mod.ts";
import { RestorePlace } from "../unit/authority/_epochs.ts";
import { createWorld, type World } from "../unit/authority/_world.ts";
import { type Ask, ledgerOf, type Provocation } from "./_desk.ts";
import { consoleRefusals } from "./_refusals_console.ts";
import { lineRefusals } from "./_refusals_line.ts";
import { officeRefusals } from "./_refusals_office.ts";
import { restoredRefusals, type RestoreProvocation } from "./_refusals_restored.ts";

/** Rows that no code gives today, with the reason. A test below finds a line that is out of date. */
const notGiven = {
  "not-permitted": "the only role of an API key is owner, who may do everything",
} as const;

const online = { ...lineRefusals, ...officeRefusals, ...consoleRefusals } as const satisfies Readonly<
  Record<string, Provocation>
>;
const everyRow: Readonly<Record<RefusalCode, Provocation | RestoreProvocation | string>> = {
  ...online,
  ...restoredRefusals,
  ...notGiven,
};

const canReadAndWrite = (["read", "write"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");
if (!canReadAndWrite) console.log("refusals after a restore need a disk: run `deno task test`");

async function assertRefused(code: RefusalCode, ask: Ask, world: () => World): Promise<void> {
  const before = await ledgerOf(world());
  assert.equal(await ask(), code);
  // An effect that moves a unit would need another comparison.
  const kept: readonly UnitEffect[] = ["no unit is used", "the unit stays as it is"];
  assert.ok(kept.includes(refusals[code].effect));
  assert.equal(await ledgerOf(world()), before);
}

for (const [code, provoke] of Object.entries(online)) {
  Deno.test(`refusal ${code}: the authority gives it, and no unit moves`, async () => {
    assert(isRefusalCode(code));
    const world = createWorld();
    try {
      await assertRefused(code, await provoke(world), () => world);
    } finally {
      world.close();
    }
  });
}

for (const [code, provoke] of Object.entries(restoredRefusals)) {
  Deno.test({
    name: `refusal ${code}: the authority gives it after a restore, and no unit moves`,
    ignore: !canReadAndWrite,
    async fn() {
      assert(isRefusalCode(code));
      const place = new RestorePlace();
      try {
        await assertRefused(code, await provoke(place), () => place.world);
      } finally {
        place.close();
      }
    },
  });
}

Deno.test({
  name: "every refusal of the table is provoked here, or is given by no code at all",
  ignore: !canReadAndWrite,
  fn() {
    assert.deepEqual(Object.keys(everyRow).sort(), Object.keys(refusals).sort());
    const giving = [...sources(new URL("../../authority/", import.meta.url))]
      .filter((file) => !/\/api\/(refusal|words\/)/.test(file.pathname))
      .map((file) => Deno.readTextFileSync(file)).join("\n");
    const stale = Object.keys(notGiven).filter((code) => giving.includes(`"${code}"`));
    assert.deepEqual(stale, [], "given by now: provoke it and delete its line");
  },
});

function* sources(folder: URL): Generator<URL> {
  for (const entry of Deno.readDirSync(folder)) {
    if (entry.isDirectory) yield* sources(new URL(`${entry.name}/`, folder));
    else if (entry.name.endsWith(".ts")) yield new URL(entry.name, folder);
  }
}
