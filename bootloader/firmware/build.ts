/**
 * Builds the bootloader images to the same bytes anywhere: compiler and linker over this folder and one chip's, no
 * paths, no build id, no time. Compares them, and the sample firmware, with what is committed. Users need none of
 * this: the images are in the repository.
 *
 * @example
 * ```sh
 * deno task firmware           # builds aside and compares
 * deno task firmware --write   # writes images/ and the part of the manifest that the build knows
 * ```
 * @module
 */
import { Fault } from "../wire/mod.ts";
import { parseElf } from "./elf.ts";
import { type BuiltImage, makeImage } from "./image.ts";
import { checkSample } from "./sample/build.ts";

/** The compiler whose output is committed: the first line of its `--version`. */
export const FIRMWARE_COMPILER = "arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205";

const FIRMWARE = new URL("./", import.meta.url).pathname;
const IMAGES = new URL("images/", import.meta.url).pathname;
const MANIFEST_FILE = "manifest.json";

/** One bootloader that is built. */
interface Recipe {
  readonly file: string;
  /** Chip family: the folder in chips/. */
  readonly chip: string;
  readonly variant: string;
  /** 0x00MMmmpp, as HELLO_REPLY has it. */
  readonly version: number;
  /** Linker script, from this folder. */
  readonly script: string;
}

const RECIPES: readonly Recipe[] = [
  {
    file: "stm32g0-small.bin",
    chip: "stm32g0",
    variant: "small",
    version: 0x010000,
    script: "chips/stm32g0/small.ld",
  },
];

const FLAGS = [
  ...["-mcpu=cortex-m0plus", "-mthumb", "-std=c11", "-Os", "-Wall", "-Wextra", "-Werror"],
  ...["-ffreestanding", "-ffunction-sections", "-fdata-sections", "-fno-common", "-fno-ident"],
  // A switch table would call libgcc, a recognised loop would make memset call itself.
  ...["-fno-jump-tables", "-fno-tree-loop-distribute-patterns"],
  // Each was measured to make this program smaller: they keep fewer values alive, of which the core holds few.
  ...["-fno-move-loop-invariants", "-fno-thread-jumps", "-fno-ipa-cp", "-fno-guess-branch-probability"],
  ...["-fno-tree-scev-cprop", "-fno-tree-loop-im", "-fno-tree-loop-ivcanon", "-fno-sched-pressure"],
  "-fno-inline-functions-called-once",
];

/** What runs from flash and so cannot reach RAM with a BL: its calls of what far.S names go there. */
const FROM_FLASH = [
  ...["ed25519.c", "handshake.c", "noise.c", "serve.c", "sha512_roots.c", "x25519.c"],
  "chips/stm32g0/start.c",
];

const LINK_FLAGS = [
  ...["-nostdlib", "-nostartfiles", "-Wl,--gc-sections", "-Wl,--emit-relocs", "-Wl,--build-id=none"],
  ...["-Wl,-z,noexecstack", "-Wl,--fatal-warnings", "-Wl,--no-warn-rwx-segments"],
];

/** What the build knows of an image; the manifest has measured figures beside it. */
export interface BuiltEntry {
  readonly file: string;
  readonly chip: string;
  readonly variant: string;
  /** major.minor.patch */
  readonly version: string;
  /** First line of the compiler's `--version`. */
  readonly compiler: string;
  readonly flags: readonly string[];
  /** Bytes of flash that the image takes. */
  readonly flashBytes: number;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
  readonly installBlockOffset: number;
  readonly checkOffset: number;
  readonly resident: BuiltImage["resident"];
  readonly symbols: BuiltImage["symbols"];
}

/**
 * Builds every image with a compiler.
 *
 * @throws {Fault} when the compiler is absent, is another version than the committed images', or fails
 */
export async function buildBootloaders(gcc: string): Promise<{ entry: BuiltEntry; bytes: Uint8Array }[]> {
  const compiler = (await run(gcc, ["--version"])).split("\n")[0]!;
  if (compiler !== FIRMWARE_COMPILER) {
    throw fault(
      `"${gcc}" is "${compiler}", which makes other bytes than "${FIRMWARE_COMPILER}": ` +
        "install Debian 12's gcc-arm-none-eabi",
    );
  }
  const built: { entry: BuiltEntry; bytes: Uint8Array }[] = [];
  for (const recipe of RECIPES) {
    const image = makeImage(parseElf(await link(gcc, recipe)));
    built.push({ entry: await describe(recipe, compiler, image), bytes: image.bytes });
  }
  return built;
}

async function link(gcc: string, { chip, version, script }: Recipe): Promise<Uint8Array> {
  const sources = [...await sourcesIn("."), ...await sourcesIn(`chips/${chip}`)];
  const aside = await Deno.makeTempDir({ prefix: "flashseal-firmware-" });
  try {
    const defines = [`-DBOOTLOADER_VERSION=${version}`, "-I.", `-Ichips/${chip}`];
    const objcopy = (await run(gcc, ["-print-prog-name=objcopy"])).trim();
    const renames = (await farNames()).map((name) => `--redefine-sym=${name}=far_${name}`);
    const objects: string[] = [];
    for (const source of sources) {
      // The linker script tells stage 1 from stage 2 by these names: ed25519.c becomes ed25519_c.o.
      const object = `${aside}/${source.split("/").at(-1)!.replace(".", "_")}.o`;
      await run(gcc, [...FLAGS, ...defines, "-c", source, "-o", object]);
      if (FROM_FLASH.includes(source)) await run(objcopy, [...renames, object]);
      objects.push(object);
    }
    const elf = `${aside}/bootloader.elf`;
    await run(gcc, ["-mcpu=cortex-m0plus", "-mthumb", ...LINK_FLAGS, "-T", script, ...objects, "-o", elf]);
    return await Deno.readFile(elf);
  } finally {
    await Deno.remove(aside, { recursive: true });
  }
}

