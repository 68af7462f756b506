/**
 * What `demo --json` prints, and a firmware file that it takes.
 *
 * @module
 */
import assert from "node:assert/strict";
import { flashseal, inFolder } from "./_flashseal.ts";

/** The report, the last line of standard output (D§12). */
export interface Report {
  readonly devices: readonly {
    readonly uid: string;
    readonly imageSha256: string;
    readonly flashSha256: string;
    readonly certificate: string;
    readonly booted: boolean;
    readonly locked: boolean;
    readonly outcome: string;
    readonly mode: string;
    readonly ticket: string;
    readonly release: string;
    readonly seconds: { readonly modelled: number; readonly wall: number };
  }[];
  readonly quota: Readonly<Record<string, number>>;
}

/** Has one board made with a firmware that has no personal region. */
export async function assertTaken(name: string, bytes: Uint8Array): Promise<void> {
  await inFolder(async (folder) => {
    const file = `${folder}/${name}`;
    await Deno.writeFile(file, bytes);
    const ran = await flashseal("demo", "--devices", "1", "--offline", "0", "--json", "--firmware", file);
    assert.equal(ran.code, 0, ran.err);
    const [device] = (ran.json() as Report).devices;
    assert.equal(device?.flashSha256, device?.imageSha256);
    assert.deepEqual([device?.booted, device?.locked, device?.certificate], [true, true, "none"]);
  });
}
