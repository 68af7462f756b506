/**
 * The bundled model: how long a laptop takes for one whole delivery of the real machine code, and for its slowest part.
 * What the chip itself would take is exact and stands in the manifest, not here.
 *
 * @module
 */
import { makeWorld } from "../vectors/protocol/world.ts";
import { record } from "../simulation/recording.ts";
import { ModelTarget } from "../simulation/model_target.ts";

const world = makeWorld("bench");
const { uid, installBlock } = world;
const asleep = new ModelTarget({ uid, installBlock, seed: "bench" });

Deno.bench("one delivery on the model, from power-on to the receipt", { group: "model" }, () => {
  record(world);
});

Deno.bench("10 ms of a chip that waits for a frame (640,000 cycles at most)", { group: "model" }, () => {
  asleep.elapse(10);
});
