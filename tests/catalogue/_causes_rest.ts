/**
 * Causes on the rig's station, second half: the office, the conversation with the chip, and the appliance itself.
 *
 * @module
 */
import type { ReleaseStore } from "../../agent/journal/mod.ts";
import { ReleaseStore as StoreOnDisk } from "../../agent/journal/mod.ts";
import { Defect, encodeFrame, FRAME_TYPES, frameName } from "../../bootloader/wire/mod.ts";
import { deliver, type DeliveryPorts } from "../../agent/delivery/mod.ts";
import type { Ended, Place, Provocation } from "./_causes_station.ts";

const WIRING = { uart: 2, txPin: 2, rxPin: 3, alternate: 1 };

/** Delivers with other ports than the rig's own. */
function withPorts(change: (ports: DeliveryPorts, place: Place) => Partial<DeliveryPorts>): Provocation {
  return (place) => {
    const { station, board, office } = place;
    const ports = station.ports(board);
    const never = new AbortController().signal;
    return deliver({ ...ports, ...change(ports, place) }, {
      station: "station-1",
      product: office.descriptor.product,
      wiring: WIRING,
      patient: false,
      listenMs: 0,
      stopping: never,
      signal: never,
    });
  };
}

/** Delivers while one frame of the chip says something else, with a right CRC. */
function answering(name: string, at: (place: Place) => number, body: Uint8Array): Provocation {
  return (place) => {
    const { station, board } = place;
    const receive = board.receive.bind(board);
    let seen = 0;
    board.receive = async (untilMs, signal) => {
      const bytes = await receive(untilMs, signal);
      if (bytes.length < 8 || frameName(bytes[3]!) !== name || ++seen < at(place)) return bytes;
      return encodeFrame({ sequence: bytes[2]!, type: bytes[3]!, body });
    };
    return station.deliver(board);
  };
}

/** The release, the answers of the owner's server, the last messages, and the appliance. */
export const restCauses = {
  "release-unfit": ({ office, station, board }) => {
    const content = office.releaseContent.bind(office);
    office.releaseContent = async (...asked) => {
      const answer = await content(...asked);
      if ("granted" in answer) answer.granted[7]! ^= 1;
      return answer;
    };
    return station.deliver(board);
  },
  "authority-unreachable": ({ office, station, board }) => {
    office.down.add("ticket");
    return station.deliver(board);
  },
  "authority-unfit": ({ office, station, board }) => {
    office.misnumber = true;
    return station.deliver(board);
  },
  "chip-refused": ({ office, station, board }) => {
    const message1 = office.message1.bind(office);
    office.message1 = async (...asked) => {
      const answer = await message1(...asked);
      if (!("granted" in answer)) return answer;
      const bytes = Uint8Array.fromHex(answer.granted.message2);
      bytes[40]! ^= 1;
      return { ...answer, granted: { ...answer.granted, message2: bytes.toHex() } };
    };
    return station.deliver(board);
  },
  "chip-unfit": answering("MESSAGE1", () => 1, new Uint8Array(3)),
  "receipt-missing": ({ office, station, board }) => {
    let chunks = 0;
    board.onFrame = (type) => {
      if (type === FRAME_TYPES.CHUNK) chunks++;
    };
    station.faults = ({ direction }) =>
      direction === "rx" && chunks >= office.descriptor.count ? "drop" : "pass";
    return station.deliver(board);
  },
  "receipt-unfit": answering("RECEIPT", () => 1, new Uint8Array(116).fill(7)),
  "receipt-refused": ({ office, station, board }) => {
    office.misremember = true;
    return station.deliver(board);
  },
  "phase-deadline": withPorts((ports, { office }) => {
    // The owner's server never answers for a ticket; the phase's deadline is over at once.
    const hanging: typeof office.ticket = (...asked: unknown[]) => {
      const { signal } = asked[1] as { readonly signal: AbortSignal };
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    return {
      office: Object.assign(Object.create(office), { ticket: hanging }),
      pause: (ms, signal) => ms === 30_000 ? Promise.resolve() : ports.pause(ms, signal),
    };
  }),
  "disk-fault": withPorts((_, { station }) => ({
    releases: new StoreOnDisk("/nonexistent/releases", station.journal) as ReleaseStore,
  })),
  "stopped": ({ station, board }) => {
    board.onFrame = (type) => {
      if (type === FRAME_TYPES.CHUNK) station.stop.abort();
    };
    return station.deliver(board);
  },
  "interrupted": ({ station }): Promise<Ended> => {
    // What the record has after the appliance went off in the middle: `openAppliance` ends it so at the next start.
    station.journal.startDelivery("station-1", "attach");
    station.journal.endInterrupted("interrupted");
    const [record] = station.journal.deliveries(1);
    return Promise.resolve({
      outcome: record?.outcome ?? null,
      cause: record?.cause ?? null,
      unit: "none used",
    });
  },
  "defect": withPorts(() => ({
    bootloaderFor: () => {
      throw new Defect("a mistake of ours");
    },
  })),
} as const satisfies Readonly<Record<string, Provocation>>;
