/**
 * Files of replies for a running agent: laid into a folder of the appliance, taken by the agent between two rounds,
 * answered beside them. A file that lies there when the agent starts is taken then. Knows nothing of their content.
 *
 * @module
 */
import { Fault, Malformed } from "../../bootloader/wire/mod.ts";
import { syncFolderOf } from "./config.ts";
import type { AgentPorts } from "./ports.ts";

/** How often the agent looks, in milliseconds. */
const LOOK_MS = 500;
/** How long an import waits for the running agent, in milliseconds; a round on a bad network takes its time. */
const WAIT_MS = 60_000;

const WAITING = ".reply";
const TAKEN = ".taken";

type Answer<T> =
  | { readonly result: T }
  | { readonly failed: "malformed" | "fault"; readonly message: string };

/** Lays a file into the inbox, durably; returns its name there. The same content has the same name. */
export async function putIntoInbox(inbox: string, bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes)));
  const name = digest.toHex().slice(0, 32);
  await onDisk(async () => {
    await Deno.mkdir(inbox, { recursive: true, mode: 0o700 });
    await removeIfThere(`${inbox}/${name}${TAKEN}`);
    await writeWhole(`${inbox}/${name}${WAITING}`, bytes);
  });
  return name;
}

/** Waits until the running agent has taken a file; `waiting` names it where it has not yet. @throws what taking it threw */
export async function awaitTaken<T>(
  inbox: string,
  name: string,
  { pause, nowMs, signal }: Pick<AgentPorts, "pause" | "nowMs"> & { readonly signal: AbortSignal },
): Promise<{ readonly result: T } | { readonly waiting: string }> {
  const end = nowMs() + WAIT_MS;
  while (nowMs() < end && !signal.aborted) {
    const text = await readIfThere(`${inbox}/${name}${TAKEN}`);
    if (text === null) {
      await pause(LOOK_MS / 2, signal);
      continue;
    }
    await removeIfThere(`${inbox}/${name}${TAKEN}`);
    const answer = JSON.parse(text) as Answer<T>;
    if ("result" in answer) return answer;
    if (answer.failed === "malformed") throw new Malformed(answer.message, { structure: "the reply file" });
    throw new Fault(answer.message, { place: "agent", retry: true });
  }
  return { waiting: `${inbox}/${name}${WAITING}` };
}

/** Takes what lies in the inbox, until `signal`. @throws {Fault} when the disk fails */
export async function keepInbox<T>(
  inbox: string,
  take: (bytes: Uint8Array) => Promise<T>,
  { signal, pause }: Pick<AgentPorts, "pause"> & { readonly signal: AbortSignal },
): Promise<void> {
  // A folder that is not there is an error twice a second, which costs more than all else that an idle agent does.
  await Deno.mkdir(inbox, { recursive: true, mode: 0o700 }).catch(() => {});
  while (!signal.aborted) {
    for (const name of await namesIn(inbox)) {
      const path = `${inbox}/${name}`;
      const answer = await answerOf(() => onDisk(() => Deno.readFile(path)).then(take));
      await onDisk(async () => {
        const text = new TextEncoder().encode(JSON.stringify(answer));
        await writeWhole(`${path.slice(0, -WAITING.length)}${TAKEN}`, text);
        await removeIfThere(path);
      });
    }
    await pause(LOOK_MS, signal);
  }
}

/** A file that cannot be taken is answered and goes; a disk that fails leaves it where it is. */
async function answerOf<T>(take: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { result: await take() };
  } catch (error) {
    if (error instanceof Malformed) return { failed: "malformed", message: error.message };
    if (error instanceof Fault && error.place !== "disk") return { failed: "fault", message: error.message };
    throw error;
  }
}

async function namesIn(inbox: string): Promise<readonly string[]> {
  try {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(inbox)) if (name.endsWith(WAITING)) names.push(name);
    return names.sort();
  } catch (error) {
    // Nothing was ever laid there, and it could not be made either.
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.part`;
  await removeIfThere(draft);
  {
    using file = await Deno.open(draft, { write: true, createNew: true, mode: 0o600 });
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    await file.sync();
  }
  await Deno.rename(draft, path);
  await syncFolderOf(path);
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

async function onDisk<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    const text = "Cannot use the appliance's inbox: check free space and rights of its folder";
    throw new Fault(text, { place: "disk", retry: true, cause });
  }
}
