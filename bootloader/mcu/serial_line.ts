/**
 * The host's end of a serial line: bytes go out at the host's baud rate and arrive in modelled time; what the device
 * sends is sampled at the host's rate, so that wrong rates give the garbage they give on a bench.
 *
 * Knows time and bits; knows no protocol and no pin.
 *
 * @module
 */
import type { Alarm, Clock } from "./clock.ts";

/** The receiver at the device's end, null while nothing listens there. */
export interface LineReceiver {
  readonly bit: number;
  receive(byte: number, framed: boolean): void;
}

/** The host's end of the line. */
export class SerialLine {
  readonly #clock: Clock;
  readonly #listener: () => LineReceiver | null;
  readonly #arrival: Alarm;
  #bit: number;
  #outgoing: number[] = [];
  #incoming: number[] = [];
  #lost = 0;
  #framing = 0;

  constructor(clock: Clock, baud: number, listener: () => LineReceiver | null) {
    this.#clock = clock;
    this.#listener = listener;
    this.#bit = bitOf(baud);
    this.#arrival = clock.alarm(() => this.#arrive());
  }

  /** Sets the host's baud rate; bytes on their way keep their place, not their speed. */
  setBaud(baud: number): void {
    this.#bit = bitOf(baud);
  }

  /** Queues bytes for the device; each takes ten bit times. */
  send(bytes: Uint8Array): void {
    const idle = this.#outgoing.length === 0;
    for (const byte of bytes) this.#outgoing.push(byte);
    if (idle && bytes.length > 0) this.#arrival.at = this.#clock.now + Math.round(10 * this.#bit);
  }

  /** Takes everything the device has sent so far. */
  take(): Uint8Array {
    const bytes = Uint8Array.from(this.#incoming);
    this.#incoming = [];
    return bytes;
  }

  /** Bytes that `take` would give. */
  get available(): number {
    return this.#incoming.length;
  }

  /** Bytes the host still has to send. */
  get pending(): number {
    return this.#outgoing.length;
  }

  /** Bytes sent while no receiver listened, and bytes of the device that the host could not frame. */
  get errors(): { readonly lost: number; readonly framing: number } {
    return { lost: this.#lost, framing: this.#framing };
  }

  /** Drops everything queued or received. */
  clear(): void {
    this.#outgoing = [];
    this.#incoming = [];
    this.#arrival.at = Infinity;
  }

  /** The device sent a byte whose bits last `bit` picoseconds. */
  fromDevice(byte: number, bit: number): void {
    const frame = sample(byte, bit, this.#bit);
    if (!frame.framed) this.#framing++;
    this.#incoming.push(frame.byte);
  }

  /** What a snapshot carries. */
  save(): { bit: number; outgoing: number[]; incoming: number[]; lost: number; framing: number } {
    return {
      bit: this.#bit,
      outgoing: [...this.#outgoing],
      incoming: [...this.#incoming],
      lost: this.#lost,
      framing: this.#framing,
    };
  }

  /** Takes back what `save` gave. */
  load(saved: ReturnType<SerialLine["save"]>): void {
    this.#bit = saved.bit;
    this.#outgoing = [...saved.outgoing];
    this.#incoming = [...saved.incoming];
    this.#lost = saved.lost;
    this.#framing = saved.framing;
  }

  #arrive(): void {
    const byte = this.#outgoing.shift();
    if (byte === undefined) return;
    const receiver = this.#listener();
    if (receiver === null) this.#lost++;
    else {
      const frame = sample(byte, this.#bit, receiver.bit);
      receiver.receive(frame.byte, frame.framed);
    }
    if (this.#outgoing.length > 0) this.#arrival.at = this.#clock.now + Math.round(10 * this.#bit);
  }
}

function bitOf(baud: number): number {
  return 1e12 / baud;
}

/** Samples a frame (start, 8 data bits, stop; idle is 1) that was sent with bits of `sent` at bits of `read`. */
function sample(byte: number, sent: number, read: number): { byte: number; framed: boolean } {
  const levelAt = (slot: number): number => {
    const bit = Math.floor(((slot + 0.5) * read) / sent);
    if (bit >= 9) return 1;
    return bit === 0 ? 0 : (byte >>> (bit - 1)) & 1;
  };
  let value = 0;
  for (let i = 0; i < 8; i++) value |= levelAt(i + 1) << i;
  return { byte: value, framed: levelAt(0) === 0 && levelAt(9) === 1 };
}
