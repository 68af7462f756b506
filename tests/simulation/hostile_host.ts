/**
 * A host that sends anything in any order to the real machine code: random frames, damaged good ones, good ones in the wrong
 * place, noise; from every state of PROTOCOL section 11. Says what must hold whatever is sent. A test runs a few hundred; as a
 * program it runs as many as it is asked for.
 *
 * @example
 * ```sh
 * deno run --config deno.json tests/simulation/hostile_host.ts 2000 some-seed
 * ```
 * @module
 */
import assert from "node:assert/strict";
import type { FlashOperation, Snapshot } from "../../bootloader/mcu/mod.ts";
import { encodeFrame, FRAME_TYPES, FrameDecoder, frameName } from "../../bootloader/wire/mod.ts";
import { makeWorld, seededRandom } from "../vectors/protocol/world.ts";
import { ModelTarget } from "./model_target.ts";
import type { Recording } from "./recording.ts";
import { record } from "./recording.ts";

/** Where testImage() loops when it has started. */
const FIRMWARE_LOOP = 0x080000c0;
/** More than the pause that ends a frame (P-9), so that each attack begins in the same place. */
const SILENCE_MS = 70;
/** What a target may say to a frame that nobody entitled has made. */
const HARMLESS = new Set<string>(["WORKING", "HELLO_REPLY", "STATUS"]);
/** In DONE the receipt has been given: whoever polls gets the same again (P-37). */
const HARMLESS_WHEN_DONE = new Set<string>([...HARMLESS, "RECEIPT"]);

/** A state of section 11 from which attacks start. */
export interface Scene {
  readonly name: string;
  readonly target: ModelTarget;
  readonly start: Snapshot;
}

/** What was sent and what came of it, for a message. */
export interface Attack {
  readonly scene: string;
  readonly sent: readonly string[];
  readonly answers: readonly string[];
}

/** The states, each reached by a good delivery, and the good bodies that attackers have recorded. */
export function scenes(): { readonly scenes: readonly Scene[]; readonly good: readonly Uint8Array[] } {
  const recording = record(makeWorld("hostile"));
  const { target, hello, ticket, message2, chunks, acknowledge } = recording;
  target.mcu.restore(ticket.after);
  target.receive(encodeFrame({ sequence: 200, type: FRAME_TYPES.POLL, body: new Uint8Array(0) }));
  const failed = target.mcu.snapshot();
  const open = openTarget(recording);
  const at = (name: string, start: Snapshot): Scene => ({ name, target, start });
  return {
    scenes: [
      { name: "OPEN", target: open, start: open.mcu.snapshot() },
      at("READY", hello.after),
      at("KEYING", ticket.after),
      at("TRANSFER", message2.after),
      at("TRANSFER, one page erased", chunks[0]!.after),
      at("TRANSFER, one chunk left", chunks.at(-2)!.after),
      at("DONE", chunks.at(-1)!.after),
      at("FAIL", failed),
    ],
    good: [hello.sent, ticket.sent, message2.sent, chunks[0]!.sent, chunks.at(-1)!.sent, acknowledge],
  };
}

/** A chip whose options are never in force: its install block asks for an RDP byte that no lock level gives (P-42). */
function openTarget({ world }: Recording): ModelTarget {
  const installBlock = world.installBlock.slice();
  installBlock[40] = 0xaa;
  installBlock[56] = 0xff;
  return new ModelTarget({ uid: world.uid, installBlock, seed: "open" });
}

/** Makes attacks from one seed. */
export class HostileHost {
  readonly #random: (n: number) => Uint8Array;
  readonly #good: readonly Uint8Array[];

  constructor(seed: string, good: readonly Uint8Array[]) {
    this.#random = seededRandom(seed);
    this.#good = good;
  }

  /** Attacks a scene with one to three transmissions and asserts what must hold (P-8, P-9, P-34, P-46 to P-49). */
  attack({ name, target, start }: Scene): Attack {
    const { mcu } = target;
    mcu.restore(start);
    const known = mcu.reports.length;
    const operations: FlashOperation[] = [];
    mcu.onFlashOperation = (operation) => (operations.push({ ...operation }), "go");
    const sent: string[] = [];
    const answers: string[] = [];
    for (let left = 1 + this.#below(3); left > 0; left--) {
      const bytes = this.#transmission();
      sent.push(bytes.toHex());
      answers.push(...answersTo(target, bytes));
    }
    const attack = { scene: name, sent, answers };
    const kinds = operations.map(({ kind }) => kind);
    const failed = answers.includes("STATUS");
    const erases = failed && name.startsWith("TRANSFER");
    assert.deepEqual(kinds, erases ? ["erase-mass"] : [], told("flash", attack));
    const harmless = name === "DONE" ? HARMLESS_WHEN_DONE : HARMLESS;
    assert.ok(answers.every((answer) => harmless.has(answer)), told("an answer", attack));
    assert.equal(mcu.reports.length, known, told("a report", attack));
    assert.equal(mcu.truth.lockup, false, told("lockup", attack));
    if (failed) this.#checkAfterwards(name, target, attack);
    mcu.onFlashOperation = () => "go";
    return attack;
  }

