/** More attacks of a hostile host than tests/simulation has time for, from another seed. @module */

import { assertHarmless, scenes } from "../simulation/hostile_host.ts";
import { ignore } from "../script/_flashseal.ts";

const ATTACKS_PER_SCENE = 40;

const { scenes: all, good } = scenes();

for (const scene of all) {
  Deno.test({
    name:
      `many attacks of a hostile host, ${scene.name}: no answer but STATUS, no flash but the erase, no lockup`,
    ignore,
    fn: () => assertHarmless(scene, good, { seed: "many hostile", attacks: ATTACKS_PER_SCENE }),
  });
}
