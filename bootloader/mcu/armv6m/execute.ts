/**
 * The inner loop: carries out pre-decoded ARMv6-M instructions until a cycle limit or until something needs the
 * rest of the model (DDI 0419; cycles by DDI 0484C table 3-1, Cortex-M0+).
 *
 * Knows registers, flags and the two memories that need no permission. Everything else (devices, protected or busy
 * flash, exceptions, debug) is the caller's: it gets a stop code, or `core.load` / `core.store` are asked.
 *
 * This file holds the one long function of the model, on purpose: V8 makes one jump table and keeps registers,
 * flags and program counter in machine registers only while everything stays in one function. It is a flat list of
 * cases, each readable alone; the case labels repeat `opcodes.ts` (a test compares them).
 *
 * Conventions: `n` and `z` hold a result (negative: N set; zero: Z set), `c` and `v` hold 0 or 1. Slot `i` is the
 * halfword index of `pc` in the window (flash from 0, SRAM from 0x20000). Unaligned accesses fail every fast test
 * and reach `core.load` / `core.store`, which refuse them.
 *
 * @module
 */
import { type ExecutionState, FAULT, STOPS } from "./state.ts";

/** Runs until `core.cycles` reaches `core.limit` and returns why it stopped, one of `STOPS`. */
export function execute(core: ExecutionState): number {
  const { r, op, op16, opA: a, opB: b, opIm: im, m8, m16, m32, s8, s16 } = core;
  const { ramSize, flashSize, flashOpen, waitStates: flashWs, mulCycles } = core;
  let { pc, n, z, c, v, cycles: cyc, limit, line } = core;
  let ws = ((pc - 0x20000000) >>> 0) < ramSize ? 0 : flashWs;
  let stop: number = STOPS.LIMIT;
  run: while (cyc < limit) {
    // One flash read fills a 64-bit line; each new line costs the wait states (see clock rules in the README).
    if (ws !== 0 && (pc & ~7) !== line) {
      cyc += ws;
      line = pc & ~7;
    }
    const i = (((pc >>> 12) & 0x20000) | (pc & 0x1ffff)) >> 1;
    switch (op[i]!) {
      case 1: { // LSL_IMM
        const x = r[b[i]!]!, s = im[i]!;
        c = (x >>> (32 - s)) & 1;
        n = z = r[a[i]!] = x << s;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 2: { // LSR_IMM
        const x = r[b[i]!]!, s = im[i]!;
        c = (x >>> (s - 1)) & 1;
        n = z = r[a[i]!] = s === 32 ? 0 : (x >>> s) | 0;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 3: { // ASR_IMM
        const x = r[b[i]!]!, s = im[i]!;
        c = (x >> (s - 1)) & 1;
        n = z = r[a[i]!] = s === 32 ? x >> 31 : x >> s;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 4: { // ADD_REG
        const x = r[b[i]!]!, y = r[im[i]!]!;
        const res = (x + y) | 0;
        c = (res >>> 0) < (x >>> 0) ? 1 : 0;
        v = ((x ^ res) & (y ^ res)) >>> 31;
        n = z = res;
        r[a[i]!] = res;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 5: { // SUB_REG
        const x = r[b[i]!]!, y = r[im[i]!]!;
        const res = (x - y) | 0;
        c = (x >>> 0) >= (y >>> 0) ? 1 : 0;
        v = ((x ^ y) & (x ^ res)) >>> 31;
        n = z = res;
        r[a[i]!] = res;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 6: { // ADD_IMM3
        const x = r[b[i]!]!, y = im[i]!;
        const res = (x + y) | 0;
        c = (res >>> 0) < (x >>> 0) ? 1 : 0;
        v = ((x ^ res) & (y ^ res)) >>> 31;
        n = z = res;
        r[a[i]!] = res;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 7: { // SUB_IMM3
        const x = r[b[i]!]!, y = im[i]!;
        const res = (x - y) | 0;
        c = (x >>> 0) >= (y >>> 0) ? 1 : 0;
        v = ((x ^ y) & (x ^ res)) >>> 31;
        n = z = res;
        r[a[i]!] = res;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 8: { // MOV_IMM
        n = z = r[a[i]!] = im[i]!;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 9: { // CMP_IMM
        const x = r[a[i]!]!, y = im[i]!;
        const res = (x - y) | 0;
        c = (x >>> 0) >= (y >>> 0) ? 1 : 0;
        v = ((x ^ y) & (x ^ res)) >>> 31;
        n = z = res;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 10: { // ADD_IMM8
        const x = r[a[i]!]!, y = im[i]!;
        const res = (x + y) | 0;
        c = (res >>> 0) < (x >>> 0) ? 1 : 0;
        v = ((x ^ res) & (y ^ res)) >>> 31;
        n = z = res;
        r[a[i]!] = res;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 11: { // SUB_IMM8
        const x = r[a[i]!]!, y = im[i]!;
        const res = (x - y) | 0;
        c = (x >>> 0) >= (y >>> 0) ? 1 : 0;
        v = ((x ^ y) & (x ^ res)) >>> 31;
        n = z = res;
        r[a[i]!] = res;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 12: { // AND
        n = z = r[a[i]!] = r[a[i]!]! & r[b[i]!]!;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 13: { // EOR
        n = z = r[a[i]!] = r[a[i]!]! ^ r[b[i]!]!;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 14: { // LSL_REG
        let x = r[a[i]!]!;
        const s = r[b[i]!]! & 255;
        if (s !== 0) {
          if (s < 32) {
            c = (x >>> (32 - s)) & 1;
            x <<= s;
          } else {
            c = s === 32 ? x & 1 : 0;
            x = 0;
          }
        }
        n = z = r[a[i]!] = x;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 15: { // LSR_REG
        let x = r[a[i]!]!;
        const s = r[b[i]!]! & 255;
        if (s !== 0) {
          if (s < 32) {
            c = (x >>> (s - 1)) & 1;
            x = (x >>> s) | 0;
          } else {
            c = s === 32 ? x >>> 31 : 0;
            x = 0;
          }
        }
        n = z = r[a[i]!] = x;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 16: { // ASR_REG
        let x = r[a[i]!]!;
        const s = r[b[i]!]! & 255;
        if (s !== 0) {
          if (s < 32) {
            c = (x >> (s - 1)) & 1;
            x >>= s;
          } else {
            c = x >>> 31;
            x >>= 31;
          }
        }
        n = z = r[a[i]!] = x;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 17: { // ADC
        const x = r[a[i]!]!, y = r[b[i]!]!;
        const sum = (x >>> 0) + (y >>> 0) + c;
        const res = sum | 0;
        c = sum > 0xffffffff ? 1 : 0;
        v = ((x ^ res) & (y ^ res)) >>> 31;
        n = z = r[a[i]!] = res;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 18: { // SBC
        const x = r[a[i]!]!, y = ~r[b[i]!]!;
        const sum = (x >>> 0) + (y >>> 0) + c;
        const res = sum | 0;
        c = sum > 0xffffffff ? 1 : 0;
        v = ((x ^ res) & (y ^ res)) >>> 31;
        n = z = r[a[i]!] = res;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 19: { // ROR
        let x = r[a[i]!]!;
        const s = r[b[i]!]! & 255;
        if (s !== 0) {
          const k = s & 31;
          if (k !== 0) x = (x >>> k) | (x << (32 - k));
          c = x >>> 31;
        }
        n = z = r[a[i]!] = x;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 20: { // TST
        n = z = r[a[i]!]! & r[b[i]!]!;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 21: { // RSB
        const x = 0, y = r[b[i]!]!;
        const res = (x - y) | 0;
        c = (x >>> 0) >= (y >>> 0) ? 1 : 0;
        v = ((x ^ y) & (x ^ res)) >>> 31;
        n = z = res;
        r[a[i]!] = res;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 22: { // CMP
        const x = r[a[i]!]!, y = r[b[i]!]!;
        const res = (x - y) | 0;
        c = (x >>> 0) >= (y >>> 0) ? 1 : 0;
        v = ((x ^ y) & (x ^ res)) >>> 31;
        n = z = res;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 23: { // CMN
        const x = r[a[i]!]!, y = r[b[i]!]!;
        const res = (x + y) | 0;
        c = (res >>> 0) < (x >>> 0) ? 1 : 0;
        v = ((x ^ res) & (y ^ res)) >>> 31;
        n = z = res;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 24: { // ORR
        n = z = r[a[i]!] = r[a[i]!]! | r[b[i]!]!;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 25: { // MUL
        n = z = r[a[i]!] = Math.imul(r[a[i]!]!, r[b[i]!]!);
        cyc += mulCycles;
        pc = (pc + 2) | 0;
        continue;
      }
      case 26: { // BIC
        n = z = r[a[i]!] = r[a[i]!]! & ~r[b[i]!]!;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 27: { // MVN
        n = z = r[a[i]!] = ~r[b[i]!]!;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 28: { // ADD_HI
        const d = a[i]!, m = b[i]!;
        const res = (r[d]! + (m === 15 ? im[i]! : r[m]!)) | 0;
        r[d] = d === 13 ? res & ~3 : res;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 29: { // CMP_HI
        const x = r[a[i]!]!, y = r[b[i]!]!;
        const res = (x - y) | 0;
        c = (x >>> 0) >= (y >>> 0) ? 1 : 0;
        v = ((x ^ y) & (x ^ res)) >>> 31;
        n = z = res;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 30: { // MOV_HI
        const d = a[i]!, m = b[i]!;
        const res = m === 15 ? im[i]! : r[m]!;
        r[d] = d === 13 ? res & ~3 : res;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 31: { // BX
        const m = b[i]!;
        const t = m === 15 ? im[i]! : r[m]!;
        cyc += 2;
        if (core.ipsr !== 0 && t >>> 28 === 15) {
          core.excReturn = t;
          stop = STOPS.EXCEPTION_RETURN;
          break run;
        }
        pc = t & ~1;
        if ((t & 1) === 0) {
          stop = STOPS.NOT_THUMB;
          break run;
        }
        if (((pc - 0x20000000) >>> 0) < ramSize) ws = 0;
        else if (((pc - 0x08000000) >>> 0) < flashSize && flashOpen) ws = flashWs;
        else {
          stop = STOPS.FETCH;
          break run;
        }
        continue;
      }
      case 32: { // BLX
        const t = r[b[i]!]!;
        r[14] = ((pc + 2) | 1) | 0;
        cyc += 2;
        pc = t & ~1;
        if ((t & 1) === 0) {
          stop = STOPS.NOT_THUMB;
          break run;
        }
        if (((pc - 0x20000000) >>> 0) < ramSize) ws = 0;
        else if (((pc - 0x08000000) >>> 0) < flashSize && flashOpen) ws = flashWs;
        else {
          stop = STOPS.FETCH;
          break run;
        }
        continue;
      }
      case 33: { // LDR_LIT
        const t = im[i]!;
        const f = (t - 0x08000000) >>> 0;
        if (((t - 0x20000000) >>> 0) < ramSize) r[a[i]!] = m32[((t & 0x1ffff) | 0x20000) >> 2]!;
        else if (f < flashSize && flashOpen) {
          r[a[i]!] = m32[f >> 2]!;
          if (ws !== 0 && (t & ~7) !== line) {
            cyc += ws;
            line = t & ~7;
          }
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          const x = core.load(t, 4);
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (x === FAULT) {
            stop = STOPS.FAULT;
            break run;
          }
          r[a[i]!] = x;
        }
        cyc += 2;
        pc = (pc + 2) | 0;
        continue;
      }
      case 34: { // STR_REG
        const t = (r[b[i]!]! + r[im[i]!]!) | 0;
        if (((t - 0x20000000) >>> 0) < ramSize && (t & 3) === 0) {
          const o = (t & 0x1ffff) | 0x20000;
          m32[o >> 2] = r[a[i]!]!;
          op16[o >> 2] = 0;
          op[(o >> 1) - 1] = 0;
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          const done = core.store(t, 4, r[a[i]!]!);
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (!done) {
            stop = STOPS.FAULT;
            break run;
          }
        }
        cyc += 2;
        pc = (pc + 2) | 0;
        continue;
      }
      case 35: { // STRH_REG
        const t = (r[b[i]!]! + r[im[i]!]!) | 0;
        if (((t - 0x20000000) >>> 0) < ramSize && (t & 1) === 0) {
          const o = (t & 0x1ffff) | 0x20000;
          m16[o >> 1] = r[a[i]!]!;
          op[o >> 1] = 0;
          op[(o >> 1) - 1] = 0;
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          const done = core.store(t, 2, r[a[i]!]!);
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (!done) {
            stop = STOPS.FAULT;
            break run;
          }
        }
        cyc += 2;
        pc = (pc + 2) | 0;
        continue;
      }
      case 36: { // STRB_REG
        const t = (r[b[i]!]! + r[im[i]!]!) | 0;
        if (((t - 0x20000000) >>> 0) < ramSize) {
          const o = (t & 0x1ffff) | 0x20000;
          m8[o] = r[a[i]!]!;
          op[o >> 1] = 0;
          op[(o >> 1) - 1] = 0;
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          const done = core.store(t, 1, r[a[i]!]!);
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (!done) {
            stop = STOPS.FAULT;
            break run;
          }
        }
        cyc += 2;
        pc = (pc + 2) | 0;
        continue;
      }
      case 37: { // LDRSB_REG
        const t = (r[b[i]!]! + r[im[i]!]!) | 0;
        if (((t - 0x20000000) >>> 0) < ramSize) r[a[i]!] = s8[(t & 0x1ffff) | 0x20000]!;
        else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          const x = core.load(t, 1);
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (x === FAULT) {
            stop = STOPS.FAULT;
            break run;
          }
          r[a[i]!] = (x << 24) >> 24;
        }
        cyc += 2;
        pc = (pc + 2) | 0;
        continue;
      }
      case 38: { // LDR_REG
        const t = (r[b[i]!]! + r[im[i]!]!) | 0;
        if (((t - 0x20000000) >>> 0) < ramSize && (t & 3) === 0) {
          r[a[i]!] = m32[((t & 0x1ffff) | 0x20000) >> 2]!;
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          const x = core.load(t, 4);
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (x === FAULT) {
            stop = STOPS.FAULT;
            break run;
          }
          r[a[i]!] = x;
        }
        cyc += 2;
        pc = (pc + 2) | 0;
        continue;
      }
      case 39: { // LDRH_REG
        const t = (r[b[i]!]! + r[im[i]!]!) | 0;
        if (((t - 0x20000000) >>> 0) < ramSize && (t & 1) === 0) {
          r[a[i]!] = m16[((t & 0x1ffff) | 0x20000) >> 1]!;
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          const x = core.load(t, 2);
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (x === FAULT) {
            stop = STOPS.FAULT;
            break run;
          }
          r[a[i]!] = x;
        }
        cyc += 2;
        pc = (pc + 2) | 0;
        continue;
      }
      case 40: { // LDRB_REG
        const t = (r[b[i]!]! + r[im[i]!]!) | 0;
        if (((t - 0x20000000) >>> 0) < ramSize) r[a[i]!] = m8[(t & 0x1ffff) | 0x20000]!;
        else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          const x = core.load(t, 1);
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (x === FAULT) {
            stop = STOPS.FAULT;
            break run;
          }
          r[a[i]!] = x;
        }
        cyc += 2;
        pc = (pc + 2) | 0;
        continue;
      }
      case 41: { // LDRSH_REG
        const t = (r[b[i]!]! + r[im[i]!]!) | 0;
        if (((t - 0x20000000) >>> 0) < ramSize && (t & 1) === 0) {
          r[a[i]!] = s16[((t & 0x1ffff) | 0x20000) >> 1]!;
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          const x = core.load(t, 2);
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (x === FAULT) {
            stop = STOPS.FAULT;
            break run;
          }
          r[a[i]!] = (x << 16) >> 16;
        }
        cyc += 2;
        pc = (pc + 2) | 0;
        continue;
      }
      case 42: { // STR_IMM
        const t = (r[b[i]!]! + im[i]!) | 0;
        if (((t - 0x20000000) >>> 0) < ramSize && (t & 3) === 0) {
          const o = (t & 0x1ffff) | 0x20000;
          m32[o >> 2] = r[a[i]!]!;
          op16[o >> 2] = 0;
          op[(o >> 1) - 1] = 0;
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          const done = core.store(t, 4, r[a[i]!]!);
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (!done) {
            stop = STOPS.FAULT;
            break run;
          }
        }
        cyc += 2;
        pc = (pc + 2) | 0;
        continue;
      }
      case 43: { // LDR_IMM
        const t = (r[b[i]!]! + im[i]!) | 0;
        if (((t - 0x20000000) >>> 0) < ramSize && (t & 3) === 0) {
          r[a[i]!] = m32[((t & 0x1ffff) | 0x20000) >> 2]!;
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          const x = core.load(t, 4);
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (x === FAULT) {
            stop = STOPS.FAULT;
            break run;
          }
          r[a[i]!] = x;
        }
        cyc += 2;
        pc = (pc + 2) | 0;
        continue;
      }
      case 44: { // STRB_IMM
        const t = (r[b[i]!]! + im[i]!) | 0;
        if (((t - 0x20000000) >>> 0) < ramSize) {
          const o = (t & 0x1ffff) | 0x20000;
          m8[o] = r[a[i]!]!;
          op[o >> 1] = 0;
          op[(o >> 1) - 1] = 0;
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          const done = core.store(t, 1, r[a[i]!]!);
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (!done) {
            stop = STOPS.FAULT;
            break run;
          }
        }
        cyc += 2;
        pc = (pc + 2) | 0;
        continue;
      }
      case 45: { // LDRB_IMM
        const t = (r[b[i]!]! + im[i]!) | 0;
        if (((t - 0x20000000) >>> 0) < ramSize) r[a[i]!] = m8[(t & 0x1ffff) | 0x20000]!;
        else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          const x = core.load(t, 1);
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (x === FAULT) {
            stop = STOPS.FAULT;
            break run;
          }
          r[a[i]!] = x;
        }
        cyc += 2;
        pc = (pc + 2) | 0;
        continue;
      }
      case 46: { // STRH_IMM
        const t = (r[b[i]!]! + im[i]!) | 0;
        if (((t - 0x20000000) >>> 0) < ramSize && (t & 1) === 0) {
          const o = (t & 0x1ffff) | 0x20000;
          m16[o >> 1] = r[a[i]!]!;
          op[o >> 1] = 0;
          op[(o >> 1) - 1] = 0;
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          const done = core.store(t, 2, r[a[i]!]!);
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (!done) {
            stop = STOPS.FAULT;
            break run;
          }
        }
        cyc += 2;
        pc = (pc + 2) | 0;
        continue;
      }
      case 47: { // LDRH_IMM
        const t = (r[b[i]!]! + im[i]!) | 0;
        if (((t - 0x20000000) >>> 0) < ramSize && (t & 1) === 0) {
          r[a[i]!] = m16[((t & 0x1ffff) | 0x20000) >> 1]!;
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          const x = core.load(t, 2);
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (x === FAULT) {
            stop = STOPS.FAULT;
            break run;
          }
          r[a[i]!] = x;
        }
        cyc += 2;
        pc = (pc + 2) | 0;
        continue;
      }
      case 48: { // STR_SP
        const t = (r[13]! + im[i]!) | 0;
        if (((t - 0x20000000) >>> 0) < ramSize && (t & 3) === 0) {
          const o = (t & 0x1ffff) | 0x20000;
          m32[o >> 2] = r[a[i]!]!;
          op16[o >> 2] = 0;
          op[(o >> 1) - 1] = 0;
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          const done = core.store(t, 4, r[a[i]!]!);
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (!done) {
            stop = STOPS.FAULT;
            break run;
          }
        }
        cyc += 2;
        pc = (pc + 2) | 0;
        continue;
      }
      case 49: { // LDR_SP
        const t = (r[13]! + im[i]!) | 0;
        if (((t - 0x20000000) >>> 0) < ramSize && (t & 3) === 0) {
          r[a[i]!] = m32[((t & 0x1ffff) | 0x20000) >> 2]!;
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          const x = core.load(t, 4);
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (x === FAULT) {
            stop = STOPS.FAULT;
            break run;
          }
          r[a[i]!] = x;
        }
        cyc += 2;
        pc = (pc + 2) | 0;
        continue;
      }
      case 50: { // ADR
        r[a[i]!] = im[i]!;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 51: { // ADD_RD_SP
        r[a[i]!] = r[13]! + im[i]!;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 52: { // ADD_SP
        r[13] = r[13]! + im[i]!;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 53: { // SUB_SP
        r[13] = r[13]! - im[i]!;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 54: { // SXTH
        r[a[i]!] = (r[b[i]!]! << 16) >> 16;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 55: { // SXTB
        r[a[i]!] = (r[b[i]!]! << 24) >> 24;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 56: { // UXTH
        r[a[i]!] = r[b[i]!]! & 0xffff;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 57: { // UXTB
        r[a[i]!] = r[b[i]!]! & 0xff;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 58: { // PUSH
        const a0 = a[i]!;
        const base = (r[13]! - (a0 << 2)) | 0;
        let t = base;
        const list = im[i]!;
        if (
          ((t - 0x20000000) >>> 0) < ramSize && ((t + (a0 << 2) - 0x20000001) >>> 0) < ramSize &&
          (t & 3) === 0
        ) {
          for (let k = 0, rest = list; rest !== 0; k++, rest >>= 1) {
            if ((rest & 1) === 0) continue;
            const o = (t & 0x1ffff) | 0x20000;
            m32[o >> 2] = r[k === 8 ? 14 : k]!;
            op16[o >> 2] = 0;
            op[(o >> 1) - 1] = 0;
            t = (t + 4) | 0;
          }
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          for (let k = 0, rest = list; rest !== 0; k++, rest >>= 1) {
            if ((rest & 1) === 0) continue;
            if (!core.store(t, 4, r[k === 8 ? 14 : k]!)) {
              stop = STOPS.FAULT;
              break;
            }
            t = (t + 4) | 0;
          }
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (stop !== 0) break run;
        }
        r[13] = base;
        cyc += 1 + a0;
        pc = (pc + 2) | 0;
        continue;
      }
      case 59: { // POP
        const a0 = a[i]!;
        let t = r[13]!;
        let last = 0;
        if (
          ((t - 0x20000000) >>> 0) < ramSize && ((t + (a0 << 2) - 0x20000001) >>> 0) < ramSize &&
          (t & 3) === 0
        ) {
          for (let k = 0, rest = im[i]!; rest !== 0; k++, rest >>= 1) {
            if ((rest & 1) === 0) continue;
            last = m32[((t & 0x1ffff) | 0x20000) >> 2]!;
            if (k < 8) r[k] = last;
            t = (t + 4) | 0;
          }
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          for (let k = 0, rest = im[i]!; rest !== 0; k++, rest >>= 1) {
            if ((rest & 1) === 0) continue;
            const x = core.load(t, 4);
            if (x === FAULT) {
              stop = STOPS.FAULT;
              break;
            }
            last = x | 0;
            if (k < 8) r[k] = last;
            t = (t + 4) | 0;
          }
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (stop !== 0) break run;
        }
        r[13] = t;
        if ((im[i]! & 0x100) === 0) {
          cyc += 1 + a0;
          pc = (pc + 2) | 0;
          continue;
        }
        cyc += 3 + a0;
        if (core.ipsr !== 0 && last >>> 28 === 15) {
          core.excReturn = last;
          stop = STOPS.EXCEPTION_RETURN;
          break run;
        }
        pc = last & ~1;
        if ((last & 1) === 0) {
          stop = STOPS.NOT_THUMB;
          break run;
        }
        if (((pc - 0x20000000) >>> 0) < ramSize) ws = 0;
        else if (((pc - 0x08000000) >>> 0) < flashSize && flashOpen) ws = flashWs;
        else {
          stop = STOPS.FETCH;
          break run;
        }
        continue;
      }
      case 60: { // CPS
        cyc += 1;
        pc = (pc + 2) | 0;
        if ((core.control & 1) !== 0 && core.ipsr === 0) continue;
        core.primask = im[i]!;
        if (core.primask === 0) limit = cyc;
        continue;
      }
      case 61: { // REV
        const x = r[b[i]!]!;
        r[a[i]!] = (x >>> 24) | ((x >>> 8) & 0xff00) | ((x & 0xff00) << 8) | (x << 24);
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 62: { // REV16
        const x = r[b[i]!]!;
        r[a[i]!] = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 63: { // REVSH
        const x = r[b[i]!]!;
        r[a[i]!] = (((x & 0xff) << 24) >> 16) | ((x >>> 8) & 0xff);
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 64: { // BKPT
        core.comment = im[i]!;
        stop = STOPS.BREAKPOINT;
        break run;
      }
      case 65: { // NOP
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 66: { // WFE
        cyc += 2;
        pc = (pc + 2) | 0;
        if (core.event) {
          core.event = false;
          continue;
        }
        stop = STOPS.WAIT_EVENT;
        break run;
      }
      case 67: { // WFI
        cyc += 2;
        pc = (pc + 2) | 0;
        stop = STOPS.WAIT_INTERRUPT;
        break run;
      }
      case 68: { // SEV
        core.event = true;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 69: { // STM
        const a0 = b[i]!, base = a[i]!;
        let t = r[base]!;
        const list = im[i]!;
        if (
          ((t - 0x20000000) >>> 0) < ramSize && ((t + (a0 << 2) - 0x20000001) >>> 0) < ramSize &&
          (t & 3) === 0
        ) {
          for (let k = 0, rest = list; rest !== 0; k++, rest >>= 1) {
            if ((rest & 1) === 0) continue;
            const o = (t & 0x1ffff) | 0x20000;
            m32[o >> 2] = r[k]!;
            op16[o >> 2] = 0;
            op[(o >> 1) - 1] = 0;
            t = (t + 4) | 0;
          }
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          for (let k = 0, rest = list; rest !== 0; k++, rest >>= 1) {
            if ((rest & 1) === 0) continue;
            if (!core.store(t, 4, r[k]!)) {
              stop = STOPS.FAULT;
              break;
            }
            t = (t + 4) | 0;
          }
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (stop !== 0) break run;
        }
        r[base] = t;
        cyc += 1 + a0;
        pc = (pc + 2) | 0;
        continue;
      }
      case 70: { // LDM
        const a0 = b[i]!, base = a[i]!;
        let t = r[base]!;
        let last = 0;
        if (
          ((t - 0x20000000) >>> 0) < ramSize && ((t + (a0 << 2) - 0x20000001) >>> 0) < ramSize &&
          (t & 3) === 0
        ) {
          for (let k = 0, rest = im[i]!; rest !== 0; k++, rest >>= 1) {
            if ((rest & 1) === 0) continue;
            last = m32[((t & 0x1ffff) | 0x20000) >> 2]!;
            if (k < 8) r[k] = last;
            t = (t + 4) | 0;
          }
        } else {
          core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v, core.cycles = cyc, core.line = line;
          for (let k = 0, rest = im[i]!; rest !== 0; k++, rest >>= 1) {
            if ((rest & 1) === 0) continue;
            const x = core.load(t, 4);
            if (x === FAULT) {
              stop = STOPS.FAULT;
              break;
            }
            last = x | 0;
            if (k < 8) r[k] = last;
            t = (t + 4) | 0;
          }
          cyc = core.cycles, limit = core.limit, line = core.line;
          if (stop !== 0) break run;
        }
        if ((im[i]! & (1 << base)) === 0) r[base] = t;
        cyc += 1 + a0;
        pc = (pc + 2) | 0;
        continue;
      }
      case 71: { // BEQ
        if (z === 0) {
          pc = im[i]!;
          cyc += 2;
        } else {
          pc = (pc + 2) | 0;
          cyc += 1;
        }
        continue;
      }
      case 72: { // BNE
        if (z !== 0) {
          pc = im[i]!;
          cyc += 2;
        } else {
          pc = (pc + 2) | 0;
          cyc += 1;
        }
        continue;
      }
      case 73: { // BCS
        if (c !== 0) {
          pc = im[i]!;
          cyc += 2;
        } else {
          pc = (pc + 2) | 0;
          cyc += 1;
        }
        continue;
      }
      case 74: { // BCC
        if (c === 0) {
          pc = im[i]!;
          cyc += 2;
        } else {
          pc = (pc + 2) | 0;
          cyc += 1;
        }
        continue;
      }
      case 75: { // BMI
        if (n < 0) {
          pc = im[i]!;
          cyc += 2;
        } else {
          pc = (pc + 2) | 0;
          cyc += 1;
        }
        continue;
      }
      case 76: { // BPL
        if (n >= 0) {
          pc = im[i]!;
          cyc += 2;
        } else {
          pc = (pc + 2) | 0;
          cyc += 1;
        }
        continue;
      }
      case 77: { // BVS
        if (v !== 0) {
          pc = im[i]!;
          cyc += 2;
        } else {
          pc = (pc + 2) | 0;
          cyc += 1;
        }
        continue;
      }
      case 78: { // BVC
        if (v === 0) {
          pc = im[i]!;
          cyc += 2;
        } else {
          pc = (pc + 2) | 0;
          cyc += 1;
        }
        continue;
      }
      case 79: { // BHI
        if (c !== 0 && z !== 0) {
          pc = im[i]!;
          cyc += 2;
        } else {
          pc = (pc + 2) | 0;
          cyc += 1;
        }
        continue;
      }
      case 80: { // BLS
        if (c === 0 || z === 0) {
          pc = im[i]!;
          cyc += 2;
        } else {
          pc = (pc + 2) | 0;
          cyc += 1;
        }
        continue;
      }
      case 81: { // BGE
        if ((n < 0 ? 1 : 0) === v) {
          pc = im[i]!;
          cyc += 2;
        } else {
          pc = (pc + 2) | 0;
          cyc += 1;
        }
        continue;
      }
      case 82: { // BLT
        if ((n < 0 ? 1 : 0) !== v) {
          pc = im[i]!;
          cyc += 2;
        } else {
          pc = (pc + 2) | 0;
          cyc += 1;
        }
        continue;
      }
      case 83: { // BGT
        if (z !== 0 && (n < 0 ? 1 : 0) === v) {
          pc = im[i]!;
          cyc += 2;
        } else {
          pc = (pc + 2) | 0;
          cyc += 1;
        }
        continue;
      }
      case 84: { // BLE
        if (z === 0 || (n < 0 ? 1 : 0) !== v) {
          pc = im[i]!;
          cyc += 2;
        } else {
          pc = (pc + 2) | 0;
          cyc += 1;
        }
        continue;
      }
      case 85: { // UDF
        stop = STOPS.UNDEFINED;
        break run;
      }
      case 86: { // SVC
        cyc += 1;
        pc = (pc + 2) | 0;
        stop = STOPS.SUPERVISOR_CALL;
        break run;
      }
      case 87: { // B
        pc = im[i]!;
        cyc += 2;
        continue;
      }
      case 88: { // BL
        r[14] = ((pc + 4) | 1) | 0;
        pc = im[i]!;
        cyc += 3;
        continue;
      }
      case 89: { // MSR
        core.n = n, core.z = z, core.c = c, core.v = v;
        core.writeSpecial(im[i]!, r[a[i]!]!);
        n = core.n, z = core.z, c = core.c, v = core.v;
        cyc += 3;
        pc = (pc + 4) | 0;
        limit = cyc;
        continue;
      }
      case 90: { // MRS
        core.n = n, core.z = z, core.c = c, core.v = v;
        r[a[i]!] = core.readSpecial(im[i]!);
        cyc += 3;
        pc = (pc + 4) | 0;
        continue;
      }
      case 91: { // BARRIER
        cyc += 3;
        pc = (pc + 4) | 0;
        continue;
      }
      case 92: { // MOVS_REG
        n = z = r[a[i]!] = r[b[i]!]!;
        cyc += 1;
        pc = (pc + 2) | 0;
        continue;
      }
      case 93: { // ADD_PC
        pc = (pc + 4 + r[b[i]!]!) & ~1;
        cyc += 2;
        if (((pc - 0x20000000) >>> 0) < ramSize) ws = 0;
        else if (((pc - 0x08000000) >>> 0) < flashSize && flashOpen) ws = flashWs;
        else {
          stop = STOPS.FETCH;
          break run;
        }
        continue;
      }
      case 94: { // MOV_PC
        const m = b[i]!;
        pc = (m === 15 ? im[i]! : r[m]!) & ~1;
        cyc += 2;
        if (((pc - 0x20000000) >>> 0) < ramSize) ws = 0;
        else if (((pc - 0x08000000) >>> 0) < flashSize && flashOpen) ws = flashWs;
        else {
          stop = STOPS.FETCH;
          break run;
        }
        continue;
      }
      case 95: { // BREAKPOINT
        stop = STOPS.HARDWARE_BREAKPOINT;
        break run;
      }
      default: // UNDECODED
        core.pc = pc, core.cycles = cyc;
        if (!core.decodeAt(pc, i)) {
          stop = STOPS.FETCH;
          break run;
        }
        // Reading the code may have raised an ECC error.
        limit = core.limit;
        continue;
    }
  }
  core.pc = pc, core.n = n, core.z = z, core.c = c, core.v = v;
  core.cycles = cyc, core.line = line;
  return stop;
}
