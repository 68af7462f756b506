/**
 * Makes random ARMv6-M programs as raw machine code that runs at address 0 of any Cortex-M0 with SRAM at 0x20000000
 * and semihosting. After each case the program writes registers, flags, scratch memory and an exception trace.
 *
 * Knows Thumb encodings by itself (nothing is shared with the model's decoder) and avoids UNPREDICTABLE ones.
 *
 * @module
 */

/** Bytes that each case writes: 14 words of registers, 64 words of scratch memory, 1 word of exception trace. */
export const CASE_BYTES = 4 * (14 + 64 + 1);

const SCRATCH = 0x20000400;
const TRACE = 0x20000200;
const HANDLE = 0x20000104;
const BLOCK = 0x20000100;
const ICSR = 0xe000ed04;
const NVIC = 0xe000e100;
const STACK = 0x20001f00;

/** A 32-bit generator with a seed (mulberry32), so that a failing program can be made again. */
export function randomSource(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** Collects halfwords; addresses are offsets in the program. */
class Code {
  readonly halfwords: number[] = [];
  get here(): number {
    return this.halfwords.length * 2;
  }
  put(...words: number[]): void {
    this.halfwords.push(...words.map((word) => word & 0xffff));
  }
  word(value: number): void {
    this.put(value, value >>> 16);
  }
  align(): void {
    if (this.here & 2) this.put(0xbf00);
  }
  /** BL to an address. */
  call(target: number): void {
    const offset = target - (this.here + 4);
    const [s, i1, i2] = [(offset >>> 24) & 1, (offset >>> 23) & 1, (offset >>> 22) & 1];
    const [j1, j2] = [1 ^ i1 ^ s, 1 ^ i2 ^ s];
    this.put(
      0xf000 | (s << 10) | ((offset >>> 12) & 0x3ff),
      0xd000 | (j1 << 13) | (j2 << 11) | ((offset >>> 1) & 0x7ff),
    );
  }
  /** Loads a constant from a literal that lies inline, jumped over. */
  constant(register: number, value: number | ((after: number) => number)): void {
    if ((this.here & 2) !== 0) this.put(0xbf00);
    // ldr r, [pc, #0]; b over; literal
    this.put(0x4800 | (register << 8), 0xe001);
    this.word(typeof value === "number" ? value : value(this.here + 4));
  }
}

/** One batch: the whole image and where its cases begin, for messages. */
export interface Batch {
  readonly image: Uint8Array;
  readonly starts: readonly number[];
}

/** Makes a program of `cases` cases from a seed; `limit` is the largest image in bytes. */
export function makeBatch(seed: number, cases: number, limit: number): Batch {
  const random = randomSource(seed);
  const code = new Code();
  for (let i = 0; i < 48; i++) code.word(0);
  const routines = emitRoutines(code);
  const main = code.here;
  openOutput(code);
  const starts: number[] = [];
  for (let n = 0; n < cases && code.here < limit - 1024; n++) {
    starts.push(code.here);
    emitCase(code, random, routines);
  }
  // SYS_EXIT with ADP_Stopped_ApplicationExit.
  code.put(0x2018);
  code.constant(1, 0x20026);
  code.put(0xbeab, 0xe7fe);
  code.align();
  const image = new Uint8Array(Uint16Array.from(code.halfwords).buffer);
  const view = new DataView(image.buffer);
  view.setUint32(0, STACK, true);
  for (let i = 1; i < 48; i++) view.setUint32(4 * i, routines.trace | 1, true);
  view.setUint32(4, main | 1, true);
  view.setUint32(12, routines.hardFault | 1, true);
  return { image, starts };
}

interface Routines {
  readonly trace: number;
  readonly hardFault: number;
  readonly setup: number;
  readonly finish: number;
  readonly leaf: number;
  readonly nested: number;
}

function emitRoutines(code: Code): Routines {
  const trace = code.here;
  emitTrace(code);
  code.put(0x4770);
  const hardFault = code.here;
  emitTrace(code);
  // Skip the faulting 16-bit instruction: stacked pc += 2.
  code.put(0x9806, 0x3002, 0x9006, 0x4770);
  const setup = code.here;
  // Each case starts with a cleared trace and cleared scratch memory, so that a difference stays in its case.
  code.constant(1, TRACE);
  code.put(0x2200, 0x600a); // movs r2,#0; str r2,[r1]
  code.constant(1, SCRATCH);
  code.put(0x2340, 0xc104, 0x3b01, 0xd1fc); // movs r3,#64; stmia r1!,{r2}; subs r3,#1; bne
  code.put(0xc83e, 0x4688, 0x4691, 0x469a, 0x46a3, 0x46ac); // ldmia r0!,{r1-r5}; mov r8..r12
  code.put(0xc802, 0xf381, 0x8800); // ldmia r0!,{r1}; msr apsr,r1
  code.put(0xc8ff, 0x4770); // ldmia r0,{r0-r7}; bx lr
  const leaf = code.here;
  code.put(0x1840, 0x4770); // adds r0,r0,r1; bx lr
  const nested = code.here;
  code.put(0xb570, 0x43c4, 0x1c65, 0x404e, 0xbd70); // push {r4-r6,lr}; mvns r4,r0; adds r5,r4,#1; eors r6,r1; pop
  const finish = code.here;
  emitFinish(code);
  return { trace, hardFault, setup, finish, leaf, nested };
}

/** Folds exception number, EXC_RETURN, stacked pc and xPSR into the trace word. Uses r0 to r3 only. */
function emitTrace(code: Code): void {
  code.constant(0, TRACE);
  code.put(0x6801); // ldr r1,[r0]
  code.put(0x2205, 0x41d1); // movs r2,#5; rors r1,r2
  code.put(0xf3ef, 0x8205, 0x1889); // mrs r2,ipsr; adds r1,r1,r2
  code.put(0x4672, 0x4051); // mov r2,lr; eors r1,r2
  code.put(0x9a06, 0x1889, 0x9a07, 0x4051); // ldr r2,[sp,#24]; adds; ldr r2,[sp,#28]; eors
  code.put(0x9a00, 0x1889, 0x9a05, 0x4051); // stacked r0 and lr as well
  code.put(0x6001); // str r1,[r0]
}

function emitFinish(code: Code): void {
  code.put(0xb4ff, 0xf3ef, 0x8000); // push {r0-r7}; mrs r0,apsr
  code.put(0x4641, 0x464a, 0x4653, 0x465c, 0x4665, 0xb43f); // mov r1..r5,r8..r12; push {r0-r5}
  emitWrite(code, () => code.put(0x466a), 56);
  emitWrite(code, () => code.constant(2, SCRATCH), 256);
  emitWrite(code, () => code.constant(2, TRACE), 4);
  code.put(0xb00e, 0x4770); // add sp,#56; bx lr
}

/** SYS_WRITE of `length` bytes from the address that `pointer` puts into r2. */
function emitWrite(code: Code, pointer: () => void, length: number): void {
  pointer();
  code.constant(1, BLOCK);
  code.put(0x684b, 0x600b); // ldr r3,[r1,#4] (handle); str r3,[r1]
  code.constant(1, BLOCK + 16);
  code.put(0x600b, 0x604a); // handle, pointer
  code.put(0x2200 | (length & 255)); // movs r2,#length
  if (length === 256) code.put(0x3201 - 1, 0x32ff, 0x3201); // 0 + 0 + 255 + 1
  code.put(0x608a, 0x2005, 0xbeab); // str length; SYS_WRITE
}

function openOutput(code: Code): void {
  code.constant(0, 0x0074743a); // ":tt"
  code.constant(1, BLOCK + 48);
  code.put(0x6008);
  code.constant(2, BLOCK + 32);
  code.put(0x6011, 0x2304, 0x6053, 0x2303, 0x6093); // name, mode 4 ("w"), length 3
  code.put(0x4611, 0x2001, 0xbeab); // SYS_OPEN
  code.constant(1, HANDLE);
  code.put(0x6008);
}

const EDGES = [
  0,
  1,
  2,
  0x7fffffff,
  0x80000000,
  0xffffffff,
  0xfffffffe,
  31,
  32,
  33,
  255,
  256,
  0x8000,
  0xffff8000,
];

function emitCase(code: Code, random: () => number, routines: Routines): void {
  const value = (): number => random() % 3 ? EDGES[random() % EDGES.length]! : random();
  code.align();
  // ldr r0,=data; b over the data; data
  code.put(0xa001, 0xe000 | ((14 * 4 + 2) >> 1));
  code.put(0xbf00);
  code.put(0xbf00);
  for (let i = 0; i < 14; i++) code.word(i === 5 ? random() & 0xf0000000 : value());
  code.put(0xbf00);
  code.call(routines.setup);
  const items = 4 + random() % 8;
  for (let i = 0; i < items; i++) emitItem(code, random, routines);
  code.call(routines.finish);
}

function emitItem(code: Code, random: () => number, routines: Routines): void {
  const kind = random() % 24;
  if (kind < 11) {
    code.put(arithmetic(random));
    // Flags into r8 to r12 before the next instruction overwrites them.
    if (random() % 3 === 0) code.put(0xf3ef, 0x8000 | ((8 + (random() % 5)) << 8));
  } else if (kind < 13) skip(code, random);
  else if (kind < 15) immediateAccess(code, random);
  else if (kind < 17) registerAccess(code, random);
  else if (kind < 18) multiple(code, random);
  else if (kind < 19) stack(code, random);
  else if (kind < 20) calls(code, random, routines);
  else if (kind < 21) exceptions(code, random);
  else if (kind < 22) faults(code, random);
  else if (kind < 23) processStack(code, random);
  else special(code, random);
}

/** One instruction that only touches registers. */
function arithmetic(random: () => number): number {
  // The sixteen register operations are a small part of all encodings and have the most flags to get wrong.
  if (random() % 3 === 0) return 0x4000 | (random() & 0x3ff);
  for (;;) {
    const w = random() & 0xffff;
    const top = w >>> 12;
    if (top <= 3) return w;
    if (top === 4 && (w & 0x0c00) === 0) return w;
    if (top === 4 && (w & 0x0c00) === 0x0400) {
      const kind = (w >>> 8) & 3;
      const [d, m] = [(w & 7) | ((w >>> 4) & 8), (w >>> 3) & 15];
      if (kind === 3 || d === 13 || d === 15 || d === 14) continue;
      if (kind === 1 && (m === 15 || (d < 8 && m < 8))) continue;
      return w;
    }
    if (top === 4 && (w & 0x0800) !== 0) return 0x4800 | (w & 0x700); // ldr r,[pc,#0]: the code itself
    if (top === 10) return w;
    if (top !== 11) continue;
    if ((w & 0xff00) === 0xb200) return w;
    if ((w & 0xff00) === 0xba00 && ((w >>> 6) & 3) !== 2) return w;
  }
}

/** A conditional branch over one instruction. */
function skip(code: Code, random: () => number): void {
  code.put(0xd000 | ((random() % 14) << 8), arithmetic(random));
}

/** Puts SCRATCH plus a small offset into a low register. */
function base(code: Code, register: number, offset: number): void {
  code.put(0x2000 | (register << 8) | 0x20, 0x0600 | (register << 3) | register); // movs #0x20; lsls #24
  code.put(0x2000 | (((register + 1) & 7) << 8) | 4); // movs other,#4
  code.put(0x0200 | (((register + 1) & 7) << 3) | ((register + 1) & 7)); // lsls other,#8
  code.put(0x1800 | (((register + 1) & 7) << 6) | (register << 3) | register); // adds
  code.put(0x3000 | (register << 8) | offset);
}

function immediateAccess(code: Code, random: () => number): void {
  const [b, r] = [random() % 8, random() % 8];
  base(code, b, (random() % 16) * 4);
  const op = [0x6000, 0x7000, 0x8000][random() % 3]! | ((random() & 1) << 11);
  code.put(op | ((random() % 32) << 6) | (b << 3) | r);
}

function registerAccess(code: Code, random: () => number): void {
  const b = random() % 8;
  const m = (b + 2 + random() % 6) & 7;
  const op = random() % 8;
  base(code, b, (random() % 8) * 4);
  code.put(0x2000 | (m << 8) | ((random() % 32) << [2, 1, 0, 0, 2, 1, 0, 1][op]!));
  code.put(0x5000 | (op << 9) | (m << 6) | (b << 3) | (random() % 8));
}

function multiple(code: Code, random: () => number): void {
  const b = random() % 8;
  base(code, b, (random() % 24) * 4);
  const load = random() & 1;
  let list = (random() & 255) || 1;
  // STM of a base that is not the lowest register stores an UNKNOWN value.
  if (!load) list &= ~(1 << b);
  if (list === 0) list = 1 << ((b + 1) & 7);
  code.put(0xc000 | (load << 11) | (b << 8) | list);
}

function stack(code: Code, random: () => number): void {
  const [pushed, popped] = [random() & 255 || 1, random() & 255 || 1];
  const [up, down] = [bits(pushed), bits(popped)];
  code.put(0xb400 | pushed);
  const offset = random() % up;
  code.put((random() & 1 ? 0x9000 : 0x9800) | ((random() % 8) << 8) | offset);
  if (down > up) code.put(0xb080 | (down - up)); // sub sp
  code.put(0xbc00 | popped);
  if (down < up) code.put(0xb000 | (up - down)); // add sp
}

function calls(code: Code, random: () => number, routines: Routines): void {
  const kind = random() % 4;
  const r = random() % 8;
  if (kind === 0) code.call(routines.nested);
  else if (kind === 1) {
    code.constant(r, routines.leaf | 1);
    code.put(0x4780 | (r << 3)); // blx
  } else if (kind === 2) {
    code.constant(r, (after) => (after + 4) | 1);
    code.put(0x4700 | (r << 3), 0xbf00); // bx over a nop
  } else {
    code.constant(r, (after) => after + 4);
    code.put(0x4687 | (r << 3), 0xbf00); // mov pc over a nop
  }
}

/** Exceptions made pending, masked or not, with priorities; two together show their order. */
function exceptions(code: Code, random: () => number): void {
  const kind = random() % 4;
  if (kind === 0) return code.put(0xdf00 | (random() & 255)); // svc
  code.put(0xb672); // cpsid i
  if (kind === 1) {
    code.constant(0, ICSR);
    code.constant(1, 1 << 28 | (random() & 1) << 26);
    code.put(0x6001);
  } else {
    code.constant(0, NVIC);
    code.constant(1, -1);
    code.put(0x6001); // enable all
    code.constant(0, NVIC + 0x300);
    code.constant(1, random());
    code.put(0x6001); // priorities of 0 to 3
    code.constant(0, NVIC + 0x100);
    code.constant(1, random() & 15);
    code.put(0x6001); // pending
  }
  if (random() & 1) code.put(0xf3ef, 0x8010 | ((random() % 8) << 8)); // mrs r,primask
  code.put(0xb662, 0xbf00); // cpsie i
}

/** Instructions that end in HardFault; the handler skips them. */
function faults(code: Code, random: () => number): void {
  const [b, r] = [random() % 8, random() % 8];
  const kind = random() % 4;
  if (kind === 0) return code.put(0xde00 | (random() & 255)); // udf
  if (kind === 1) {
    base(code, b, 1 + random() % 3);
    return code.put((random() & 1 ? 0x6000 : 0x6800) | (b << 3) | r); // unaligned word
  }
  if (kind === 2) {
    base(code, b, 1 + 2 * (random() % 4));
    return code.put((random() & 1 ? 0x8000 : 0x8800) | (b << 3) | r); // unaligned halfword
  }
  // SVC with interrupts masked escalates; it returns behind itself, so the handler skips the nop.
  code.put(0xb672, 0xdf00 | (random() & 255), 0xbf00, 0xb662);
}

/** A stretch on the process stack with an exception in it. */
function processStack(code: Code, random: () => number): void {
  code.put(0x4668, 0x3880 - (random() & 1) * 4); // mov r0,sp; subs r0,#128 or #124
  code.put(0xf380, 0x8809, 0x2102, 0xf381, 0x8814, 0xf3bf, 0x8f6f); // msr psp,r0; movs r1,#2; msr control,r1; isb
  code.put(0xb413, 0xdf00 | (random() & 255), 0xbc13); // push {r0,r1,r4}; svc; pop
  code.put(0xf3ef, 0x8214, 0xf3ef, 0x8309); // mrs r2,control; mrs r3,psp
  code.put(0x2100, 0xf381, 0x8814, 0xf3bf, 0x8f6f); // movs r1,#0; msr control,r1; isb
}

function special(code: Code, random: () => number): void {
  const r = random() % 8;
  const kind = random() % 5;
  if (kind === 0) code.put(0xf3ef, 0x8000 | (r << 8) | [0, 1, 2, 3, 5, 7, 8, 16, 20][random() % 9]!);
  else if (kind === 1) {
    // QEMU keeps bit 27 (Q), which ARMv6-M does not have: only N, Z, C and V are written.
    code.put(0x0f00 | (r << 3) | r, 0x0700 | (r << 3) | r, 0xf380 | r, 0x8800); // lsrs #28; lsls #28; msr apsr
  } else if (kind === 2) code.put(0xf3bf, 0x8f4f | ((random() % 3) << 4)); // dsb, dmb, isb
  else if (kind === 3) code.put([0xbf00, 0xbf10, 0xbf40][random() % 3]!); // nop, yield, sev
  else code.put(0xb082, 0x4668 | r, 0xb002); // sub sp; mov r,sp; add sp
}

function bits(list: number): number {
  let count = 0;
  for (let rest = list; rest !== 0; rest &= rest - 1) count++;
  return count;
}
