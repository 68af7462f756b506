/**
 * The proof of lock from outside, in the order of P-44, and the signed lock record (P-45). No key is asked for
 * without it: the next phase takes the record that this one returns.
 *
 * @module
 */
import type { HostSession } from "../../bootloader/session/mod.ts";
import type { OpenedTicket } from "../../bootloader/ticket/mod.ts";
import {
  type HelloReply,
  type LockRecord,
  lockRecordLayout,
  padUid,
  sameBytes,
} from "../../bootloader/wire/mod.ts";
import type { FoundChip } from "../probe/mod.ts";
import { stopFor } from "./causes.ts";
import type { Conversation } from "./conversation.ts";
import type { BootloaderImage } from "./ports.ts";
import type { Run, Step } from "./run.ts";

/** What the next phase needs: the session that the last HELLO began, and the proof. */
export interface ProvenLock {
  readonly session: HostSession;
  readonly record: LockRecord;
  /** The record's 72 bytes and the appliance's signature over them. */
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

/** Proves the lock; afterwards power has been cycled for the last time and the bootloader has said HELLO_REPLY. */
export async function proveLock(
  run: Run,
  chip: FoundChip,
  parts: {
    readonly ticket: OpenedTicket;
    readonly bootloader: BootloaderImage;
    readonly conversation: Conversation;
  },
  signal: AbortSignal,
): Promise<Step<ProvenLock>> {
  const { probe, identity } = run.ports;
  const greet = async () => {
    await probe.cyclePower(signal);
    return await greetChip(chip, parts, signal);
  };
  const first = await greet();
  if ("stop" in first) return first;
  const plain = await probe.attach("plain", signal);
  await probe.detach(signal);
  if (plain === "answers") return { stop: stopFor("debug-open", "a plain attach was answered") };
  await probe.cyclePower(signal);
  const outside = await lookFromOutside(run, chip, parts.ticket.ticket.lockLevel, signal);
  if ("stop" in outside) return outside;
  // P-44: the last power cycle before the ticket. None follows.
  const second = await greet();
  if ("stop" in second) return second;
  const { session, reply } = second.done;
  const record: LockRecord = {
    ticketId: parts.ticket.ticket.ticketId,
    uid: padUid(chip.uid),
    appliance: identity.appliance,
    at: run.ports.nowMs(),
    lock: reply.lock,
    debug: reply.debug,
    flashUnderReset: 0,
    ramUnderReset: outside.done.ramReadable ? 1 : 0,
    plainAttach: 0,
  };
  run.tell({ kind: "lock-proven", lock: reply.lock, ramReadable: outside.done.ramReadable });
  const bytes = lockRecordLayout.encode(record);
  return { done: { session, record, bytes, signature: identity.sign(bytes) } };
}

/** Says HELLO and compares what answers with the chip that was identified and the bootloader that was installed. */
async function greetChip(
  chip: FoundChip,
  parts: {
    readonly ticket: OpenedTicket;
    readonly bootloader: BootloaderImage;
    readonly conversation: Conversation;
  },
  signal: AbortSignal,
): Promise<Step<{ readonly session: HostSession; readonly reply: HelloReply }>> {
  const greeted = await parts.conversation.hello(signal);
  if ("stop" in greeted) return greeted;
  const { reply } = greeted.done;
  const { ticket } = parts.ticket;
  const installed: readonly (readonly [boolean, string])[] = [
    [sameBytes(reply.uid, padUid(chip.uid)), "another UID"],
    [reply.family === chip.family.chips.family, "another chip family"],
    [reply.chipId === chip.chipId, "another chip id"],
    [reply.flashKb === chip.flashKb, "another flash size"],
    [reply.bootloader === parts.bootloader.version, "another bootloader version"],
    [reply.ticketKeyId === ticket.ticketKeyId && reply.epoch === ticket.epoch, "another ticket key or epoch"],
  ];
  const differs = installed.find(([holds]) => !holds)?.[1];
  if (differs !== undefined) return { stop: stopFor("bootloader-unfit", `HELLO_REPLY names ${differs}`) };
  if (reply.lock !== ticket.lockLevel || reply.debug !== 1) {
    return { stop: stopFor("lock-missing", `HELLO_REPLY says lock ${reply.lock}, debug ${reply.debug}`) };
  }
  return greeted;
}

/** Attaches under reset and tries: flash must be closed, RAM is recorded. */
async function lookFromOutside(
  run: Run,
  chip: FoundChip,
  lockLevel: number,
  signal: AbortSignal,
): Promise<Step<{ readonly ramReadable: boolean }>> {
  const { probe } = run.ports;
  const answer = await probe.attach("under-reset", signal);
  if (answer === "no-answer") {
    await probe.detach(signal);
    // Only a chip that is locked for ever gives no answer. At level 1 it would be a loose contact, which proves nothing.
    return lockLevel === 2
      ? { done: { ramReadable: false } }
      : { stop: stopFor("no-answer", "under reset, locked") };
  }
  const flash = await probe.tryFlash(chip, signal);
  const ram = await probe.tryRam(chip, signal);
  await probe.detach(signal);
  if (flash === "readable") return { stop: stopFor("lock-open", "flash was read under reset") };
  return { done: { ramReadable: ram === "readable" } };
}
