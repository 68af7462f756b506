import assert from "node:assert/strict";
import { type DeliveryResult, reportReceipt } from "../../../../agent/delivery/mod.ts";
import type { RefusalCode } from "../../../../authority/api/mod.ts";
import { concat, Fault, FRAME_TYPES, frameName } from "../../../../bootloader/wire/mod.ts";
import { ids, random, TestOffice } from "./office.ts";
import { freshUid, Rig, RigBoard } from "./rig.ts";

const never = new AbortController().signal;
const CR = 0x4002_2014;
const KEYED = "keyed for this chip: a device may exist";

async function rig(options: { readonly imageBytes?: number } = {}) {
  const office = await new TestOffice(options).ready();
  const station = new Rig(office);
  const board = new RigBoard(freshUid());
  return { office, station, board, uid: board.uid.toHex() };
}

/** Compares what an operator learns; the whole result stands in the message. */
function assertEnd(result: DeliveryResult, end: readonly [string, string | null, string]) {
  assert.deepEqual([result.outcome, result.cause, result.unit], end, JSON.stringify(result));
  if (result.cause === null) return;
  assert.ok(result.says && result.remedy, "a cause without sentence or remedy");
}

function framesSent(station: Rig): string[] {
  return station.wiretap.filter(({ direction }) => direction === "tx").map(({ bytes }) =>
    frameName(bytes[3]!)
  );
}

function assertNoKeyAskedFor(office: TestOffice, station: Rig) {
  assert.ok(!office.calls.includes("message1"), "a key was asked for");
  assert.ok(!framesSent(station).includes("TICKET"), "the ticket was sent");
}

Deno.test("deliver() delivers a blank chip: installed, locked, written, receipted, committed", async () => {
  const { office, station, board, uid } = await rig();
  assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
  assert.equal(board.target?.state, "started");
  const expected = office.image.slice();
  expected.set(board.target.flash.subarray(512, 768), 512);
  assert.deepEqual(board.target.flash.slice(0, expected.length), expected);
  assert.equal(station.journal.isCommitted(uid), true);
  assert.deepEqual(office.calls, ["ticket", "releaseContent", "message1", "receipt"]);
  const phases = station.events.filter(({ kind }) => kind === "phase").map(({ phase }) => phase).join(" ");
  assert.equal(phases, "attach identify ticket release install lock handshake transfer receipt report");
});

Deno.test("deliver() delivers an image of the whole flash, 8,192 bytes", async () => {
  const { station, board } = await rig({ imageBytes: 8192 });
  assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
});

Deno.test("deliver() fetches a release once and keeps it", async () => {
  const { office, station, board } = await rig();
  await station.deliver(board);
  await station.deliver(new RigBoard(freshUid()));
  assert.equal(office.calls.filter((call) => call === "releaseContent").length, 1);
});

Deno.test("deliver() keeps the order of P-38, P-40 and P-44: record, erase; proof, ticket; message 2; receipt, ACK", async () => {
  const { station, board, uid } = await rig();
  const seen = new Set<string>();
  board.onWrite = (address, bytes) => {
    if (address !== CR || (bytes[2]! & 1) === 0) return;
    seen.add("erase");
    assert.equal(station.journal.openTicket(uid)?.eraseBegun, true, "erased before it was recorded");
  };
  let cyclesAtTicket = 0;
  board.onFrame = (type) => {
    const ticket = station.journal.openTicket(uid);
    if (type === FRAME_TYPES.TICKET) {
      cyclesAtTicket = board.powerCycles.length;
      assert.ok(station.events.some(({ kind }) => kind === "lock-proven"), "TICKET before the proof of lock");
    }
    if (type === FRAME_TYPES.MESSAGE2) {
      assert.equal(ticket?.message2, 1, "message 2 sent before it was recorded");
    }
    if (type === FRAME_TYPES.ACK) {
      assert.equal(ticket?.state, "receipted", "ACK before the receipt was durable");
    }
    seen.add(frameName(type));
  };
  assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
  assert.deepEqual(
    ["erase", "HELLO", "TICKET", "MESSAGE2", "CHUNK", "ACK"].filter((step) => !seen.has(step)),
    [],
  );
  assert.equal(board.powerCycles.length, cyclesAtTicket, "power was cycled after TICKET");
  // Identify, install, then P-44: after install, before the look under reset, before the second HELLO.
  assert.equal(cyclesAtTicket, 5);
});

