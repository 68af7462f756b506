import assert from "node:assert/strict";
import { demoOutcome } from "../../../../deploy/cli/demo_command.ts";
import { deliveryOutcome } from "../../../../deploy/cli/agent_commands.ts";
import { Output } from "../../../../deploy/cli/output.ts";
import { printOutcome } from "../../../../deploy/cli/terminal.ts";
import type { Outcome } from "../../../../deploy/cli/outcome.ts";
import { type DemoDevice, type DemoReport, flawsOf } from "../../../../deploy/demo/mod.ts";

const DEVICE: DemoDevice = {
  uid: "ab".repeat(12),
  chip: "stm32g0-8k",
  ticket: "01".repeat(16),
  release: "02".repeat(16),
  imageSha256: "03".repeat(32),
  flashSha256: "03".repeat(32),
  certificate: "valid",
  booted: true,
  locked: true,
  outcome: "delivered",
  mode: "online",
  seconds: { modelled: 4, wall: 1 },
};
const QUOTA = {
  granted: 1,
  free: 0,
  leased: 0,
  reserved: 0,
  keyed: 0,
  committed: 1,
  lost: 0,
  unaccounted: 0,
};
const REPORT: DemoReport = { devices: [DEVICE], quota: QUOTA };

function flaws(device: Partial<DemoDevice>, certified = true): readonly string[] {
  return flawsOf({ report: { devices: [{ ...DEVICE, ...device }], quota: QUOTA }, wanted: 1, certified });
}

/** What `outcome` prints with --json, as a script reads it. */
function printed(outcome: Outcome): { readonly code: number; readonly last: unknown; readonly err: string } {
  const texts = { out: "", err: "" };
  const stream = (name: "out" | "err") =>
    new Output({
      writeSync(bytes) {
        texts[name] += new TextDecoder().decode(bytes);
        return bytes.length;
      },
    });
  const code = printOutcome(true, outcome, { out: stream("out"), err: stream("err") });
  return { code, last: JSON.parse(texts.out.trimEnd().split("\n").at(-1)!), err: texts.err };
}

Deno.test("flawsOf() has nothing to say about a good demo", () => {
  assert.deepEqual(flaws({}), []);
  assert.deepEqual(flaws({ certificate: "none" }, false), []);
});

const FLAWS: readonly (readonly [Partial<DemoDevice>, RegExp])[] = [
  [{ certificate: "none" }, /has no valid certificate/],
  [{ outcome: "refused" }, /was refused/],
  [{ outcome: "failed" }, /was failed/],
  [{ booted: false }, /does not boot/],
  [{ locked: false }, /is not locked/],
  [{ flashSha256: "04".repeat(32) }, /something else than the owner's image/],
];
for (const [change, says] of FLAWS) {
  Deno.test(`flawsOf() finds a device with ${JSON.stringify(change)}`, () => {
    const found = flaws(change);
    assert.equal(found.length, 1);
    assert.match(found[0]!, says);
    assert.ok(found[0]!.startsWith(DEVICE.uid));
  });
}

Deno.test("flawsOf() finds a certificate where none can be, a device too few, a ledger that says otherwise", () => {
  assert.match(flaws({}, false).join(), /an unexpected certificate/);
  assert.match(flawsOf({ report: REPORT, wanted: 2, certified: true }).join(), /1 devices were made of 2/);
  for (const quota of [{ ...QUOTA, committed: 0, keyed: 1 }, { ...QUOTA, granted: 2 }]) {
    const found = flawsOf({ report: { devices: [DEVICE], quota }, wanted: 1, certified: true });
    assert.match(found.join(), /the ledger says/);
  }
});

Deno.test("demo --json: the report is the last line when a device is not good, too, and the exit code is 69 (D§12)", () => {
  const report: DemoReport = { ...REPORT, devices: [{ ...DEVICE, outcome: "failed", booted: false }] };
  const bad = printed(demoOutcome({ report, wanted: 1, certified: true }));
  assert.deepEqual([bad.code, bad.last], [69, report]);
  assert.match(bad.err, /^flashseal: Cannot call the demo good: .*was failed; .*does not boot/);
  const good = printed(demoOutcome({ report: REPORT, wanted: 1, certified: true }));
  assert.deepEqual([good.code, good.last, good.err], [0, REPORT, ""]);
  const last = printed(demoOutcome({ report: REPORT, wanted: 1, certified: true }, ["Next: this"]));
  assert.deepEqual(last.last, REPORT, "what comes next is for people");
});

Deno.test("agent deliver --json: the result is told however it ended; failed is 69 and refused 77 (D§12)", () => {
  const base = {
    delivery: 1,
    station: "station-1",
    uid: DEVICE.uid,
    chip: DEVICE.chip,
    ticketId: null,
    release: null,
    mode: "online",
    cause: "not-blank",
    says: "The chip is not blank",
    remedy: "Take another one",
    detail: null,
    unit: "none",
    certificate: null,
    seconds: { modelled: 1, wall: 1 },
  } as const;
  for (const [outcome, code] of [["failed", 69], ["refused", 77], ["delivered", 0]] as const) {
    const result = { ...base, outcome } as unknown as Parameters<typeof deliveryOutcome>[0];
    const ended = printed(deliveryOutcome(result));
    assert.deepEqual([ended.code, ended.last], [code, result]);
    if (code !== 0) assert.match(ended.err, /The chip is not blank \(not-blank\)\. Take another one/);
  }
});
