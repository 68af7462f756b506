/**
 * The bundled model of a microcontroller: executes the real bootloader's machine code, as is (D§8).
 *
 * Alone: imports nothing of ours, no npm, no `node:`, no `Deno.*`; clock, randomness and disk are virtual or handed in.
 * Knows no protocol. What is modelled, from which source, and what is assumed: `README.md` beside this file.
 *
 * @example A chip that starts empty, is programmed by a debugger, and runs
 * ```ts
 * const mcu = new Mcu({ chip: "stm32g0-8k", uid: new Uint8Array(12).fill(7), random: (n) => new Uint8Array(n) });
 * mcu.powerOn();
 * if (!mcu.debug.attach({ underReset: true })) throw new Error("no answer");
 * // movs r0, #42; b . in SRAM
 * mcu.debug.write(0x20000000, Uint8Array.of(42, 0x20, 0xfe, 0xe7));
 * mcu.debug.writeRegister("pc", 0x20000000);
 * mcu.debug.resume();
 * mcu.run({ nanos: 1_000_000 });
 * mcu.debug.halt();
 * if (mcu.debug.readRegister("r0") !== 42) throw new Error("the core did not run");
 * ```
 *
 * @module
 */
export { BOARD_LAYOUT, BoardError, type BoardStore, readBoard } from "./board.ts";
export { type Chip, type ChipName, CHIPS } from "./chips.ts";
export { type DebugFault, DebugPort, type DebugTransfer, type Identity, REGISTERS } from "./debug_port.ts";
export { CallError, type CallResult, Mcu, type McuOptions, type RunLimit, type Truth } from "./model.ts";
export type { Report } from "./reports.ts";
export type { SerialLine } from "./serial_line.ts";
export type { Snapshot } from "./snapshot.ts";
export type { StopReason } from "./stm32g0/causes.ts";
export type { Cut, FlashOperation } from "./stm32g0/flash_operations.ts";
export type { Wiring } from "./stm32g0/pads.ts";
export type { RngFailure } from "./stm32g0/rng.ts";
