/**
 * What every refusal has to show: the cause in the operator's record, one word on the link, nothing readable left, the
 * unit as D§6 says, and a good delivery of the same board afterwards.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Board } from "./_board.ts";
import { evidence, type Site } from "./_site.ts";
import { type Attempt, attempt, type Delivered } from "./_station.ts";

/** One way to be refused, and what must be seen of it. */
export interface Case {
  readonly what: string;
  readonly how: () => Attempt | Promise<Attempt>;
  /** Outcome, cause and phase, as the journal has them. */
  readonly record: readonly [outcome: "refused" | "failed", cause: string, phase: string];
  /** The unit at the authority: state, and messages 2 given. Null: no unit. */
  readonly unit: readonly [state: string, message2: number] | null;
  /** What is in flash: nothing, or the bootloader, closed to a debugger. */
  readonly flash: "blank" | "closed";
  /** Whether the chip itself refused. */
  readonly status: boolean;
}

/** Registers a test: the case is refused as it must be, and a good delivery of the board follows. */
export function refusal(siteOf: () => Site, one: Case): void {
  evidence(`refused: ${one.what} (${one.record[1]}); a good delivery of the board follows`, async () => {
    const site = siteOf();
    const board = new Board();
    const before = await site.quota();
    const delivered = await attempt(site, board, await one.how());
    assertRecord(site, delivered, board, one);
    const after = await site.quota();
    assert.equal(before.free - after.free, one.unit === null ? 0 : 1);
    if (!one.status) assert.deepEqual(delivered.frames, []);
    // The flash of a chip that refused a chunk was erased; before the first chunk it still has the bootloader.
    if (one.what.toLowerCase().includes("chunk")) assert.ok(board.isBlank);
    await assertGood(site, board, delivered.result.ticketId);
  });
}

/** Compares record, link, unit and flash with what a case wants. */
export function assertRecord(site: Site, delivered: Delivered, board: Board, wanted: Case): void {
  const { result, frames } = delivered;
  const [outcome, cause, phase] = wanted.record;
  assert.deepEqual(
    [result.outcome, result.cause],
    [outcome, cause],
    `${wanted.what}: ${JSON.stringify(result)}`,
  );
  assert.ok(result.says && result.remedy, "no sentence or no remedy");
  const [record] = site.appliance.journal.deliveries(1);
  assert.deepEqual([record?.outcome, record?.cause, record?.phase], [outcome, cause, phase]);
  const last = frames.filter(({ direction }) => direction === "rx").at(-1);
  const says = wanted.status ? ["STATUS", "01"] : [undefined, undefined];
  assert.deepEqual([last?.name, last?.frame.body.toHex()], says);
  const unit = site.unit(board.uid);
  assert.deepEqual(unit === undefined ? null : [unit.state, unit.message2Count], wanted.unit);
  if (wanted.flash === "blank") assert.ok(board.isBlank);
  else assert.equal(board.mcu.truth.level, 1);
  assert.ok(board.givesNothing, "something of flash can be read");
  assert.ok(!board.boots(site.image));
}

/** A good delivery of the same board; on the same ticket where one is named. */
export async function assertGood(site: Site, board: Board, ticketId: string | null): Promise<void> {
  const good = await attempt(site, board);
  assert.equal(good.result.outcome, "delivered", JSON.stringify(good.result));
  if (ticketId !== null) assert.equal(good.result.ticketId, ticketId);
  assert.equal(site.unit(board.uid)?.state, "committed");
  assert.ok(board.givesNothing && board.boots(site.image));
}
