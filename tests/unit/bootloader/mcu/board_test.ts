/** A board as a file, power events and power cuts. @module */
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import {
  BOARD_LAYOUT,
  BoardError,
  type BoardStore,
  type Cut,
  readBoard,
} from "../../../../bootloader/mcu/mod.ts";
import {
  CR,
  erasePage,
  faults,
  FLASH,
  makeMcu,
  makeRunning,
  peek,
  poke,
  powerCycle,
  program,
  programDoubleWord,
  R,
  seeded,
  settle,
  SR,
  unlock,
  words,
  writeOptr,
} from "./bench.ts";

const FREE = FLASH + 0x1000;

/** A disk: keeps bytes, as a file would. */
function disk(): BoardStore & { bytes: Uint8Array | null; writes: number } {
  return {
    bytes: null,
    writes: 0,
    load() {
      return this.bytes === null ? null : this.bytes.slice();
    },
    write(offset, bytes) {
      this.writes++;
      if (this.bytes === null) this.bytes = bytes.slice();
      else this.bytes.set(bytes, offset);
    },
  };
}

/** Does something that ends in a loss of power. */
function untilCut(act: () => void): void {
  try {
    act();
  } catch {
    // The core lost its power in the middle of the call; the cells are the evidence.
  }
}

Deno.test("Mcu keeps its board in the store as each operation completes", () => {
  const store = disk();
  const mcu = makeRunning({ store });
  unlock(mcu);
  programDoubleWord(mcu, FREE, 0x11111111, 0x22222222);
  const board = readBoard(store.bytes!);
  equal(board.chip, "stm32g0-8k");
  deepEqual(board.uid, Uint8Array.from({ length: 12 }, (_, i) => i + 1));
  deepEqual(board.flash.slice(0x1000, 0x1008), words(0x11111111, 0x22222222));
  deepEqual(store.bytes!.slice(BOARD_LAYOUT.flash + 0x1000, BOARD_LAYOUT.flash + 0x1004), words(0x11111111));
});

Deno.test("Mcu opens a board again with flash, marks, options and UID", () => {
  const store = disk();
  const first = makeRunning({ store });
  unlock(first);
  programDoubleWord(first, FREE, 0xffffffff, 0xffffffff);
  first.powerOff();
  const second = makeMcu({ store, uid: new Uint8Array(12).fill(99) });
  second.powerOn();
  equal(peek(second, 0x1fff7590), 0x04030201);
  unlock(second);
  ok((programDoubleWord(second, FREE, 1, 2) & SR.PROGERR) !== 0, "the all-ones mark is kept");
});

Deno.test("Mcu opens a board with the options that were written, even without an option load", () => {
  const store = disk();
  const mcu = makeRunning({ store });
  writeOptr(mcu, 0xfffffebb);
  const again = makeMcu({ store });
  again.powerOn();
  equal(again.truth.level, 1);
});

Deno.test("Mcu refuses a board of another chip, and bytes that are no board", () => {
  const store = disk();
  makeMcu({ store });
  throws(() => makeMcu({ store, chip: "stm32g0-64k" }), BoardError);
  const junk: BoardStore = { load: () => new Uint8Array(500), write: () => {} };
  throws(() => makeMcu({ store: junk }), BoardError);
  throws(() => makeMcu({ uid: new Uint8Array(4) }), BoardError);
});

Deno.test("Mcu counts and names each flash operation", () => {
  const mcu = makeRunning();
  const seen: string[] = [];
  mcu.onFlashOperation = (operation) => {
    seen.push(`${operation.number} ${operation.kind} ${operation.offset}`);
    return "go";
  };
  unlock(mcu);
  programDoubleWord(mcu, FREE, 1, 2);
  erasePage(mcu, 2);
  deepEqual(seen, ["1 program 4096", "2 erase-page 4096"]);
  equal(mcu.flashOperations, 2);
});

const OUTCOMES: readonly [Cut, (cell: Uint8Array) => boolean][] = [
  ["cut-before", (cell) => cell.every((byte) => byte === 0xff)],
  ["cut-after", (cell) => cell.every((byte) => byte === 0)],
  ["torn", (cell) => cell.some((byte) => byte !== 0xff) && cell.some((byte) => byte !== 0)],
];
for (const [cut, holds] of OUTCOMES) {
  Deno.test(`Mcu loses power at a flash operation: ${cut}`, () => {
    const mcu = makeRunning();
    unlock(mcu);
    poke(mcu, R.CR, CR.PG);
    poke(mcu, FREE, 0);
    mcu.onFlashOperation = () => cut;
    untilCut(() => {
      poke(mcu, FREE + 4, 0);
      settle(mcu);
    });
    equal(mcu.run({ nanos: 1000 }), "off");
    ok(holds(mcu.flash.slice(0x1000, 0x1008)));
  });
}

Deno.test("Mcu tears the operation in hand when the supply goes off", () => {
  const mcu = makeRunning();
  unlock(mcu);
  for (let i = 0; i < 8; i++) programDoubleWord(mcu, FREE + 8 * i, 0, 0);
  poke(mcu, R.CR, CR.PER | (2 << 3) | CR.STRT);
  mcu.powerOff();
  const page = mcu.flash.slice(0x1000, 0x1040);
  ok(page.some((byte) => byte !== 0) && page.some((byte) => byte !== 0xff));
});

