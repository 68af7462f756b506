/**
 * The worked example (PROTOCOL section 15) through the machine code: the same frames in, the same random words, and every
 * final frame byte-identical to the one that the reference target gave.
 * @module
 */
import assert from "node:assert/strict";
import exampleText from "../vectors/protocol/worked_example.json" with { type: "text" };
import { ModelTarget } from "./model_target.ts";
import { seededRandom } from "../vectors/protocol/world.ts";

/** The parts of the example that a target needs. */
const example: {
  readonly target: { readonly uid: string; readonly rngWords: readonly number[] };
  readonly installBlock: string;
  readonly frames: readonly { readonly from: string; readonly type: string; readonly bytes: string }[];
  readonly flashAfter: string;
} = JSON.parse(exampleText);

/** Bytes that the model's random number generator draws at once. */
const DRAW_BYTES = 16;

/** Gives the example's words to the random number generator, and noise to everything else. */
function exampleRandom(): (n: number) => Uint8Array {
  const words = new Uint8Array(Uint32Array.from(example.target.rngWords).buffer);
  const noise = seededRandom("worked example noise");
  let at = 0;
  return (n) => {
    if (n !== DRAW_BYTES || at >= words.length) return noise(n);
    return words.slice(at, at += n);
  };
}

Deno.test("worked example: the machine code answers each frame with the same bytes as the reference target", () => {
  const target = new ModelTarget({
    uid: example.target.uid,
    installBlock: Uint8Array.fromHex(example.installBlock),
    seed: "worked example",
    random: exampleRandom(),
  });
  let received: string | undefined;
  let compared = 0;
  for (const { from, type, bytes } of example.frames) {
    if (from === "host") {
      received = target.receive(Uint8Array.fromHex(bytes)).at(-1)?.toHex();
    } else {
      assert.equal(received, bytes, `the answer should be ${type}`);
      compared += 1;
    }
  }
  assert.equal(compared, example.frames.length / 2);
  assert.equal(target.mcu.flash.toHex(), example.flashAfter);
});
