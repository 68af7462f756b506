/**
 * Mounts `forgetful.py`, the file system that loses what was not synchronised, and gives it orders. Knows no database.
 *
 * @module
 */
import assert from "node:assert/strict";

const PYTHON = "/usr/bin/python3";
const SCRIPT = new URL("forgetful.py", import.meta.url).pathname;
const MOUNT_MS = 20_000;
const HINT =
  "needs Linux with /dev/fuse and the Debian packages python3-fusepy and fuse3, run by `deno task peers`";

/** What the cuts took so far, as the file system counted it. */
export interface Toll {
  readonly cuts: number;
  /** Cuts that took at least one write or name. */
  readonly cutsThatLost: number;
  readonly writesLost: number;
  readonly namesLost: number;
  readonly syncs: number;
}

/** A mounted file system. */
export interface Forgetful {
  readonly folder: string;
  /** The supply fails: what is not synchronised is lost, torn or half there, as `seed` decides. */
  cut(seed: string): void;
  /** Everything is on the disk. */
  settle(): void;
  /** Sets the size of the disk in bytes; null takes the limit away. */
  limit(bytes: number | null): void;
  toll(): Toll;
  unmount(): Promise<void>;
}

/** Tells whether these tests must be skipped; throws under CI, where nothing may be skipped. */
export function mustSkip(what: string): boolean {
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted") return true;
  if (isInstalled()) return false;
  if (Deno.env.get("CI") === "true") throw new Error(`Cannot skip ${what} under CI=true: it ${HINT}`);
  console.warn(`skipped: ${what} ${HINT}`);
  return true;
}

function isInstalled(): boolean {
  try {
    Deno.statSync("/dev/fuse");
    const imports = "try:\n import fusepy\nexcept ImportError:\n import fuse";
    return new Deno.Command(PYTHON, { args: ["-c", imports], stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** Mounts an empty file system on a folder of its own. */
export async function mountForgetful(): Promise<Forgetful> {
  const folder = await Deno.makeTempDir({ prefix: "flashseal-forgetful-" });
  const child = new Deno.Command(PYTHON, {
    args: [SCRIPT, folder],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const control = `${folder}/.control`;
  const end = Date.now() + MOUNT_MS;
  while (!exists(control)) {
    assert.ok(Date.now() < end, `forgetful.py was not mounted within ${MOUNT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const command = (text: string) => Deno.writeTextFileSync(control, text, { create: false });
  return {
    folder,
    cut: (seed) => command(`cut ${seed}`),
    settle: () => command("settle"),
    limit: (bytes) => command(`limit ${bytes ?? 0}`),
    toll: () => JSON.parse(Deno.readTextFileSync(control)) as Toll,
    async unmount() {
      // fusepy takes SIGTERM for an order to unmount.
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(folder);
    },
  };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
