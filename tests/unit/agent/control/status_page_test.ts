import assert from "node:assert/strict";
import { raiseOrder } from "../../../../authority/owner/mod.ts";
import { type AgentPorts, makeBoardFile, runAgent, setPin } from "../../../../agent/mod.ts";
import { deploy, type Deployment, granted, random, until } from "./deployment.ts";

const allowed = (["read", "write", "net", "env"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");
const ignore = !allowed;
if (ignore) {
  console.log("the status page's tests with a real agent need disk and network: run `deno task test`");
}

const PIN = "90210417";

/** Runs the agent of a deployment while `work` looks at its page. */
async function whileRunning(
  { agentFolder, ports, events }: Deployment,
  work: (url: string) => Promise<void>,
  change: Partial<AgentPorts> = {},
): Promise<void> {
  const stop = new AbortController();
  const running = runAgent({ folder: agentFolder, signal: stop.signal }, { ...ports, ...change });
  try {
    await until(() => events.some(({ kind }) => kind === "listening"), 30_000, "the page is there");
    const listening = events.findLast((event) => event.kind === "listening");
    assert.ok(listening?.kind === "listening");
    await work(listening.url);
  } finally {
    stop.abort();
    await running;
  }
}

const ends = ({ events }: Deployment) =>
  events.flatMap((event) => event.kind === "ended" ? [event.result] : []);
const wordOf = (html: string) => /<span class="word">([^<]+)</.exec(html)?.[1];

function tryAgain(url: string, pin: string): Promise<Response> {
  return fetch(`${url}stations/station-1/again`, {
    method: "POST",
    redirect: "manual",
    headers: { "Content-Type": "application/x-www-form-urlencoded", Origin: new URL(url).origin },
    body: `pin=${pin}`,
  });
}

Deno.test({
  name:
    "a person with the PIN lets a waiting station, and one whose board was refused, try again now; a board that is taken out shows",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 1 });
    const { events, ports, agentFolder, owner } = deployment;
    await setPin(agentFolder, PIN, random);
    // Whatever would try again by itself never does: only the person's word is left.
    const pause = (ms: number, signal: AbortSignal) => ports.pause(ms === 2_000 ? 600_000 : ms, signal);
    try {
      const first = deployment.putBoard("01");
      await whileRunning(deployment, async (url) => {
        const word = async () => wordOf(await (await fetch(url)).text());
        const cookieless = async (pin: string) => (await tryAgain(url, pin)).status;
        await until(() => ends(deployment).length === 1, 60_000, "the first delivery ends");
        assert.equal(await word(), "Good");
        assert.equal(await cookieless(PIN), 400, "there is nothing to try again");
        const copy = Deno.readFileSync(first.path);
        await Deno.remove(first.path);
        await until(() => events.some(({ kind }) => kind === "board-out"), 10_000, "the board is out");
        assert.equal(await word(), "Ready");

        Deno.writeFileSync(`${agentFolder}/boards/02.board`, copy);
        await until(() => ends(deployment).length === 2, 60_000, "a delivered board is met again");
        assert.equal(ends(deployment)[1]?.cause, "delivered-already");
        assert.equal(await word(), "Good");
        assert.match(await (await fetch(url)).text(), /Good 1 · Bad 0/, "the board is a good one");
        assert.match(
          await (await fetch(`${url}metrics`)).text(),
          /^flashseal_deliveries_recorded\{outcome="refused"\} 0$/m,
        );
        assert.equal(await cookieless(PIN), 303);
        await until(() => ends(deployment).length === 3, 60_000, "the same board is taken up again");

        await Deno.remove(`${agentFolder}/boards/02.board`);
        deployment.putBoard("03");
        await until(() => events.some(({ kind }) => kind === "waiting"), 60_000, "the order is used up");
        assert.equal(await word(), "Blocked");
        granted(await raiseOrder(owner, "first", 1));
        assert.equal(await cookieless(PIN), 303);
        await until(() => ends(deployment).length === 4, 60_000, "the station went on when it was told to");
        assert.equal(ends(deployment)[3]?.outcome, "delivered");
      }, { pause });
      assert.doesNotMatch(JSON.stringify(events), new RegExp(PIN), "the PIN is in an event");
    } finally {
      await deployment.stop();
    }
  },
});

Deno.test({
  name:
    "a station that could not work on a board is rung by a person, and works again when the board is out or the folder is back",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 1 });
    const { events, ports, agentFolder } = deployment;
    await setPin(agentFolder, PIN, random);
    const boards = `${agentFolder}/boards`;
    const count = (kind: string) => events.filter((event) => event.kind === kind).length;
    const sees = (kind: string, times: number) =>
      until(() => count(kind) === times, 30_000, `${kind}, ${times} times`);
    // As often as in life, but sooner.
    const pause = (ms: number, signal: AbortSignal) => ports.pause(ms === 2_000 ? 100 : ms, signal);
    try {
      await whileRunning(deployment, async (url) => {
        const word = async () => wordOf(await (await fetch(url)).text());
        const ring = async () => assert.equal((await tryAgain(url, PIN)).status, 303);
        Deno.writeTextFileSync(`${boards}/01.board`, "no board");
        await sees("station-fault", 1);
        assert.equal(await word(), "Fault");
        await ring();
        await sees("station-fault", 2);
        await Deno.remove(`${boards}/01.board`);
        await sees("board-out", 1);
        assert.equal(await word(), "Ready");

        Deno.writeTextFileSync(`${boards}/02.board`, "no board");
        await sees("station-fault", 3);
        await Deno.rename(boards, `${boards}-away`);
        await until(() => count("station-fault") > 3, 30_000, "the folder cannot be read");
        await Deno.rename(`${boards}-away`, boards);
        const lastFault = () => events.findLast((event) => event.kind === "station-fault")?.message;
        const own = events.find((event) => event.kind === "station-fault")?.message;
        await until(
          () => lastFault() === own?.replace("01.board", "02.board"),
          30_000,
          "the board's own fault",
        );
        assert.equal(count("station-works"), 0);
        makeBoardFile(`${agentFolder}/good`, { chip: "stm32g0-8k", uid: random(12), random });
        await Deno.rename(`${agentFolder}/good`, `${boards}/02.board`);
        await ring();
        await until(() => ends(deployment).length === 1, 60_000, "the board is taken up again");
        assert.equal(await word(), "Good");

        await Deno.rename(boards, `${boards}-away`);
        await until(() => lastFault() !== own?.replace("01.board", "02.board"), 30_000, "no folder again");
        const reasons = events.flatMap((event) => event.kind === "station-fault" ? [event.reason] : []);
        assert.deepEqual([...new Set(reasons)].sort(), ["board-unreadable", "boards-unreadable"]);
        assert.equal(await word(), "Fault");
        await Deno.rename(`${boards}-away`, boards);
        await sees("station-works", 1);
        assert.equal(await word(), "Good", "the good board is still in its place");
      }, { pause });
    } finally {
      await deployment.stop();
    }
  },
});

