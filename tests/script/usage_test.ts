/**
 * The command line as a person meets it: help everywhere, exit codes, one sentence for each mistake, no stack trace.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Command } from "commander";
import { parseChipName } from "../../authority/owner/mod.ts";
import { bootloaderImages } from "../../bootloader/firmware/mod.ts";
import { buildProgram } from "../../deploy/cli/mod.ts";
import { flashseal, ignore, inFolder } from "./_flashseal.ts";

Deno.test({
  name: "flashseal --help names every noun and ends with 0",
  ignore,
  async fn() {
    const { code, out } = await flashseal("--help");
    assert.equal(code, 0);
    for (const noun of ["demo", "authority", "owner", "agent", "chips", "bootloader", "mcu", "verify"]) {
      assert.match(out, new RegExp(`\\b${noun}\\b`));
    }
  },
});

Deno.test({
  name: "flashseal --version says which program, bootloader and runtime; the program's is of three numbers",
  ignore,
  async fn() {
    const { code, out, err } = await flashseal("--version");
    assert.deepEqual([code, err], [0, ""]);
    const images = bootloaderImages().map(({ chip, variant, version }) =>
      `bootloader ${chip} ${variant} ${version}, `
    );
    assert.match(out, /^flashseal \d+\.\d+\.\d+, /);
    assert.ok(out.endsWith(`, ${images.join("")}Deno ${Deno.version.deno}\n`), out);
    const release = await flashseal(
      "owner",
      "release",
      "create",
      "none.elf",
      "--product",
      "p",
      "--version",
      "1.0.0",
    );
    assert.equal(release.out, "", "a command's own --version asked for the program's");
  },
});

/** A command of the table and the words that lead to it. */
interface Row {
  readonly words: readonly string[];
  readonly command: Command;
}

/** Every command of the table, nouns included: what is added there is tested here without being named. */
function everyRow(command: Command, words: readonly string[] = []): readonly Row[] {
  const children = command.commands.flatMap((child) => everyRow(child, [...words, child.name()]));
  return [{ words, command }, ...children];
}

/** Runs `flashseal ...words --help` on the table itself and returns what it says. */
async function helpOf(words: readonly string[]): Promise<string> {
  const exit = { code: -1 };
  const program = buildProgram(exit);
  let said = "";
  for (const { command } of everyRow(program)) {
    command.configureOutput({
      writeOut: (text) => void (said += text),
      writeErr: (text) => void (said += text),
    });
  }
  await assert.rejects(
    program.parseAsync([...words, "--help"], { from: "user" }),
    { name: "CommanderError", exitCode: 0, code: "commander.helpDisplayed" },
  );
  assert.equal(exit.code, -1, "the command ran");
  return said;
}

/** The table looks for the profile's folder, so that it is not made where the environment may not be read. */
const ROWS = ignore ? [] : everyRow(buildProgram({ code: 0 }));

Deno.test("the walk over the command table finds commands of every depth, each once", { ignore }, () => {
  const names = ROWS.map(({ words }) => words.join(" "));
  assert.equal(new Set(names).size, names.length, "a command stands in the table twice");
  for (const name of ["demo", "chips", "owner release create", "agent selftest", "verify certificate"]) {
    assert.ok(names.includes(name), name);
  }
  assert.ok(names.length > 60, `${names.length} commands`);
});

for (const { words, command } of ROWS) {
  const name = ["flashseal", ...words].join(" ");
  const isNoun = command.commands.length > 0;
  Deno.test(`${name} --help describes itself${isNoun ? " and what it holds" : " and knows --json"}`, async () => {
    const help = await helpOf(words);
    assert.ok(help.startsWith(`Usage: ${name} `), help);
    assert.match(help, /^ {2}--help +\S/m);
    assert.ok(command.description().length > 5, "no description");
    if (isNoun) {
      for (const child of command.commands) assert.match(help, new RegExp(`^  ${child.name()}\\b`, "m"));
    } else assert.match(help, /^ {2}--json +\S/m);
    for (const option of command.options) {
      assert.ok(option.description.length > 5, `${option.long} says nothing`);
      assert.doesNotMatch(help, /\(default: "/, "a default is shown as nobody types it");
    }
  });
}

Deno.test({
  name: "help through the process: the table's own words, exit code 0, nothing on standard error",
  ignore,
  async fn() {
    const { code, out, err } = await flashseal("owner", "release", "create", "--help");
    assert.deepEqual([code, err, out], [0, "", await helpOf(["owner", "release", "create"])]);
  },
});

const WRONG_USE: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["an unknown noun", ["bogus"], /unknown command 'bogus'/],
  ["a missing option", ["authority", "init"], /--dir/],
  ["more offline boards than one lease has", ["demo", "--offline", "257"], /whole number from 0 to 256/],
  ["no devices at all", ["demo", "--devices", "0"], /--devices 0: it must be a whole number from 1/],
  ["a chip that the model has not", ["demo", "--chip", "stm32x9"], /no such chip/],
  ["a lock level that is none", [
    "owner",
    "product",
    "create",
    "--name",
    "x",
    "--chip",
    "stm32g0-8k",
    "--lock-level",
    "3",
  ], /./],
  ["a key that is none", ["verify", "certificate", "/dev/null", "--key", "abc"], /./],
];

for (const [what, args, says] of WRONG_USE) {
  Deno.test({
    name: `flashseal refuses ${what} in one sentence`,
    ignore,
    async fn() {
      const { code, err } = await flashseal(...args);
      assert.ok(code === 2 || code === 65, `exit code ${code}: ${err}`);
      assert.match(err, says);
      assert.doesNotMatch(err, /\n\s+at |file:\/\//, "no stack trace");
    },
  });
}

Deno.test({
  name: "a command that needs the profile says how to log in, and exits with 65",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const { code, err } = await flashseal("owner", "quota", "--profile", `${folder}/none.json`);
      assert.equal(code, 65);
      assert.match(err, /log in first with flashseal owner login/);
    }),
});

