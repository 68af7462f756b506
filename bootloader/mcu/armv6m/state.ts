/**
 * What the parts of the core share: stop codes, the fault value, and the two views of the core that the inner loop
 * and the exception model work on. It exists so that no file of the core imports another in a circle.
 *
 * @module
 */

/** What a load answers instead of a value when the bus refuses; no 32-bit value equals it. */
export const FAULT = 2 ** 40;

/** Why the inner loop stopped. */
export const STOPS = {
  LIMIT: 0,
  FAULT: 1,
  FETCH: 2,
  EXCEPTION_RETURN: 3,
  NOT_THUMB: 4,
  BREAKPOINT: 5,
  HARDWARE_BREAKPOINT: 6,
  WAIT_EVENT: 7,
  WAIT_INTERRUPT: 8,
  UNDEFINED: 9,
  SUPERVISOR_CALL: 10,
} as const;

/** Where SRAM starts in the window. */
export const RAM_OFFSET = 0x20000;
/** A fetch from here ends a `call` of the test taps; no memory exists at this address. */
export const RETURN_TRAP = 0x5ffffff0;

/** What made the core halt for the debugger. */
export type HaltCause = "none" | "bkpt" | "breakpoint" | "step" | "request" | "reset";

/** The core as the inner loop sees it. */
export interface ExecutionState {
  readonly r: Int32Array;
  pc: number;
  n: number;
  z: number;
  c: number;
  v: number;
  primask: number;
  readonly control: number;
  readonly ipsr: number;
  excReturn: number;
  comment: number;
  event: boolean;
  cycles: number;
  limit: number;
  line: number;
  readonly waitStates: number;
  readonly flashOpen: boolean;
  readonly op: Uint8Array;
  readonly op16: Uint16Array;
  readonly opA: Uint8Array;
  readonly opB: Uint8Array;
  readonly opIm: Int32Array;
  readonly m8: Uint8Array;
  readonly m16: Uint16Array;
  readonly m32: Int32Array;
  readonly s8: Int8Array;
  readonly s16: Int16Array;
  readonly flashSize: number;
  readonly ramSize: number;
  readonly mulCycles: number;
  load(address: number, size: number): number;
  store(address: number, size: number, value: number): boolean;
  decodeAt(pc: number, slot: number): boolean;
  readSpecial(register: number): number;
  writeSpecial(register: number, value: number): void;
}

/** The core as the exception model sees it. */
export interface ExceptionHost {
  readonly r: Int32Array;
  pc: number;
  primask: number;
  control: number;
  otherSp: number;
  ipsr: number;
  event: boolean;
  cycles: number;
  sleeping: "no" | "interrupt" | "event";
  readonly xpsr: number;
  readonly msp: number;
  readonly psp: number;
  attention(): void;
  load(address: number, size: number): number;
  store(address: number, size: number, value: number): boolean;
  setFlags(value: number): void;
  selectStack(process: boolean): void;
  fault(cause: string, address: number): void;
  lockUp(cause: string, address: number): void;
}
