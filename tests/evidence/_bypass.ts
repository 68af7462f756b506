/**
 * A seeded fault: a delivery whose encryption does nothing. The chip's cipher is switched off in RAM at the manifest's
 * symbols and its tags are accepted; the man in the middle sends clear chunks. Everything else is real and the delivery
 * succeeds, so only a look at the wires can tell.
 *
 * @module
 */
import assert from "node:assert/strict";
import { bootloaderFor } from "../../bootloader/firmware/mod.ts";
import { CipherState, Secret } from "../../bootloader/suite/mod.ts";
import { concat, type Frame } from "../../bootloader/wire/mod.ts";
import type { Message1Reply } from "../../authority/api/mod.ts";
import type { Board } from "./_board.ts";
import type { Site } from "./_site.ts";
import { attempt, type Delivered } from "./_station.ts";
import type { Tamper } from "./_tamper.ts";

const RAM = 0x2000_0000;
/** SUITE_YES of suite.h. */
const YES = 0x3ca5_965a;
const TAG_BYTES = 16;
const CHUNK_BYTES = 512;

/** Delivers with the ciphers of link and release switched off after message 2. */
export async function deliverInClear(site: Site, board: Board): Promise<Delivered> {
  const keys: Message1Reply[] = [];
  let up: CipherState | undefined;
  let down: CipherState | undefined;
  const tamper: Tamper = (frame, name) => {
    if (name === "CHUNK") {
      if (up === undefined || down === undefined) {
        switchOff(board);
        // The first NEXT was sealed by the untouched chip.
        up = cipher(keys.at(-1)!.transport.targetToHost);
        up.seal(new Uint8Array());
        down = cipher(keys.at(-1)!.transport.hostToTarget);
      }
      return { ...frame, body: clearChunk(site, frame, down) };
    }
    if (up !== undefined && (name === "NEXT" || name === "RECEIPT")) {
      return { ...frame, body: up.seal(frame.body.subarray(0, -TAG_BYTES)) };
    }
    return frame;
  };
  const delivered = await attempt(site, board, {
    tamper,
    ports: ({ office }) => ({
      office: {
        ...office,
        async message1(...args) {
          const answer = await office.message1(...args);
          if ("granted" in answer) keys.push(answer.granted);
          return answer;
        },
      },
    }),
  });
  return delivered;
}

/** `encrypt` returns at once, `decide_tag` says yes. Both live in RAM while the chip waits for its first chunk. */
function switchOff({ mcu }: Board): void {
  plant(mcu, "encrypt", Uint8Array.of(0x70, 0x47));
  const [address] = symbol("decide_tag");
  // ldr r0, [pc, #0 or #4]; bx lr; (padding); the word.
  const odd = address % 4 !== 0;
  const code = new Uint8Array(odd ? 10 : 8);
  const view = new DataView(code.buffer);
  view.setUint16(0, odd ? 0x4801 : 0x4800, true);
  view.setUint16(2, 0x4770, true);
  view.setUint32(odd ? 6 : 4, YES, true);
  plant(mcu, "decide_tag", code);
}

function plant(mcu: Board["mcu"], name: string, code: Uint8Array): void {
  const [address, bytes] = symbol(name);
  assert.ok(address >= RAM && bytes >= code.length, `"${name}" is not in RAM or too short`);
  mcu.plantRam(address - RAM, code);
}

function symbol(name: string): readonly [number, number] {
  const found = bootloaderFor("stm32g0")?.symbols[name];
  assert.ok(found !== undefined, `the manifest has no symbol "${name}"`);
  return found;
}

function cipher(key: string): CipherState {
  return new CipherState(new Secret(Uint8Array.fromHex(key)));
}

/** Index, clear chunk, and two tags of zeros. */
function clearChunk(site: Site, frame: Frame, down: CipherState): Uint8Array {
  const content = down.open(frame.body);
  assert.ok(content !== undefined);
  const index = new DataView(content.buffer, content.byteOffset).getUint32(0, true);
  const clear = site.image.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
  return concat(content.slice(0, 4), clear, new Uint8Array(2 * TAG_BYTES));
}
