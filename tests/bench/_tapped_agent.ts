/**
 * The program with a tap on its models, for the bench of the stations: `FLASHSEAL_BENCH_TAP=meter:FILE` writes what the models
 * took, `record:FILE` what they were told, when the process ends; without it this is `main.ts`.
 *
 * @module
 */
import { serialize } from "node:v8";
import { runCommandLine } from "../../deploy/cli/mod.ts";
import { meterModels, recordModels } from "./_model_tap.ts";

const [, kind, file = ""] = /^(meter|record):(.+)$/.exec(Deno.env.get("FLASHSEAL_BENCH_TAP") ?? "") ?? [];
const metered = kind === "meter" ? meterModels() : null;
const trace = kind === "record" ? recordModels() : null;
if (metered !== null) {
  setInterval(() => {
    Deno.writeTextFileSync(`${file}.part`, JSON.stringify(metered()));
    // Whoever reads it at this instant finds the whole text, of before or of now.
    Deno.renameSync(`${file}.part`, file);
  }, 250);
}
const code = await runCommandLine(Deno.args);
if (trace !== null) Deno.writeFileSync(file, serialize(trace));
Deno.exit(code);
