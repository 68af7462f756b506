/**
 * The demo's examination of a board can say "no": one that the real delivery has made is examined as it is, and spoiled in
 * each way that the examination claims to see.
 *
 * @module
 */
import assert from "node:assert/strict";
import { showProduct } from "../../authority/owner/mod.ts";
import { BOARD_LAYOUT, readBoard } from "../../bootloader/mcu/mod.ts";
import { examineBoard, type ExpectedImage, sha256 } from "../../deploy/demo/evidence.ts";
import { Board } from "./_board.ts";
import { evidence, granted, shared, Site } from "./_site.ts";
import { attempt } from "./_station.ts";

interface Made {
  readonly site: Site;
  readonly board: Uint8Array;
  readonly expected: ExpectedImage;
}

const made = shared<Made>(async () => {
  const site = await Site.open();
  const board = new Board();
  const { result } = await attempt(site, board);
  assert.equal(result.outcome, "delivered", JSON.stringify(result));
  const product = granted(await showProduct(site.owner, site.product));
  const certificateKey = Uint8Array.fromHex(product.certificatePublicKey);
  return {
    site,
    board: board.bytes,
    expected: { image: site.image, personal: site.personal, certificateKey },
  };
}, ({ site }) => site.close());

async function examine(spoil: (board: Uint8Array, made: Made) => void) {
  const board = made().board.slice();
  spoil(board, made());
  const { expected } = made();
  const found = await examineBoard(board, expected);
  const same = found.flashSha256 === await sha256(new Uint8Array(expected.image));
  return { same, booted: found.booted, locked: found.locked, certificate: found.certificate };
}

const GOOD = { same: true, booted: true, locked: true, certificate: "valid" };
const FLASH_AT = BOARD_LAYOUT.flash;

evidence("examineBoard() finds a delivered board the owner's image, booting, locked, certified", async () => {
  assert.deepEqual(await examine(() => {}), GOOD);
});

evidence("examineBoard() sees one changed bit outside the personal region, wherever it is", async () => {
  const { length } = made().expected.image;
  for (const offset of [300, 1800, length - 1]) {
    const found = await examine((board) => void (board[FLASH_AT + offset]! ^= 1));
    assert.equal(found.same, false, `offset ${offset}`);
  }
});

evidence(
  "examineBoard() finds no certificate in an empty personal region, and an invalid one in a spoiled one",
  async () => {
    const { offset, length } = made().expected.personal;
    const emptied = await examine((board) => {
      const at = FLASH_AT + offset;
      board.fill(0xff, at, at + length);
    });
    assert.equal(emptied.certificate, "none");
    const spoiled = await examine((board) => void (board[FLASH_AT + offset + 100]! ^= 1));
    assert.equal(spoiled.certificate, "invalid");
  },
);

evidence("examineBoard() takes no certificate of another chip or another product", async () => {
  const moved = await examine((board) => void (board[BOARD_LAYOUT.uid]! ^= 1));
  assert.equal(moved.certificate, "invalid");
  const { board, expected } = made();
  const other = await examineBoard(board.slice(), {
    ...expected,
    certificateKey: new Uint8Array(32).fill(9),
  });
  assert.equal(other.certificate, "invalid");
});

evidence("examineBoard() sees a chip that is open, and one whose reset vector leads elsewhere", async () => {
  const open = await examine((board) => {
    board.set(readBoard(new Board().bytes).options, BOARD_LAYOUT.options);
  });
  assert.equal(open.locked, false);
  const astray = await examine((board) => void (board[FLASH_AT + 4]! ^= 0x40));
  assert.deepEqual([astray.booted, astray.same], [false, false]);
});

evidence("examineBoard() sees a firmware that faults, though every byte is the owner's", async () => {
  const { board, expected } = made();
  const [spoiled, image] = [board.slice(), expected.image.slice()];
  const handler = (new DataView(image.buffer).getUint32(4, true) & ~1) - 0x0800_0000;
  // UDF #0 in place of the reset handler's first instruction.
  for (const [bytes, at] of [[spoiled, FLASH_AT], [image, 0]] as const) {
    bytes.set([0x00, 0xde], at + handler);
  }
  const found = await examineBoard(spoiled, { ...expected, image });
  assert.equal(found.booted, false);
  assert.equal(found.flashSha256, await sha256(new Uint8Array(image)));
});

evidence("examineBoard() finds nothing good in a blank board", async () => {
  const found = await examineBoard(new Board().bytes, made().expected);
  assert.deepEqual([found.booted, found.locked, found.certificate], [false, false, "none"]);
});
