/**
 * The appliance's HTTPS client on a network that swallows connections: what has not left is tried again, what may have
 * left is not, unless it was for a connection that was kept.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { listenHttps } from "../../../../authority/host/mod.ts";
import { makeChannelCertificates } from "../../../../authority/http/mod.ts";
import { systemNetwork } from "../../../../agent/control/network.ts";

const ignore = Deno.permissions.querySync({ name: "net" }).state !== "granted";
if (ignore) console.log("tests of the appliance's network listen on loopback: run `deno task test`");

/** What becomes of a connection: it is carried, or closed once so many bytes have gone to the server. */
type Fate = "carried" | { readonly closedAfter: number };

/** A server behind a wire that gives each connection its fate. */
async function makeServer(fates: readonly Fate[], onAsked: (times: number) => void = () => {}) {
  const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
  const certificates = await makeChannelCertificates({ names: ["127.0.0.1"], nowMs: Date.now(), random });
  const asked: string[] = [];
  const server = await listenHttps({
    ...certificates,
    host: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      onAsked(asked.push(await request.text()));
      return new Response("heard");
    },
  });
  let connections = 0;
  const open = new Set<Socket>();
  const wire = createServer((client) => {
    const fate = fates[connections++] ?? "carried";
    const upstream = connect(server.port, "127.0.0.1");
    for (const socket of [client, upstream]) {
      open.add(socket);
      // The other end's failure is what the test is about.
      socket.on("error", () => {});
    }
    let passed = 0;
    client.on("data", (bytes: Uint8Array) => {
      passed += bytes.length;
      if (fate === "carried" || passed <= fate.closedAfter) return void upstream.write(bytes);
      client.destroy();
      upstream.destroy();
    });
    upstream.on("data", (bytes: Uint8Array) => void client.write(bytes));
  });
  await new Promise<void>((resolve) => wire.listen(0, "127.0.0.1", resolve));
  const network = systemNetwork().trusting(certificates.caCertificate);
  const url = `https://127.0.0.1:${(wire.address() as AddressInfo).port}/`;
  return {
    asked,
    connections: () => connections,
    post: (signal = new AbortController().signal) =>
      network.fetch(new Request(url, { method: "POST", body: "x".repeat(4_000), signal })),
    postAlone: () => network.fetchAlone(new Request(url, { method: "POST", body: "x".repeat(4_000) })),
    closeKept: () => network.close(),
    async close() {
      network.close();
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => wire.close(resolve));
      await server.stop();
    },
  };
}

Deno.test({
  name: "a connection that ends before TLS stands is made again, and the request leaves once (P-29)",
  ignore,
  async fn() {
    const server = await makeServer([{ closedAfter: 0 }, { closedAfter: 0 }]);
    try {
      const response = await server.post();
      assert.equal(await response.text(), "heard");
      assert.equal(server.connections(), 3);
      assert.equal(server.asked.length, 1);
    } finally {
      await server.close();
    }
  },
});

Deno.test({
  name: "after three connections that do not stand the network's own reason is thrown",
  ignore,
  async fn() {
    const server = await makeServer(Array.from({ length: 4 }, () => ({ closedAfter: 0 })));
    try {
      await assert.rejects(
        server.post(),
        (error) => error instanceof Error && error.message !== "Cannot connect",
      );
      assert.equal(server.connections(), 3);
    } finally {
      await server.close();
    }
  },
});

Deno.test({
  name: "a request that may have left is not repeated, though its answer never came (P-29)",
  ignore,
  async fn() {
    // The hello and the end of the handshake pass (some 600 bytes), a part of the request with them.
    const server = await makeServer([{ closedAfter: 1_500 }]);
    try {
      await assert.rejects(server.post());
      assert.equal(server.connections(), 1);
      assert.equal(server.asked.length, 0);
    } finally {
      await server.close();
    }
  },
});

Deno.test({
  name:
    "requests follow one another on one connection, also after the signal of one that was answered was aborted",
  ignore,
  async fn() {
    const server = await makeServer([]);
    try {
      for (let n = 0; n < 3; n++) {
        const over = new AbortController();
        const response = await server.post(over.signal);
        assert.equal(await response.text(), "heard");
        over.abort();
      }
      assert.equal(server.connections(), 1);
      assert.equal(server.asked.length, 3);
    } finally {
      await server.close();
    }
  },
});

Deno.test({
  name: "a request that counts each time goes by a connection of its own (P-29)",
  ignore,
  async fn() {
    const server = await makeServer([]);
    try {
      assert.equal(await (await server.post()).text(), "heard");
      assert.equal(await (await server.postAlone()).text(), "heard");
      assert.equal(await (await server.postAlone()).text(), "heard");
      assert.equal(server.connections(), 3);
    } finally {
      await server.close();
    }
  },
});

Deno.test({
  name: "what a kept connection has lost is repeated on a new one, and there once",
  ignore,
  async fn() {
    // The first request passes whole, the second is cut off in the middle; so is what repeats it, where it has left.
    const server = await makeServer([{ closedAfter: 7_000 }, { closedAfter: 1_500 }]);
    try {
      assert.equal(await (await server.post()).text(), "heard");
      await assert.rejects(server.post());
      assert.equal(server.connections(), 2);
      assert.equal(server.asked.length, 1);
      assert.equal(await (await server.post()).text(), "heard");
      assert.equal(server.connections(), 3);
    } finally {
      await server.close();
    }
  },
});

Deno.test({
  name: "a request on a kept connection that is broken off is not repeated",
  ignore,
  async fn() {
    const over = new AbortController();
    const server = await makeServer([], (times) => {
      if (times === 2) over.abort();
    });
    try {
      assert.equal(await (await server.post()).text(), "heard");
      await assert.rejects(server.post(over.signal));
      assert.equal(server.connections(), 1);
      assert.equal(server.asked.length, 2);
    } finally {
      await server.close();
    }
  },
});

Deno.test({
  name: "a server that has ended every kept connection costs a request one of them, not each",
  ignore,
  async fn() {
    const server = await makeServer(Array.from({ length: 3 }, () => ({ closedAfter: 7_000 })));
    try {
      const together = await Promise.all([server.post(), server.post(), server.post()]);
      for (const response of together) assert.equal(await response.text(), "heard");
      assert.equal(server.connections(), 3);
      assert.equal(await (await server.post()).text(), "heard");
      assert.equal(server.connections(), 4);
      assert.equal(server.asked.length, 4);
    } finally {
      await server.close();
    }
  },
});

Deno.test({
  name: "close() ends the connections that are kept",
  ignore,
  async fn() {
    const server = await makeServer([]);
    try {
      assert.equal(await (await server.post()).text(), "heard");
      server.closeKept();
      assert.equal(await (await server.post()).text(), "heard");
      assert.equal(server.connections(), 2);
    } finally {
      await server.close();
    }
  },
});
