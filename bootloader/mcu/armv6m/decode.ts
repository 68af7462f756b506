/**
 * Turns one Thumb instruction of ARMv6-M into its pre-decoded form (DDI 0419 chapter A5).
 *
 * Knows halfwords and addresses only; where they come from and whether they may be read is the caller's affair.
 * Encodings that the manual calls UNPREDICTABLE become UDF: the model is no more lenient than the manual.
 *
 * @module
 */
import { OPS } from "./opcodes.ts";

/** One pre-decoded instruction: operation, two small operands and one wide one. */
export interface Decoded {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  /** Immediate, register list or absolute target, as the operation needs it. */
  readonly im: number;
}

/** Decodes the instruction `w` (and `w2`, its second half, for 32-bit encodings) that lies at `pc`. */
export function decode(pc: number, w: number, w2: number): Decoded {
  switch (w >>> 12) {
    case 0:
    case 1:
      return shiftAddSubtract(w);
    case 2:
    case 3:
      return make(OPS.MOV_IMM + ((w >>> 11) & 3), (w >>> 8) & 7, 0, w & 255);
    case 4:
      return dataProcessing(pc, w);
    case 5:
      return make(OPS.STR_REG + ((w >>> 9) & 7), w & 7, (w >>> 3) & 7, (w >>> 6) & 7);
    case 6:
      return make(w & 0x800 ? OPS.LDR_IMM : OPS.STR_IMM, w & 7, (w >>> 3) & 7, ((w >>> 6) & 31) << 2);
    case 7:
      return make(w & 0x800 ? OPS.LDRB_IMM : OPS.STRB_IMM, w & 7, (w >>> 3) & 7, (w >>> 6) & 31);
    case 8:
      return make(w & 0x800 ? OPS.LDRH_IMM : OPS.STRH_IMM, w & 7, (w >>> 3) & 7, ((w >>> 6) & 31) << 1);
    case 9:
      return make(w & 0x800 ? OPS.LDR_SP : OPS.STR_SP, (w >>> 8) & 7, 13, (w & 255) << 2);
    case 10:
      return w & 0x800
        ? make(OPS.ADD_RD_SP, (w >>> 8) & 7, 13, (w & 255) << 2)
        : make(OPS.ADR, (w >>> 8) & 7, 0, (((pc + 4) & ~3) + ((w & 255) << 2)) | 0);
    case 11:
      return miscellaneous(w);
    case 12:
      return loadStoreMultiple(w);
    case 13:
      return conditionalBranch(pc, w);
    case 14:
      return w & 0x800 ? UNDEFINED : make(OPS.B, 0, 0, (pc + 4 + ((w << 21) >> 20)) | 0);
    default:
      return wide(pc, w, w2);
  }
}

const UNDEFINED: Decoded = make(OPS.UDF, 0, 0, 0);

function make(op: number, a: number, b: number, im: number): Decoded {
  return { op, a, b, im };
}

function shiftAddSubtract(w: number): Decoded {
  const kind = (w >>> 11) & 3;
  const [d, m] = [w & 7, (w >>> 3) & 7];
  if (kind === 3) return make(OPS.ADD_REG + ((w >>> 9) & 3), d, m, (w >>> 6) & 7);
  const amount = (w >>> 6) & 31;
  if (kind === 0) return amount === 0 ? make(OPS.MOVS_REG, d, m, 0) : make(OPS.LSL_IMM, d, m, amount);
  return make(OPS.LSL_IMM + kind, d, m, amount === 0 ? 32 : amount);
}

function dataProcessing(pc: number, w: number): Decoded {
  if (w & 0x800) return make(OPS.LDR_LIT, (w >>> 8) & 7, 0, (((pc + 4) & ~3) + ((w & 255) << 2)) | 0);
  if (!(w & 0x400)) return make(OPS.AND + ((w >>> 6) & 15), w & 7, (w >>> 3) & 7, 0);
  const [d, m] = [(w & 7) | ((w >>> 4) & 8), (w >>> 3) & 15];
  switch ((w >>> 8) & 3) {
    case 0:
      if (d === 15 && m === 15) return UNDEFINED;
      return d === 15 ? make(OPS.ADD_PC, d, m, 0) : make(OPS.ADD_HI, d, m, (pc + 4) | 0);
    case 1:
      if (d === 15 || m === 15 || (d < 8 && m < 8)) return UNDEFINED;
      return make(OPS.CMP_HI, d, m, 0);
    case 2:
      return d === 15 ? make(OPS.MOV_PC, d, m, (pc + 4) | 0) : make(OPS.MOV_HI, d, m, (pc + 4) | 0);
    default:
      // UNPREDICTABLE: bits 2:0 not zero, or BLX PC.
      if ((w & 7) !== 0 || (w & 0x80 && m === 15)) return UNDEFINED;
      return make(w & 0x80 ? OPS.BLX : OPS.BX, 0, m, (pc + 4) | 0);
  }
}

