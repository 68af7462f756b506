/**
 * Mistakes with files, folders and ports: a fault (69) or a wrong use (2) that names the thing and the remedy, never an
 * internal error.
 *
 * @module
 */
import assert from "node:assert/strict";
import { flashseal, ignore, inFolder } from "./_flashseal.ts";

const KEY = "00".repeat(32);

const MISTAKES: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ["a folder as firmware", ["demo", "--firmware", "DIR"], 69, /"[^"]*": it is a folder; name a file/],
  ["a file as the folder of captures", ["demo", "--capture", "FILE"], 69, /"[^"]*file": .*; choose another/],
  [
    "a folder as certificate",
    ["verify", "certificate", "DIR", "--key", KEY],
    69,
    /it is a folder; name a file/,
  ],
  ["a folder as board", ["mcu", "run", "DIR"], 69, /it is a folder; name a file/],
  [
    "a board that is there already",
    ["mcu", "new", "FILE"],
    69,
    /it is there already and nothing is overwritten/,
  ],
  ["a port that is none", ["agent", "run", "--dir", "DIR", "--status-port", "99999"], 2, /from 0 to 65535/],
  ["a port that is no number", ["agent", "run", "--dir", "DIR", "--status-port", "x"], 2, /from 0 to 65535/],
  [
    "a level of the log that is none",
    ["authority", "serve", "--dir", "DIR", "--log-level", "loud"],
    2,
    /one of debug, info, warning, error, off/,
  ],
  [
    "a file that is missing",
    ["verify", "ticket", "DIR/none", "--trust", "FILE"],
    69,
    /there is no such file/,
  ],
];

for (const [what, args, code, says] of MISTAKES) {
  Deno.test({
    name: `flashseal ${args.slice(0, 2).join(" ")} meets ${what} with exit code ${code} and a remedy`,
    ignore,
    fn: () =>
      inFolder(async (folder) => {
        await Deno.writeTextFile(`${folder}/file`, "kept");
        const given = args.map((word) => word.replace("DIR", folder).replace("FILE", `${folder}/file`));
        const ran = await flashseal(...given);
        assert.equal(ran.code, code, ran.err);
        assert.match(ran.err, says);
        assert.doesNotMatch(ran.err, /\n\s+at |Internal error/);
        assert.equal(await Deno.readTextFile(`${folder}/file`), "kept");
        assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["file"]);
      }),
  });
}
