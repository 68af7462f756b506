/**
 * The man in the middle of the link: sees every whole frame, both ways, may change or drop it, and repairs its CRC.
 *
 * @module
 */
import type { Channel } from "../../agent/link/mod.ts";
import {
  concat,
  encodeFrame,
  type Frame,
  FRAME_TYPES,
  FrameDecoder,
  frameName,
} from "../../bootloader/wire/mod.ts";

/** Changes a frame on its way: the frame that goes on (its CRC is made right), or null to drop it. */
export type Tamper = (frame: Frame, name: string, direction: "tx" | "rx") => Frame | null;

/** Returns the channel with every frame, both ways, at the mercy of `tamper`. */
export function tampered(channel: Channel, tamper: Tamper): Channel {
  const decoders = { tx: new FrameDecoder(), rx: new FrameDecoder() };
  const pass = (direction: "tx" | "rx", bytes: Uint8Array): Uint8Array =>
    concat(
      ...decoders[direction].push(bytes).flatMap((frame) => {
        const after = tamper(frame, frameName(frame.type) ?? "?", direction);
        return after === null ? [] : [encodeFrame(after)];
      }),
    );
  return {
    kind: channel.kind,
    nowMs: () => channel.nowMs(),
    send(bytes) {
      const after = pass("tx", bytes);
      return after.length === 0 ? Promise.resolve(channel.nowMs()) : channel.send(after);
    },
    async receive(untilMs, signal) {
      // Bound: the time that the caller gives.
      while (!signal.aborted && channel.nowMs() < untilMs) {
        const bytes = pass("rx", await channel.receive(untilMs, signal));
        if (bytes.length > 0) return bytes;
      }
      return new Uint8Array();
    },
  };
}

/** A tamperer that hits one kind of frame, the first time or each time that it passes. */
export function hitting(
  name: keyof typeof FRAME_TYPES,
  change: (body: Uint8Array) => Uint8Array | null,
  times = Infinity,
): Tamper & { readonly hits: () => number } {
  let hits = 0;
  let last: { sequence: number; after: Frame | null } | undefined;
  const tamper: Tamper = (frame, type) => {
    if (type !== name) return frame;
    // A retransmission suffers the same: it is the same frame to an honest eye.
    if (last?.sequence === frame.sequence) return last.after;
    if (hits >= times) return frame;
    hits += 1;
    const body = change(frame.body.slice());
    last = { sequence: frame.sequence, after: body === null ? null : { ...frame, body } };
    return last.after;
  };
  return Object.assign(tamper, { hits: () => hits });
}
