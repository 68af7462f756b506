/**
 * The debug port of the bundled model as a driver: modelled time, real memory transfers, nothing else. There is no
 * back door: flash is changed through the flash controller's registers like on a bench.
 *
 * @module
 */
import type { DebugFault, Mcu } from "../../../bootloader/mcu/mod.ts";
import { Fault } from "../../../bootloader/wire/mod.ts";
import type { DebugPort, Limits } from "../mod.ts";
import { letTimePass, modelledMs } from "./modelled_time.ts";
import { takeTurn } from "./turns.ts";

/** How long the supply stays off, and how long it takes to be stable, in modelled milliseconds. */
const POWER_OFF_MS = 100;
const POWER_ON_MS = 5;
/** Words of one transfer before other stations and the event loop get a turn. */
const WORDS_PER_TURN = 1024;
/** Modelled time of transfers before they get one: a turn for each of thousands of looks at a busy flag costs more than they do. */
const NANOS_PER_TURN = 1e6;

/** Returns the driver for one model; `poweredOff` is called after each power-off, e.g. to synchronise a board file. */
export function createModelPort(
  mcu: Mcu,
  options: { readonly name: string; readonly poweredOff?: () => void },
): DebugPort {
  const { name } = options;
  let turnNanos = mcu.nanos;
  const goOn = async (endMs: number, { signal, deadlineMs }: Limits) => {
    signal.throwIfAborted();
    if (mcu.nanos - turnNanos >= NANOS_PER_TURN) {
      await takeTurn();
      turnNanos = mcu.nanos;
    }
    if (modelledMs(mcu) > endMs) throw tooLong(name, deadlineMs);
  };
  return {
    name,
    nowMs: () => modelledMs(mcu),
    pause: (ms, signal) => letTimePass(mcu, ms, signal),
    async power(on, { signal }) {
      if (on) mcu.powerOn();
      else mcu.powerOff();
      if (!on) options.poweredOff?.();
      await letTimePass(mcu, on ? POWER_ON_MS : POWER_OFF_MS, signal);
    },
    attach(mode, { signal }) {
      signal.throwIfAborted();
      const answers = mcu.debug.attach({ underReset: mode === "under-reset" });
      const identity = answers ? mcu.debug.identify() : null;
      if (identity === null || "fault" in identity) return Promise.resolve("no-answer");
      return Promise.resolve({ dpidr: identity.dpidr });
    },
    detach() {
      mcu.debug.detach();
      return Promise.resolve();
    },
    async read(address, length, limits) {
      const data = new Uint8Array(length);
      const endMs = modelledMs(mcu) + limits.deadlineMs;
      for (let at = 0; at < length; at += 4 * WORDS_PER_TURN) {
        const part = mcu.debug.read(address + at, Math.min(length - at, 4 * WORDS_PER_TURN));
        if (!(part instanceof Uint8Array)) return refused(name, part);
        data.set(part, at);
        await goOn(endMs, limits);
      }
      return { data };
    },
    async write(address, bytes, limits) {
      const endMs = modelledMs(mcu) + limits.deadlineMs;
      for (let at = 0; at < bytes.length; at += 4 * WORDS_PER_TURN) {
        const failed = mcu.debug.write(address + at, bytes.subarray(at, at + 4 * WORDS_PER_TURN));
        if (failed !== null) return refused(name, failed);
        if (bytes.length > 4 * WORDS_PER_TURN) await goOn(endMs, limits);
      }
      return { written: true };
    },
    observe(sink) {
      mcu.debug.onTransfer = sink === null ? () => {} : ({ direction, bytes }) => sink(direction, bytes);
    },
  };
}

function refused(name: string, fault: DebugFault): { readonly closed: true } {
  if (fault.fault === "bus-error") return { closed: true };
  throw new Fault(`Cannot go on with probe "${name}": the chip stopped answering`, {
    place: "probe",
    retry: true,
  });
}

function tooLong(name: string, deadlineMs: number): Fault {
  return new Fault(`Cannot finish a transfer by probe "${name}" within ${deadlineMs} ms`, {
    place: "probe",
    retry: true,
  });
}
