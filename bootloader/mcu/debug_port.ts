/**
 * The debug port at the level of memory transfers: attach, identify, halt, registers, memory, with the answers and
 * silences of the real port (D§9). The bit level of SWD is not here.
 *
 * Every transfer takes modelled time, in which a core that is not halted runs on. Knows no wire, driver or protocol.
 *
 * @module
 */
import { FAULT } from "./bus.ts";
import type { Stm32g0 } from "./stm32g0/chip.ts";

/** SWD at 4 MHz; 46 clocks for one word with its acknowledge, turnaround, parity and idle clocks (ADIv5.2 B4). */
const SWD_CLOCK_PS = 250_000;
const WORD_CLOCKS = 46;
/** Line reset, identity, power-up, AP selection: about 20 transfers and two line resets. */
const ATTACH_CLOCKS = 20 * WORD_CLOCKS + 200;
/** How long NRST is held by an attach under reset. */
const RESET_PULSE_PS = 1_000_000_000;

/** Why a transfer gave no data. */
export interface DebugFault {
  readonly fault: "no-answer" | "bus-error";
  readonly address: number;
}

/** The data of one memory transfer as it crossed the wire; "tx" is host to target. */
export interface DebugTransfer {
  readonly direction: "tx" | "rx";
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** What the port tells about the chip before any memory is read. */
export interface Identity {
  readonly dpidr: number;
  readonly cpuid: number;
  readonly idcode: number;
}

/** Core registers by the numbers of DCRSR. */
export const REGISTERS = {
  r0: 0,
  r1: 1,
  r2: 2,
  r3: 3,
  r4: 4,
  r5: 5,
  r6: 6,
  r7: 7,
  r8: 8,
  r9: 9,
  r10: 10,
  r11: 11,
  r12: 12,
  sp: 13,
  lr: 14,
  pc: 15,
  xpsr: 16,
  msp: 17,
  psp: 18,
  /** CONTROL in bits 31 to 24, PRIMASK in bits 7 to 0. */
  control: 20,
} as const;

/** The debug port of one chip. */
export class DebugPort {
  /** Called with the data of every memory transfer, for captures. */
  onTransfer: (transfer: DebugTransfer) => void = () => {};
  readonly #chip: Stm32g0;
  readonly #dpidr: number;

  constructor(chip: Stm32g0, dpidr: number) {
    this.#chip = chip;
    this.#dpidr = dpidr;
  }

  /** True while a debugger is connected and gets answers. */
  get connected(): boolean {
    return this.#chip.state.debugConnected && this.#chip.debugAnswers();
  }

  /**
   * Connects. Under reset: NRST low, connect, arm the halt at reset, NRST high; the core then stands before its first
   * instruction. False means that the target gives no answer. Connecting is debug intrusion until the next power-on.
   */
  attach(options: { readonly underReset: boolean }): boolean {
    const chip = this.#chip;
    if (options.underReset) {
      chip.holdReset();
      this.#elapse(RESET_PULSE_PS);
    }
    this.#elapse(ATTACH_CLOCKS * SWD_CLOCK_PS);
    const answers = chip.debugAnswers();
    if (answers) {
      chip.state.debugConnected = chip.state.debugSincePower = true;
      if (options.underReset) chip.debug.catchReset(true);
      chip.refresh();
    }
    if (options.underReset) {
      chip.releaseReset();
      chip.debug.catchReset(false);
    }
    return answers;
  }

  /** Lets the core run and disconnects. The intrusion of read protection level 1 lasts until the next power-on. */
  detach(): void {
    const chip = this.#chip;
    if (this.connected) chip.debug.write(0xdf0, 0xa05f0000 | 0);
    chip.state.debugConnected = false;
  }

  /** DPIDR, CPUID and DBG_IDCODE. */
  identify(): Identity | DebugFault {
    const cpuid = this.readWord(0xe000ed00);
    if (typeof cpuid !== "number") return cpuid;
    const idcode = this.readWord(0x40015800);
    return typeof idcode === "number" ? { dpidr: this.#dpidr, cpuid, idcode } : idcode;
  }

  /** Halts the core. */
  halt(): null | DebugFault {
    return this.#run(() => this.#chip.debug.request(true));
  }

  /** Lets the core run; time passes only in transfers and in `run`. */
  resume(): null | DebugFault {
    return this.#run(() => this.#chip.debug.request(false));
  }

  /** Executes one instruction of a halted core. */
  step(): null | DebugFault {
    return this.#run(() => {
      this.#chip.debug.write(0xdf0, 0xa05f0005 | 0);
      this.#chip.sync();
    });
  }

