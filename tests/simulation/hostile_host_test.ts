/** A hundred attacks of a hostile host on the machine code; hostile_host.ts has the rules, tests/long has more of them. @module */

import { assertHarmless, scenes } from "./hostile_host.ts";

const ATTACKS_PER_SCENE = 12;

const { scenes: all, good } = scenes();

for (const scene of all) {
  Deno.test(`hostile host, ${scene.name}: no answer but STATUS, no flash but the erase, no lockup (P-46 to P-49)`, () => {
    assertHarmless(scene, good, { seed: "hostile", attacks: ATTACKS_PER_SCENE });
  });
}
