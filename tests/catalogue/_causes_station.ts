/**
 * Causes on the rig's station, first half: what the chip, the probe and the lock bring about.
 *
 * @module
 */
import type { UnitEffect } from "../../agent/delivery/causes.ts";
import { FRAME_TYPES, padUid, parseUid } from "../../bootloader/wire/mod.ts";
import { OfflineOffice } from "../../agent/vault/mod.ts";
import { createOffice } from "../../agent/sync/mod.ts";
import { borrow, Lender, openVault, type Terms } from "../unit/agent/vault/lender.ts";
import { random, TestOffice } from "../unit/agent/delivery/office.ts";
import { freshUid, Rig, RigBoard } from "../unit/agent/delivery/rig.ts";

/** How a delivery ended. */
export interface Ended {
  readonly outcome: string | null;
  readonly cause: string | null;
  readonly unit: UnitEffect;
}

/** A station with one board in it. */
export interface Place {
  readonly office: TestOffice;
  readonly station: Rig;
  readonly board: RigBoard;
}

/** Brings a cause about. */
export type Provocation = (place: Place) => Promise<Ended>;

/** Makes a station; its office has a few units. */
export async function makePlace(): Promise<Place> {
  const office = await new TestOffice().ready();
  return { office, station: new Rig(office), board: new RigBoard(freshUid()) };
}

/** Delivers once after the board or the office was spoilt. */
function spoilt(spoil: (place: Place) => void): Provocation {
  return (place) => {
    spoil(place);
    return place.station.deliver(place.board);
  };
}

/** Delivers, breaks it off so that the chip is this appliance's own, spoils, and delivers again. */
function takenUpAgain(breakOff: (place: Place) => void, spoil: (place: Place) => void): Provocation {
  return async (place) => {
    const { office, station, board } = place;
    breakOff(place);
    await station.deliver(board);
    board.misdeeds.failAfterWrites = Infinity;
    office.down.clear();
    spoil(place);
    return await station.deliver(board);
  };
}

const [IDCODE, UID_AT, OPTR, CR, FLASH] = [0x4001_5800, 0x1fff_7590, 0x4002_2020, 0x4002_2014, 0x0800_0000];
const UNFIT_OPTIONS = Uint8Array.fromHex("aafefffe");
const whileInstalling = ({ board }: Place) => board.misdeeds.failAfterWrites = 40;
const whileLocked = ({ office }: Place) => office.down.add("message1");

/** A station that works on what was lent, while the owner's server is away. */
function cutOff(units: number, terms: Terms = {}, laterSeconds = 0): Provocation {
  return async () => {
    const lender = await Lender.make();
    const { office } = lender;
    const station = new Rig(office);
    const world = openVault(lender, { book: () => station.journal.leases });
    borrow(lender, { ...world, journal: station.journal }, units, terms);
    const offline = new OfflineOffice(world.vault, () => world.now);
    station.keyHolder = createOffice({
      client: office,
      vault: world.vault,
      offline,
      journal: station.journal,
    });
    const { release, bytes } = office.descriptor;
    const content = await office.releaseContent(release, { offset: 0, length: bytes });
    if ("granted" in content) await station.releases.keep(office.descriptor, content.granted);
    for (const call of ["ticket", "message1", "receipt", "failure", "releaseContent"]) office.down.add(call);
    world.now += laterSeconds;
    let last = await station.deliver(new RigBoard(freshUid()));
    while (last.outcome === "delivered") last = await station.deliver(new RigBoard(freshUid()));
    return last;
  };
}

/** Chip, probe, ticket, lock, and what is lent. */
export const stationCauses = {
  "chip-unknown": spoilt(({ board }) => board.misdeeds.reads.set(IDCODE, Uint8Array.fromHex("68040010"))),
  "uid-invalid": spoilt(({ board }) => board.misdeeds.reads.set(UID_AT, new Uint8Array(12))),
  "options-unfit": spoilt(({ board }) => board.misdeeds.reads.set(OPTR, UNFIT_OPTIONS)),
  "not-blank": spoilt(({ board }) => board.mcu.plantFlash(4096, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))),
  "locked-unknown": spoilt(({ board }) => board.locked = true),
  "chip-swapped": spoilt(({ office, station, board }) => {
    station.patient = true;
    office.granted = 0;
    station.onWait = () => {
      office.granted = 1;
      board.misdeeds.reads.set(UID_AT, random(12));
    };
  }),
  "delivered-already": takenUpAgain(() => {}, () => {}),
  "no-answer": spoilt(({ board }) => board.misdeeds.noAnswerUnderReset = "always"),
  "probe-fault": spoilt(whileInstalling),
  "unlock-failed": takenUpAgain(whileLocked, ({ board }) => board.misdeeds.unlockFails = true),
  "options-torn": takenUpAgain(whileLocked, ({ board }) => {
    board.onWrite = (address, bytes) => {
      // The unlock is the option write that is torn.
      if (address === CR && bytes[3] === 0x08) board.misdeeds.reads.set(OPTR, UNFIT_OPTIONS);
    };
  }),
  "erase-failed": takenUpAgain(
    whileInstalling,
    ({ board }) => board.misdeeds.reads.set(FLASH, new Uint8Array(8192)),
  ),
  "readback-differs": spoilt(({ board }) => board.misdeeds.badByte = 300),
  "ticket-unfit": spoilt(({ office }) => office.bend = (fields) => ({ ...fields, family: 2 })),
  "offline-spent": cutOff(1),
  "offline-over": cutOff(1, {}, 86_400),
  "offline-not-listed": cutOff(1, {
    uidValue: padUid(parseUid("5a".repeat(12))),
    uidMask: new Uint8Array(16).fill(0xff),
  }),
  "bootloader-silent": spoilt(({ board }) => board.misdeeds.silent = true),
  "bootloader-unfit": spoilt(({ board }) => board.misdeeds.otherUid = true),
  "lock-missing": spoilt(({ board }) => board.misdeeds.neverLocks = true),
  "lock-open": spoilt(({ board }) => board.misdeeds.flashOpen = true),
  "debug-open": spoilt(({ board }) => board.misdeeds.debugOpen = true),
  "link-silent": spoilt(({ board }) => {
    board.onFrame = (type) => {
      if (type === FRAME_TYPES.TICKET) board.misdeeds.silent = true;
    };
  }),
} as const satisfies Readonly<Record<string, Provocation>>;
