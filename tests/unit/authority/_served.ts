/**
 * An authority on this machine's disk, for tests of init and serve.
 *
 * @module
 */
import { request as httpsRequest } from "node:https";
import { createHost, initAuthority } from "../../../authority/mod.ts";
import { makeChannelCertificates } from "../../../authority/http/mod.ts";
import { random } from "./_world.ts";

export const allowed = (["read", "write", "net"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");
if (!allowed) {
  console.log("the tests of init and serve need --allow-read --allow-write --allow-net: deno task test");
}

export const NAMES = ["127.0.0.1", "localhost"];

export function channel(names: readonly string[]) {
  return makeChannelCertificates({ names, nowMs: Date.now(), random });
}

export async function made() {
  const folder = await Deno.makeTempDir();
  const lines: string[] = [];
  const ports = {
    ...createHost(),
    say: (line: string) => lines.push(line),
    log: (line: string) => lines.push(line),
  };
  const result = await initAuthority({ folder: `${folder}/a`, ownerName: "Test owner", names: NAMES }, ports);
  return { folder, lines, ports, result, remove: () => Deno.remove(folder, { recursive: true }) };
}

/** The carrier before anything is trusted: it checks no certificate. */
export function unchecked(request: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      request.url,
      { method: request.method, rejectUnauthorized: false },
      (message) => {
        const parts: Uint8Array<ArrayBuffer>[] = [];
        message.on("data", (part: Uint8Array) => parts.push(new Uint8Array(part)));
        message.on(
          "end",
          () => resolve(new Response(new Blob(parts), { status: message.statusCode ?? 500 })),
        );
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}
