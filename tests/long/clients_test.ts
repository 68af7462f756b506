/**
 * Many clients at one real authority: processes of their own, HTTPS, one order with fewer units than they ask for.
 *
 * @module
 */
import assert from "node:assert/strict";
import { listDevices, raiseOrder, showQuota } from "../../authority/owner/mod.ts";
import { makeSite, type Site } from "../chaos/_site.ts";
import { granted } from "../unit/agent/control/deployment.ts";
import { uidOf } from "../unit/authority/_world.ts";
import { type ClientAnswer, type ClientOrders, linesOf, openClient } from "./_client.ts";
import { ignore } from "../script/_flashseal.ts";

const SCRIPT = new URL("./_client.ts", import.meta.url).pathname;
const PROCESSES = 20;
const CLIENTS = 8;
const UNITS = 5;

/** A client's process that has enrolled and waits; `go` lets it ask and returns all its answers. */
async function startClient(orders: ClientOrders): Promise<() => Promise<readonly ClientAnswer[]>> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", SCRIPT],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(120_000),
  }).spawn();
  const problem = new Response(child.stderr).text();
  const input = child.stdin.getWriter();
  const write = (text: string) => input.write(new TextEncoder().encode(`${text}\n`));
  await write(JSON.stringify(orders));
  const lines = linesOf(child.stdout);
  if ((await lines.next()).value !== '{"ready":true}') assert.fail(await problem);
  return async () => {
    await write("go");
    await input.close();
    const answers: ClientAnswer[] = [];
    for await (const line of lines) answers.push(JSON.parse(line));
    assert.equal((await child.status).code, 0, await problem);
    return answers;
  };
}

function countOf(codes: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    [...new Set(codes)].sort().map((code) => [
      code,
      codes.filter((each) => each === code).length,
    ]),
  );
}

async function uidsOf({ owner }: Site): Promise<readonly string[]> {
  return granted(await listDevices(owner.session)).devices.map(({ uid }) => uid).sort();
}

Deno.test({
  name:
    `one authority over HTTPS: ${PROCESSES} client processes, then ${CLIENTS} API clients at once, never over-grant`,
  ignore,
  async fn(t) {
    const site = await makeSite({ granted: UNITS });
    const { origin, owner } = site;
    const quota = async () => granted(await showQuota(owner.session)).total;
    const none = { leased: 0, lost: 0, unaccounted: 0, keyed: 0 };
    try {
      await t.step(`${PROCESSES} processes, 3 boards each: exactly ${UNITS} committed`, async () => {
        const ready = await Promise.all(Array.from({ length: PROCESSES }, async (_, n) => {
          const code = await owner.enrolmentCode(`process ${n}`);
          return await startClient({ origin, code, uids: [0, 1, 2].map((k) => uidOf(n * 3 + k)) });
        }));
        const answers = (await Promise.all(ready.map((go) => go()))).flat();
        const codes = countOf(answers.map(({ code }) => code));
        assert.deepEqual(codes, { committed: UNITS, "quota-spent": PROCESSES * 3 - UNITS });
        assert.deepEqual(answers.flatMap(({ serial }) => serial ?? []).sort(), [1, 2, 3, 4, 5]);
        assert.deepEqual({ ...await quota() }, { granted: 5, free: 0, reserved: 0, committed: 5, ...none });
        const committed = answers.filter(({ code }) => code === "committed");
        assert.deepEqual(await uidsOf(site), committed.map(({ uid }) => uid).sort());
      });
      await t.step(
        `${CLIENTS} clients, 4 chips each, every request at once: exactly ${UNITS} more`,
        async () => {
          granted(await raiseOrder(owner.session, "first", UNITS));
          const clients = await Promise.all(Array.from({ length: CLIENTS }, async (_, n) => {
            return await openClient({ origin, code: await owner.enrolmentCode(`client ${n}`) });
          }));
          const uids = (n: number) => [0, 1, 2, 3].map((k) => uidOf(1_000 + n * 4 + k));
          const asked = clients.flatMap((client, n) => uids(n).map((uid) => client.ticket(uid)));
          const codes = countOf(await Promise.all(asked));
          assert.deepEqual(codes, { granted: UNITS, "quota-spent": CLIENTS * 4 - UNITS });
          assert.deepEqual({ ...await quota() }, {
            granted: 10,
            free: 0,
            reserved: 5,
            committed: 5,
            ...none,
          });
        },
      );
    } finally {
      await site.close();
    }
  },
});
