/** What the inner loop is shown before it is compiled. @module */
import { deepEqual, equal } from "node:assert/strict";
import { decode } from "../../../../../bootloader/mcu/armv6m/decode.ts";
import { OPS } from "../../../../../bootloader/mcu/armv6m/opcodes.ts";
import { ONE_OF_EACH } from "../../../../../bootloader/mcu/armv6m/warm_up.ts";
import { makeMcu } from "../bench.ts";

Deno.test("every operation is among what the inner loop is warmed up with", () => {
  const shown = new Set(ONE_OF_EACH.map((word) => decode(0x20000040, word & 0xffff, word >>> 16).op));
  const missing = Object.entries(OPS).filter(([, op]) => !shown.has(op)).map(([name]) => name);
  deepEqual(missing, ["UNDECODED", "BREAKPOINT"]);
});

Deno.test("a chip that is made later knows nothing of the warm-up", () => {
  const mcu = makeMcu();
  mcu.powerOn();
  deepEqual([mcu.cycles, mcu.reports, mcu.flashOperations], [0, [], 0]);
  equal(mcu.truth.flashAcr & 7, 0);
});
