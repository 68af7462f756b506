/**
 * Builds the sample firmware to the same bytes anywhere: one compiler run over the sample and the bootloader's own
 * suite, no paths, no symbols, no time. Knows the compiler's command line; knows nothing of what is done with the image.
 * Users need none of this: the image is in the repository.
 *
 * @example
 * ```sh
 * deno run -A bootloader/firmware/sample/build.ts          # writes images/
 * deno run -A bootloader/firmware/sample/build.ts --check  # builds aside and compares
 * ```
 * @module
 */
import { Fault } from "../../wire/mod.ts";

/** The compiler whose output is committed: the first line of its `--version`. */
export const SAMPLE_COMPILER = "arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205";

/** Name of the image's file. */
export const SAMPLE_FILE = "sample-stm32g0.elf";

const MANIFEST_FILE = "sample.json";
const VERSION = "1.1.0";
const FIRMWARE = `${import.meta.dirname}/..`;
const IMAGES = `${import.meta.dirname}/images`;

/** The suite's files are the bootloader's: the sample verifies with the code that a bootloader verifies with. */
const SOURCES = [
  ...["start.c", "sample.c", "board.c", "certificate.c", "point.c", "slot.S"].map((file) => `sample/${file}`),
  ...[
    "ed25519.c",
    "field.c",
    "field_rows.S",
    "mac_row.S",
    "memory.S",
    "sha512.c",
    "sha512_block.S",
    "sha512_roots.c",
  ],
];

const FLAGS = [
  ...["-mcpu=cortex-m0plus", "-mthumb", "-std=c11", "-Os", "-Wall", "-Wextra", "-Werror"],
  ...["-ffreestanding", "-ffunction-sections", "-fdata-sections", "-fno-common", "-fno-ident"],
  // A switch table would call libgcc, a recognised loop would make memset call itself.
  ...["-fno-jump-tables", "-fno-tree-loop-distribute-patterns"],
  `-DSAMPLE_VERSION="${VERSION}"`,
  ...["-nostdlib", "-nostartfiles", "-Wl,--gc-sections", "-Wl,--nmagic", "-Wl,--build-id=none"],
  // A section that the linker script does not place is an error, so nothing of the suite goes astray.
  ...["-Wl,-z,noexecstack", "-Wl,--orphan-handling=error", "-Wl,--fatal-warnings", "-Wl,--strip-all"],
  ...["-T", "sample/sample.ld"],
];

/** What is known of the committed image. */
export interface SampleManifest {
  readonly file: string;
  /** Name of the chip family it is for. */
  readonly chip: string;
  /** The version that the firmware prints. */
  readonly version: string;
  /** First line of the compiler's `--version`. */
  readonly compiler: string;
  readonly flags: readonly string[];
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
}

/** How the sample is built. */
export interface SampleBuild {
  /** Command or path of the compiler, e.g. `arm-none-eabi-gcc`. */
  readonly gcc: string;
  /** Folder that receives `sample-stm32g0.elf` and `sample.json`; it must exist. */
  readonly out: string;
}

/**
 * Builds the sample firmware and its manifest into a folder, and returns the manifest.
 *
 * @throws {Fault} when the compiler is absent, is another version than the committed image's, or fails
 */
export async function buildSample({ gcc, out }: SampleBuild): Promise<SampleManifest> {
  const compiler = (await run(gcc, ["--version"])).split("\n")[0]!;
  if (compiler !== SAMPLE_COMPILER) {
    throw fault(
      `"${gcc}" is "${compiler}", which makes other bytes than "${SAMPLE_COMPILER}": install Debian 12's gcc-arm-none-eabi`,
    );
  }
  const elf = await compile(gcc);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", elf));
  const manifest: SampleManifest = {
    file: SAMPLE_FILE,
    chip: "stm32g0",
    version: VERSION,
    compiler,
    flags: FLAGS,
    sha256: digest.toHex(),
  };
  await Deno.writeFile(`${out}/${SAMPLE_FILE}`, elf);
  await Deno.writeTextFile(`${out}/${MANIFEST_FILE}`, `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/**
 * Builds the sample aside and compares it with the committed files, byte by byte.
 *
 * @throws {Fault} naming the file that differs, or as `buildSample`
 */
export async function checkSample({ gcc }: Pick<SampleBuild, "gcc">): Promise<SampleManifest> {
  const aside = await Deno.makeTempDir({ prefix: "flashseal-sample-" });
  try {
    const manifest = await buildSample({ gcc, out: aside });
    for (const file of [SAMPLE_FILE, MANIFEST_FILE]) {
      const [built, committed] = await Promise.all(
        [aside, IMAGES].map((folder) => readHex(`${folder}/${file}`)),
      );
      if (built === committed) continue;
      throw fault(
        `it gives other bytes than images/${file}: run build.ts without --check and review the change`,
      );
    }
    return manifest;
  } finally {
    await Deno.remove(aside, { recursive: true });
  }
}

async function readHex(path: string): Promise<string> {
  return (await Deno.readFile(path)).toHex();
}

/** Links aside, so that a failure leaves the image in place: a linker removes its output before it starts. */
async function compile(gcc: string): Promise<Uint8Array<ArrayBuffer>> {
  const image = await Deno.makeTempFile({ prefix: "flashseal-sample-", suffix: ".elf" });
  try {
    await run(gcc, [...FLAGS, ...SOURCES, "-o", image]);
    return await Deno.readFile(image);
  } finally {
    await Deno.remove(image);
  }
}

/** Runs the compiler in the firmware's folder, so that every path it sees is relative. */
async function run(gcc: string, args: readonly string[]): Promise<string> {
  const command = new Deno.Command(gcc, {
    args: [...args],
    cwd: FIRMWARE,
    env: { LC_ALL: "C" },
    stdout: "piped",
    stderr: "piped",
  });
  let output: Deno.CommandOutput;
  try {
    output = await command.output();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw fault(`there is no compiler "${gcc}": install Debian 12's gcc-arm-none-eabi`, cause);
  }
  if (!output.success) throw fault(`the compiler says: ${new TextDecoder().decode(output.stderr).trim()}`);
  return new TextDecoder().decode(output.stdout);
}

function fault(problem: string, cause?: unknown): Fault {
  return new Fault(`Cannot build the sample firmware: ${problem}`, {
    place: "compiler",
    retry: false,
    cause,
  });
}

async function main(args: readonly string[]): Promise<void> {
  const gcc = "arm-none-eabi-gcc";
  const manifest = args.includes("--check")
    ? await checkSample({ gcc })
    : await buildSample({ gcc, out: IMAGES });
  console.log(`${manifest.file} ${manifest.sha256}`);
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    console.error(error.message);
    Deno.exit(69);
  }
}
