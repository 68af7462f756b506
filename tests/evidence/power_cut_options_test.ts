/**
 * Power cut within the one option write, with the agent awake: an outcome of its own (D§7). The model tears option
 * bytes as `attacksOn` lists; a pair that does not match its complement loads as level 1 with all of flash protected.
 *
 * @module
 */
import assert from "node:assert/strict";
import { causes } from "../../agent/delivery/mod.ts";
import type { DebugPort } from "../../agent/probe/mod.ts";
import { evidence } from "./_site.ts";
import { attacksOn, ForkingMcu } from "./power_cut_fork.ts";
import { Line, makeSite } from "./power_cut_line.ts";

const PCROP1ASR = 0x4002_2024;
const PCROP1AER = 0x4002_2028;

/** A chip that keeps its PCROP area whatever is written: what a real one may do. */
function unmendable(inner: DebugPort): DebugPort {
  return {
    ...inner,
    async read(address, length, limits) {
      const reading = await inner.read(address, length, limits);
      if ("closed" in reading || (address !== PCROP1ASR && address !== PCROP1AER)) return reading;
      const word = address === PCROP1ASR ? 0 : 0x8000_007f;
      return { data: new Uint8Array(Uint32Array.of(word).buffer) };
    },
  };
}

evidence(
  'power cut within the option write (D§7): mended by the unlock or told as "options-torn"; no key was given',
  async () => {
    const site = await makeSite(1);
    const line = await Line.open(site, site.folder);
    const uid = crypto.getRandomValues(new Uint8Array(12));
    const mcu = new ForkingMcu({ uid, seed: 9 });
    mcu.strike = (operation) =>
      operation.kind === "options" ? attacksOn(operation, false).find(({ cut }) => cut === "torn")! : null;
    const cut = (await line.deliver(mcu)).result;
    assert.deepEqual([cut.outcome, cut.cause, cut.unit], [
      "failed",
      "bootloader-silent",
      "reserved for this chip",
    ]);
    mcu.strike = () => null;
    const hopeless = (await line.deliver(mcu, { port: unmendable })).result;
    assert.deepEqual(
      [hopeless.outcome, hopeless.cause, hopeless.says, hopeless.unit, hopeless.ticketId],
      ["failed", "options-torn", causes["options-torn"].says, "reserved for this chip", cut.ticketId],
    );
    assert.deepEqual([line.unit(uid.toHex())?.state, line.unit(uid.toHex())?.message2Count], ["reserved", 0]);
    const mended = (await line.deliver(mcu)).result;
    assert.deepEqual([mended.outcome, mended.ticketId], ["delivered", cut.ticketId]);
    line.close();
    Deno.removeSync(site.folder, { recursive: true });
  },
);
