import assert from "node:assert/strict";
import { createProbe, type DebugPort, type FoundChip, type Probe } from "../../../../agent/probe/mod.ts";
import { createModelChannel } from "../../../../agent/link/model/mod.ts";
import { createModelPort } from "../../../../agent/probe/model/mod.ts";
import { type ChipName, Mcu } from "../../../../bootloader/mcu/mod.ts";
import { Fault } from "../../../../bootloader/wire/mod.ts";

const never = new AbortController().signal;
const uid = Uint8Array.from({ length: 12 }, (_, index) => 0x30 + index);

/** Pseudo-random bytes that repeat: an xorshift, so that a failing run can be run again. */
function repeatable(seed: number) {
  let state = seed;
  return (length: number) =>
    Uint8Array.from({ length }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state & 0xff;
    });
}

function bench(chip: ChipName = "stm32g0-8k") {
  const mcu = new Mcu({ chip, uid, random: repeatable(7) });
  const port = createModelPort(mcu, { name: "model" });
  return { mcu, port, probe: createProbe(port) };
}

async function attached(probe: Probe): Promise<FoundChip> {
  await probe.cyclePower(never);
  assert.equal(await probe.attach("under-reset", never), "answers");
  const identity = await probe.identify(never);
  assert.ok("found" in identity);
  return identity.found;
}

/** Writes the option word over the debug port, as RM0444 section 3.4.2 says, and cycles power. */
async function writeOptions(port: DebugPort, probe: Probe, optr: number) {
  const limits = { deadlineMs: 1000, signal: never };
  const write = async (address: number, value: number) => {
    const bytes = new Uint8Array(Uint32Array.of(value).buffer);
    assert.deepEqual(await port.write(address, bytes, limits), { written: true });
  };
  for (const [address, value] of [[0x4002_2008, 0x4567_0123], [0x4002_2008, 0xcdef_89ab]] as const) {
    await write(address, value);
  }
  await write(0x4002_200c, 0x0819_2a3b);
  await write(0x4002_200c, 0x4c5d_6e7f);
  await write(0x4002_2020, optr);
  await write(0x4002_2014, 1 << 17);
  await port.pause(100, never);
  await probe.cyclePower(never);
}

for (const [chip, flashKb] of [["stm32g0-8k", 8], ["stm32g0-64k", 64]] as const) {
  Deno.test(`identify() names ${chip}, its UID and its options`, async () => {
    const { probe, mcu } = bench(chip);
    const found = await attached(probe);
    assert.deepEqual(
      [found.name, found.flashKb, found.chipId, found.uid, found.lock, found.ramBytes],
      [chip, flashKb, 0x466, uid.toHex(), 0, 8192],
    );
    assert.equal(found.options["FLASH_OPTR"], 0xffff_feaa);
    assert.deepEqual(found.family.judgeOptions(found.options), []);
    assert.deepEqual(mcu.reports, []);
  });
}

Deno.test("program() writes through the flash controller what readFlash() gives back, and erase() undoes it", async () => {
  const { probe, mcu } = bench();
  const chip = await attached(probe);
  const bytes = repeatable(3)(4096 + 16);
  bytes.fill(0xff, 64, 128);
  await probe.program({ offset: 2048, bytes }, never);
  const expected = new Uint8Array(8192).fill(0xff);
  expected.set(bytes, 2048);
  const read = await probe.readFlash(chip, never);
  assert.ok("data" in read);
  assert.deepEqual(read.data, expected);
  assert.deepEqual(mcu.flash, expected);
  await probe.erase(never);
  assert.deepEqual(mcu.flash, new Uint8Array(8192).fill(0xff));
  // An all-0xFF word must not have been programmed: it could never be changed again.
  await probe.program({ offset: 2048 + 64, bytes: new Uint8Array(64) }, never);
  assert.deepEqual(mcu.reports, []);
});

