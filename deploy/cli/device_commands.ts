/**
 * `flashseal chips`, `flashseal bootloader ...`, `flashseal mcu ...`: what is supported, the committed bootloader
 * images, and the bundled model on its own.
 *
 * @module
 */
import type { Command } from "commander";
import { makeBoardFile } from "../../agent/mod.ts";
import { chipNamesOf, supportedFamilies } from "../../bootloader/chips/mod.ts";
import { type BootloaderImage, bootloaderImages } from "../../bootloader/firmware/mod.ts";
import { BoardError, CHIPS, Mcu, readBoard } from "../../bootloader/mcu/mod.ts";
import { idBytes, Malformed, parseUid } from "../../bootloader/wire/mod.ts";
import { bind, type Exit } from "./command.ts";
import { Usage } from "./outcome.ts";
import { table } from "./text.ts";

/** Registers `chips`, `bootloader` and `mcu`. */
export function deviceCommands(program: Command, exit: Exit): void {
  bind(
    program.command("chips").description(
      "chips that are supported, their lock and device class, what was tested where",
    ),
    exit,
    showChips,
  );
  const bootloader = program.command("bootloader").description("the bootloader images that are built in");
  bind(bootloader.command("info").description("sizes, RAM, cycles and hash of each image"), exit, () => {
    const images = bootloaderImages().map(imageFacts);
    return {
      json: images,
      lines: table(
        ["image", "chip", "variant", "version", "flash B", "RAM B", "stack B", "handshake cycles"],
        images.map((i) =>
          [i.image, i.chip, i.variant, i.version, i.flashBytes, i.ramBytes, i.stackBytes, i.handshakeCycles]
            .map(String)
        ),
      ),
    };
  });
  const mcu = program.command("mcu").description("the bundled model of a microcontroller on its own");
  bind(mcu.command("list").description("chips that the model can be"), exit, () => {
    const chips = Object.values(CHIPS).map(({ name, family, flashSize, ramSize, pageSize }) => ({
      name,
      family,
      flashSize,
      ramSize,
      pageSize,
    }));
    return {
      json: chips,
      lines: table(
        ["chip", "family", "flash B", "RAM B", "page B"],
        chips.map((c) => Object.values(c).map(String)),
      ),
    };
  });
  bind<{ readonly chip: string; readonly uid?: string }>(
    mcu.command("new <board>").description("make the file of a new, blank board")
      .option("--chip <name>", "a name that `flashseal mcu list` gives", "stm32g0-8k")
      .option("--uid <hex>", "its unique ID, 24 hexadecimal digits (default: random)"),
    exit,
    ({ options, args }) => {
      const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
      const uid = options.uid === undefined ? random(12) : idBytes(parseUid(options.uid));
      makeBoardFile(args[0] ?? "", { chip: options.chip, uid, random });
      return {
        json: { board: args[0], chip: options.chip, uid: uid.toHex() },
        lines: [`Board ${args[0]}: ${options.chip}, UID ${uid.toHex()}`],
      };
    },
  );
  bind<{ readonly ms: string }>(
    mcu.command("run <board>").description(
      "power on the chip of a board file, run it, and print what its UART says",
    )
      .option("--ms <number>", "modelled milliseconds to run", "2000"),
    exit,
    ({ options, args, terminal }) => runBoard(args[0] ?? "", Number(options.ms), terminal.say),
  );
}

function showChips() {
  const chips = supportedFamilies.map(({ chips: family }) => ({
    chip: family.name,
    names: chipNamesOf(family),
    modelled: chipNamesOf(family).filter((name) => Object.hasOwn(CHIPS, name)),
    parts: Object.values(family.parts).map((part) => part.name),
    lockClass: family.lockClass.number,
    lockClassSays: family.lockClass.says,
    deviceClass: family.deviceClass,
    randomGenerator: family.randomGenerator,
    testedWhere: family.testedWhere,
  }));
  const lines = chips.flatMap((chip) => [
    `${chip.chip}: ${chip.parts.join(", ")}`,
    `  names for --chip, by size of flash: ${chip.names.join(", ")}`,
    `  of these the bundled model can be: ${chip.modelled.join(", ")}`,
    `  device class ${chip.deviceClass}, lock class ${chip.lockClass}: ${chip.lockClassSays}`,
    `  random numbers: ${chip.randomGenerator}`,
    `  tested: ${chip.testedWhere}`,
  ]);
  return { json: chips, lines };
}

function imageFacts(image: BootloaderImage) {
  const { file, chip, variant, version, flashBytes, ramBytes, stackBytes, handshakeCycles, sha256 } = image;
  return { image: file, chip, variant, version, flashBytes, ramBytes, stackBytes, handshakeCycles, sha256 };
}

const NANOS_PER_MS = 1_000_000;
const MS_MAX = 3_600_000;

async function runBoard(path: string, ms: number, say: (line: string) => void) {
  if (!Number.isInteger(ms) || ms < 1 || ms > MS_MAX) {
    throw new Usage("Cannot run that long: --ms must be a whole number from 1 to 3600000");
  }
  const mcu = modelOf(await Deno.readFile(path), path);
  mcu.powerOn();
  const stopped = mcu.run({ nanos: ms * NANOS_PER_MS });
  const text = new TextDecoder("latin1").decode(mcu.uart.take());
  for (const line of text.split(/\r?\n/).filter((line) => line !== "")) say(line);
  const facts = {
    stopped,
    modelledMs: ms,
    pc: mcu.truth.registers[15],
    lockup: mcu.truth.lockup,
    reports: mcu.reports.map((report) => report.what),
  };
  return {
    json: { ...facts, uart: text },
    lines: [
      `Stopped after ${ms} ms modelled: ${stopped}${facts.lockup ? ", locked up" : ""}`,
      ...facts.reports,
    ],
  };
}

/** Returns the chip of a board's bytes, in memory: the file is not changed. */
function modelOf(board: Uint8Array, path: string): Mcu {
  try {
    const { chip, uid } = readBoard(board);
    if (!(chip in CHIPS)) throw new BoardError(`Cannot read board: there is no chip "${chip}"`);
    return new Mcu({
      chip: chip as keyof typeof CHIPS,
      uid,
      random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
      store: { load: () => board, write: () => {} },
      wiring: { tx: "PA2", rx: "PA3" },
    });
  } catch (error) {
    if (error instanceof BoardError) {
      throw new Malformed(`${error.message} ("${path}")`, { structure: "board" });
    }
    throw error;
  }
}
