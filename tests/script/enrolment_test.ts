/**
 * Enrolment across countries: both ends show the same six words (P-76), and a man in the middle, a real server with keys of
 * its own between the two, gives other words, or is found before there are any.
 *
 * @module
 */
import assert from "node:assert/strict";
import { enrolAgent, systemPorts } from "../../agent/mod.ts";
import { createHost, initAuthority, serveAuthority, type Served } from "../../authority/mod.ts";
import { createOwnerHost, login, makeEnrolmentCode, openSession } from "../../authority/owner/mod.ts";
import { flashseal, ignore } from "./_flashseal.ts";
import { asOwner, type OwnerAtWork } from "./_owner.ts";

const SIX_WORDS = /^[a-z]{5}( [a-z]{5}){5}$/;

/** What an appliance in `folder` shows, by `agent enrol` and later by `agent status`. */
async function enrol(folder: string, origin: string, code: string) {
  return await flashseal("agent", "enrol", "--dir", folder, "--authority", origin, "--code", code, "--json");
}

async function ownersList(at: OwnerAtWork): Promise<readonly { name: string; words: string }[]> {
  return await at.done("appliance", "list") as unknown as { name: string; words: string }[];
}

Deno.test({
  name:
    "agent enrol, agent status, owner appliance list and show, and the server's log show the same six words",
  ignore,
  fn: () =>
    asOwner(async (at) => {
      const folder = `${at.folder}/appliance`;
      const { code } = await at.done("appliance", "enrol", "--name", "Line 1") as { code: string };
      const enrolled = await enrol(folder, at.origin, code);
      assert.equal(enrolled.code, 0, enrolled.err);
      const { words, appliance } = enrolled.json() as { words: string; appliance: string };
      assert.match(words, SIX_WORDS);

      const status = await flashseal("agent", "status", "--dir", folder, "--json");
      assert.equal((status.json() as { words: string }).words, words);
      const read = await flashseal("agent", "status", "--dir", folder);
      assert.match(read.out, new RegExp(`^Six words: ${words}$`, "m"));

      assert.deepEqual((await ownersList(at)).map((listed) => listed.words), [words]);
      const shown = await at.owner("appliance", "show", "Line 1");
      assert.match(shown.out, new RegExp(`^Six words: ${words}$`, "m"));
      assert.match(
        shown.out,
        new RegExp(`owner appliance revoke ${appliance}`),
        "what to do when they differ",
      );
      assert.match((await at.owner("log")).out, new RegExp(`"words":"${words}".*"appliance-enrolled"`));
    }),
});

/** Somebody in between: an owner of an authority of their own, and a server that answers in the true one's place. */
interface Middle {
  readonly authority: Served;
  /** A code of the middle's own, for an appliance of the same name. */
  readonly code: string;
  /** Answers on a port of its own with the middle's TLS key, as `answer` says, until disposed. */
  readonly stand: (answer: (path: string) => string) => { readonly origin: string } & AsyncDisposable;
  readonly stop: () => Promise<void>;
}

async function standBetween(folder: string): Promise<Middle> {
  const ports = { ...createHost(), say: () => {}, log: () => {} };
  const made = await initAuthority({ folder, ownerName: "Mallory", names: ["127.0.0.1"] }, ports);
  const authority = await serveAuthority({ folder, port: 0 }, ports);
  const world = createOwnerHost();
  const profileFile = `${folder}/profile.json`;
  const { apiKeyFile, caCertificateFile: caFile } = made;
  await login({ url: authority.origin, caFile, apiKeyFile, profileFile }, world);
  const code = await makeEnrolmentCode(await openSession(profileFile, world), {
    name: "Line 1",
    products: [],
  });
  assert.ok("granted" in code);
  return {
    authority,
    code: code.granted.code,
    stand(answer) {
      const server = Deno.serve({
        hostname: "127.0.0.1",
        port: 0,
        cert: Deno.readTextFileSync(`${folder}/tls/certificate.pem`),
        key: Deno.readTextFileSync(`${folder}/tls/certificate-key.pem`),
        onListen: () => {},
      }, async (request) => {
        const { pathname, search } = new URL(request.url);
        const { method, headers } = request;
        const body = method === "POST" ? { body: await request.bytes() } : {};
        const on = new Request(`${answer(pathname)}${pathname}${search}`, { method, headers, ...body });
        return await systemPorts(() => {}).network.blind(on);
      });
      return {
        origin: `https://127.0.0.1:${server.addr.port}`,
        [Symbol.asyncDispose]: () => server.shutdown(),
      };
    },
    async stop() {
      world.close();
      await authority.stop();
    },
  };
}

Deno.test({
  name: "a man in the middle without the code's secret is found by the appliance, which enrols nowhere",
  ignore,
  fn: () =>
    asOwner(async (at) => {
      const middle = await standBetween(`${at.folder}/mallory`);
      try {
        const { code } = await at.done("appliance", "enrol", "--name", "Line 1") as { code: string };
        // All answers are the true server's; only the TLS key is the middle's.
        await using relay = middle.stand(() => at.origin);
        const relayed = await enrol(`${at.folder}/relayed`, relay.origin, code);
        assert.equal(relayed.code, 69, relayed.out + relayed.err);
        // The middle gives its own root for the true one.
        await using own = middle.stand(() => middle.authority.origin);
        const replaced = await enrol(`${at.folder}/replaced`, own.origin, code);
        assert.deepEqual(
          [replaced.code, /this is another server/.test(replaced.err)],
          [65, true],
          replaced.err,
        );
        // The true root, the middle's enrolment.
        await using mixed = middle.stand((path) =>
          path === "/v1/trust" ? at.origin : middle.authority.origin
        );
        const half = await enrol(`${at.folder}/half`, mixed.origin, code);
        assert.equal(half.code, 69, half.out + half.err);
        assert.deepEqual(await ownersList(at), []);
        // The code was not used up by any of it.
        assert.equal((await enrol(`${at.folder}/true`, at.origin, code)).code, 0);
      } finally {
        await middle.stop();
      }
    }),
});

Deno.test({
  name:
    "a man in the middle who also changed the code goes unnoticed by both programs, and the six words differ",
  ignore,
  fn: () =>
    asOwner(async (at) => {
      const middle = await standBetween(`${at.folder}/mallory`);
      try {
        const { code } = await at.done("appliance", "enrol", "--name", "Line 1") as { code: string };
        await using between = middle.stand(() => middle.authority.origin);
        const enrolled = await enrol(`${at.folder}/appliance`, between.origin, middle.code);
        assert.equal(enrolled.code, 0, enrolled.err);
        const there = { folder: `${at.folder}/mallory/as-the-appliance`, origin: at.origin, code };
        const stranger = await enrolAgent(there, systemPorts(() => {}));
        assert.ok("enrolled" in stranger);

        const [listed, ...more] = await ownersList(at);
        const shown = enrolled.json() as { name: string; words: string };
        assert.deepEqual([listed?.name, more], [shown.name, []], "all else looks right on both screens");
        assert.match(shown.words, SIX_WORDS);
        assert.notEqual(listed?.words, shown.words);
        assert.equal(listed?.words, stranger.enrolled.words);
      } finally {
        await middle.stop();
      }
    }),
});
