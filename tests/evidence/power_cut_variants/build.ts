/**
 * Builds the bootloaders with a seeded fault: the committed sources with one line changed, by the compiler that the
 * manifest names and the build of `bootloader/firmware` itself, in a copy aside. Nobody installs them but the tests.
 *
 * ```sh
 * deno run -A tests/evidence/power_cut_variants/build.ts           # builds aside and compares
 * deno run -A tests/evidence/power_cut_variants/build.ts --write   # writes the images and variants.json
 * ```
 * @module
 */
import assert from "node:assert/strict";

/** One fault: a line of a source file, and what stands there instead. */
interface Recipe {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly breaks: string;
}

const RECIPES: readonly Recipe[] = [
  {
    name: "first_word_first",
    file: "transfer.c",
    from: "    } else if (flash_write(offset, word)) {",
    to: "    } if (flash_write(offset, word)) {",
    breaks: "P-36: the first flash word is the first of its page to be written, not the last of all",
  },
  {
    name: "old_vector_kept",
    file: "transfer.c",
    from: "        flash_write(0, first_word);",
    to: "        first_word[0] = 0;",
    breaks: "D§7: the old vector is not zeroed before page 0 is erased",
  },
  {
    name: "start_unchecked",
    file: "start.S",
    from: "  bne  stop                 @ P-41",
    to: "  nop                       @ P-41",
    breaks: "P-41: what lies beyond page 0 is executed unchecked",
  },
];

const HERE = new URL("./", import.meta.url).pathname;
const ROOT = new URL("../../../", import.meta.url).pathname;

/** Builds one variant; returns its image and what the tests need of its manifest. */
async function build({ file, from, to }: Recipe) {
  const aside = await Deno.makeTempDir({ prefix: "flashseal-variant-" });
  try {
    for (const folder of ["bootloader/firmware", "bootloader/wire"]) {
      copy(`${ROOT}${folder}`, `${aside}/${folder}`);
    }
    const firmware = `${aside}/bootloader/firmware`;
    const source = await Deno.readTextFile(`${firmware}/${file}`);
    assert.equal(source.split(`${from}\n`).length, 2, `${file} has not exactly one line "${from}"`);
    await Deno.writeTextFile(`${firmware}/${file}`, source.replace(`${from}\n`, `${to}\n`));
    const args = ["run", "-A", "--config", `${ROOT}deno.json`, `${firmware}/build.ts`, "--write"];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const [manifest] = JSON.parse(await Deno.readTextFile(`${firmware}/images/manifest.json`));
    const { installBlockOffset, sha256, compiler, symbols } = manifest;
    const bytes = await Deno.readFile(`${firmware}/images/${manifest.file}`);
    return { bytes, facts: { compiler, sha256, installBlockOffset, stop: symbols.stop[0] } };
  } finally {
    await Deno.remove(aside, { recursive: true });
  }
}

function copy(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copy(`${from}/${name}`, `${to}/${name}`);
    else Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

const writing = Deno.args.includes("--write");
const entries: Record<string, unknown> = {};
for (const recipe of RECIPES) {
  const { bytes, facts } = await build(recipe);
  const { name, ...change } = recipe;
  entries[name] = { ...change, ...facts };
  await settle(`${name}.bin`, bytes);
  console.log(`${name}.bin: ${bytes.length} bytes, ${facts.sha256}`);
}
await settle("variants.json", new TextEncoder().encode(`${JSON.stringify(entries, null, 2)}\n`));

/** Writes a file, or compares it with what is committed. */
async function settle(name: string, bytes: Uint8Array): Promise<void> {
  if (writing) return await Deno.writeFile(`${HERE}${name}`, bytes);
  const same = (await Deno.readFile(`${HERE}${name}`)).toHex() === bytes.toHex();
  assert.ok(same, `${name} is not what the sources give now: build it again with --write`);
}
