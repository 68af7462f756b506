/**
 * Bare models in a process of their own: makes the calls of a trace again, in their order, on boards that are files as in a
 * station, and prints what that took. Nothing of the agent is loaded but the store of a board's file.
 *
 * @module
 */
import process from "node:process";
import { deserialize } from "node:v8";
import { BoardFile } from "../../agent/probe/model/board_file.ts";
import { Mcu } from "../../bootloader/mcu/mod.ts";
import { make, type Trace } from "./_model_tap.ts";

/** The wiring of a station that is set to nothing else; with another one a chip stays silent, and the calls differ. */
const wiring = { tx: "PA2", rx: "PA3" };

/** What bare models took. */
export interface Bare {
  /** Processor time of the process for all calls, in milliseconds. */
  readonly cpuMs: number;
  /** Resident memory of a process that has done nothing yet, and what the models added at the most, in MB. */
  readonly emptyMegabytes: number;
  readonly modelsMegabytes: number;
  /** Modelled seconds of all models together. */
  readonly modelledSeconds: number;
  /** Calls that gave something else than in the trace; 0, or what was measured is no replay. */
  readonly different: number;
}

/** Returns a line of this process's status in MB, `VmRSS` or `VmHWM`. */
function megabytesOf(name: string): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) / 1e6;
}

function replay(file: string, folder: string): Bare {
  const emptyMegabytes = megabytesOf("VmRSS");
  const { uids, made } = deserialize(Deno.readFileSync(file)) as Trace;
  const lastCalls = new Map(made.map(({ model }, index) => [model, index]));
  const readMegabytes = megabytesOf("VmRSS");
  let given: Uint8Array[] = [];
  const random = (length: number) => given.shift() ?? new Uint8Array(length);
  const boards = new Map<number, { readonly mcu: Mcu; readonly store: BoardFile }>();
  const boardOf = (model: number) => {
    const store = new BoardFile(`${folder}/${model}.board`, { create: true });
    const mcu = new Mcu({ chip: "stm32g0-8k", uid: uids[model]!, random, store, wiring });
    boards.set(model, { mcu, store });
    return { mcu, store };
  };
  let [modelledSeconds, different] = [0, 0];
  const before = process.cpuUsage();
  made.forEach(({ model, call, random: values, gave }, index) => {
    const { mcu, store } = boards.get(model) ?? boardOf(model);
    given = [...values];
    if (!isSame(make(mcu, call), gave)) different++;
    if (lastCalls.get(model) !== index) return;
    modelledSeconds += mcu.nanos / 1e9;
    store.close();
    boards.delete(model);
  });
  const { user, system } = process.cpuUsage(before);
  return {
    cpuMs: (user + system) / 1000,
    emptyMegabytes,
    modelsMegabytes: megabytesOf("VmHWM") - readMegabytes,
    modelledSeconds,
    different,
  };
}

function isSame(one: Uint8Array | number, other: Uint8Array | number): boolean {
  if (typeof one === "number" || typeof other === "number") return one === other;
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

if (import.meta.main) {
  const [file = "", folder = ""] = Deno.args;
  console.log(JSON.stringify(replay(file, folder)));
}