Deno.test({
  name: "the agent stops although pages are open, and a stream tells a change",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 1 });
    try {
      let stream: ReadableStreamDefaultReader<Uint8Array> | undefined;
      await whileRunning(deployment, async (url) => {
        stream = (await fetch(`${url}events`)).body!.getReader();
        deployment.putBoard("01");
        let text = "";
        while (!/class="word">Good</.test(text)) {
          const { value, done } = await stream.read();
          assert.ok(!done, "the stream ended");
          text += new TextDecoder().decode(value);
        }
        assert.match(text, /Ready/);
      });
      let isDone = false;
      while (!isDone) ({ done: isDone } = await stream!.read().catch(() => ({ done: true })));
    } finally {
      await deployment.stop();
    }
  },
});

/** Keeps every random number that this process draws: all of its secrets are among them. */
function recordDraws(): { readonly draws: Uint8Array[]; readonly end: () => void } {
  const draws: Uint8Array[] = [];
  const original = crypto.getRandomValues;
  crypto.getRandomValues = <T extends ArrayBufferView | null>(array: T): T => {
    const filled = original.call(crypto, array as never) as T;
    if (filled instanceof Uint8Array) draws.push(filled.slice());
    return filled;
  };
  return { draws, end: () => void (crypto.getRandomValues = original) };
}

Deno.test({
  name: "no secret stands on any page: keys, T, release key, seal key, PIN, enrolment code",
  ignore,
  async fn() {
    const recorder = recordDraws();
    const deployment = await deploy({ granted: 3, lent: 2 });
    const { agentFolder, code } = deployment;
    await setPin(agentFolder, PIN, random);
    const pages = new Map<string, string>();
    const look = async (url: string) => {
      const uids = ends(deployment).map(({ uid }) => uid);
      const ids = ends(deployment).map(({ delivery }) => delivery);
      const paths = [
        ..."/ /status.json /alarms /health /devices /devices?uid=0000 /stations/station-1 /stations/station-1/again /page.js"
          .split(" "),
        ...uids.map((uid) => `/devices/${uid}`),
        ...ids.map((id) => `/deliveries/${id}`),
      ];
      for (const path of paths) pages.set(path, await (await fetch(new URL(path, url))).text());
      pages.set("the answer to a wrong PIN", await (await tryAgain(url, "0000")).text());
    };
    try {
      await whileRunning(deployment, async (url) => {
        deployment.putBoard("01");
        await until(() => ends(deployment).length === 1, 60_000, "the first delivery ends");
        await until(() => deployment.events.some(({ kind }) => kind === "synced"), 30_000, "units are lent");
        await deployment.authority().stop();
        deployment.putBoard("02");
        await until(() => ends(deployment).length === 2, 60_000, "the second delivery ends");
        assert.deepEqual(ends(deployment).map(({ outcome, mode }) => `${outcome} ${mode}`), [
          "delivered online",
          "delivered offline",
        ]);
        await look(url);
      });
    } finally {
      recorder.end();
    }
    const { sealKeyFile } = JSON.parse(Deno.readTextFileSync(`${agentFolder}/config.json`));
    const pin = JSON.parse(Deno.readTextFileSync(`${agentFolder}/pin.json`));
    // Ids are 16 bytes and less, and are shown; keys are 32 and more.
    const keys = recorder.draws.filter(({ length }) => length >= 32);
    const sealKey = Deno.readTextFileSync(sealKeyFile).trim();
    assert.ok(keys.some((key) => key.toHex() === sealKey), "the appliance's seal key is not among the draws");
    assert.ok(keys.length > 10);
    const texts = keys.flatMap((
      key,
    ) => [key.toHex(), key.toBase64(), key.toBase64({ alphabet: "base64url" })]);
    const certificates = ends(deployment).map(({ certificate }) => certificate ?? "");
    for (const [path, page] of pages) {
      for (const secret of [...texts, PIN, pin.hash, pin.salt, code, sealKeyFile]) {
        assert.ok(
          !page.toLowerCase().includes(secret.toLowerCase().replace(/=+$/, "")),
          `a secret is on ${path}`,
        );
      }
      // A certificate is no secret, but it is what the personal region holds: the pages for people do without.
      if (path !== "/status.json") { for (const one of certificates) assert.ok(!page.includes(one), path); }
    }
    await deployment.stop();
  },
});
