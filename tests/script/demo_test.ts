/**
 * `demo` as a newcomer runs it: the real processes, HTTPS, the real bootloader's machine code on model boards. Each test
 * reads the result from the JSON that the command prints, and from the captures.
 *
 * @module
 */
import assert from "node:assert/strict";
import { BOARD_LAYOUT } from "../../bootloader/mcu/mod.ts";
import { assertTaken, type Report } from "./_demo.ts";
import { loopingFirmware } from "./_firmware.ts";
import { flashseal, flashsealIn, ignore, inFolder } from "./_flashseal.ts";

Deno.test({
  name: "demo --json delivers three boards online and two offline; the ledger ends at granted = committed",
  ignore,
  fn: (t) =>
    inFolder(async (folder) => {
      const capture = `${folder}/capture`;
      await Deno.mkdir(capture);
      await Deno.writeTextFile(`${capture}/07-${"ab".repeat(12)}-link-tx.bin`, "of an earlier demo");
      await Deno.writeTextFile(`${capture}/notes.txt`, "not the demo's");
      const ran = await flashseal("demo", "--json", "--capture", capture);
      assert.equal(ran.code, 0, ran.err);
      const { devices, quota } = ran.json() as Report;
      assert.deepEqual(devices.map(({ mode }) => mode), ["online", "online", "online", "offline", "offline"]);
      for (const device of devices) {
        assert.match(device.uid, /^[0-9a-f]{24}$/);
        assert.equal(device.flashSha256, device.imageSha256);
        assert.deepEqual(
          [device.certificate, device.booted, device.locked, device.outcome],
          ["valid", true, true, "delivered"],
        );
      }
      assert.equal(new Set(devices.map(({ uid }) => uid)).size, 5);
      assert.deepEqual(quota, {
        granted: 5,
        free: 0,
        leased: 0,
        reserved: 0,
        keyed: 0,
        committed: 5,
        lost: 0,
        unaccounted: 0,
      });
      assert.match(ran.err, /The order has no units left/);
      assert.match(ran.err, /went on by itself [0-4]\.\d s after/);
      assert.match(ran.err, /process has ended \(exit 0\); port \d+ refuses connections/);
      assert.match(ran.err, /The offline allowance is used up/);
      assert.match(ran.err, /The authority's ledger: 5 granted, 5 committed, 0 lent, 0 keyed/);
      assert.match(ran.err, /The appliance's record: 5 delivered, 0 not reported/);
      await checkCapture(capture, devices);
      await t.step("what README.md has recorded is said, but for its numbers", () => {
        const said = new Set(ran.err.split("\n").map(shapeOf));
        assert.deepEqual(recorded().filter((line) => !said.has(shapeOf(line))), []);
      });
    }),
});

/** The demo's narration as README.md has it; its last line is the result, which `--json` tells otherwise. */
function recorded(): readonly string[] {
  const readme = Deno.readTextFileSync(new URL("../../README.md", import.meta.url));
  const [, text] = /<!-- recorded: demo -->\n```text\n([\s\S]+?)\n```/.exec(readme)!;
  const lines = text!.split("\n").slice(0, -1);
  assert.ok(lines.length > 40);
  return lines;
}

/** A line without times, identifiers, ports and counts. */
function shapeOf(line: string): string {
  return line.replace(/\b[0-9a-f]{8}…|\b[0-9a-f]{24,}\b/g, "ID").replace(/\d+(?:\.\d+)*/g, "0").trim();
}

async function checkCapture(folder: string, devices: Report["devices"]): Promise<void> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const wanted = devices.flatMap(({ uid }, index) =>
    ["debug-rx", "debug-tx", "firmware", "link-rx", "link-tx"].map((stream) =>
      `0${index + 1}-${uid}-${stream}.bin`
    )
  );
  // The sixth board, which waited in vain, is no delivery and has none; neither have earlier demos.
  assert.deepEqual(names, [...wanted, "image.bin", "notes.txt"].sort());
  assert.equal((await Deno.readFile(`${folder}/image.bin`)).length, 8192);
  for (const name of wanted.filter((name) => !name.includes("firmware"))) {
    assert.ok((await Deno.stat(`${folder}/${name}`)).size > 0, name);
  }
}

Deno.test({
  name: "demo --firmware takes a raw binary of exactly the whole flash",
  ignore,
  fn: () => assertTaken("whole.bin", loopingFirmware(8192)),
});

Deno.test({
  name: "demo --firmware refuses a file that does not fit, with its address and exit code 65",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeFile(`${folder}/long.bin`, loopingFirmware(8193));
      const ran = await flashseal(
        "demo",
        "--devices",
        "1",
        "--offline",
        "0",
        "--firmware",
        `${folder}/long.bin`,
      );
      assert.equal(ran.code, 65, ran.err);
      assert.match(ran.err, /0x08002000/i);
      assert.doesNotMatch(ran.err, /\n\s+at |file:\/\//);
    }),
});

Deno.test({
  name:
    "demo --json: a board that is refused is in the report, which is the last line, and the exit code is 69",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const running = flashsealIn({ TMPDIR: folder }, "demo", "--devices", "2", "--offline", "0", "--json");
      let over = false;
      const ran = running.finally(() => over = true);
      // While board 01 is made, board 02 is put aside for one that is not blank.
      while (!over && !spoilSecondBoard(folder)) await new Promise((resolve) => setTimeout(resolve, 20));
      const { code, err, json } = await ran;
      assert.equal(code, 69, err);
      const { devices, quota } = json() as Report;
      assert.deepEqual(devices.map(({ outcome }) => outcome), ["delivered", "refused"]);
      assert.deepEqual([quota["granted"], quota["committed"]], [1, 1]);
      assert.match(err, /Cannot call the demo good: [0-9a-f]{24} was refused/);
      assert.doesNotMatch(err, /\n\s+at /);
      assert.deepEqual([...Deno.readDirSync(folder)], []);
    }),
});

/** Writes into the flash of the demo's second board as soon as it lies there; whether it does. */
function spoilSecondBoard(folder: string): boolean {
  for (const { name } of Deno.readDirSync(folder)) {
    try {
      const board = Deno.openSync(`${folder}/${name}/appliance/boards/02.board`, { write: true });
      board.seekSync(BOARD_LAYOUT.flash + 64, Deno.SeekMode.Start);
      board.writeSync(new Uint8Array(8));
      board.close();
      return true;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return false;
}