Deno.test("program() names the address when a word is not blank", async () => {
  const { probe } = bench();
  await attached(probe);
  await probe.program({ offset: 8, bytes: new Uint8Array(8).fill(1) }, never);
  await assert.rejects(
    probe.program({ offset: 8, bytes: new Uint8Array(8).fill(2) }, never),
    (error: unknown) => {
      assert.ok(error instanceof Fault && error.place === "probe");
      assert.match(
        error.message,
        /^Cannot program flash at 0x08000008: the flash controller reports .*PROGERR/,
      );
      return true;
    },
  );
});

Deno.test("a chip at level 1 answers under reset, keeps its flash closed, and unlock() makes it blank", async () => {
  const { probe, port, mcu } = bench();
  const chip = await attached(probe);
  await probe.program({ offset: 0, bytes: repeatable(5)(8192) }, never);
  await writeOptions(port, probe, 0xffff_febb);
  assert.equal(mcu.truth.level, 1);
  const locked = await attached(probe);
  assert.deepEqual([locked.lock, locked.uid], [1, chip.uid]);
  assert.equal(await probe.tryFlash(locked, never), "closed");
  assert.equal(await probe.tryRam(locked, never), "readable");
  assert.ok("closed" in await probe.readFlash(locked, never));
  await probe.unlock(never);
  const open = await attached(probe);
  assert.equal(open.lock, 0);
  assert.deepEqual(mcu.flash, new Uint8Array(8192).fill(0xff));
  assert.equal(open.options["FLASH_OPTR"], 0xffff_feaa);
});

Deno.test("a chip at level 2 gives no answer, not even under reset", async () => {
  const { probe, port } = bench();
  await attached(probe);
  await writeOptions(port, probe, 0xffff_fecc);
  assert.equal(await probe.attach("plain", never), "no-answer");
  assert.equal(await probe.attach("under-reset", never), "no-answer");
});

Deno.test("a board without supply gives no answer", async () => {
  const { probe } = bench();
  await probe.powerOff(never);
  assert.equal(await probe.attach("plain", never), "no-answer");
});

Deno.test("observe() shows the data of every memory transfer in order", async () => {
  const { probe } = bench();
  const chip = await attached(probe);
  const seen: [string, string][] = [];
  probe.observe((direction, bytes) => seen.push([direction, bytes.toHex()]));
  await probe.program({ offset: 16, bytes: Uint8Array.fromHex("0102030405060708") }, never);
  const tx = seen.filter(([direction]) => direction === "tx").map(([, hex]) => hex);
  assert.ok(tx.includes("0102030405060708"));
  assert.deepEqual(tx.slice(0, 2), ["23016745", "ab89efcd"]);
  await probe.readFlash(chip, never);
  assert.ok(seen.some(([direction, hex]) => direction === "rx" && hex.includes("0102030405060708")));
  probe.observe(null);
  const count = seen.length;
  await probe.readFlash(chip, never);
  assert.equal(seen.length, count);
});

Deno.test("an operation ends between two transfers when its signal is aborted", async () => {
  const { probe } = bench("stm32g0-64k");
  const chip = await attached(probe);
  const stop = new AbortController();
  const reading = probe.readFlash(chip, stop.signal);
  stop.abort(new DOMException("stopped", "AbortError"));
  await assert.rejects(reading, /stopped/);
});

Deno.test("modelled time is the same number in every run", async () => {
  const times: number[] = [];
  for (let run = 0; run < 2; run++) {
    const { probe } = bench();
    await attached(probe);
    await probe.erase(never);
    await probe.program({ offset: 0, bytes: repeatable(9)(1024) }, never);
    times.push(probe.nowMs());
  }
  assert.equal(times[0], times[1]);
});

Deno.test("the model's channel lets time reach each deadline, however odd, and returns", async () => {
  const { mcu } = bench();
  mcu.powerOn();
  const channel = createModelChannel(mcu);
  for (let turn = 1; turn <= 200; turn++) {
    const untilMs = channel.nowMs() + turn / 7;
    assert.equal((await channel.receive(untilMs, never)).length, 0);
    assert.ok(channel.nowMs() >= untilMs, `at ${channel.nowMs()} before ${untilMs}`);
  }
});