Deno.test("deliver() refuses a chip that is not blank and not its own, and leaves it as it is", async () => {
  const { office, station, board } = await rig();
  board.mcu.plantFlash(4096, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  const before = board.mcu.flash;
  assertEnd(await station.deliver(board), ["refused", "not-blank", "none used"]);
  assert.deepEqual([office.calls, office.used, board.mcu.flash, board.writes], [[], 0, before, 0]);
});

Deno.test("deliver() leaves a locked chip that nobody knows alone", async () => {
  const { office, station, board } = await rig();
  board.locked = true;
  assertEnd(await station.deliver(board), ["refused", "locked-unknown", "none used"]);
  // The authority was asked whether a person allowed a rework, and for nothing else.
  assert.deepEqual([office.calls, office.used, board.writes], [["ticket"], 0, 0]);
});

Deno.test("deliver() refuses a UID of all zeros and of all ones", async () => {
  for (const byte of [0x00, 0xff]) {
    const { office, station } = await rig();
    const board = new RigBoard(new Uint8Array(12).fill(byte));
    assertEnd(await station.deliver(board), ["refused", "uid-invalid", "none used"]);
    assert.deepEqual(office.calls, []);
  }
});

Deno.test("deliver() refuses a chip that is in no table, and a flash size that the die cannot have", async () => {
  for (const [address, hex] of [[0x4001_5800, "68040010"], [0x1fff_75e0, "ff000000"]] as const) {
    const { office, station, board } = await rig();
    board.misdeeds.reads.set(address, Uint8Array.fromHex(hex));
    assertEnd(await station.deliver(board), ["refused", "chip-unknown", "none used"]);
    assert.deepEqual([office.calls, board.writes], [[], 0]);
  }
});

const badOptions: readonly (readonly [string, number, string])[] = [
  ["nBOOT_SEL is 0", 0x4002_2020, "aafefffe"],
  ["the watchdog is on", 0x4002_2020, "aafefeff"],
  ["BOOT_LOCK is set", 0x4002_2080, "00000100"],
  ["a PCROP area is set", 0x4002_2024, "00000000"],
  ["pages are write-protected", 0x4002_202c, "00000100"],
];
for (const [name, address, hex] of badOptions) {
  Deno.test(`deliver() refuses option bytes when ${name}`, async () => {
    const { office, station, board } = await rig();
    board.misdeeds.reads.set(address, Uint8Array.fromHex(hex));
    assertEnd(await station.deliver(board), ["refused", "options-unfit", "none used"]);
    assert.deepEqual([office.calls, board.writes], [[], 0]);
  });
}

Deno.test("deliver() says that a chip does not answer", async () => {
  const { station, board } = await rig();
  board.misdeeds.noAnswerUnderReset = "always";
  assertEnd(await station.deliver(board), ["failed", "no-answer", "none used"]);
});

Deno.test("deliver() erases the chip when one byte reads back wrong, and goes on with the same ticket next time", async () => {
  for (const at of [0, 300, 2599]) {
    const { office, station, board } = await rig();
    board.misdeeds.badByte = at;
    const first = await station.deliver(board);
    assertEnd(first, ["failed", "readback-differs", "reserved for this chip"]);
    assert.match(first.detail ?? "", new RegExp(`offset ${at}$`));
    assert.ok(board.mcu.flash.every((byte) => byte === 0xff), "what differs was left behind");
    assertNoKeyAskedFor(office, station);
    assert.deepEqual(office.failures, [{ cause: "readback-differs", phase: "install" }]);
    board.misdeeds.badByte = null;
    const second = await station.deliver(board);
    assertEnd(second, ["delivered", null, "committed"]);
    assert.deepEqual([second.ticketId, office.used], [first.ticketId, 1]);
  }
});

const unproven: readonly (readonly [string, (board: RigBoard) => void, string])[] = [
  ["the chip does not lock itself", (board) => board.misdeeds.neverLocks = true, "lock-missing"],
  ["flash can be read under reset", (board) => board.misdeeds.flashOpen = true, "lock-open"],
  ["a plain attach is answered", (board) => board.misdeeds.debugOpen = true, "debug-open"],
  ["the probe has lost contact", (board) => board.misdeeds.noAnswerUnderReset = "locked", "no-answer"],
  ["HELLO names another UID", (board) => board.misdeeds.otherUid = true, "bootloader-unfit"],
  ["nothing answers HELLO", (board) => board.misdeeds.silent = true, "bootloader-silent"],
];
for (const [name, misbehave, cause] of unproven) {
  Deno.test(`deliver() asks for no key when ${name} (P-12, P-45)`, async () => {
    const { office, station, board } = await rig();
    misbehave(board);
    assertEnd(await station.deliver(board), ["failed", cause, "reserved for this chip"]);
    assertNoKeyAskedFor(office, station);
  });
}

Deno.test("deliver() records whether RAM was readable and goes on either way (lock class 2)", async () => {
  for (const ramClosed of [false, true]) {
    const { station, board } = await rig();
    board.misdeeds.ramClosed = ramClosed;
    assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
    const proof = station.events.find((event) => event.kind === "lock-proven");
    assert.ok(proof?.kind === "lock-proven");
    assert.equal(proof.ramReadable, !ramClosed);
  }
});

const badTickets: readonly (readonly [string, (office: TestOffice) => void])[] = [
  ["a flipped signature bit", (office) => {
    office.alter = (reply) => ({
      ...reply,
      ticket: reply.ticket.slice(0, -2) + (reply.ticket.endsWith("00") ? "01" : "00"),
    });
  }],
  ["a flipped bit in the ticket", (office) => {
    office.alter = (reply) => ({
      ...reply,
      ticket: reply.ticket.slice(0, 250) + "ffff" + reply.ticket.slice(254),
    });
  }],
  [
    "another appliance's ticket",
    (office) => office.bend = (fields) => ({ ...fields, appliance: "ee".repeat(8) as never }),
  ],
  [
    "another product's ticket",
    (office) => office.bend = (fields) => ({ ...fields, product: "ee".repeat(8) as never }),
  ],
  [
    "another owner's ticket",
    (office) => office.bend = (fields) => ({ ...fields, owner: "ee".repeat(8) as never }),
  ],
  [
    "a ticket of an epoch before the key set's (P-61)",
    (office) => office.bend = (fields) => ({ ...fields, epoch: 6 }),
  ],
  ["a ticket for another UID", (office) => office.bend = (fields) => ({ ...fields, uidValue: random(16) })],
  ["a ticket for another family", (office) => office.bend = (fields) => ({ ...fields, family: 2 })],
  [
    "a ticket that is longer than the flash",
    (office) => office.bend = (fields) => ({ ...fields, length: 16_384 }),
  ],
  [
    "another release's digest",
    (office) => office.bend = (fields) => ({ ...fields, imageDigest: random(32) }),
  ],
  ["another ticket id than the reply's", (office) => {
    office.alter = (reply) => ({ ...reply, ticketId: "ee".repeat(16) as never });
  }],
  ["a ticket signed by a key that the root has not named (P-53)", (office) => {
    Object.defineProperty(office, "keySet", { value: { ...office.keySet, ticketKey: random(32) } });
  }],
];
for (const [name, spoil] of badTickets) {
  Deno.test(`deliver() touches nothing on ${name}`, async () => {
    const { office, station, board } = await rig();
    spoil(office);
    assertEnd(await station.deliver(board), ["failed", "ticket-unfit", "none used"]);
    assert.deepEqual([board.writes, office.calls.includes("message1")], [0, false]);
  });
}

Deno.test("deliver() at a starved order refuses with the authority's sentence when it is not to wait", async () => {
  const { office, station, board } = await rig();
  office.granted = 0;
  const result = await station.deliver(board);
  assertEnd(result, ["refused", "authority-quota-spent", "none used"]);
  assert.deepEqual([result.says, result.remedy], [
    "The order has no units left",
    "Ask the owner to raise the order",
  ]);
  assert.equal(board.writes, 0);
});

for (
  const code of [
    "quota-spent",
    "order-frozen",
    "order-missing",
    "order-expired",
    "appliance-stopped",
  ] as const
) {
  Deno.test(`deliver() waits while the authority says ${code}, and continues by itself`, async () => {
    const { office, station, board } = await rig();
    station.patient = true;
    office.refuse = code;
    let asked = 0;
    const ticket = office.ticket.bind(office);
    office.ticket = (request) => {
      if (++asked === 4) office.refuse = null;
      return ticket(request);
    };
    assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
    const waits = station.events.filter(({ kind }) => kind === "waiting");
    assert.deepEqual([waits.length, asked], [1, 4]);
    assert.ok(waits[0]?.kind === "waiting" && waits[0].says.length > 0);
  });
}

Deno.test("deliver() does not wait on a refusal that is about this chip or this appliance", async () => {
  for (const code of ["uid-denied", "appliance-revoked", "chip-wrong"] as RefusalCode[]) {
    const { office, station, board } = await rig();
    station.patient = true;
    office.refuse = code;
    assertEnd(await station.deliver(board), ["refused", `authority-${code}`, "none used"]);
  }
});

Deno.test("deliver() waits for a network that is away, when it may", async () => {
  const { office, station, board } = await rig();
  office.down.add("ticket");
  assertEnd(await station.deliver(board), ["failed", "authority-unreachable", "none used"]);
  station.patient = true;
  station.onWait = () => office.down.clear();
  assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
});

Deno.test("deliver() waits for a release that cannot be fetched yet, and asks for a key once more when an answer is lost", async () => {
  const { office, station, board, uid } = await rig();
  station.patient = true;
  office.down.add("releaseContent");
  station.onWait = () => office.down.clear();
  const message1 = office.message1.bind(office);
  office.message1 = async (ticketId, request) => {
    const answer = await message1(ticketId, request);
    if (office.units.get(uid)?.message2.length !== 1) return answer;
    throw new Fault("Cannot reach the owner's server: the answer was lost", {
      place: "authority",
      retry: true,
    });
  };
  assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
  assert.equal(office.units.get(uid)?.message2.length, 2);
});

Deno.test("reportReceipt() may be asked twice at once: one commit stands in the record", async () => {
  const { office, station, board, uid } = await rig();
  office.down.add("receipt");
  await station.deliver(board);
  office.down.clear();
  const [waiting] = station.journal.unreported();
  assert.ok(waiting);
  const ports = station.ports(board);
  const reports = await Promise.all([
    reportReceipt(ports, waiting, never),
    reportReceipt(ports, waiting, never),
  ]);
  assert.ok(reports.every((report) => "committed" in report));
  const commits = station.journal.records().filter(({ kind }) => kind === "committed");
  assert.deepEqual([commits.length, station.journal.isCommitted(uid)], [1, true]);
});

Deno.test("deliver() tells what the loop for waiting receipts was quicker to record: committed, with its certificate", async () => {
  const { office, station, board } = await rig();
  const ports = station.ports.bind(station);
  station.ports = (of) => {
    const given = ports(of);
    const emit: typeof given.emit = (event) => {
      given.emit(event);
      const [waiting] = event.kind === "receipt" ? station.journal.unreported() : [];
      if (waiting !== undefined) void reportReceipt(given, waiting, never);
    };
    return { ...given, emit };
  };
  const result = await station.deliver(board);
  assertEnd(result, ["delivered", null, "committed"]);
  assert.match(result.certificate ?? "", /^[0-9a-f]+$/);
  assert.equal(office.calls.filter((call) => call === "receipt").length, 1, "the loop was not quicker");
  assert.equal(station.events.filter(({ kind }) => kind === "committed").length, 1);
});

Deno.test("deliver() erases nothing when another board lies there after a wait", async () => {
  const { office, station, board } = await rig();
  station.patient = true;
  office.granted = 0;
  station.onWait = () => {
    office.granted = 1;
    board.misdeeds.reads.set(0x1fff_7590, random(12));
  };
  assertEnd(await station.deliver(board), ["refused", "chip-swapped", "reserved for this chip"]);
  assert.equal(board.writes, 0);
});

Deno.test("deliver() takes its own chip up again after each kind of break, on the same ticket and unit", async () => {
  const breaks: readonly (readonly [string, (board: RigBoard, office: TestOffice) => void])[] = [
    ["installing", (board) => board.misdeeds.failAfterWrites = 40],
    ["restartable", (_, office) => office.down.add("message1")],
    ["silent", (board) =>
      board.onFrame = (type) => {
        if (type === FRAME_TYPES.CHUNK) board.misdeeds.silent = true;
      }],
  ];
  for (const [state, spoil] of breaks) {
    const { office, station, board } = await rig();
    spoil(board, office);
    const first = await station.deliver(board);
    assert.equal(first.outcome, "failed", state);
    assert.equal(station.journal.openTicket(board.uid.toHex())?.eraseBegun, true);
    board.misdeeds.failAfterWrites = Infinity;
    board.misdeeds.silent = false;
    board.onFrame = () => {};
    office.down.clear();
    const second = await station.deliver(board);
    assertEnd(second, ["delivered", null, "committed"]);
    assert.deepEqual([second.ticketId, office.used], [first.ticketId, 1], state);
    assert.ok(station.events.some(({ kind }) => kind === "own-chip"));
  }
});

Deno.test("deliver() says so when its own chip cannot be unlocked, and asks for no key", async () => {
  const { office, station, board } = await rig();
  office.down.add("message1");
  await station.deliver(board);
  office.down.clear();
  office.calls.length = 0;
  board.misdeeds.unlockFails = true;
  assertEnd(await station.deliver(board), ["failed", "unlock-failed", "reserved for this chip"]);
  assert.ok(!office.calls.includes("message1"));
});

Deno.test("deliver() retransmits what the wire flips, drops or repeats, and gives each chunk once (P-5 to P-10)", async () => {
  for (const fault of ["drop", "repeat", "flip"] as const) {
    const { office, station, board } = await rig();
    let hits = 0;
    // Every third frame in both directions: no five in a row.
    station.faults = ({ index }) => {
      if (index % 3 !== 1) return "pass";
      hits++;
      return fault === "flip" ? { flip: index * 37 + 16 } : fault;
    };
    assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
    assert.ok(hits >= 8, `only ${hits} frames were hit`);
    assert.deepEqual([office.used, board.target?.state], [1, "started"]);
  }
});

Deno.test("deliver() keeps the unit keyed when no receipt comes: a device may exist, and the same board may try again", async () => {
  const { office, station, board, uid } = await rig();
  let chunks = 0;
  board.onFrame = (type) => {
    if (type === FRAME_TYPES.CHUNK) chunks++;
  };
  station.faults = ({ direction }) =>
    direction === "rx" && chunks >= office.descriptor.count ? "drop" : "pass";
  const first = await station.deliver(board);
  assertEnd(first, ["failed", "receipt-missing", KEYED]);
  assert.match(first.says ?? "", /^A device may exist/);
  assert.deepEqual([office.units.get(uid)?.message2.length, office.units.get(uid)?.committed], [1, false]);
  station.faults = null;
  const second = await station.deliver(board);
  assertEnd(second, ["delivered", null, "committed"]);
  assert.deepEqual([second.ticketId, office.used, office.units.get(uid)?.message2.length], [
    first.ticketId,
    1,
    2,
  ]);
});

Deno.test("deliver() stops at the fourth message 2 of a ticket", async () => {
  const { office, station, board } = await rig();
  board.onFrame = (type) => board.misdeeds.silent = type === FRAME_TYPES.MESSAGE2;
  for (let attempt = 0; attempt < 3; attempt++) {
    board.misdeeds.silent = false;
    assertEnd(await station.deliver(board), ["failed", "receipt-missing", KEYED]);
  }
  board.misdeeds.silent = false;
  assertEnd(await station.deliver(board), ["refused", "authority-message2-limit", KEYED]);
  assert.equal(office.used, 1);
});

Deno.test("deliver() ends as failed when the authority does not accept the receipt; the unit stays keyed", async () => {
  const { office, station, board, uid } = await rig();
  office.misremember = true;
  assertEnd(await station.deliver(board), ["failed", "receipt-refused", KEYED]);
  assert.deepEqual([station.journal.isCommitted(uid), station.journal.unreported()], [false, []]);
});

Deno.test("deliver() puts no message 2 on the link whose key record is of another one (P-63)", async () => {
  const { office, station, board, uid } = await rig();
  office.misnumber = true;
  const result = await station.deliver(board);
  assert.deepEqual([result.outcome, result.cause], ["failed", "authority-unfit"]);
  assert.equal(station.journal.openTicket(uid)?.message2, 0);
  assert.equal(station.journal.epochs.newest(), null);
  office.misnumber = false;
  assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
  assert.deepEqual(station.journal.epochs.keyRecords(result.ticketId ?? "").map(({ number }) => number), [2]);
});

Deno.test("deliver() keeps a receipt that a restored authority does not know yet: it is pending, not refused (P-63)", async () => {
  const { office, station, board, uid } = await rig();
  office.forgotten = true;
  assertEnd(await station.deliver(board), ["delivered", null, KEYED]);
  assert.deepEqual(station.journal.unreported().map((ticket) => ticket.uid), [uid]);
  office.forgotten = false;
});

Deno.test("deliver() takes no ticket of an epoch below one that it has heard of (P-61)", async () => {
  const { station, board } = await rig();
  station.journal.epochs.hear(8);
  const result = await station.deliver(board);
  assert.deepEqual([result.outcome, result.cause], ["failed", "ticket-unfit"]);
  assert.equal(board.writes, 0);
});

Deno.test("deliver() delivers when only the report is missing; the receipt is reported later from the record", async () => {
  const { office, station, board, uid } = await rig();
  office.down.add("receipt");
  const result = await station.deliver(board);
  assertEnd(result, ["delivered", null, KEYED]);
  const [waiting] = station.journal.unreported();
  assert.equal(waiting?.uid, uid);
  // The same board again in the meantime is not touched.
  const writes = board.writes;
  assertEnd(await station.deliver(board), ["refused", "delivered-already", "committed"]);
  assert.equal(board.writes, writes);
  office.down.clear();
  const report = await reportReceipt(station.ports(board), waiting, never);
  assert.ok("committed" in report);
  assert.deepEqual([station.journal.isCommitted(uid), station.journal.unreported()], [true, []]);
});

Deno.test("deliver() refuses a chip that it has delivered", async () => {
  const { office, station, board } = await rig();
  await station.deliver(board);
  const writes = board.writes;
  assertEnd(await station.deliver(board), ["refused", "delivered-already", "committed"]);
  assert.deepEqual([board.writes, office.used], [writes, 1]);
});

Deno.test("deliver() ends the link capture at the answer to ACK, also when BYE is lost and the firmware speaks (D§12)", async () => {
  for (const isLost of [false, true]) {
    const { station, board } = await rig();
    station.listenMs = 100;
    const words = new TextEncoder().encode("The firmware speaks on the same wire");
    const plain = board.receive.bind(board);
    let said = false;
    board.receive = async (untilMs, signal) => {
      const bytes = await plain(untilMs, signal);
      if (board.target?.state !== "started" || said) return bytes;
      said = true;
      return isLost ? words : concat(bytes, words);
    };
    assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
    const heard = concat(
      ...station.wiretap.filter(({ direction }) => direction === "rx").map(({ bytes }) => bytes),
    );
    const firmware = concat(...station.firmware);
    const text = new TextDecoder().decode(firmware);
    assert.equal(text, isLost ? "ware speaks on the same wire" : "The firmware speaks on the same wire");
    assert.ok(!new TextDecoder().decode(heard).includes("speaks"));
    assert.equal(heard.at(-5) === FRAME_TYPES.BYE, !isLost);
  }
});

Deno.test("deliver() ends as stopped when its signal is aborted, and the chip is taken up again", async () => {
  const { office, station, board } = await rig();
  board.onFrame = (type) => {
    if (type === FRAME_TYPES.CHUNK) station.stop.abort();
  };
  assertEnd(await station.deliver(board), ["failed", "stopped", KEYED]);
  board.onFrame = () => {};
  station.stop = new AbortController();
  assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
  assert.equal(office.used, 1);
});

Deno.test("deliver() leaves no transport key in events or record, and a chain that holds", async () => {
  const { office, station, board } = await rig();
  const keys: string[] = [];
  const message1 = office.message1.bind(office);
  office.message1 = async (ticketId, request) => {
    const answer = await message1(ticketId, request);
    if ("granted" in answer) {
      keys.push(...Object.values(answer.granted.transport), answer.granted.message2.slice(0, 64));
    }
    return answer;
  };
  await station.deliver(board);
  const told = JSON.stringify(station.events) + JSON.stringify(station.journal.deliveries(10)) +
    JSON.stringify(station.journal.records());
  assert.equal(keys.length, 3);
  for (const key of keys) assert.ok(!told.includes(key), "a secret was told");
  const chain = station.journal.checkChain();
  assert.ok("head" in chain && chain.count > 10);
  assert.equal(ids.product.length, 16);
});