function miscellaneous(w: number): Decoded {
  switch ((w >>> 8) & 15) {
    case 0:
      return make(w & 0x80 ? OPS.SUB_SP : OPS.ADD_SP, 13, 0, (w & 127) << 2);
    case 2:
      return make(OPS.SXTH + ((w >>> 6) & 3), w & 7, (w >>> 3) & 7, 0);
    case 4:
    case 5:
      return (w & 0x1ff) === 0 ? UNDEFINED : make(OPS.PUSH, countBits(w & 0x1ff), 0, w & 0x1ff);
    case 6:
      return (w & 0xffef) === 0xb662 ? make(OPS.CPS, 0, 0, (w >>> 4) & 1) : UNDEFINED;
    case 10: {
      const kind = (w >>> 6) & 3;
      const op = [OPS.REV, OPS.REV16, OPS.UDF, OPS.REVSH][kind] ?? OPS.UDF;
      return make(op, w & 7, (w >>> 3) & 7, 0);
    }
    case 12:
    case 13:
      return (w & 0x1ff) === 0 ? UNDEFINED : make(OPS.POP, countBits(w & 0x1ff), 0, w & 0x1ff);
    case 14:
      return make(OPS.BKPT, 0, 0, w & 255);
    case 15:
      // Hints 5 to 15 execute as NOP (A6.7.20); a non-zero low nibble is IT, which ARMv6-M does not have.
      if ((w & 15) !== 0) return UNDEFINED;
      return make([OPS.NOP, OPS.NOP, OPS.WFE, OPS.WFI, OPS.SEV][(w >>> 4) & 15] ?? OPS.NOP, 0, 0, 0);
    default:
      return UNDEFINED;
  }
}

function loadStoreMultiple(w: number): Decoded {
  const [n, list] = [(w >>> 8) & 7, w & 255];
  if (list === 0) return UNDEFINED;
  return make(w & 0x800 ? OPS.LDM : OPS.STM, n, countBits(list), list);
}

function conditionalBranch(pc: number, w: number): Decoded {
  const condition = (w >>> 8) & 15;
  if (condition === 14) return UNDEFINED;
  if (condition === 15) return make(OPS.SVC, 0, 0, w & 255);
  return make(OPS.BEQ + condition, 0, 0, (pc + 4 + ((w << 24) >> 23)) | 0);
}

function wide(pc: number, w: number, w2: number): Decoded {
  if ((w & 0xf800) === 0xf000 && (w2 & 0xd000) === 0xd000) {
    const s = (w >>> 10) & 1;
    const i1 = 1 ^ s ^ ((w2 >>> 13) & 1);
    const i2 = 1 ^ s ^ ((w2 >>> 11) & 1);
    const offset = ((s ? -1 : 0) << 24) | (i1 << 23) | (i2 << 22) | ((w & 0x3ff) << 12) | ((w2 & 0x7ff) << 1);
    return make(OPS.BL, 0, 0, (pc + 4 + offset) | 0);
  }
  const n = w & 15;
  if ((w & 0xfff0) === 0xf380 && (w2 & 0xff00) === 0x8800 && n !== 13 && n !== 15) {
    return make(OPS.MSR, n, 0, w2 & 255);
  }
  const d = (w2 >>> 8) & 15;
  if (w === 0xf3ef && (w2 & 0xf000) === 0x8000 && d !== 13 && d !== 15) return make(OPS.MRS, d, 0, w2 & 255);
  if (w === 0xf3bf && (w2 & 0xff00) === 0x8f00 && [4, 5, 6].includes((w2 >>> 4) & 15)) {
    return make(OPS.BARRIER, 0, 0, 0);
  }
  return UNDEFINED;
}

function countBits(list: number): number {
  let count = 0;
  for (let rest = list; rest !== 0; rest &= rest - 1) count++;
  return count;
}
