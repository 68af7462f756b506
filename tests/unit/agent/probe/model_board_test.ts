/** Boards of the model as files in a station: put in, pulled out, put in again. @module */
import assert from "node:assert/strict";
import { makeBoardFile, openModelBoard } from "../../../../agent/probe/model/mod.ts";

const ignore = (["read", "write"] as const)
  .some((name) => Deno.permissions.querySync({ name }).state !== "granted");
if (ignore) console.log("board files need a disk: run `deno task test`");
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const wiring = { txPin: 2, rxPin: 3 } as never;
const limits = { deadlineMs: 1000, signal: new AbortController().signal };

Deno.test({
  name: "openModelBoard() takes the supply from a board that is pulled out, and no station gives it back",
  ignore,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "flashseal-test-" });
    const path = `${folder}/01.board`;
    makeBoardFile(path, { chip: "stm32g0-8k", uid: random(12), random });
    const board = openModelBoard(path, { name: "station-1", wiring, random });
    const answers = async () => await board.port.attach("under-reset", limits) !== "no-answer";
    try {
      await board.port.power(true, limits);
      assert.ok(await answers());
      await Deno.rename(path, `${folder}/elsewhere`);
      for (let tries = 0; board.mcu.powered; tries += 1) {
        assert.ok(tries < 600, "the board is pulled out and has power");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.ok(!await answers());
      await board.port.power(true, limits);
      assert.ok(!await answers(), "nothing is in the station");
      // Another board in its place is not this one.
      makeBoardFile(path, { chip: "stm32g0-8k", uid: random(12), random });
      await board.port.power(true, limits);
      assert.ok(!await answers());
    } finally {
      board.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
