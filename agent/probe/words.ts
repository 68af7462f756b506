/**
 * Word access on a debug port for chip functions, where a refused access is a fault with an address.
 *
 * @module
 */
import { Fault } from "../../bootloader/wire/mod.ts";
import type { DebugPort, Limits } from "./port.ts";

/** Reads `length` bytes that must be readable. @throws Fault naming the address */
export async function readBytes(
  port: DebugPort,
  at: { readonly address: number; readonly length: number },
  limits: Limits,
): Promise<Uint8Array> {
  const reading = await port.read(at.address, at.length, limits);
  if ("data" in reading) return reading.data;
  throw refusedAccess(port, "read", at.address);
}

/** Reads one little-endian word. @throws Fault naming the address */
export async function readWord(port: DebugPort, address: number, limits: Limits): Promise<number> {
  // Not through readBytes: a busy flag is read some thousand times for each chip.
  const reading = await port.read(address, 4, limits);
  if (!("data" in reading)) throw refusedAccess(port, "read", address);
  const { data } = reading;
  return new DataView(data.buffer, data.byteOffset, 4).getUint32(0, true);
}

/** Writes bytes that must be accepted. @throws Fault naming the address */
export async function writeBytes(
  port: DebugPort,
  at: { readonly address: number; readonly bytes: Uint8Array },
  limits: Limits,
): Promise<void> {
  const writing = await port.write(at.address, at.bytes, limits);
  if ("closed" in writing) throw refusedAccess(port, "write", at.address);
}

/** Writes one little-endian word. @throws Fault naming the address */
export async function writeWord(
  port: DebugPort,
  at: { readonly address: number; readonly value: number },
  limits: Limits,
): Promise<void> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, at.value, true);
  await writeBytes(port, { address: at.address, bytes }, limits);
}

function refusedAccess(port: DebugPort, what: "read" | "write", address: number): Fault {
  return new Fault(`Cannot ${what} ${hexAddress(address)} by probe "${port.name}": the chip refuses it`, {
    place: "probe",
    retry: true,
  });
}

/** Returns the address as `0x` and eight hex digits. */
export function hexAddress(address: number): string {
  return `0x${address.toString(16).toUpperCase().padStart(8, "0")}`;
}
