/**
 * Power cut at random, and again while the next delivery mends the board, with the agent awake: what it says, and that
 * a third try ends with a delivered device on the same ticket. Seeded: a failure names its seed.
 *
 * @module
 */
import assert from "node:assert/strict";
import { evidence } from "./_site.ts";
import { attacksOn, ForkingMcu } from "./power_cut_fork.ts";
import { EVERYTHING } from "./power_cut_how_much.ts";
import { type Delivered, Line, makeSite } from "./power_cut_line.ts";
import { nameOfAttack } from "./power_cut_sweep.ts";
import { addressOf, judge } from "./power_cut_verdict.ts";

const ROUNDS = EVERYTHING ? 24 : 2;
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
  let state = seed * 2_654_435_761 | 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** Delivers while power is cut at the operation after so many; returns how it went. */
async function deliverUntilCut(
  line: Line,
  mcu: ForkingMcu,
  draw: (limit: number) => number,
): Promise<Delivered & { readonly how: string | null; readonly bootloader: Uint8Array | null }> {
  const struck = mcu.flashOperations + 1 + draw(OPERATIONS);
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
  mcu.strike = () => null;
  return { ...delivered, how, bootloader };
}

evidence(
  "power cut twice at random with the agent awake (D§6, D§7): a defined cause each time, then delivered on the same ticket",
  async () => {
    const site = await makeSite(ROUNDS);
    const line = await Line.open(site, site.folder);
    const heard = new Map<string, number>();
    const boards: { seed: number; tried: string[]; board: Uint8Array; image: Uint8Array }[] = [];
    let bootloader = new Uint8Array();
    let cuts = 0;
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const draw = drawing(seed);
      const uid = new Uint8Array(12).map(() => draw(256));
      const mcu = new ForkingMcu({ uid, seed });
      const tried: string[] = [];
      const left: Uint8Array[] = [];
      let last: Delivered | undefined;
      for (let round = 0; round < 3; round++) {
        const delivered = round === 2
          ? { ...await line.deliver(mcu), how: null, bootloader: null }
          : await deliverUntilCut(line, mcu, draw);
        bootloader = delivered.bootloader ?? bootloader;
        last = delivered;
        const { result, how } = delivered;
        // The second draw may lie beyond the operations that the way back needs.
        if (how === null) break;
        cuts += 1;
        tried.push(how);
        left.push(mcu.board);
        // After the commit's last instant nothing is lost but the receipt: the delivery goes on only when power does.
        const { phase } = delivered.events.at(-1)!;
        const said = `${phase}: ${result.cause}`;
        heard.set(said, (heard.get(said) ?? 0) + 1);
        assert.equal(
          result.outcome,
          "failed",
          `seed ${seed}, ${tried.join(", ")}: ${JSON.stringify(result)}`,
        );
        assert.match(
          result.cause!,
          CAUSES[phase] ?? /^$/,
          `seed ${seed}, ${tried.join(", ")}: ${said}, ${result.detail}`,
        );
      }
      const unit = line.unit(uid.toHex());
      const where = `seed ${seed}, ${tried.join(", ")}`;
      // The one end that is not a delivery: a torn unlock may leave a chip that cannot be put right.
      assert.equal(last?.result.outcome, "delivered", `${where}: ${JSON.stringify(last?.result)}`);
      assert.equal(unit?.state, "committed", where);
      assert.ok(unit.message2Count <= 3, where);
      for (const board of left) boards.push({ seed, tried, board, image: mcu.flash });
    }
    line.close();
    const faults = boards.flatMap(({ seed, tried, board, image }) =>
      judge(board, { bootloader, image, stop: addressOf("stop") }).faults.map((fault) =>
        `seed ${seed}, ${tried.join(", ")}: ${fault}`
      )
    );
    Deno.removeSync(site.folder, { recursive: true });
    console.log(
      `power cut twice: ${cuts} cuts, ${faults.length} failed; the agent said ${
        [...heard].map(([said, n]) => `${n} x ${said}`).join(", ")
      }`,
    );
    assert.deepEqual(faults, []);
  },
);
