/**
 * One delivery at one station, from a board of unknown kind to a recorded end (D§2): the phases in their order, and
 * nothing else. What each does lies in its own file.
 *
 * @module
 */
import type { ReceiptReply } from "../../authority/api/mod.ts";
import { FRAME_OVERHEAD_BYTES, FRAME_TYPES } from "../../bootloader/wire/mod.ts";
import { type ByteSink, createLink, observed } from "../link/mod.ts";
import { type Stop, stopFor } from "./causes.ts";
import { attach, identify } from "./chip_step.ts";
import { Conversation } from "./conversation.ts";
import type { DeliveryResult } from "./events.ts";
import { install } from "./install_step.ts";
import { proveLock } from "./lock_step.ts";
import type { AppliancesWord, CaptureSink, DeliveryOptions, DeliveryPorts } from "./ports.ts";
import { obtainRelease } from "./release_step.ts";
import { reportFailure, reportReceipt } from "./report_step.ts";
import { Run, type Step } from "./run.ts";
import { acknowledge, handshake, type Talk, transfer } from "./talk_steps.ts";
import { obtainTicket } from "./ticket_step.ts";

/** Where a frame has its type, and how long BYE is: a frame with an empty body (PROTOCOL section 3). */
const FRAME_TYPE_AT = 3;
const BYE_BYTES = FRAME_OVERHEAD_BYTES;

/** How long a failure report may take, in milliseconds: it is a courtesy and must not hold up the line. */
const FAILURE_REPORT_MS = 5_000;

/**
 * Runs one delivery. What a board, wire, network or authority does is a result and never thrown.
 * @throws {Fault} when the journal or the capture cannot be written, since then no result would be kept.
 */
export async function deliver(ports: DeliveryPorts, options: DeliveryOptions): Promise<DeliveryResult> {
  const { capture } = ports;
  ports.probe.observe(capture === undefined ? null : (direction, bytes) => capture.debug(direction, bytes));
  const run = new Run(ports, options);
  run.tell({ kind: "phase" });
  let stop: Stop | null;
  try {
    const step = await walk(run);
    stop = "stop" in step ? step.stop : null;
  } catch (error) {
    // The outermost loop of a station: a defect ends this delivery, is told, and leaves the other stations working.
    stop = stopFor("defect", error instanceof Error ? `${error.name}: ${error.message}` : "unknown");
  }
  await quieten(run);
  const isTold = stop !== null && run.known.ticketId !== null && !options.signal.aborted &&
    await tellFailure(run, stop);
  ports.journal.endDelivery(run.delivery, {
    outcome: stop?.outcome ?? "delivered",
    cause: stop?.cause ?? null,
  });
  // One that was not heard is found in the journal and told later, by whichever carrier comes first.
  if (isTold) ports.journal.storeFailureTold(run.delivery);
  const result = resultOf(run, stop);
  run.tell({ kind: "ended", result });
  ports.probe.observe(null);
  capture?.close();
  return result;
}

/** The phases. Each begins only when the one before is done. */
async function walk(run: Run): Promise<Step<null>> {
  const attached = await run.inPhase("attach", (signal) => attach(run, signal));
  if ("stop" in attached) return attached;
  const identified = await run.inPhase("identify", (signal) => identify(run, signal));
  if ("stop" in identified) return identified;
  const { chip, foreign } = identified.done;
  const bootloader = run.ports.bootloaderFor(chip.family.chips.name);
  if (bootloader === undefined) {
    return { stop: stopFor("chip-unknown", `no bootloader for ${chip.family.chips.name}`) };
  }
  const granted = await obtainTicket(run, chip, foreign);
  if ("stop" in granted) return granted;
  const { opened: ticket, descriptor } = granted.done;
  const content = await obtainRelease(run, descriptor);
  if ("stop" in content) return content;
  const installed = await run.inPhase(
    "install",
    (signal) => install(run, chip, { ticket, bootloader }, signal),
  );
  if ("stop" in installed) return installed;
  const { channel, capture } = run.ports;
  const heard = capture === undefined ? channel : observed(channel, tapOf(capture));
  const conversation = new Conversation(createLink(heard));
  try {
    const parts = { ticket, bootloader, conversation };
    const lock = await run.inPhase("lock", (signal) => proveLock(run, chip, parts, signal));
    if ("stop" in lock) return lock;
    return await talkAndReport(run, { conversation, ticket, lock: lock.done, chip }, content.done);
  } finally {
    conversation.abandon();
  }
}