  /** Resets the chip by SYSRESETREQ and halts before its first instruction. */
  resetAndHalt(): null | DebugFault {
    return this.#run(() => {
      this.#chip.debug.catchReset(true);
      this.#chip.requestReset("software");
      this.#elapse(WORD_CLOCKS * SWD_CLOCK_PS);
      this.#chip.debug.catchReset(false);
    });
  }

  get halted(): boolean {
    return this.#chip.core.halted;
  }

  /** Reads a core register of a halted core. */
  readRegister(name: keyof typeof REGISTERS): number | DebugFault {
    if (!this.#ready(2)) return { fault: "no-answer", address: 0 };
    return this.#chip.debug.readRegister(REGISTERS[name]) >>> 0;
  }

  /** Writes a core register of a halted core. */
  writeRegister(name: keyof typeof REGISTERS, value: number): null | DebugFault {
    return this.#run(() => {
      this.#chip.debug.writeRegister(REGISTERS[name], value | 0);
      if (name === "pc") this.#chip.state.parked = false;
    });
  }

  /** Reads `length` bytes in accesses as wide as alignment allows; stops at the first refusal. */
  read(address: number, length: number): Uint8Array | DebugFault {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const size = widthAt(address + done, length - done);
      const value = this.#load(address + done, size);
      if (typeof value !== "number") return value;
      for (let i = 0; i < size; i++) bytes[done + i] = value >>> (8 * i);
      done += size;
    }
    this.onTransfer({ direction: "rx", address, bytes: bytes.slice() });
    return bytes;
  }

  /** Writes bytes in accesses as wide as alignment allows; stops at the first refusal. */
  write(address: number, bytes: Uint8Array): null | DebugFault {
    this.onTransfer({ direction: "tx", address, bytes: bytes.slice() });
    for (let done = 0; done < bytes.length;) {
      const size = widthAt(address + done, bytes.length - done);
      let value = 0;
      for (let i = 0; i < size; i++) value |= bytes[done + i]! << (8 * i);
      const failed = this.#store(address + done, size, value);
      if (failed !== null) return failed;
      done += size;
    }
    return null;
  }

  /** Reads one aligned word (unsigned). */
  readWord(address: number): number | DebugFault {
    const bytes = this.read(address, 4);
    return bytes instanceof Uint8Array ? new DataView(bytes.buffer).getUint32(0, true) : bytes;
  }

  /** Writes one aligned word. */
  writeWord(address: number, value: number): null | DebugFault {
    return this.write(address, new Uint8Array(Uint32Array.of(value).buffer));
  }

  #load(address: number, size: number): number | DebugFault {
    if (!this.#ready(1)) return { fault: "no-answer", address };
    const value = this.#asMaster(() => this.#chip.bus.load(address, size));
    if (!this.#chip.state.powered) return { fault: "no-answer", address };
    return value === FAULT ? { fault: "bus-error", address } : value >>> 0;
  }

  #store(address: number, size: number, value: number): null | DebugFault {
    if (!this.#ready(1)) return { fault: "no-answer", address };
    const done = this.#asMaster(() => this.#chip.bus.store(address, size, value));
    if (!this.#chip.state.powered) return { fault: "no-answer", address };
    return done ? null : { fault: "bus-error", address };
  }

  #asMaster<T>(access: () => T): T {
    const { bus } = this.#chip;
    bus.master = "debug";
    try {
      return access();
    } finally {
      bus.master = "core";
    }
  }

  #run(act: () => void): null | DebugFault {
    if (!this.#ready(1)) return { fault: "no-answer", address: 0 };
    act();
    return null;
  }

  /** Lets the time of `words` transfers pass and says whether the target still answers. */
  #ready(words: number): boolean {
    this.#elapse(words * WORD_CLOCKS * SWD_CLOCK_PS);
    if (!this.connected) this.#chip.state.debugConnected = false;
    return this.connected;
  }

  #elapse(picoseconds: number): void {
    const end = this.#chip.clock.now + picoseconds;
    // A run may stop early (halt, lockup): the rest of the time passes all the same.
    while (this.#chip.clock.now < end) this.#chip.runUntil(end);
  }
}

function widthAt(address: number, left: number): 1 | 2 | 4 {
  if ((address & 3) === 0 && left >= 4) return 4;
  return (address & 1) === 0 && left >= 2 ? 2 : 1;
}