/** Names of the routines in RAM that far.S has a jump to. */
async function farNames(): Promise<string[]> {
  const source = await Deno.readTextFile(`${FIRMWARE}far.S`);
  return [...source.matchAll(/^ +far (\w+)$/gm)].map((match) => match[1]!);
}

/** C and assembly files of a folder, sorted: the order is part of the bytes. */
async function sourcesIn(folder: string): Promise<string[]> {
  const sources: string[] = [];
  for await (const { name, isFile } of Deno.readDir(`${FIRMWARE}${folder}`)) {
    if (isFile && /\.[cS]$/.test(name)) sources.push(folder === "." ? name : `${folder}/${name}`);
  }
  return sources.sort();
}

async function describe(recipe: Recipe, compiler: string, image: BuiltImage): Promise<BuiltEntry> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", image.bytes));
  const { file, chip, variant, version } = recipe;
  return {
    file,
    chip,
    variant,
    version: [16, 8, 0].map((shift) => version >> shift & 0xff).join("."),
    compiler,
    flags: FLAGS,
    flashBytes: image.bytes.length,
    sha256: digest.toHex(),
    installBlockOffset: image.installBlockOffset,
    checkOffset: image.checkOffset,
    resident: image.resident,
    symbols: image.symbols,
  };
}

/** Runs a tool in this folder, so that every source it sees has a relative path. */
async function run(tool: string, args: readonly string[]): Promise<string> {
  const options: Deno.CommandOptions = { args: [...args], cwd: FIRMWARE, env: { LC_ALL: "C" } };
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(tool, options).output();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw fault(`there is no "${tool}": install Debian 12's gcc-arm-none-eabi`, cause);
  }
  if (!output.success) throw fault(`"${tool}" says: ${new TextDecoder().decode(output.stderr).trim()}`);
  return new TextDecoder().decode(output.stdout);
}

/** One image of the manifest: what the build knows, and what was measured on the model. */
type ManifestEntry = BuiltEntry & Readonly<Record<string, unknown>>;

async function readManifest(): Promise<readonly ManifestEntry[]> {
  try {
    return JSON.parse(await Deno.readTextFile(IMAGES + MANIFEST_FILE));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Writes images and manifest; figures that were measured stay as they are until they are measured again. */
async function write(gcc: string): Promise<void> {
  const known = await readManifest();
  await Deno.mkdir(IMAGES, { recursive: true });
  const entries: ManifestEntry[] = [];
  for (const { entry, bytes } of await buildBootloaders(gcc)) {
    await Deno.writeFile(IMAGES + entry.file, bytes, { mode: 0o644 });
    entries.push({ ...known.find(({ file }) => file === entry.file), ...entry });
    console.log(`wrote ${entry.file}: ${entry.flashBytes} bytes, ${entry.sha256}`);
  }
  await Deno.writeTextFile(IMAGES + MANIFEST_FILE, `${JSON.stringify(entries, null, 2)}\n`);
}

/**
 * Builds everything and compares it with the committed files, byte by byte.
 *
 * @throws {Fault} naming the first file that differs, or as `buildBootloaders`
 */
export async function checkBootloaders(gcc: string): Promise<readonly BuiltEntry[]> {
  const known = await readManifest();
  const built = await buildBootloaders(gcc);
  for (const { entry, bytes } of built) {
    const committed = await Deno.readFile(IMAGES + entry.file).catch((cause) => {
      throw fault(`images/${entry.file} is not there: run "deno task firmware --write"`, cause);
    });
    const listed: Readonly<Record<string, unknown>> = known.find(({ file }) => file === entry.file) ?? {};
    const differs = Object.entries(entry).find(([key, value]) =>
      JSON.stringify(listed[key]) !== JSON.stringify(value)
    );
    if (committed.toHex() !== bytes.toHex()) throw stale(`images/${entry.file}`);
    if (differs !== undefined) throw stale(`"${differs[0]}" of ${entry.file} in images/${MANIFEST_FILE}`);
  }
  return built.map(({ entry }) => entry);
}

function stale(what: string): Fault {
  return fault(`the sources give another ${what}: run "deno task firmware --write" and review the change`);
}

function fault(problem: string, cause?: unknown): Fault {
  return new Fault(`Cannot build the bootloader: ${problem}`, { place: "compiler", retry: false, cause });
}

async function main(args: readonly string[]): Promise<void> {
  const gcc = "arm-none-eabi-gcc";
  if (args.includes("--write")) return await write(gcc);
  for (const { file, flashBytes, sha256 } of await checkBootloaders(gcc)) {
    console.log(`${file}: ${flashBytes} bytes, ${sha256}, as committed`);
  }
  const sample = await checkSample({ gcc });
  console.log(`${sample.file}: ${sample.sha256}, as committed`);
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
