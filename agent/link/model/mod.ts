/**
 * The byte channel through the modelled UART, in modelled time: bytes take their ten bit times each, and what the
 * chip cannot hear is lost.
 *
 * @module
 */
import type { Mcu } from "../../../bootloader/mcu/mod.ts";
import { modelledMs, receiveUntil } from "../../probe/model/mod.ts";
import type { Channel } from "../mod.ts";

/** Bits per second of the link (PROTOCOL section 3) and bits of one byte (8N1). */
const BAUD = 115_200;
const BITS_PER_BYTE = 10;

/** Returns the channel to the chip of a model. */
export function createModelChannel(mcu: Mcu): Channel {
  return {
    kind: "model",
    nowMs: () => modelledMs(mcu),
    send(bytes) {
      mcu.uart.send(bytes);
      return Promise.resolve(modelledMs(mcu) + mcu.uart.pending * BITS_PER_BYTE * 1000 / BAUD);
    },
    receive: (untilMs, signal) => receiveUntil(mcu, untilMs, signal),
  };
}
