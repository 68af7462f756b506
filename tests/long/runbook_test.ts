/** RUNBOOK.md: every command in it is executed, in its order, against real processes, or says why not; every alert has a part. @module */

import assert from "node:assert/strict";
import { sampleFirmware } from "../../bootloader/firmware/mod.ts";
import { alerts } from "../script/_figures.ts";
import { ignore, inFolder, MAIN } from "../script/_flashseal.ts";
import { blocksOf, Hands, runbook } from "./_runbook.ts";

/** Ports that the runbook names; the test takes free ones in their stead. */
const PORTS = ["8443", "9465", "8080"];

function freePort(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return String(listener.addr.port);
}

Deno.test({
  name: "RUNBOOK.md: a first day with its restore, every block executed in an empty folder",
  ignore,
  async fn(t) {
    await inFolder(async (folder) => {
      await Deno.mkdir(`${folder}/bin`);
      const program = `#!/bin/sh\nexec "${Deno.execPath()}" run -A --no-check "${MAIN}" "$@"\n`;
      await Deno.writeTextFile(`${folder}/bin/flashseal`, program, { mode: 0o755 });
      await Deno.mkdir(`${folder}/day`);
      await Deno.writeFile(`${folder}/day/app.elf`, sampleFirmware().elf);
      const denoDir = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
      const hands = new Hands(`${folder}/day`, {
        ...{ HOME: folder, XDG_CONFIG_HOME: `${folder}/config`, NO_COLOR: "1", DENO_DIR: denoDir },
        PATH: `${folder}/bin:${Deno.env.get("PATH")}`,
      });
      try {
        const text = PORTS.reduce((all, port) => all.replaceAll(port, freePort()), runbook());
        for (const block of blocksOf(text)) {
          if (block.kind === "hand") continue;
          const name = `line ${block.line}: ${block.text.split("\n")[0]}`;
          if (!await t.step(name, () => hands.follow(block))) break;
        }
      } finally {
        await hands.close();
      }
    });
  },
});

Deno.test({
  name: "RUNBOOK.md: what is not executed says why, and each alert has its part and no other has one",
  ignore,
  fn() {
    const text = runbook();
    for (const { kind, before, line } of blocksOf(text)) {
      if (kind === "hand") assert.match(before, /^Not executed by the test: \S/, `line ${line}`);
    }
    const parts = [...text.matchAll(/^### (\S+)$/gm)].map(([, name]) => name);
    assert.deepEqual(parts.sort(), alerts().map(({ alert }) => alert).sort());
  },
});
