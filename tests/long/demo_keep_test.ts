/**
 * `demo --keep` as a person plays with it: the page, its acts, and what follows from each, with the real processes.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ignore, MAIN } from "../script/_flashseal.ts";

/** How long anything may take, in milliseconds. */
const PATIENCE_MS = 120_000;

class KeptDemo {
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  readonly lines: string[] = [];

  constructor(folder: string) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", MAIN, "demo", "--keep", "--devices", "1", "--offline", "0"],
      env: { NO_COLOR: "1", TMPDIR: folder },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      this.lines.push(...lines);
    }
  }

  /** Returns the first match in a line after the `from`th. */
  async line(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    const end = Date.now() + PATIENCE_MS;
    while (Date.now() < end) {
      for (const line of this.lines.slice(from)) {
        const found = pattern.exec(line);
        if (found !== null) return found;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(`no line ${pattern} in: ${this.lines.slice(from).join("\n")}`);
  }

  async stop(): Promise<number> {
    this.#process.kill("SIGTERM");
    const { code } = await this.#process.status;
    await this.#reading;
    return code;
  }
}

Deno.test({
  name: "demo --keep: boards, quota, network and power at a person's hands; each board ends delivered",
  ignore,
  async fn(t) {
    const folder = await Deno.makeTempDir({ prefix: "flashseal-test-" });
    const demo = new KeptDemo(folder);
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
