/** Long replies over a real TLS socket: as the peer takes them, ended with the peer, and never cut off in silence. @module */

import assert from "node:assert/strict";
import { request as httpsRequest } from "node:https";
import { makeChannelCertificates } from "../../../../authority/http/mod.ts";
import { createHost } from "../../../../authority/mod.ts";
import { random } from "../_world.ts";

const allowed = (["read", "write", "net"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

const PIECE = 65_536;
/** 64 MB: more than any socket's memory. */
const PIECES = 1024;

/** Counts what is made of a body, and whether it was ended early. */
class Body {
  made = 0;
  readonly #ended = Promise.withResolvers<void>();
  readonly #fails: boolean;

  constructor(fails = false) {
    this.#fails = fails;
  }

  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream({
      pull: (controller) => {
        this.made += 1;
        if (this.#fails && this.made === 3) return controller.error(new Error("the disk failed"));
        controller.enqueue(new Uint8Array(PIECE));
        if (this.made === PIECES) controller.close();
      },
      cancel: () => this.#ended.resolve(),
    });
  }

  /** Waits until the server has ended it; a server that never does fails the test instead of holding it up. */
  async ended(): Promise<void> {
    const timer = setTimeout(() => this.#ended.reject(new Error("the body was never ended")), 30_000);
    await this.#ended.promise.finally(() => clearTimeout(timer));
  }
}

async function served(answer: () => Response, idleMs = 30_000) {
  const { certificate, key, caCertificate } = await makeChannelCertificates({
    names: ["127.0.0.1"],
    nowMs: Date.now(),
    random,
  });
  const listening = await createHost().listen({
    host: "127.0.0.1",
    port: 0,
    certificate,
    key,
    idleMs,
    fetch: () => Promise.resolve(answer()),
  });
  return { ...listening, caCertificate };
}

type Server = Awaited<ReturnType<typeof served>>;

/** Asks over a socket whose bytes are taken by hand. */
async function asked({ port, caCertificate }: Server): Promise<Deno.TlsConn> {
  const socket = await Deno.connectTls({ hostname: "127.0.0.1", port, caCerts: [caCertificate] });
  await socket.write(new TextEncoder().encode("GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"));
  return socket;
}

/** Waits until a body is made no further: the peer's memory and ours are full. */
async function standstill(body: Body): Promise<number> {
  for (let before = -1; before !== body.made || before === 0;) {
    before = body.made;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return body.made;
}

/** Returns length, headers and how the reply ended, as a client has them. */
function heard(server: Server): Promise<{ length: number; declared: string | undefined; whole: boolean }> {
  return new Promise((resolve, reject) => {
    const options = { ca: server.caCertificate, agent: false } as const;
    const sent = httpsRequest(`https://127.0.0.1:${server.port}/`, options, (message) => {
      let length = 0;
      const declared = message.headers["content-length"];
      message.on("data", (part: Uint8Array) => length += part.length);
      message.on("end", () => resolve({ length, declared, whole: message.complete }));
      message.on("error", () => resolve({ length, declared, whole: false }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

Deno.test("a long body is made as the peer takes it, and comes whole", { ignore: !allowed }, async () => {
  const body = new Body();
  const server = await served(() => new Response(body.stream()));
  const slow = await asked(server);
  assert(await standstill(body) < PIECES, "all of it was made before anybody took it");
  slow.close();
  await body.ended();
  const again = new Body();
  const other = await served(() => new Response(again.stream()));
  assert.deepEqual(await heard(other), { length: PIECE * PIECES, declared: undefined, whole: true });
  await server.stop();
  await other.stop();
});

Deno.test("a peer that takes nothing is let go, and its body ended", { ignore: !allowed }, async () => {
  const body = new Body();
  const server = await served(() => new Response(body.stream()), 1000);
  const idle = await asked(server);
  await body.ended();
  assert(body.made < PIECES);
  idle.close();
  await server.stop();
});

Deno.test("a body that fails in the middle is no whole file for anybody", { ignore: !allowed }, async () => {
  const server = await served(() => new Response(new Body(true).stream()));
  const { whole } = await heard(server).catch(() => ({ whole: false }));
  assert.equal(whole, false);
  await server.stop();
});

Deno.test("a body of one piece, or none, has its length", { ignore: !allowed }, async () => {
  for (const [text, length] of [["", "0"], ["hello", "5"], ["x".repeat(1_000_000), "1000000"]] as const) {
    const server = await served(() => new Response(text));
    assert.equal((await heard(server)).declared, length);
    await server.stop();
  }
  const server = await served(() => new Response(null, { status: 204 }));
  assert.equal((await heard(server)).length, 0);
  await server.stop();
});
