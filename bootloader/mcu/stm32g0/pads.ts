/**
 * Which pads of STM32G041 carry the USARTs (data sheet DS12993, alternate function tables).
 *
 * Knows names only.
 *
 * @module
 */

/** One pad with the alternate function that gives it to a USART. */
export interface Pad {
  readonly name: string;
  readonly port: "A" | "B";
  readonly pin: number;
  readonly af: number;
}

/** The two pads a host's serial adapter is soldered to, named from the chip's side. */
export interface Wiring {
  /** Pad on which the chip sends, for example "PA9". */
  readonly tx: string;
  /** Pad on which the chip receives, for example "PA10". */
  readonly rx: string;
}

function pad(port: "A" | "B", pin: number, af: number): Pad {
  return { name: `P${port}${pin}`, port, pin, af };
}

/** USART1 and USART2, in this order. */
export const USART_PADS = [
  { tx: [pad("A", 9, 1), pad("B", 6, 0)], rx: [pad("A", 10, 1), pad("B", 7, 0)] },
  { tx: [pad("A", 2, 1), pad("A", 14, 1)], rx: [pad("A", 3, 1), pad("A", 15, 1)] },
] as const;

/** True when one of `pads` is the soldered `wire` and is in its alternate function. */
export function carries(
  pads: readonly Pad[],
  wire: string,
  ports: Readonly<Record<"A" | "B", { isAlternate(pin: number, af: number): boolean }>>,
): boolean {
  return pads.some((pad) => pad.name === wire && ports[pad.port].isAlternate(pad.pin, pad.af));
}
