/**
 * Builds the install block from a ticket and the key that vouches for it (PROTOCOL section 10). Knows nothing of where in
 * a bootloader image it goes: the image's manifest says that.
 * @module
 */
import { keyIdOf, pointTable } from "../suite/mod.ts";
import { assert, installBlockLayout } from "../wire/mod.ts";
import type { OpenedTicket } from "./ticket.ts";

/** How a board's link is wired; PROTOCOL section 10, fields `uart` to `alternate`. */
export interface Wiring {
  /** `stm32g0`: 1 USART1, 2 USART2. */
  readonly uart: number;
  /** Port (A = 0) × 16 + pin, on which the target sends. */
  readonly txPin: number;
  /** Port (A = 0) × 16 + pin, on which the target receives. */
  readonly rxPin: number;
  /** Alternate function number of both pins. */
  readonly alternate: number;
}

/**
 * Returns the 200 bytes of the install block that makes a bootloader accept exactly this ticket's key, epoch, options and
 * lock level. That the key is in a key set of the enrolled root is for the caller to have checked (P-53).
 * @throws {Malformed} when the ticket key is no usable point.
 */
export function installBlockFor(
  { ticket, ticketKey }: OpenedTicket,
  wiring: Wiring,
): Uint8Array<ArrayBuffer> {
  assert(
    keyIdOf(ticketKey) === ticket.ticketKeyId,
    "Cannot make the install block: the ticket names another key",
  );
  return installBlockLayout.encode({
    ...wiring,
    ...pointTable(ticketKey),
    lockLevel: ticket.lockLevel,
    family: ticket.family,
    ticketKeyId: ticket.ticketKeyId,
    epoch: ticket.epoch,
    optionValue: ticket.optionValue,
    optionMask: ticket.optionMask,
    ticketKey,
  });
}
