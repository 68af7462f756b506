/**
 * Flashseal: the authority and the agent in one program. The composition root: it hands the process's arguments
 * to the command table and ends with the exit code that comes back.
 *
 * @module
 */
import { runCommandLine } from "./deploy/cli/mod.ts";

if (import.meta.main) Deno.exit(await runCommandLine(Deno.args));
