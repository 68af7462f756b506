/**
 * Frames whose CRC is what an attacker wants: the CRC is no secret, four bytes of body are enough to choose it. Knows CRC-32
 * (PROTOCOL section 3) and nothing of what frames mean.
 * @module
 */
import { concat } from "../../bootloader/wire/mod.ts";

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >>> 1 ^ 0xedb88320 : crc >>> 1;
  return crc >>> 0;
});

/** Returns `bytes` and four more, after which the CRC is `crc` (as it is sent, the final XOR done). */
export function withCrc(bytes: Uint8Array, crc: number): Uint8Array {
  let register = bytes.reduce((sum, byte) => sum >>> 8 ^ TABLE[(sum ^ byte) & 255]!, 0xffffffff);
  const steps: number[] = [];
  // Backwards: the top byte of each register names the table entry that made it.
  for (let wanted = ~crc >>> 0; steps.length < 4;) {
    const step = TABLE.findIndex((entry) => entry >>> 24 === wanted >>> 24);
    steps.unshift(step);
    wanted = (wanted ^ TABLE[step]!) << 8 >>> 0;
  }
  const four = steps.map((step) => {
    const byte = (register ^ step) & 255;
    register = register >>> 8 ^ TABLE[step]!;
    return byte;
  });
  return concat(bytes, Uint8Array.from(four));
}

/** Returns a whole frame with four bytes of body, and the CRC that is asked for. */
export function frameWithCrc(
  { sequence, type }: { sequence: number; type: number },
  crc: number,
): Uint8Array {
  const frame = withCrc(Uint8Array.of(4, 0, sequence, type), crc);
  return concat(frame, new Uint8Array(Uint32Array.of(crc).buffer));
}