Deno.test({
  name: "authority init never overwrites, exits with 69, and loses nothing",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const dir = `${folder}/authority`;
      const first = await flashseal("authority", "init", "--dir", dir, "--owner", "Test", "--json");
      assert.equal(first.code, 0, first.err);
      const key = await Deno.readFile(`${dir}/seal-key`);
      const second = await flashseal("authority", "init", "--dir", dir, "--owner", "Test");
      assert.equal(second.code, 69);
      assert.match(second.err, /authority/);
      assert.deepEqual(await Deno.readFile(`${dir}/seal-key`), key);
      const secret = [
        "seal-key",
        "root-key-TAKE-OFFLINE.pem",
        "owner-api-key.txt",
        "tls/certificate-key.pem",
      ];
      for (const name of secret) assert.equal((await Deno.stat(`${dir}/${name}`)).mode! & 0o777, 0o600, name);
    }),
});

Deno.test({
  name: "bootloader info --json has the fields that D§12 names",
  ignore,
  async fn() {
    const { code, json } = await flashseal("bootloader", "info", "--json");
    assert.equal(code, 0);
    const [image] = json() as readonly Record<string, unknown>[];
    const fields = [
      "image",
      "chip",
      "variant",
      "version",
      "flashBytes",
      "ramBytes",
      "stackBytes",
      "handshakeCycles",
      "sha256",
    ];
    assert.deepEqual(Object.keys(image ?? {}).sort(), [...fields].sort());
  },
});

Deno.test({
  name: "chips says lock class, device class, and that nothing ran on silicon",
  ignore,
  async fn() {
    const { out } = await flashseal("chips");
    assert.match(out, /stm32g0/);
    assert.match(out, /device class C, lock class 2/);
    assert.match(out, /model/);
  },
});

Deno.test({
  name: "chips lists names that --chip takes: every one, and no other; each of the model's is among them",
  ignore,
  async fn() {
    const ran = await flashseal("chips", "--json");
    const families = ran.json() as readonly { names: readonly string[]; modelled: readonly string[] }[];
    const names = families.flatMap((family) => family.names);
    assert.ok(names.length > 0);
    for (const name of names) assert.ok(parseChipName(name).flashKb > 0, name);
    for (const name of ["stm32g0", "STM32G03x/G041", "stm32g0-24k", "stm32g0-8K"]) {
      assert.throws(() => parseChipName(name), new RegExp(names.join(", ")), name);
    }
    const modelled = families.flatMap((family) => family.modelled);
    const model = (await flashseal("mcu", "list", "--json")).json() as readonly { name: string }[];
    assert.deepEqual(modelled.toSorted(), model.map(({ name }) => name).toSorted());
    const { out } = await flashseal("chips");
    for (const name of names) assert.match(out, new RegExp(`\\b${name}\\b`));
  },
});

const WITH_JSON: readonly (readonly string[])[] = [
  ["bogus", "--json"],
  ["authority", "init", "--json"],
  ["demo", "--devices", "0", "--json"],
  ["chips", "--jsom", "--json"],
];
for (const args of WITH_JSON) {
  Deno.test({
    name: `flashseal ${args.join(" ")}: a wrong use is one line of JSON, too`,
    ignore,
    async fn() {
      const { code, out, err, json } = await flashseal(...args);
      assert.equal(code, 2, err);
      assert.equal(out.trimEnd().split("\n").length, 1);
      const { error, sentence } = json() as Record<string, string>;
      assert.equal(error, "usage");
      assert.ok(err.includes(sentence!.split("\n")[0]!), "standard error says the same");
    },
  });
}

for (const name of ["", " ", "two\nlines", "x".repeat(65)]) {
  Deno.test({
    name: `authority init refuses the owner's name ${JSON.stringify(name.slice(0, 12))} and makes nothing`,
    ignore,
    fn: () =>
      inFolder(async (folder) => {
        const { code, err } = await flashseal("authority", "init", "--dir", `${folder}/a`, "--owner", name);
        assert.equal(code, 65, err);
        assert.match(err, /the owner's name must be one line of 1 to 64 characters/);
        assert.deepEqual([...Deno.readDirSync(folder)], []);
      }),
  });
}
