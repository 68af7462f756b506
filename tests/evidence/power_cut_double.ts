/**
 * Power cut at random, and again while the next delivery mends the board, with the agent awake: what it says, and that
 * a third try ends with a delivered device on the same ticket. Seeded: a failure names its seed.
 *
 * @module
 */
import assert from "node:assert/strict";
import { attacksOn, ForkingMcu } from "./power_cut_fork.ts";
import { type Delivered, Line, makeSite } from "./power_cut_line.ts";
import { nameOfAttack } from "./power_cut_sweep.ts";
import { addressOf, judge } from "./power_cut_verdict.ts";

/** About the operations of a delivery to a blank chip; one more or less does not matter. */
const OPERATIONS = 1_900;

/** What the agent may say of a delivery whose board lost power. */
const CAUSES: Readonly<Record<string, RegExp>> = {
  install: /^(probe-fault|no-answer)$/,
  lock: /^(bootloader-silent|no-answer)$/,
  transfer: /^(receipt-missing|link-silent)$/,
};

/** Numbers below `limit` that are the same for each seed. */
function drawing(seed: number): (limit: number) => number {
  // SplitMix32: neighbouring seeds give unlike numbers.
  let state = seed;
  return (limit) => {
    state = state + 0x9e37_79b9 | 0;
    let mixed = Math.imul(state ^ state >>> 16, 0x21f0_aaad);
    mixed = Math.imul(mixed ^ mixed >>> 15, 0x735a_2d97);
    return ((mixed ^ mixed >>> 15) >>> 0) % limit;
  };
}

/** Delivers while power is cut at an operation below `limit`, if there are as many; returns how it went. */
async function deliverUntilCut(
  line: Line,
  mcu: ForkingMcu,
  { draw, limit }: { readonly draw: (limit: number) => number; readonly limit: number },
): Promise<Delivered & { readonly how: string | null; readonly bootloader: Uint8Array | null }> {
  const struck = limit === 0 ? 0 : mcu.flashOperations + 1 + draw(limit);
  let how: string | null = null;
  let bootloader: Uint8Array | null = null;
  mcu.strike = (operation) => {
    if (operation.kind === "options" && mcu.truth.level === 0) bootloader = mcu.flash;
    if (operation.number !== struck) return null;
    const attacks = attacksOn(operation, mcu.truth.level === 1);
    const attack = attacks[draw(attacks.length)]!;
    how = `operation ${operation.number} (${operation.kind} at ${operation.offset}) ${nameOfAttack(attack)}`;
    return attack;
  };
  const delivered = await line.deliver(mcu);
  return { ...delivered, how, bootloader };
}

/** One board between two cuts and the end. */
interface Ordeal {
  /** The seed and how power was cut each time. */
  readonly name: string;
  readonly said: readonly string[];
  /** The board as each cut left it. */
  readonly left: readonly Uint8Array[];
  readonly bootloader: Uint8Array;
  readonly image: Uint8Array;
}

/** Cuts the power of one board twice and lets the third delivery go through. */
async function torment(line: Line, seed: number): Promise<Ordeal> {
  const draw = drawing(seed);
  const uid = new Uint8Array(12).map(() => draw(256));
  const mcu = new ForkingMcu({ uid, seed });
  const tickets = new Set<string | null>();
  const left: Uint8Array[] = [];
  const said: string[] = [];
  let name = `seed ${seed}`;
  let bootloader: Uint8Array = new Uint8Array();
  let end: Delivered["result"];
  for (let round = 1;; round++) {
    const limit = round < 3 ? OPERATIONS : 0;
    const { result, events, how, ...seen } = await deliverUntilCut(line, mcu, { draw, limit });
    tickets.add(result.ticketId);
    bootloader = seen.bootloader ?? bootloader;
    // The second draw may lie beyond the operations that the way back needs.
    if (how === null) {
      end = result;
      break;
    }
    name += `, ${how}`;
    left.push(mcu.board);
    const { phase } = events.at(-1)!;
    said.push(`${phase}: ${result.cause}`);
    assert.equal(result.outcome, "failed", `${name}: ${JSON.stringify(result)}`);
    assert.match(result.cause!, CAUSES[phase] ?? /^$/, `${name}: ${result.detail}`);
  }
  const unit = line.unit(uid.toHex());
  // A torn unlock may leave a chip beyond help: the one end that is not a delivery.
  const scrapped = end.cause === "options-torn";
  assert.ok(scrapped || end.outcome === "delivered", `${name}: ${JSON.stringify(end)}`);
  assert.deepEqual([unit?.state === "committed", tickets.size], [!scrapped, 1], name);
  assert.ok(unit!.message2Count <= 3, name);
  return { name, said, left, bootloader, image: mcu.flash };
}

/** Torments so many boards, the seeds from 1 on. */
export async function cutTwice(rounds: number): Promise<void> {
  const site = await makeSite(rounds);
  const line = await Line.open(site, site.folder);
  const heard = new Map<string, number>();
  const faults: string[] = [];
  let cuts = 0;
  for (let seed = 1; seed <= rounds; seed++) {
    const { name, said, left, ...truth } = await torment(line, seed);
    cuts += left.length;
    for (const cause of said) heard.set(cause, (heard.get(cause) ?? 0) + 1);
    for (const board of left) {
      faults.push(
        ...judge(board, { ...truth, stop: addressOf("stop") }).faults.map((fault) => `${name}: ${fault}`),
      );
    }
  }
  line.close();
  Deno.removeSync(site.folder, { recursive: true });
  const causes = [...heard].map(([cause, times]) => `${times} x ${cause}`).join(", ");
  console.log(`power cut twice: ${cuts} cuts, ${faults.length} failed; the agent said ${causes}`);
  assert.deepEqual(faults, []);
}
