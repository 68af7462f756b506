/**
 * Each cause of a stop comes out of a real delivery when it should, with the outcome and the effect on the unit that the
 * catalogue says. A cause without a provocation is a type error here.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type CauseCode, causeEffects, causes, effectOfCause } from "../../agent/delivery/mod.ts";
import { restCauses } from "./_causes_rest.ts";
import { makePlace, type Provocation, stationCauses } from "./_causes_station.ts";

const provocations: Readonly<Record<CauseCode, Provocation>> = { ...stationCauses, ...restCauses };

for (const [code, provoke] of Object.entries(provocations) as [CauseCode, Provocation][]) {
  Deno.test(`cause ${code}: a delivery ends by it, and the unit is as the catalogue says`, async () => {
    const { outcome, cause, unit } = await provoke(await makePlace());
    assert.deepEqual([cause, outcome], [code, causes[code].outcome]);
    const { units } = causeEffects[effectOfCause[code]];
    assert.ok((units as readonly string[]).includes(unit), `${unit} is not one of: ${units.join("; ")}`);
  });
}
