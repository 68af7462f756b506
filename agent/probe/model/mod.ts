/**
 * The bundled model as a probe: board files, the debug port driver, and the passing of modelled time that the link's
 * driver shares.
 *
 * @module
 */
import { BoardError, type ChipName, CHIPS, Mcu, readBoard } from "../../../bootloader/mcu/mod.ts";
import type { Wiring } from "../../../bootloader/ticket/mod.ts";
import type { Random } from "../../../bootloader/suite/mod.ts";
import { Malformed } from "../../../bootloader/wire/mod.ts";
import type { DebugPort, Limits } from "../mod.ts";
import { BoardFile } from "./board_file.ts";
import { createModelPort } from "./model_port.ts";

export { createModelPort } from "./model_port.ts";
export { letTimePass, modelledMs, receiveUntil } from "./modelled_time.ts";

/** How often a board is looked for in its station, in milliseconds: a hand needs longer, and 24 stations look all the time. */
const PULLED_MS = 500;

/** A board in a station: the model and its debug port. */
export interface ModelBoard {
  readonly mcu: Mcu;
  readonly port: DebugPort;
  /** Takes the board out: supply off, file complete and closed. */
  close(): void;
}

/** Opens the board in a file. @throws {Malformed} when the file is no board; {Fault} when it cannot be opened. */
export function openModelBoard(
  path: string,
  options: { readonly name: string; readonly wiring: Wiring; readonly random: Random },
): ModelBoard {
  const store = new BoardFile(path, { create: false });
  try {
    const bytes = store.load() ?? new Uint8Array();
    const { chip, uid } = readBoard(bytes);
    if (!isChipName(chip)) throw new BoardError(`Cannot open board: the model knows no chip "${chip}"`);
    const mcu = new Mcu({ chip, uid, random: options.random, store, wiring: padsOf(options.wiring) });
    const bench = createModelPort(mcu, { name: options.name, poweredOff: () => store.sync() });
    // A board that was pulled out has no supply, whatever the station does.
    const port = {
      ...bench,
      power: (on: boolean, limits: Limits) => bench.power(on && !store.isGone(), limits),
    };
    const watch = setInterval(() => {
      if (store.isGone()) mcu.powerOff();
    }, PULLED_MS);
    const close = () => {
      clearInterval(watch);
      mcu.powerOff();
      store.sync();
      store.close();
    };
    return { mcu, port, close };
  } catch (cause) {
    store.close();
    if (!(cause instanceof BoardError)) throw cause;
    throw new Malformed(`Cannot read the board "${path}": ${cause.message}`, { structure: "board file" });
  }
}

/** Makes the file of a new, blank board. The file must not exist. @throws {Malformed} for a chip that is not modelled. */
export function makeBoardFile(
  path: string,
  board: { readonly chip: string; readonly uid: Uint8Array; readonly random: Random },
): void {
  const { chip, uid, random } = board;
  if (!isChipName(chip)) {
    const known = Object.keys(CHIPS).join(", ");
    throw new Malformed(`Cannot make a board: the model knows no chip "${chip}", it knows ${known}`, {
      structure: "chip name",
    });
  }
  // Made under another name: whoever watches the folder sees a board only when it is whole.
  const draft = `${path}.part`;
  const store = new BoardFile(draft, { create: true });
  new Mcu({ chip, uid, random, store });
  store.sync();
  store.close();
  try {
    // A link replaces nothing: a board that is there already stays.
    Deno.linkSync(draft, path);
  } finally {
    Deno.removeSync(draft);
  }
}

function isChipName(name: string): name is ChipName {
  return Object.hasOwn(CHIPS, name);
}

/** Names the pads of a wiring as the model does: port A pin 2 is "PA2". */
function padsOf({ txPin, rxPin }: Wiring): { readonly tx: string; readonly rx: string } {
  const pad = (pin: number) => `P${String.fromCharCode(65 + (pin >> 4))}${pin & 15}`;
  return { tx: pad(txPin), rx: pad(rxPin) };
}
