/**
 * What is said of each board at the end: the result of its delivery beside the evidence from its file.
 *
 * @module
 */
import { Fault } from "../../bootloader/wire/mod.ts";
import { type Evidence, examineBoard, type ExpectedImage, sha256 } from "./evidence.ts";
import type { Line } from "./line.ts";
import type { DemoOptions } from "./options.ts";
import type { Tell } from "./story.ts";

/** One device as `demo --json` prints it (D§12). */
export interface DemoDevice {
  readonly uid: string;
  readonly chip: string;
  readonly ticket: string | null;
  readonly release: string | null;
  readonly imageSha256: string;
  readonly flashSha256: string;
  /** "none" too for bytes that are no certificate of this product and chip: what does not hold is none. */
  readonly certificate: "valid" | "none";
  readonly booted: boolean;
  readonly locked: boolean;
  readonly outcome: "delivered" | "refused" | "failed";
  readonly mode: "online" | "offline";
  readonly seconds: { readonly modelled: number; readonly wall: number };
}

/** What the inspection needs of the demo. */
export interface Inspected {
  readonly options: DemoOptions;
  readonly tell: Tell;
}

/** Reads the truth about every delivered board out of its file; `boards` are paths by UID. */
export async function inspectBoards(
  { options, tell }: Inspected,
  line: Line,
  expected: ExpectedImage,
  boards: ReadonlyMap<string, string>,
): Promise<readonly DemoDevice[]> {
  const imageSha256 = await sha256(new Uint8Array(expected.image));
  const devices: DemoDevice[] = [];
  // A board that waited for the offline allowance to the end is none of them: it is blank still.
  for (const result of line.ended.slice(0, options.devices + options.offline)) {
    const path = boards.get(result.uid ?? "");
    if (path === undefined) {
      throw new Fault(`Cannot examine a board: ${result.uid ?? "without UID"} is none of the demo's`, {
        place: "demo",
        retry: false,
      });
    }
    const evidence = await examineBoard(await Deno.readFile(path), expected);
    tellEvidence(tell, evidence, imageSha256);
    devices.push({
      uid: evidence.uid,
      chip: evidence.chip,
      ticket: result.ticketId,
      release: result.release,
      imageSha256,
      flashSha256: evidence.flashSha256,
      certificate: evidence.certificate === "valid" ? "valid" : "none",
      booted: evidence.booted,
      locked: evidence.locked,
      outcome: result.outcome,
      mode: result.mode,
      seconds: result.seconds,
    });
  }
  return devices;
}

function tellEvidence(tell: Tell, evidence: Evidence, imageSha256: string): void {
  const same = evidence.flashSha256 === imageSha256
    ? "is the owner's image, to the last byte"
    : "IS NOT THE OWNER'S IMAGE";
  tell(
    `${evidence.uid}: flash ${same}; ${evidence.booted ? "boots" : "DOES NOT BOOT"}; ${
      evidence.locked ? "locked" : "NOT LOCKED"
    }; certificate ${evidence.certificate === "invalid" ? "INVALID" : evidence.certificate}`,
  );
  if (evidence.says.length > 0) tell(`${evidence.uid}: its UART says: ${evidence.says.join(" | ")}`);
}
