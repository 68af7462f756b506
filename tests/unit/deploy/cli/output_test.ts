import assert from "node:assert/strict";
import { failureOf } from "../../../../deploy/cli/outcome.ts";
import { Output } from "../../../../deploy/cli/output.ts";
import { printOutcome } from "../../../../deploy/cli/terminal.ts";

const decoder = new TextDecoder();

/** A stream that takes three bytes at a time and fails with `failure` once `room` bytes are in it. */
function streamOf(room: number, failure: Error = new Deno.errors.BrokenPipe("Broken pipe (os error 32)")) {
  const taken: number[] = [];
  return {
    text: () => decoder.decode(Uint8Array.from(taken)),
    writeSync(bytes: Uint8Array): number {
      if (taken.length >= room) throw failure;
      const part = bytes.subarray(0, 3);
      taken.push(...part);
      return part.length;
    },
  };
}

function noSpace(): Error {
  return Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
}

Deno.test("Output writes whole lines, however little the stream takes at a time", () => {
  const stream = streamOf(100);
  new Output(stream).line("eight bytes and more");
  assert.equal(stream.text(), "eight bytes and more\n");
});

Deno.test("Output drops what comes after a reader has gone, tells it by a signal, and throws nothing", () => {
  const stream = streamOf(3);
  const output = new Output(stream);
  assert.equal(output.ended.aborted, false);
  output.line("first line");
  output.line("second line");
  assert.equal(stream.text(), "fir");
  assert.equal(output.ended.aborted, true);
  assert.equal(output.failure, null);
});

Deno.test("a command whose result nobody reads has done what it did; one whose result found no space has not", () => {
  const done = { lines: ["a result"], json: {} };
  const err = new Output(streamOf(1000));
  assert.equal(printOutcome(false, done, { out: new Output(streamOf(0)), err }), 0);
  assert.equal(printOutcome(false, done, { out: new Output(streamOf(0, noSpace())), err }), 69);
  const told = streamOf(1000);
  printOutcome(false, done, { out: new Output(streamOf(0, noSpace())), err: new Output(told) });
  assert.match(told.text(), /^flashseal: Cannot go on: no space is left on the disk/);
});

const SYSTEM: readonly (readonly [string, RegExp])[] = [
  [
    "Is a directory (os error 21): readfile '/etc'|EISDIR",
    /^Cannot use "\/etc": it is a folder; name a file$/,
  ],
  ["File exists (os error 17): writefile 'b.board'|EEXIST", /"b\.board": it is there already and nothing is/],
  [
    "File exists (os error 17): link 'b.part' -> 'b.board'|EEXIST",
    /^Cannot use "b\.board": it is there already/,
  ],
  ["Address already in use (os error 98)|EADDRINUSE", /^Cannot go on: the port is in use already/],
  ["No such file or directory (os error 2): open 'x'|ENOENT", /^Cannot use "x": there is no such file/],
  ["Something rare (os error 200): open 'x'|ERARE", /^Cannot use "x": Something rare$/],
];

for (const [text, sentence] of SYSTEM) {
  Deno.test(`failureOf() calls "${text.split("|")[0]}" a fault and says what to do`, () => {
    const [message, code] = text.split("|");
    const failure = failureOf(Object.assign(new Error(message), { code }));
    assert.equal(failure.exit, 69);
    assert.match(failure.sentence, sentence);
  });
}

Deno.test("failureOf() still calls an error of our own a defect", () => {
  assert.equal(failureOf(new TypeError("x is undefined")).exit, 70);
});
