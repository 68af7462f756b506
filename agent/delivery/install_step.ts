/**
 * Makes the chip blank, writes the bootloader with this ticket's install block, and reads every byte back
 * (D§2 step 3, P-40). The journal knows before the first erase.
 *
 * @module
 */
import { installBlockFor, type OpenedTicket } from "../../bootloader/ticket/mod.ts";
import { sameBytes } from "../../bootloader/wire/mod.ts";
import type { FoundChip } from "../probe/mod.ts";
import { stopFor } from "./causes.ts";
import type { BootloaderImage } from "./ports.ts";
import type { Run, Step } from "./run.ts";

/** The first flash word: initial stack pointer and reset vector. */
const FIRST_WORD_BYTES = 8;

/** Installs the bootloader; afterwards the debug session has ended and the supply is off. */
export async function install(
  run: Run,
  chip: FoundChip,
  parts: { readonly ticket: OpenedTicket; readonly bootloader: BootloaderImage },
  signal: AbortSignal,
): Promise<Step<{ readonly bytes: number }>> {
  const { probe, journal } = run.ports;
  const same = await attachAgain(run, chip, signal);
  if ("stop" in same) return same;
  journal.startErase(parts.ticket.ticket.ticketId);
  const blank = await makeBlank(run, chip, signal);
  if ("stop" in blank) return blank;
  const image = parts.bootloader.withInstallBlock(installBlockFor(parts.ticket, run.options.wiring));
  const expected = new Uint8Array(chip.flashKb * 1024).fill(0xff);
  expected.set(image);
  const { pageBytes } = chip.family.chips.flash;
  // P-40: from the highest page down to page 0, its first word last: a cut leaves nothing that starts.
  for (let page = Math.ceil(image.length / pageBytes) - 1; page >= 0; page--) {
    const start = page * pageBytes;
    const offset = page === 0 ? FIRST_WORD_BYTES : start;
    await probe.program({ offset, bytes: expected.subarray(offset, start + pageBytes) }, signal);
  }
  await probe.program({ offset: 0, bytes: expected.subarray(0, FIRST_WORD_BYTES) }, signal);
  const found = await probe.readFlash(chip, signal);
  if ("closed" in found || !sameBytes(found.data, expected)) {
    // P-40: what differs is not left behind, since it might start.
    await probe.erase(signal);
    const at = "closed" in found ? 0 : found.data.findIndex((byte, offset) => byte !== expected[offset]);
    return { stop: stopFor("readback-differs", `first difference at flash offset ${at}`) };
  }
  await probe.detach(signal);
  await probe.powerOff(signal);
  run.tell({ kind: "installed", bytes: image.length });
  return { done: { bytes: image.length } };
}

/** Attaches to the very chip that was identified: a station may have waited long for its ticket. */
async function attachAgain(run: Run, chip: FoundChip, signal: AbortSignal): Promise<Step<null>> {
  const { probe } = run.ports;
  await probe.cyclePower(signal);
  if (await probe.attach("under-reset", signal) === "no-answer") return { stop: stopFor("no-answer") };
  const again = await probe.identify(signal);
  if ("found" in again && again.found.uid === chip.uid && again.found.lock === chip.lock) {
    return { done: null };
  }
  return { stop: stopFor("chip-swapped", `the ticket is for UID ${chip.uid}`) };
}

/** Unlocks where needed, erases, and looks. The chip is attached under reset before and after. */
async function makeBlank(run: Run, chip: FoundChip, signal: AbortSignal): Promise<Step<null>> {
  const { probe } = run.ports;
  if (chip.lock > 0) {
    await probe.unlock(signal);
    // The write's own success proves nothing: the options are read again after a power-on reset.
    await probe.cyclePower(signal);
    if (await probe.attach("under-reset", signal) === "no-answer") return { stop: stopFor("no-answer") };
    const after = await probe.identify(signal);
    if (!("found" in after) || after.found.lock !== 0) {
      return { stop: stopFor("unlock-failed", "the chip is still locked after power was cycled") };
    }
    const [finding] = chip.family.judgeOptions(after.found.options);
    if (finding !== undefined) return { stop: stopFor("options-torn", finding.says) };
  }
  await probe.erase(signal);
  const flash = await probe.readFlash(chip, signal);
  if ("closed" in flash) return { stop: stopFor("unlock-failed", "flash cannot be read after the unlock") };
  const at = flash.data.findIndex((byte) => byte !== 0xff);
  return at < 0 ? { done: null } : { stop: stopFor("erase-failed", `flash offset ${at} is not blank`) };
}
