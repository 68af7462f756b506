/**
 * Finds out what is in the station and whether it may be touched (D§2 step 1). Reads only: nothing on the chip is
 * changed here. Whose chip it is, the appliance's own record decides and nothing else.
 *
 * @module
 */
import { isBlankUid } from "../../bootloader/wire/mod.ts";
import type { FoundChip } from "../probe/mod.ts";
import { stopFor } from "./causes.ts";
import type { Run, Step } from "./run.ts";

/** Powers the board and attaches under reset. */
export async function attach(run: Run, signal: AbortSignal): Promise<Step<null>> {
  const { probe } = run.ports;
  await probe.cyclePower(signal);
  const answer = await probe.attach("under-reset", signal);
  return answer === "answers" ? { done: null } : { stop: stopFor("no-answer") };
}

/** Identifies the chip and judges it; afterwards the debug session has ended and the supply is off. */
export async function identify(run: Run, signal: AbortSignal): Promise<Step<FoundChip>> {
  const { probe, journal, capture } = run.ports;
  const identity = await probe.identify(signal);
  if ("unknown" in identity) return { stop: stopFor("chip-unknown", identity.unknown) };
  const chip = identity.found;
  if (isBlankUid(chip.uid)) return { stop: stopFor("uid-invalid", `the UID reads ${chip.uid}`) };
  run.known.uid = chip.uid;
  run.known.chip = chip.name;
  journal.identifyDelivery(run.delivery, { uid: chip.uid, chip: chip.name });
  capture?.identify(chip.uid);
  run.tell({ kind: "chip", uid: chip.uid, chip: chip.name, flashKb: chip.flashKb });
  const judged = await judge(run, chip, signal);
  if ("stop" in judged) return judged;
  await probe.detach(signal);
  await probe.powerOff(signal);
  return { done: chip };
}

async function judge(run: Run, chip: FoundChip, signal: AbortSignal): Promise<Step<null>> {
  const open = run.ports.journal.openTicket(chip.uid);
  if (open !== null) {
    run.known.ticketId = open.ticketId;
    run.known.unit = open.message2 > 0 ? "keyed for this chip: a device may exist" : "reserved for this chip";
  }
  if (open?.state === "receipted" || (open === null && run.ports.journal.isCommitted(chip.uid))) {
    run.known.unit = "committed";
    return { stop: stopFor("delivered-already") };
  }
  const own = open?.eraseBegun === true;
  if (chip.lock > 0 && !own) return { stop: stopFor("locked-unknown", `lock level ${chip.lock}`) };
  const [finding] = chip.family.judgeOptions(chip.options);
  // Options of a chip that this appliance has begun were fit then: a write of them was cut short, and what they load as
  // is level 1 with all of flash protected (RM0440 4.4.2). The unlock writes them anew; they are judged again after it.
  if (finding !== undefined && !(own && chip.lock === 1)) {
    const cause = own && chip.lock === 0 ? "options-torn" : "options-unfit";
    return { stop: stopFor(cause, `${finding.says}. ${finding.remedy}`) };
  }
  if (own) {
    run.tell({ kind: "own-chip", uid: chip.uid, locked: chip.lock > 0 });
    return { done: null };
  }
  const flash = await run.ports.probe.readFlash(chip, signal);
  if ("closed" in flash) return { stop: stopFor("locked-unknown", "flash cannot be read") };
  const at = flash.data.findIndex((byte) => byte !== 0xff);
  return at < 0 ? { done: null } : { stop: stopFor("not-blank", `flash offset ${at} is programmed`) };
}
