/**
 * Carries out one instruction of each kind with many operands on a core that is thrown away afterwards, so that V8 has seen
 * every path of `execute.ts` before it compiles that function. Otherwise each instruction that a program meets for the first
 * time throws the machine code of the whole inner loop away, some twenty times in a first delivery: seconds of a processor.
 *
 * Knows instructions and kinds of operands; what they give is of no interest here.
 *
 * @module
 */
import type { Core } from "./core.ts";
import { execute } from "./execute.ts";
import { RAM_OFFSET } from "./state.ts";

/** Addresses of devices: one that answers, and one where nothing is. */
export interface Places {
  readonly answers: number;
  readonly refuses: number;
}

/**
 * Instructions of each kind; where there is a choice of registers, the result goes to r0, r1 is an address and r2 a small
 * number. A test holds the list against `opcodes.ts`.
 */
export const ONE_OF_EACH: readonly number[] = [
  ...[0x0088, 0x0888, 0x1088, 0x1850, 0x1a50, 0x1c48, 0x1e48, 0x2005, 0x2805, 0x3005, 0x3805, 0x4010],
  ...[0x4050, 0x4090, 0x40d0, 0x4110, 0x4148, 0x4188, 0x41d0, 0x4208, 0x4248, 0x4288, 0x42c8, 0x4308],
  ...[0x4348, 0x4388, 0x43c8, 0x4448, 0x4548, 0x4640, 0x4708, 0x4788, 0x4801, 0x5088, 0x5288, 0x5488],
  ...[0x5688, 0x5888, 0x5a88, 0x5c88, 0x5e88, 0x6008, 0x6808, 0x7008, 0x7808, 0x8008, 0x8808, 0x9001],
  ...[0x9801, 0xa001, 0xa801, 0xb001, 0xb081, 0xb208, 0xb248, 0xb288, 0xb2c8, 0xb505, 0xbd05, 0xb662],
  ...[0xba08, 0xba48, 0xbac8, 0xbe00, 0xbf00, 0xbf20, 0xbf30, 0xbf40, 0xc105, 0xc905, 0xd001, 0xd101],
  ...[0xd201, 0xd301, 0xd401, 0xd501, 0xd601, 0xd701, 0xd801, 0xd901, 0xda01, 0xdb01, 0xdc01, 0xdd01],
  ...[0xde00, 0xdf00, 0xe001, 0x0008, 0x448f, 0x468f],
  // The other ways of some: shifts by 32, the stack pointer or PC as an operand, lists without LR or PC, or with the base.
  ...[0x0808, 0x1008, 0x4478, 0x4485, 0x4678, 0x4685, 0x4778, 0xb405, 0xbc05, 0xc903],
  // BL, MSR, MRS, barriers: second halves in the upper 16 bits.
  ...[0xf802_f000, 0x8800_f382, 0x8000_f3ef, 0x8f4f_f3bf],
];

const NUMBERS = [0, 1, 4, 31, 32, 33, 64, 255];
const VALUES = [5, -1, -0x80000000, 0x7fffffff, 0];
const [RAM, FLASH, SLOT] = [0x20000000, 0x08000000, 0x40];
const EXCEPTION_RETURN = -7;

/** Carries out everything in `ONE_OF_EACH`, from SRAM and from flash. */
export function warmUp(core: Core, { answers, refuses }: Places): void {
  const addresses = [
    RAM + 64,
    RAM + 65,
    answers,
    RAM + 66,
    refuses,
    FLASH + 64,
    RAM + 33,
    FLASH + 33,
    RAM + 4,
  ];
  addresses.push(EXCEPTION_RETURN, RAM + core.ramSize - 4);
  // Lengths without a common divisor: each operand comes about with each other.
  const turns = addresses.length * NUMBERS.length;
  for (const word of ONE_OF_EACH) {
    for (let i = 0; i < turns; i++) {
      const [base, offset] = i % 2 === 0 ? [RAM, RAM_OFFSET] : [FLASH, 0];
      core.m32[(offset + SLOT) >> 2] = word;
      core.forget(offset + SLOT, 4);
      core.waitStates = 2;
      core.pc = base + SLOT;
      core.r.fill(addresses[i % addresses.length]!);
      core.r[0] = VALUES[i % VALUES.length]!;
      core.r[2] = NUMBERS[i % NUMBERS.length]!;
      core.r[13] = core.r[13]! & ~3;
      core.setFlags(i << 28);
      core.event = core.ipsr !== 0;
      core.ipsr = i & 1;
      core.limit = core.cycles + 1;
      execute(core);
    }
  }
}
