/**
 * Test definitions that need the published vectors in `../shared`, which is not part of the repository: ignored with a hint
 * where it is missing or may not be read; under CI=true a missing folder is a failure.
 * @module
 */

const SHARED = new URL("../../../../shared/", import.meta.url);

function state(): "present" | "missing" | "no permission" {
  if (Deno.permissions.querySync({ name: "read", path: SHARED }).state !== "granted") return "no permission";
  try {
    return Deno.statSync(SHARED).isDirectory ? "present" : "missing";
  } catch {
    return "missing";
  }
}

function underCi(): boolean {
  const granted = Deno.permissions.querySync({ name: "env", variable: "CI" }).state === "granted";
  return granted && Deno.env.get("CI") === "true";
}

/** Returns a test that runs with `../shared`, is ignored without, and fails without when CI=true. */
export function fromShared(name: string, fn: () => void): Deno.TestDefinition {
  const found = state();
  if (found === "present") return { name, fn };
  if (found === "missing" && underCi()) {
    return {
      name,
      fn: () => {
        throw new Error(`Cannot run "${name}": the folder ../shared is missing`);
      },
    };
  }
  console.log(
    `ignored: ${name}: ${found === "missing" ? "no ../shared" : "run deno task test, which may read files"}`,
  );
  return { name, ignore: true, fn };
}

/** Reads a file of `../shared`. */
export function readShared(path: string): string {
  return Deno.readTextFileSync(new URL(path, SHARED));
}
