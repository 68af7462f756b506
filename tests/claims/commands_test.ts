/**
 * The commands that README.md prints: each is one of deno.json or of the command table, with its options, and runs.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Command } from "commander";
import { sampleFirmware } from "../../bootloader/firmware/mod.ts";
import { buildProgram } from "../../deploy/cli/mod.ts";
import configuration from "../../deno.json" with { type: "json" };
import { ignore, inFolder } from "../script/_flashseal.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const readme = () => Deno.readTextFileSync(`${ROOT}README.md`);

/** A command as words: those of `flashseal`, or of a task. */
interface Printed {
  readonly program: "task" | "flashseal";
  readonly words: readonly string[];
}

/** Code that begins like a command, in the text or on a line of its own; what stands behind two blanks explains it. */
function commandsOf(markdown: string): readonly Printed[] {
  const code = [...markdown.matchAll(/`([^`\n]+)`|^((?:npx|deno|flashseal) [^\n]+)$/gm)];
  return code.flatMap(({ 1: inline, 2: line }) => {
    const text = (inline ?? line!).split(/ {2,}|#/)[0]!.trim();
    const found = /^(?:(?:npx -y deno@\S+|deno) task|flashseal) (.+)$/.exec(text);
    if (found === null) return [];
    return [
      { program: text.startsWith("flashseal") ? "flashseal" : "task", words: found[1]!.split(" ") } as const,
    ];
  });
}

const TASKS: Readonly<Record<string, unknown>> = configuration.tasks;

/** Why a command cannot be what it says; null when it can. */
function flawOf({ program, words: [first = "", ...rest] }: Printed): string | null {
  if (program === "flashseal") return flawOfWords([first, ...rest]);
  if (TASKS[first] === undefined) return `there is no task "${first}"`;
  if (first === "flashseal") return flawOfWords(rest);
  return first === "demo" ? flawOfWords([first, ...rest]) : null;
}

function flawOfWords(words: readonly string[]): string | null {
  let command: Command = buildProgram({ code: 0 });
  for (const word of words) {
    if (word === "--help") continue;
    if (word.startsWith("--")) {
      if (!command.options.some(({ long }) => long === word)) return `${command.name()} has no ${word}`;
      continue;
    }
    const next = command.commands.find((child) => child.name() === word);
    if (next !== undefined) command = next;
    else if (command.commands.length > 0) return `${command.name()} has no command "${word}"`;
  }
  return null;
}

Deno.test("every command of README.md is a task, or a command with these options", { ignore }, () => {
  const commands = commandsOf(readme());
  assert.ok(commands.length > 15, `${commands.length} commands`);
  for (const command of commands) assert.equal(flawOf(command), null, command.words.join(" "));
  const wrong = [
    "`deno task nothing`",
    "`flashseal owner dance`",
    "`deno task demo --fast`",
    "flashseal agent sing  # a song",
  ];
  for (const text of wrong) assert.notEqual(flawOf(commandsOf(text)[0]!), null, text);
});

Deno.test("commands that are planned are not there: README.md says so", { ignore }, () => {
  const [, list = ""] = /^- \*\*Commands that are planned and not there:\*\* (.+)\.$/m.exec(readme()) ?? [];
  const planned = [...list.matchAll(/`([^`]+)`/g)].map(([, words = ""]) => words.split(" "));
  assert.ok(planned.length > 0);
  for (const words of planned) assert.notEqual(flawOfWords(words), null, words.join(" "));
});

async function runTask(
  folder: string,
  ...words: readonly string[]
): Promise<{ readonly out: string; readonly err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--config", `${ROOT}deno.json`, ...words],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(180_000),
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)) as [string, string];
  assert.equal(code, 0, `${words.join(" ")}: ${out}${err}`);
  return { out, err };
}

Deno.test({
  name:
    "every command of README.md that shows the program runs as a task: help, and a demo of one's own firmware with its wires",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      assert.match((await runTask(folder, "flashseal", "--help")).out, /^Usage: flashseal/);
      const { elf } = sampleFirmware();
      await Deno.writeFile(`${folder}/app.elf`, elf);
      const wires = `${folder}/wires/`;
      const few = ["--devices", "1", "--offline", "0"];
      const { out } = await runTask(
        folder,
        "demo",
        "--firmware",
        `${folder}/app.elf`,
        "--capture",
        wires,
        ...few,
      );
      assert.match(out, /^1 device: delivered/m);
      const image = await Deno.readFile(`${wires}image.bin`);
      const piece = image.subarray(1024, 1040).toHex();
      const searched = [...Deno.readDirSync(wires)].map(({ name }) => name).filter((name) =>
        /-(?:debug|link)-/.test(name)
      );
      assert.equal(searched.length, 4);
      for (const name of searched) {
        assert.ok(
          !(await Deno.readFile(`${wires}${name}`)).toHex().includes(piece),
          `${name} has the firmware`,
        );
      }
    }),
});
