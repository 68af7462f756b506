/**
 * Whether a demo came out as it must: the one judgement of its report. Pure.
 *
 * @module
 */
import type { DemoDevice } from "./inspection.ts";
import type { Quota } from "./owner_part.ts";

/** The result of a demo, as `demo --json` prints it (D§12). */
export interface DemoReport {
  readonly devices: readonly DemoDevice[];
  readonly quota: Quota;
}

/** A report and what has to be there for it to be good. */
export interface DemoResult {
  readonly report: DemoReport;
  /** How many devices were to be made. */
  readonly wanted: number;
  /** Whether the firmware declares a personal region: each device must hold a certificate there then. */
  readonly certified: boolean;
}

/** Returns what is wrong, one sentence each without a final period; nothing when the demo is good. */
export function flawsOf({ report, wanted, certified }: DemoResult): readonly string[] {
  const { devices, quota } = report;
  const flaws = devices.flatMap((device) =>
    flawsOfDevice(device, certified).map((says) => `${device.uid} ${says}`)
  );
  if (devices.length !== wanted) flaws.push(`${devices.length} devices were made of ${wanted}`);
  if (quota.granted !== wanted || quota.committed !== wanted) {
    flaws.push(`the ledger says ${quota.granted} granted and ${quota.committed} committed, not ${wanted}`);
  }
  return flaws;
}

function flawsOfDevice(device: DemoDevice, certified: boolean): readonly string[] {
  const found: readonly (readonly [boolean, string])[] = [
    [device.outcome === "delivered", `was ${device.outcome}`],
    [device.flashSha256 === device.imageSha256, "holds something else than the owner's image"],
    [device.booted, "does not boot"],
    [device.locked, "is not locked"],
    [
      (device.certificate === "valid") === certified,
      `has ${certified ? "no valid" : "an unexpected"} certificate`,
    ],
  ];
  return found.filter(([holds]) => !holds).map(([, says]) => says);
}
