/**
 * `deno task compile`: makes dist/flashseal where the runtime base (denort) can be had, and says plainly which half was
 * checked where it cannot: the compile step, and the bundled program run alone in an empty folder.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url).pathname;
const DIST = `${ROOT}dist`;
/** What the program may do; --allow-all where devices are opened (deno refuses /dev files otherwise). */
const PERMISSIONS = ["--allow-all", "--no-prompt"];
const COMPILE_MS = 240_000;
const DEMO_MS = 120_000;

interface Ran {
  readonly code: number;
  readonly text: string;
}

interface RunOptions extends Deno.CommandOptions {
  /** A command under which this runtime is started. */
  readonly under?: readonly string[];
}

async function run(args: readonly string[], options: RunOptions = {}, deadlineMs = COMPILE_MS): Promise<Ran> {
  const [program, ...before] = [...options.under ?? [], Deno.execPath()];
  const command = new Deno.Command(program!, {
    ...options,
    args: [...before, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(deadlineMs),
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, text: `${decoder.decode(stdout)}${decoder.decode(stderr)}` };
}

function fail(what: string, ran: Ran): never {
  console.error(`${what} failed with ${ran.code}:\n${ran.text.split("\n").slice(-30).join("\n")}`);
  Deno.exit(1);
}

/**
 * What is left out of the file. A package below prom-client (bintrees) ships two megabytes of test data without an ending;
 * `deno compile` 2.9.6 reads them as a program and overflows its stack.
 */
async function leftOut(): Promise<readonly string[]> {
  const ran = await run(["info", "--json"]);
  if (ran.code !== 0) fail("deno info", ran);
  const { npmCache } = JSON.parse(ran.text) as { readonly npmCache: string };
  const found: string[] = [];
  for await (const registry of Deno.readDir(npmCache)) {
    const versions = `${npmCache}/${registry.name}/bintrees`;
    try {
      for await (const { name } of Deno.readDir(versions)) found.push(`--exclude=${versions}/${name}/test`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) && !(error instanceof Deno.errors.NotADirectory)) {
        throw error;
      }
    }
  }
  return found;
}

/** Compiles with the real runtime base; false when that base cannot be fetched. */
async function compileBinary(): Promise<boolean> {
  const options = [...PERMISSIONS, ...await leftOut()];
  const ran = await run(["compile", ...options, "--output", `${DIST}/flashseal`, "main.ts"], { cwd: ROOT });
  if (ran.code === 0) return true;
  if (!/denort|download|dns|connect|certificate|error sending request|Connection/i.test(ran.text)) {
    fail("deno compile", ran);
  }
  return false;
}

/** The compile step alone: type check, module graph, embedded files and permissions, with this runtime as the base. */
async function checkCompileStep(): Promise<void> {
  const scratch = await Deno.makeTempDir({ prefix: "flashseal-compile-" });
  try {
    const output = `${scratch}/flashseal`;
    const ran = await run(["compile", ...PERMISSIONS, ...await leftOut(), "--output", output, "main.ts"], {
      cwd: ROOT,
      env: { DENORT_BIN: Deno.execPath() },
    });
    if (ran.code !== 0) fail("The compile step", ran);
    const { size } = await Deno.stat(output);
    const base = (await Deno.stat(Deno.execPath())).size;
    if (size <= base) fail("The compile step embedded nothing: it", ran);
    console.log(`Compile step: good, ${size - base} bytes embedded, permissions ${PERMISSIONS.join(" ")}`);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** A command that cuts everything but loopback off, or none where this machine does not allow it. */
async function networkCut(): Promise<readonly string[]> {
  const cut = ["unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
  try {
    const [program, ...args] = cut;
    const { code } = await new Deno.Command(program!, { args: [...args, "true"], stderr: "null" }).output();
    return code === 0 ? cut : [];
  } catch {
    // No such program here: the caller says that the network was not cut.
    return [];
  }
}

/** Bundles the program and runs its demo in an empty folder with an empty cache; packages cannot be fetched there. */
async function checkBundleAlone(): Promise<void> {
  const bundle = `${DIST}/flashseal.js`;
  const made = await run(["bundle", "--platform", "deno", "--minify", "--output", bundle, "main.ts"], {
    cwd: ROOT,
  });
  if (made.code !== 0) fail("deno bundle", made);
  const alone = await Deno.makeTempDir({ prefix: "flashseal-alone-" });
  const under = await networkCut();
  try {
    await Deno.copyFile(bundle, `${alone}/flashseal.js`);
    const flags = ["--no-config", "--no-lock", "--no-npm", "--no-remote", "--cached-only", "--no-prompt"];
    const demo = await run(["run", "-A", ...flags, "flashseal.js", "demo", "--devices", "2"], {
      cwd: alone,
      clearEnv: true,
      env: { DENO_DIR: `${alone}/cache`, HOME: alone, TMPDIR: alone },
      under,
    }, DEMO_MS);
    if (demo.code !== 0) fail("The bundle alone: demo", demo);
    const { size } = await Deno.stat(bundle);
    const network = under.length > 0
      ? "no network but loopback"
      : "packages refused, but the network NOT cut (unshare is not allowed here)";
    console.log(
      `Bundle alone: good, ${size} bytes; demo passed in an empty folder with an empty cache and ${network}`,
    );
  } finally {
    await Deno.remove(alone, { recursive: true });
  }
}

if (import.meta.main) {
  await Deno.mkdir(DIST, { recursive: true });
  if (await compileBinary()) {
    console.log(`Made ${DIST}/flashseal`);
  } else {
    console.log(
      "The runtime base of deno compile cannot be had here: dist/flashseal was NOT made. Checked instead:",
    );
    await checkCompileStep();
  }
  await checkBundleAlone();
}