async function talkAndReport(run: Run, talk: Talk, content: Uint8Array): Promise<Step<null>> {
  const keyed = await run.inPhase("handshake", (signal) => handshake(run, talk, signal));
  if ("stop" in keyed) return keyed;
  const parts = { reply: keyed.done, content };
  const receipt = await run.inPhase("transfer", (signal) => transfer(run, talk, parts, signal));
  if ("stop" in receipt) return receipt;
  const durable = await run.inPhase("receipt", (signal) => acknowledge(run, talk, receipt.done, signal));
  if ("stop" in durable) return durable;
  await listen(run);
  return await run.inPhase("report", (signal) => report(run, talk, signal));
}

async function report(run: Run, talk: Talk, signal: AbortSignal): Promise<Step<null>> {
  const { uid, ticketId } = { uid: run.known.uid ?? "", ticketId: talk.ticket.ticket.ticketId };
  const record = run.ports.journal.openTicket(uid);
  // Another loop of this appliance reports pending receipts too: it may have been quicker, and its answer is recorded.
  if (record === null || record.ticketId !== ticketId) {
    const recorded = run.ports.journal.countersigned(ticketId);
    if (recorded !== null) noteCommitted(run, JSON.parse(recorded));
    return { done: null };
  }
  const reported = await reportReceipt(run.ports, record, signal);
  if ("refused" in reported) {
    return { stop: stopFor("receipt-refused", `${reported.refused.code}: ${reported.refused.says}`) };
  }
  if ("pending" in reported) run.tell({ kind: "report-pending", detail: reported.pending });
  else noteCommitted(run, reported.committed);
  return { done: null };
}

function noteCommitted(run: Run, committed: ReceiptReply | AppliancesWord): void {
  const { certificate, serial } = committed;
  const word = "word" in committed ? "appliance" : "authority";
  run.known.unit = word === "authority" ? "committed" : "committed on the appliance's word";
  run.known.certificate = certificate;
  run.tell({ kind: "committed", serial, word });
}

/**
 * Returns the tap for a link capture, which ends with the answer to ACK (D§12): what the started firmware says comes
 * over the same wire and belongs to the firmware's capture, also when BYE was lost.
 */
function tapOf(capture: CaptureSink): ByteSink {
  let left = Infinity;
  return (direction, bytes) => {
    if (direction === "rx") {
      const mine = bytes.subarray(0, left);
      if (mine.length > 0) capture.link(direction, mine);
      if (mine.length < bytes.length) capture.firmware(bytes.subarray(mine.length));
      left -= mine.length;
      return;
    }
    capture.link(direction, bytes);
    if (bytes[FRAME_TYPE_AT] === FRAME_TYPES.ACK) left = BYE_BYTES;
  };
}

/** Takes what the started firmware says, for as long as the station is set to listen. */
async function listen(run: Run): Promise<void> {
  const { channel, capture } = run.ports;
  const untilMs = channel.nowMs() + run.options.listenMs;
  while (channel.nowMs() < untilMs && !run.options.signal.aborted) {
    const bytes = await channel.receive(untilMs, run.options.signal);
    if (bytes.length > 0) capture?.firmware(bytes);
  }
}

/** Leaves the board without supply, so that it can be taken out. */
async function quieten(run: Run): Promise<void> {
  const never = new AbortController().signal;
  try {
    await run.ports.probe.detach(never);
    await run.ports.probe.powerOff(never);
  } catch {
    // The delivery's own cause stands; a probe that fails here is found by the next delivery, at attach.
  }
}

async function tellFailure(run: Run, stop: Stop): Promise<boolean> {
  const { ports, phase } = run;
  const clock = new AbortController();
  void ports.pause(FAILURE_REPORT_MS, clock.signal).then(() => clock.abort());
  const signal = AbortSignal.any([clock.signal, run.options.signal]);
  const ticketId = run.known.ticketId ?? "";
  const isTold = await reportFailure(ports, { ticketId, phase, stop, atMs: ports.nowMs() }, signal);
  clock.abort();
  return isTold;
}

function resultOf(run: Run, stop: Stop | null): DeliveryResult {
  const { known, ports } = run;
  return {
    delivery: run.delivery,
    station: run.options.station,
    outcome: stop?.outcome ?? "delivered",
    uid: known.uid,
    chip: known.chip,
    ticketId: known.ticketId,
    release: known.release,
    mode: known.mode,
    cause: stop?.cause ?? null,
    says: stop?.says ?? null,
    remedy: stop?.remedy ?? null,
    detail: stop?.detail ?? null,
    unit: known.unit,
    certificate: known.certificate,
    seconds: {
      modelled: (ports.probe.nowMs() - run.stationStartMs) / 1000,
      wall: (ports.nowMs() - run.startedMs) / 1000,
    },
  };
}
