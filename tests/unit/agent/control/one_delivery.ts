/**
 * One delivery in a process of its own, for tests that kill it: prints each event as a line of JSON.
 * Arguments: the appliance's folder, the board's file.
 *
 * @module
 */
import { deliverOnce, systemPorts } from "../../../../agent/mod.ts";

const [folder, board] = Deno.args;
if (folder === undefined || board === undefined) throw new RangeError("folder and board are needed");
const write = (value: unknown) =>
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(value) + "\n"));
const options = { folder, board, signal: new AbortController().signal };
await deliverOnce(options, systemPorts((event) => void write(event)));
