/** A few hundred attacks of a hostile host on the machine code (hostile_host.ts has the rules and runs more). @module */
import assert from "node:assert/strict";
import type { Attack } from "./hostile_host.ts";
import { HostileHost, scenes } from "./hostile_host.ts";

const ATTACKS_PER_SCENE = 25;

const { scenes: all, good } = scenes();

for (const scene of all) {
  Deno.test(`hostile host, ${scene.name}: no answer but STATUS, no flash but the erase, no lockup (P-46 to P-49)`, () => {
    const host = new HostileHost(`hostile to ${scene.name}`, good);
    const attacks: Attack[] = [];
    for (let i = 0; i < ATTACKS_PER_SCENE; i++) attacks.push(host.attack(scene));
    // Attacks that all went unheard would prove nothing.
    assert.ok(attacks.some(({ answers }) => answers.includes("STATUS")));
  });
}