  /** After STATUS: FAIL for good, or the firmware from DONE on. */
  #checkAfterwards(name: string, target: ModelTarget, attack: Attack): void {
    if (name === "DONE") {
      target.elapse(20);
      return assert.equal(target.mcu.truth.registers[15], FIRMWARE_LOOP, told("it has not started", attack));
    }
    const hello = encodeFrame({
      sequence: this.#below(256),
      type: FRAME_TYPES.HELLO,
      body: Uint8Array.of(1),
    });
    assert.deepEqual(answersTo(target, hello), ["STATUS"], told("not FAIL", attack));
  }

  #below(bound: number): number {
    return new DataView(this.#random(4).buffer).getUint32(0, true) % bound;
  }

  #transmission(): Uint8Array {
    const kind = this.#below(8);
    if (kind === 0) return this.#random(1 + this.#below(1100));
    if (kind <= 3) return this.#frame(this.#below(8), this.#random(this.#length()));
    if (kind === 4) return this.#frame(this.#below(256), this.#random(this.#length()));
    const recorded = this.#good[this.#below(this.#good.length)]!;
    const body = recorded.slice(4, -4);
    if (kind === 5) return this.#frame(recorded[3]!, body.slice(0, this.#below(body.length)));
    if (kind === 6) return recorded.slice(0, this.#below(recorded.length));
    // At least one bit differs, so that no such frame is a good one.
    const at = this.#below(body.length);
    body[at]! ^= 1 << this.#below(8);
    return this.#frame(recorded[3]! === FRAME_TYPES.HELLO ? FRAME_TYPES.POLL + 1 : recorded[3]!, body);
  }

  /** A length that some type has, or any. */
  #length(): number {
    const some = [0, 1, 16, 143, 144, 400, 548, 1024][this.#below(12)];
    return some ?? this.#below(1025);
  }

  #frame(type: number, body: Uint8Array): Uint8Array {
    return encodeFrame({ sequence: this.#below(256), type, body });
  }
}

/** Attacks one scene as often as asked. Attacks that all went unheard would prove nothing: one at least is answered. */
export function assertHarmless(
  scene: Scene,
  good: readonly Uint8Array[],
  { seed, attacks }: { readonly seed: string; readonly attacks: number },
): void {
  const host = new HostileHost(`${seed} to ${scene.name}`, good);
  const made = Array.from({ length: attacks }, () => host.attack(scene));
  assert.ok(made.some(({ answers }) => answers.includes("STATUS")));
}

/** Sends bytes and names the frames that came back, waiting while WORKING asks for it. */
function answersTo(target: ModelTarget, bytes: Uint8Array): string[] {
  const names: string[] = [];
  const decoder = new FrameDecoder();
  target.mcu.uart.send(bytes);
  let patience = SILENCE_MS + Math.ceil(bytes.length / 11);
  for (; patience > 0; patience--) {
    target.elapse(1);
    for (const frame of decoder.push(target.mcu.uart.take())) {
      names.push(frameName(frame.type));
      patience = frame.type === FRAME_TYPES.WORKING ? 3000 : SILENCE_MS;
    }
  }
  return names;
}

function told(what: string, { scene, sent, answers }: Attack): string {
  return `${what}: ${scene} was sent ${sent.join(" ; ")} and said ${answers.join(", ") || "nothing"}`;
}

if (import.meta.main) {
  const [count, seed] = Deno.args;
  const { scenes: all, good } = scenes();
  const host = new HostileHost(seed ?? "hostile", good);
  const seen = new Map<string, number>();
  for (let i = 0; i < Number(count ?? 100); i++) {
    const { scene, answers } = host.attack(all[i % all.length]!);
    const key = `${scene}: ${answers.filter((name) => name !== "WORKING").join(" ") || "nothing"}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  for (const [key, times] of [...seen].sort()) console.log(`${times} x ${key}`);
}
