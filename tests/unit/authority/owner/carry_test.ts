/**
 * The owner's machine as the wire (P-66): messages go as they are, under the name that the appliance signed; what was
 * answered before a cut is kept; a page of somebody in between is no reply.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  decodeMessageFile,
  decodeReplyFile,
  encodeMessageFile,
  type Fetch,
} from "../../../../authority/api/mod.ts";
import { carryFile, type OwnerSession } from "../../../../authority/owner/mod.ts";
import { Fault, Malformed, parseOwnerId } from "../../../../bootloader/wire/mod.ts";
import { ignore, type Stick, withStick } from "../../agent/sync/_stick.ts";
import { CA_TEXT, granted, random } from "../_world.ts";
import { MemoryFiles } from "./_owner_world.ts";

const ADDRESS = "https://10.0.0.7:9443";

/** A session of an owner who reaches the server under another name than the appliance does. */
async function sessionOf(stick: Stick, fetch: Fetch): Promise<{ session: OwnerSession; files: MemoryFiles }> {
  const { owner, name } = granted(await stick.world.owner.owner());
  const files = new MemoryFiles();
  const world = {
    files,
    connect: () => fetch,
    random,
    nowMs: () => stick.world.clock.nowMs,
    wait: () => Promise.resolve(),
  };
  const rootPublicKey = stick.world.rootPublicKey.toHex();
  const profile = { url: ADDRESS, caCertificate: CA_TEXT, apiKeyFile: "key", owner, name, rootPublicKey };
  return { session: { profile, client: stick.world.owner, world }, files };
}

/** The server as its socket hands requests on: the host is what the request says it is. */
function served(stick: Stick): Fetch {
  return async (request) => {
    const { pathname, search, origin } = new URL(request.url);
    assert.equal(origin, ADDRESS, "the connection goes where the owner is logged in");
    const url = `https://${request.headers.get("host")}${pathname}${search}`;
    const { method, headers } = request;
    const body = request.body === null ? {} : { body: await request.bytes() };
    return await stick.world.fetch(new Request(url, { method, headers, ...body }));
  };
}

async function messages(stick: Stick): Promise<Uint8Array> {
  stick.online = false;
  await stick.allow(3);
  await stick.trip();
  return await stick.export();
}

const asked = { file: "out", replyFile: "back" };

Deno.test({
  name:
    "carryFile() brings every message to the server under the appliance's own name for it, and the replies back",
  ignore,
  fn: () =>
    withStick(async (stick) => {
      const { session, files } = await sessionOf(stick, served(stick));
      files.files.set("out", await messages(stick));
      const done = await carryFile(session, asked);
      assert.ok("granted" in done, JSON.stringify(done));
      assert.deepEqual([done.granted.name, done.granted.messages], ["line 1", 3]);
      assert.deepEqual(done.granted.replies.map(({ route, refused }) => [route, refused]), [
        ["lease", null],
        ["denials", null],
        ["state", null],
      ]);
      assert.equal((await stick.import(files.files.get("back")!)).lent, 3);
    }),
});

Deno.test({
  name: "carryFile() keeps what was answered before the network failed, and says what is missing",
  ignore,
  fn: () =>
    withStick(async (stick) => {
      let sent = 0;
      const cut: Fetch = (request) =>
        !isTrust(request) && ++sent > 1
          ? Promise.reject(new TypeError("the network failed"))
          : served(stick)(request);
      const { session, files } = await sessionOf(stick, cut);
      files.files.set("out", await messages(stick));
      await assert.rejects(carryFile(session, asked), (error) => {
        assert.ok(error instanceof Fault);
        assert.match(error.message, /replies to 1 of 3 messages are in "back": import it/);
        return true;
      });
      assert.equal((await stick.import(files.files.get("back")!)).lent, 3);
    }),
});

const isTrust = ({ url }: Request) => url.endsWith("/v1/trust");
const page = () => Promise.resolve(new Response("log in"));
const failing = () => Promise.resolve(new Response("{}", { status: 503 }));
const REFUSED: readonly (readonly [string, RegExp, (stick: Stick) => Fetch])[] = [
  ["a page of somebody in between", /keys: something stands between/, () => page],
  [
    "a page of somebody who lets the keys through",
    /not signed: something stands between/,
    (stick) => (request) => isTrust(request) ? served(stick)(request) : page(),
  ],
  ["a server that fails", /failed with status 503/, () => failing],
  [
    "a server that fails at messages",
    /failed with status 503/,
    (stick) => (request) => isTrust(request) ? served(stick)(request) : failing(),
  ],
];
for (const [what, says, fetchOf] of REFUSED) {
  Deno.test({
    name: `carryFile() takes no reply from ${what}, and writes none`,
    ignore,
    fn: () =>
      withStick(async (stick) => {
        const { session, files } = await sessionOf(stick, fetchOf(stick));
        files.files.set("out", await messages(stick));
        await assert.rejects(carryFile(session, asked), says);
        assert.equal(files.files.has("back"), false);
      }),
  });
}

Deno.test({
  name: "carryFile() refuses another owner's file, no file, and a place where another file lies",
  ignore,
  fn: () =>
    withStick(async (stick) => {
      const { session, files } = await sessionOf(stick, () => assert.fail("nothing may be sent"));
      await assert.rejects(carryFile(session, asked), Malformed);
      const file = decodeMessageFile(await messages(stick));
      files.files.set("out", encodeMessageFile({ ...file, owner: parseOwnerId("77".repeat(8)) }));
      const other = await carryFile(session, asked);
      assert.ok("refused" in other && /for owner 7777/.test(other.refused.detail ?? ""));
      files.files.set("out", encodeMessageFile(file));
      files.files.set("back", new TextEncoder().encode("the only copy of a firmware"));
      await assert.rejects(carryFile(session, asked), /another file is there/);
      assert.throws(() => decodeReplyFile(files.files.get("back")!), Malformed);
    }),
});
