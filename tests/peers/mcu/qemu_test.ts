/**
 * The core against an independent one: random programs run on the model and on `qemu-system-arm -M microbit`; every
 * byte they write (registers, flags, memory, exception trace) must be equal.
 *
 * Needs the Debian package qemu-system-arm. `SEED=n` repeats one batch.
 *
 * @module
 */
import { deepEqual, ok } from "node:assert/strict";
import { Mcu } from "../../../bootloader/mcu/mod.ts";
import { CASE_BYTES, makeBatch } from "./thumb_programs.ts";

const CASES_PER_BATCH = 250;
const CASES = 6000;
const FLASH = 65536;
const CLOCK_NS = 10_000_000;

function installed(): boolean {
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted") return false;
  try {
    return new Deno.Command("qemu-system-arm", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

const missing = !installed();
if (missing) {
  console.warn("qemu-system-arm is missing: apt-get install qemu-system-arm; run by `deno task peers`");
}
if (
  missing && Deno.permissions.querySync({ name: "env", variable: "CI" }).state === "granted" &&
  Deno.env.get("CI")
) {
  throw new Error("Cannot skip under CI=true: qemu-system-arm is missing");
}

async function onQemu(image: Uint8Array): Promise<Uint8Array> {
  const file = await Deno.makeTempFile({ suffix: ".bin" });
  try {
    await Deno.writeFile(file, image);
    const args = ["-M", "microbit", "-nographic", "-monitor", "none", "-serial", "none"];
    const semihosting = ["-semihosting-config", "enable=on,target=native", "-kernel", file];
    const run = await new Deno.Command("timeout", {
      args: ["30", "qemu-system-arm", ...args, ...semihosting],
    }).output();
    return run.stdout;
  } finally {
    await Deno.remove(file);
  }
}

/** Runs the program on the model, answering its semihosting calls; the class may be a broken copy of the model. */
function onModel(image: Uint8Array, Model: typeof Mcu): Uint8Array {
  const mcu = new Model({ chip: "stm32g0-64k", uid: new Uint8Array(12), random: (n) => new Uint8Array(n) });
  mcu.plantFlash(0, image);
  mcu.powerOn();
  ok(mcu.debug.attach({ underReset: true }));
  const output: Uint8Array[] = [];
  for (let calls = 0; calls < 10 * CASES_PER_BATCH; calls++) {
    mcu.debug.resume();
    if (!mcu.debug.halted && mcu.run({ nanos: CLOCK_NS }) !== "halted") break;
    const [r0, r1] = mcu.truth.registers;
    if (r0 === 0x18) break;
    const [, pointer, length] = new Uint32Array(mcu.ram.buffer, r1! - 0x20000000, 3);
    if (r0 === 5) output.push(mcu.ram.slice(pointer! - 0x20000000, pointer! - 0x20000000 + length!));
    mcu.debug.writeRegister("r0", r0 === 5 ? 0 : 1);
    mcu.debug.writeRegister("pc", mcu.truth.registers[15]! + 2);
  }
  return new Uint8Array(output.flatMap((bytes) => [...bytes]));
}

/** Indices of cases whose bytes differ, or that one side does not have. */
function differing(a: Uint8Array, b: Uint8Array, cases: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < cases; i++) {
    const [from, to] = [i * CASE_BYTES, (i + 1) * CASE_BYTES];
    const equal = a.length >= to && b.length >= to &&
      a.subarray(from, to).every((byte, k) => byte === b[from + k]);
    if (!equal) found.push(i);
  }
  return found;
}

/** The seeds of this run: all of them, or the one that `SEED` names. */
function seeds(): number[] {
  const one = Deno.permissions.querySync({ name: "env", variable: "SEED" }).state === "granted"
    ? Deno.env.get("SEED")
    : undefined;
  if (one !== undefined) return [Number(one)];
  return Array.from({ length: CASES / CASES_PER_BATCH }, (_, i) => 1000 + i);
}

Deno.test({
  name: "Mcu executes random programs as QEMU does: registers, flags, memory, exceptions",
  ignore: missing,
  fn: async () => {
    let cases = 0;
    const wrong: string[] = [];
    for (const seed of seeds()) {
      const batch = makeBatch(seed, CASES_PER_BATCH, FLASH);
      const expected = await onQemu(batch.image);
      for (const i of differing(onModel(batch.image, Mcu), expected, batch.starts.length)) {
        wrong.push(`SEED=${seed} case ${i} at 0x${batch.starts[i]!.toString(16)}`);
      }
      cases += batch.starts.length;
    }
    console.log(`${cases} programs compared with QEMU, ${wrong.length} differ`);
    deepEqual(wrong, []);
    ok(seeds().length === 1 || cases >= 5000, `only ${cases} programs were made`);
  },
});

Deno.test({
  name: "the comparison with QEMU finds a core whose ADCS loses the carry flag",
  ignore: missing,
  fn: async () => {
    const root = await Deno.makeTempDir();
    try {
      await copyModel(new URL("../../../bootloader/mcu/", import.meta.url), root);
      const path = `${root}/armv6m/execute.ts`;
      const text = await Deno.readTextFile(path);
      const broken = text.replace("c = sum > 0xffffffff ? 1 : 0", "c = 0");
      ok(broken !== text, "the line to break was not found");
      await Deno.writeTextFile(path, broken);
      const { Mcu: Broken } = await import(`file://${root}/mod.ts`);
      const batch = makeBatch(1000, CASES_PER_BATCH, FLASH);
      const found = differing(onModel(batch.image, Broken), await onQemu(batch.image), batch.starts.length);
      console.log(`${found.length} of ${batch.starts.length} programs show the broken flag`);
      ok(found.length > 0);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});

async function copyModel(from: URL, to: string): Promise<void> {
  for await (const entry of Deno.readDir(from)) {
    if (entry.isDirectory) {
      await Deno.mkdir(`${to}/${entry.name}`);
      await copyModel(new URL(`${entry.name}/`, from), `${to}/${entry.name}`);
    } else if (entry.name.endsWith(".ts")) {
      await Deno.copyFile(new URL(entry.name, from), `${to}/${entry.name}`);
    }
  }
}
