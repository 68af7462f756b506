/**
 * A channel that fails on purpose: frames are dropped, repeated, or get a bit flipped, as a plan says. It works on
 * whole frames in both directions, found by their length field alone, so that what the target sends is hit too.
 *
 * @module
 */
import type { Channel } from "./channel.ts";

/** What happens to one frame. `flip` counts bits from the frame's start. */
export type FrameFault = "pass" | "drop" | "repeat" | { readonly flip: number };

/** Decides for each frame; `index` counts the frames of one direction from 0. */
export type FaultPlan = (frame: {
  readonly direction: "tx" | "rx";
  readonly index: number;
  readonly bytes: Uint8Array;
}) => FrameFault;

/** Returns `channel` with the faults of `plan`. */
export function withFaults(channel: Channel, plan: FaultPlan): Channel {
  const counts = { tx: 0, rx: 0 };
  let unfinished: Uint8Array = new Uint8Array();
  const hit = (direction: "tx" | "rx", bytes: Uint8Array): readonly Uint8Array[] => {
    const fault = plan({ direction, index: counts[direction]++, bytes });
    if (fault === "pass") return [bytes];
    if (fault === "drop") return [];
    if (fault === "repeat") return [bytes, bytes];
    const flipped = bytes.slice();
    const at = fault.flip % (bytes.length * 8);
    flipped[at >> 3] = flipped[at >> 3]! ^ (1 << (at & 7));
    return [flipped];
  };
  return {
    kind: channel.kind,
    nowMs: () => channel.nowMs(),
    async send(bytes) {
      let sentMs = channel.nowMs();
      for (const part of hit("tx", bytes)) sentMs = await channel.send(part);
      return sentMs;
    },
    async receive(untilMs, signal) {
      const came = await channel.receive(untilMs, signal);
      const { frames, rest } = split(join(unfinished, came));
      unfinished = rest;
      return frames.flatMap((frame) => hit("rx", frame)).reduce(join, new Uint8Array());
    },
  };
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** Splits bytes at the ends that the length fields name: header 4, body, CRC 4. */
function split(bytes: Uint8Array): { readonly frames: readonly Uint8Array[]; readonly rest: Uint8Array } {
  const frames: Uint8Array[] = [];
  let start = 0;
  while (bytes.length - start >= 4) {
    const end = start + 8 + bytes[start]! + 256 * bytes[start + 1]!;
    if (end > bytes.length) break;
    frames.push(bytes.slice(start, end));
    start = end;
  }
  return { frames, rest: bytes.slice(start) };
}