Deno.test("A torn double word reads with an ECC error and raises NMI (RM0440 4.3.2)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.CR, CR.PG);
  poke(mcu, FREE, 0x5a5a5a5a);
  mcu.onFlashOperation = () => "torn";
  untilCut(() => {
    poke(mcu, FREE + 4, 0xa5a5a5a5);
    settle(mcu);
  });
  mcu.onFlashOperation = () => "go";
  mcu.powerOn();
  untilCut(() => void peek(mcu, FREE));
  equal(mcu.truth.xpsr & 63, 2, "the core is in its NMI handler");
  equal(peek(mcu, R.ECCR) >>> 0, (0x80000000 | (0x1000 >>> 3)) >>> 0);
});

Deno.test("A core that runs into a torn double word gets an NMI, after each reset again (RM0440 4.3.2)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.CR, CR.PG);
  // Eight bytes of NOPs at 0x80, torn; code falls into them from 0x7c.
  poke(mcu, FLASH + 0x80, 0xbf00bf00);
  mcu.onFlashOperation = () => "torn";
  untilCut(() => {
    poke(mcu, FLASH + 0x84, 0xbf00bf00);
    settle(mcu);
  });
  mcu.onFlashOperation = () => "go";
  mcu.plantFlash(0, program(new Array<number>(32).fill(0xbf00), { 2: FLASH + 0x101 }));
  mcu.plantFlash(0x100, Uint8Array.of(0xfe, 0xe7));
  for (const start of [() => mcu.powerOn(), () => (mcu.holdReset(true), mcu.holdReset(false))]) {
    start();
    mcu.run({ cycles: 200 });
    equal(mcu.truth.xpsr & 63, 2);
    equal(mcu.truth.registers[15], FLASH + 0x100);
  }
});

Deno.test("A torn double word is healed by an erase", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.CR, CR.PG);
  poke(mcu, FREE, 0x5a5a5a5a);
  mcu.onFlashOperation = () => "torn";
  untilCut(() => {
    poke(mcu, FREE + 4, 0xa5a5a5a5);
    settle(mcu);
  });
  mcu.onFlashOperation = () => "go";
  mcu.powerOn();
  unlock(mcu);
  erasePage(mcu, 2);
  equal(peek(mcu, FREE), 0xffffffff);
  equal(peek(mcu, R.ECCR), 0);
  equal(programDoubleWord(mcu, FREE, 1, 2) & 0x3f8, 0);
});

Deno.test("SRAM is junk after a loss of power and kept over NRST", () => {
  const mcu = makeRunning();
  mcu.plantRam(0, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  mcu.holdReset(true);
  mcu.run({ nanos: 1000 });
  equal(mcu.run({ nanos: 1000 }), "held-in-reset");
  mcu.holdReset(false);
  deepEqual(mcu.ram.slice(0, 8), Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  powerCycle(mcu);
  ok(mcu.ram.slice(0, 8).some((byte, i) => byte !== i + 1));
});

Deno.test("RCC_CSR tells power-on from NRST, and RMVF clears it (RM0444 5.4.23)", () => {
  const mcu = makeRunning();
  const flags = () => peek(mcu, 0x40021060) >>> 24;
  equal(flags(), 0x0c);
  poke(mcu, 0x40021060, 1 << 23);
  equal(flags(), 0);
  mcu.holdReset(true);
  mcu.holdReset(false);
  equal(flags(), 0x04);
});

Deno.test("Mcu without power: time passes, nothing answers", () => {
  const mcu = makeMcu();
  const before = mcu.nanos;
  equal(mcu.run({ nanos: 5000 }), "off");
  equal(mcu.nanos - before, 5000);
  equal(mcu.debug.attach({ underReset: true }), false);
  throws(() => mcu.call(FLASH, [], { maxCycles: 10 }), /no power/);
});

Deno.test("Snapshot: a restored chip does byte for byte what the first one did", () => {
  const mcu = makeRunning({ random: seeded(5) });
  unlock(mcu);
  poke(mcu, R.CR, CR.PG);
  poke(mcu, FREE, 0x01020304);
  mcu.uart.send(Uint8Array.of(1, 2, 3));
  const saved = mcu.snapshot();
  const finish = () => {
    poke(mcu, FREE + 4, 0x05060708);
    settle(mcu);
    return { flash: mcu.flash, ram: mcu.ram, cycles: mcu.cycles, nanos: mcu.nanos, truth: mcu.truth };
  };
  const first = finish();
  mcu.restore(saved);
  deepEqual(finish(), first);
  deepEqual(mcu.flash.slice(0x1000, 0x1008), words(0x01020304, 0x05060708));
  throws(() => makeMcu({ chip: "stm32g0-64k" }).restore(saved), RangeError);
});

Deno.test("Mcu is the same number on every run: two chips from one seed agree on every cycle", () => {
  const run = () => {
    const mcu = makeMcu({ random: seeded(3) });
    mcu.plantFlash(0, program([0x2020, 0x0600, 0x6801, 0x3101, 0x6001, 0xe7fb]));
    mcu.powerOn();
    mcu.run({ nanos: 3_000_000 });
    return { cycles: mcu.cycles, nanos: mcu.nanos, ram: mcu.ram };
  };
  deepEqual(run(), run());
});

Deno.test("Bus: an address that nothing answers faults and is reported with its program counter", () => {
  const mcu = makeRunning();
  ok(faults(mcu, "ldr", 0x60000000));
  const [report] = mcu.reports;
  equal(report!.address, 0x60000000);
  equal(report!.pc, 0x20001000);
  ok(faults(mcu, "ldr", 0x60000000));
  equal(mcu.reports.length, 1);
  equal(mcu.reports[0]!.count, 2);
});
