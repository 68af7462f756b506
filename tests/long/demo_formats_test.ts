/** `demo --firmware` with each kind of file; the whole flash is in tests/script. @module */

import { assertTaken } from "../script/_demo.ts";
import { loopingElf, loopingFirmware, loopingHex } from "../script/_firmware.ts";
import { ignore } from "../script/_flashseal.ts";

const FORMATS = [
  ["raw binary of 256 bytes", "small.bin", () => loopingFirmware(256)],
  ["Intel HEX", "image.hex", () => loopingHex(3000)],
  ["ELF", "image.elf", () => loopingElf(5000)],
] as const;

for (const [what, name, make] of FORMATS) {
  Deno.test({ name: `demo --firmware takes ${what}`, ignore, fn: () => assertTaken(name, make()) });
}
