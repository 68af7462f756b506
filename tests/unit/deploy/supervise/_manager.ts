/**
 * Starts the stand-in for the service manager, and keeps what it was told.
 *
 * @module
 */
import { TextLineStream } from "./_lines.ts";

const RECEIVER = new URL("./_datagrams.ts", import.meta.url).pathname;

/** Whoever listens at NOTIFY_SOCKET. */
export interface Manager {
  readonly address: string;
  /** Every datagram, oldest first. */
  readonly told: readonly string[];
  readonly stop: () => Promise<void>;
}

/** Binds a socket in `folder`; resolves when it takes datagrams. */
export async function startManager(folder: string): Promise<Manager> {
  const address = `${folder}/notify`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--unstable-net", RECEIVER, address],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const told: string[] = [];
  const bound = Promise.withResolvers<void>();
  const read = (async () => {
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    for await (const line of lines) {
      const text = JSON.parse(line) as string;
      if (text === "bound") bound.resolve();
      else told.push(text);
    }
    bound.reject(new Error("the stand-in for the service manager did not bind its socket"));
  })();
  await bound.promise;
  return {
    address,
    told,
    async stop() {
      child.kill("SIGTERM");
      await Promise.all([child.status, read.catch(() => {})]);
      bound.promise.catch(() => {});
    },
  };
}
