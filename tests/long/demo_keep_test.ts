/**
 * `demo --keep` as a person plays with it: the page, its acts, and what follows from each, with the real processes.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ignore } from "../script/_flashseal.ts";
import { KeptDemo } from "./_kept_demo.ts";

Deno.test({
  name: "demo --keep: boards, quota, network and power at a person's hands; each board ends delivered",
  ignore,
  async fn(t) {
    const folder = await Deno.makeTempDir({ prefix: "flashseal-test-" });
    const demo = new KeptDemo(folder, { offline: 0 });
    try {
      const [, page] = await demo.line(/play with it at (http:\/\/127\.0\.0\.1:\d+\/)/);
      const origin = new URL(page!).origin;
      const act = async (name: string, headers: Record<string, string> = { origin }) => {
        const from = demo.lines.length;
        const answer = await fetch(`${origin}/do/${name}`, {
          method: "POST",
          body: new URLSearchParams(),
          headers,
          redirect: "manual",
        });
        await answer.body?.cancel();
        return { status: answer.status, from };
      };
      const delivered = (from: number) => demo.line(/: DELIVERED/, from);

      await t.step("the page has every act and no key, and takes no act from another page", async () => {
        const text = await (await fetch(page!)).text();
        for (const name of ["insert", "raise", "lend", "network", "pull", "power"]) {
          assert.ok(text.includes(`/do/${name}`), name);
        }
        const [, keyFile] = /sign in with the key in ([^<]+)</.exec(text)!;
        const key = (await Deno.readTextFile(keyFile!)).trim();
        assert.ok(key.length >= 32 && !text.includes(key));
        assert.equal((await act("raise", { origin: "https://elsewhere.example" })).status, 403);
        assert.equal((await act("explode")).status, 404);
      });
      await t.step("a starved board goes on when the owner raises the quota", async () => {
        const { from } = await act("insert");
        await demo.line(/WAITING.*no units left/, from);
        assert.equal((await act("raise")).status, 303);
        await delivered(from);
      });
      await t.step("without the network a board waits; with it, it goes on", async () => {
        await act("raise");
        const { from } = await act("network");
        await act("insert");
        await demo.line(/WAITING.*cannot be reached/i, from);
        await act("network");
        await delivered(from);
      });
      await t.step("a board that is pulled out of its station is finished when it is back", async () => {
        // On a busy machine a board may be finished before the click comes: then the next one is pulled.
        for (let tries = 0;; tries += 1) {
          assert.ok(tries < 5, "no board was pulled in time");
          await act("raise");
          const { from } = await act("insert");
          await demo.line(/bootloader written/, from);
          await act("pull");
          const [, name] = await demo.line(/(\d\d)\.board is pulled|No board is in|has just been/, from);
          if (name === undefined) continue;
          await demo.line(
            new RegExp(`board ${name}: (DELIVERED|refused: This chip has been delivered)`),
            from,
          );
          break;
        }
      });
      await t.step("after a power cut of the appliance it finishes what its record says", async () => {
        await act("raise");
        const { from } = await act("insert");
        await demo.line(/bootloader written/, from);
        await act("power");
        await delivered(from);
      });
      assert.equal(await demo.stop(), 0);
    } catch (error) {
      await demo.stop().catch(() => {});
      throw error;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
