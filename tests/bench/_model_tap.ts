/**
 * A tap on every model of this process: how much processor its calls take, or what they were, so that the same calls can be
 * made again on bare models. Put in from outside, by a bench alone: the product has no such place.
 *
 * @module
 */
import { DebugPort, Mcu, type RunLimit } from "../../bootloader/mcu/mod.ts";
import process from "node:process";

/** One call of a model's method, with what decides what it does. */
export type Call =
  | { readonly call: "run"; readonly limit: RunLimit }
  | { readonly call: "power"; readonly on: boolean }
  | { readonly call: "attach"; readonly underReset: boolean }
  | { readonly call: "identify" | "detach" | "take" }
  | { readonly call: "read"; readonly address: number; readonly length: number }
  | { readonly call: "write"; readonly address: number; readonly bytes: Uint8Array }
  | { readonly call: "send"; readonly bytes: Uint8Array };

/** What was called, on which model, and what the world gave meanwhile. */
export interface Made {
  /** Models are numbered in the order of their first calls. */
  readonly model: number;
  readonly call: Call;
  /** What the source of randomness gave during the call. */
  readonly random: readonly Uint8Array[];
  /** What the call gave: bytes as they are, else modelled time after it; to be the same when it is made again. */
  readonly gave: Uint8Array | number;
}

/** All calls of a run, and the UID of each model: its board was blank. */
export interface Trace {
  readonly uids: Uint8Array[];
  readonly made: Made[];
}

/** Processor time of the process within the models' calls. */
export interface Metered {
  readonly calls: number;
  /** Milliseconds, with what the engine compiles and collects beside them, for whomever. */
  readonly cpuMs: number;
  /** What metering itself has taken outside of these, in milliseconds: it would count as the agent's. */
  readonly priceMs: number;
}

/** Makes `call` on a model; returns what {@linkcode Made} keeps of it. */
export function make(mcu: Mcu, call: Call): Uint8Array | number {
  return gaveOf(mcu, act(mcu, call));
}

function gaveOf(mcu: Mcu, result: unknown): Uint8Array | number {
  return result instanceof Uint8Array ? result : mcu.nanos;
}

function act(mcu: Mcu, call: Call): unknown {
  switch (call.call) {
    case "run":
      return mcu.run(call.limit);
    case "power":
      return call.on ? mcu.powerOn() : mcu.powerOff();
    case "attach":
      return mcu.debug.attach({ underReset: call.underReset });
    case "identify":
      return mcu.debug.identify();
    case "detach":
      return mcu.debug.detach();
    case "take":
      return mcu.uart.take();
    case "read":
      return mcu.debug.read(call.address, call.length);
    case "write":
      return mcu.debug.write(call.address, call.bytes);
    case "send":
      return mcu.uart.send(call.bytes);
  }
}

type Wrap = (self: object, call: Call, act: () => unknown) => unknown;

/** Lets `wrap` see each outermost call; a call that a model makes of itself is a part of the one around it. */
function tap(wrap: Wrap): void {
  let isInside = false;
  const outermost = (self: object, call: () => Call, act: () => unknown) => {
    if (isInside) return act();
    isInside = true;
    try {
      return wrap(self, call(), act);
    } finally {
      isInside = false;
    }
  };
  const over = (prototype: object, name: string, callOf: (...args: never[]) => Call) => {
    const methods = prototype as Record<string, (...args: unknown[]) => unknown>;
    const before = methods[name]!;
    methods[name] = function (this: object, ...args: unknown[]) {
      return outermost(this, () => callOf(...args as never[]), () => before.apply(this, args));
    };
  };
  over(Mcu.prototype, "run", (limit: RunLimit) => ({ call: "run", limit }));
  over(Mcu.prototype, "powerOn", () => ({ call: "power", on: true }));
  over(Mcu.prototype, "powerOff", () => ({ call: "power", on: false }));
  over(DebugPort.prototype, "attach", (how: { underReset: boolean }) => ({ call: "attach", ...how }));
  over(DebugPort.prototype, "identify", () => ({ call: "identify" }));
  over(DebugPort.prototype, "detach", () => ({ call: "detach" }));
  over(DebugPort.prototype, "read", (address: number, length: number) => ({ call: "read", address, length }));
  over(
    DebugPort.prototype,
    "write",
    (address: number, bytes: Uint8Array) => ({ call: "write", address, bytes: bytes.slice() }),
  );
  const line =
    new Mcu({ chip: "stm32g0-8k", uid: new Uint8Array(12), random: (n) => new Uint8Array(n) }).uart;
  const prototype = Object.getPrototypeOf(line);
  over(prototype, "send", (bytes: Uint8Array) => ({ call: "send", bytes: bytes.slice() }));
  over(prototype, "take", () => ({ call: "take" }));
}

/** Meters every model's calls from now on; returns what was metered so far. */
export function meterModels(): () => Metered {
  // Of the whole process: the time of a single thread comes in ticks of 10 ms, far longer than a call.
  let [calls, micros] = [0, 0];
  const meter: Wrap = (_self, _call, act) => {
    const before = process.cpuUsage();
    try {
      return act();
    } finally {
      const after = process.cpuUsage();
      calls++;
      micros += after.user + after.system - before.user - before.system;
    }
  };
  tap(meter);
  let priceOfCall: number | null = null;
  return () => {
    priceOfCall ??= priceOf(meter);
    return { calls, cpuMs: micros / 1000, priceMs: calls * priceOfCall };
  };

  /** Meters nothing at all many times, and forgets it; returns what is left beside what the meter saw, in milliseconds. */
  function priceOf(wrap: Wrap): number {
    const times = 20_000;
    const [callsBefore, microsBefore, before] = [calls, micros, process.cpuUsage()];
    for (let i = 0; i < times; i++) wrap(process, { call: "take" }, () => i);
    const { user, system } = process.cpuUsage(before);
    const outside = user + system - (micros - microsBefore);
    [calls, micros] = [callsBefore, microsBefore];
    return Math.max(0, outside) / 1000 / times;
  }
}

/** Records every model's calls from now on; returns the trace, which grows. */
export function recordModels(): Trace {
  const trace: Trace = { uids: [], made: [] };
  const models: Mcu[] = [];
  const numbers = new Map<object, number>();
  let given: Uint8Array[] | null = null;
  // The agent's one source of randomness, as its models see it.
  const random = crypto.getRandomValues.bind(crypto);
  crypto.getRandomValues = (array) => {
    const bytes = random(array);
    if (bytes instanceof Uint8Array) given?.push(bytes.slice());
    return bytes;
  };
  const numberOf = (self: object): number => {
    const known = numbers.get(self);
    if (known !== undefined) return known;
    // A station switches the supply before anything else, so the model itself is seen before its ports are.
    if (!(self instanceof Mcu)) throw new TypeError("a port was used before its chip had power");
    const { uid } = self.snapshot().parts["memory"] as { readonly uid: Uint8Array };
    const number = trace.uids.push(uid) - 1;
    models.push(self);
    for (const part of [self, self.debug, self.uart]) numbers.set(part, number);
    return number;
  };
  tap((self, call, act) => {
    const model = numberOf(self);
    given = [];
    const result = act();
    trace.made.push({ model, call, random: given, gave: gaveOf(models[model]!, result) });
    given = null;
    return result;
  });
  return trace;
}
