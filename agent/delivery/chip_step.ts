/**
 * Finds out what is in the station and whether it may be touched (D§2 step 1). Reads only: nothing on the chip is
 * changed here. Whose chip it is, the appliance's own record decides and nothing else.
 *
 * @module
 */
import { isBlankUid } from "../../bootloader/wire/mod.ts";
import type { FoundChip } from "../probe/mod.ts";
import { type Stop, stopFor } from "./causes.ts";
import type { Run, Step } from "./run.ts";

/** A chip that may be touched, or only if a person allowed a rework. */
export interface JudgedChip {
  readonly chip: FoundChip;
  /** Why the chip is left alone unless the authority gives a ticket for a rework (P-71); null: it may be touched. */
  readonly foreign: Stop | null;
}

/** Powers the board and attaches under reset. */
export async function attach(run: Run, signal: AbortSignal): Promise<Step<null>> {
  const { probe } = run.ports;
  await probe.cyclePower(signal);
  const answer = await probe.attach("under-reset", signal);
  return answer === "answers" ? { done: null } : { stop: stopFor("no-answer") };
}

/** Identifies the chip and judges it; afterwards the debug session has ended and the supply is off. */
export async function identify(run: Run, signal: AbortSignal): Promise<Step<JudgedChip>> {
  const { probe, journal } = run.ports;
  const identity = await probe.identify(signal);
  if ("unknown" in identity) return { stop: stopFor("chip-unknown", identity.unknown) };
  const chip = identity.found;
  if (isBlankUid(chip.uid)) return { stop: stopFor("uid-invalid", `the UID reads ${chip.uid}`) };
  run.known.uid = chip.uid;
  run.known.chip = chip.name;
  journal.identifyDelivery(run.delivery, { uid: chip.uid, chip: chip.name });
  run.tell({ kind: "chip", uid: chip.uid, chip: chip.name, flashKb: chip.flashKb });
  const judged = await judge(run, chip, signal);
  if ("stop" in judged) return judged;
  await probe.detach(signal);
  await probe.powerOff(signal);
  return { done: { chip, foreign: judged.done } };
}

async function judge(run: Run, chip: FoundChip, signal: AbortSignal): Promise<Step<Stop | null>> {
  const { journal } = run.ports;
  const open = journal.openTicket(chip.uid);
  if (open !== null) {
    run.known.ticketId = open.ticketId;
    run.known.unit = open.message2 > 0 ? "keyed for this chip: a device may exist" : "reserved for this chip";
  }
  const isCommitted = open === null && journal.isCommitted(chip.uid);
  if (open?.state === "receipted" || isCommitted) run.known.unit = "committed";
  // The receipt is still to be reported: until then nobody can have decided about a rework.
  if (open?.state === "receipted") return { stop: stopFor("delivered-already") };
  const own = open?.eraseBegun === true;
  const foreign = isCommitted
    ? stopFor("delivered-already")
    : chip.lock > 0 && !own
    ? stopFor("locked-unknown", `lock level ${chip.lock}`)
    : null;
  const [finding] = chip.family.judgeOptions(chip.options);
  // Options of a chip that this appliance has begun were fit then: a write of them was cut short, and what they load as
  // is level 1 with all of flash protected (RM0440 4.4.2). The unlock writes them anew; they are judged again after it.
  if (finding !== undefined && !((own || foreign !== null) && chip.lock === 1)) {
    const cause = own && chip.lock === 0 ? "options-torn" : "options-unfit";
    return { stop: stopFor(cause, `${finding.says}. ${finding.remedy}`) };
  }
  if (own) {
    run.tell({ kind: "own-chip", uid: chip.uid, locked: chip.lock > 0 });
    return { done: null };
  }
  if (foreign !== null) return { done: foreign };
  const flash = await run.ports.probe.readFlash(chip, signal);
  if ("closed" in flash) return { stop: stopFor("locked-unknown", "flash cannot be read") };
  const at = flash.data.findIndex((byte) => byte !== 0xff);
  return at < 0 ? { done: null } : { stop: stopFor("not-blank", `flash offset ${at} is programmed`) };
}
