/** Lines of the log: one event, one line, bounded, named fields only, by level. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { AgentEvent } from "../../../../agent/mod.ts";
import {
  agentLogged,
  authorityLogged,
  createLogger,
  type Logged,
  logLevels,
} from "../../../../deploy/logging/mod.ts";

function written(events: readonly Logged[], level: (typeof logLevels)[number] = "debug"): string[] {
  const lines: string[] = [];
  const log = createLogger({ write: (line) => lines.push(line), nowMs: () => 1_800_000_000_000, level });
  events.forEach(log);
  return lines;
}

Deno.test("createLogger() writes time, level and event first, then the delivery's place, and nothing without a value", () => {
  const event: AgentEvent = {
    ...{ kind: "waiting", station: "station-1", delivery: 7, phase: "ticket", stationMs: 5 },
    ...{ atMs: 1_800_000_001_234, cause: "authority-quota-spent", says: "Spent", remedy: "Raise" },
  };
  assert.deepEqual(written([agentLogged(event, "00112233aabbccdd")]), [
    '{"time":"2027-01-15T08:00:01.234Z","level":"warning","event":"waiting","delivery":7,"station":"station-1",' +
    '"appliance":"00112233aabbccdd","code":"authority-quota-spent","phase":"ticket","message":"Spent","remedy":"Raise"}',
  ]);
});

Deno.test("createLogger() keeps to its level; off writes nothing", () => {
  const events = (["debug", "info", "warning", "error"] as const).map((level) => ({ level, event: "e" }));
  const count = logLevels.map((level) => written(events, level).length);
  assert.deepEqual(count, [4, 3, 2, 1, 0]);
});

Deno.test("createLogger() makes one bounded line of printable characters of whatever it is given", () => {
  const anything = fc.string({ unit: "binary", maxLength: 2_000 });
  fc.assert(
    fc.property(anything, anything, (message, path) => {
      const [line, ...others] = written([{ level: "info", event: "request", message, path }]);
      assert.ok(line !== undefined && others.length === 0);
      // deno-lint-ignore no-control-regex
      assert.ok(!/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(line), "a character that a terminal obeys");
      const parsed = JSON.parse(line) as Record<string, string>;
      assert.equal(parsed["message"], message.length > 500 ? `${message.slice(0, 500)}…` : message);
      assert.ok(line.length < 8_000);
    }),
    {
      examples: [["x".repeat(500), "x".repeat(501)], ["x".repeat(2_000), "\u009b31m\u2028\u007f\u001b[2J\n"]],
    },
  );
});

Deno.test("createLogger() writes no field that it does not know", () => {
  const event = { level: "info", event: "e", privateKey: "00ff" } as unknown as Logged;
  assert.deepEqual(written([event]), ['{"time":"2027-01-15T08:00:00.000Z","level":"info","event":"e"}']);
});

Deno.test("authorityLogged() names appliance, ticket and code of a request; a failing server is an error", () => {
  const ticket = "00112233445566778899aabbccddeeff";
  const line = (status: number) =>
    JSON.stringify({
      ...{ event: "request", at: 1_800_000_000_000, method: "POST", path: `/v1/tickets/${ticket}/message1` },
      ...{ status, refused: "quota-spent", who: "appliance 0011223344556677", ms: 3 },
    });
  const { level, appliance, ticket: named, code, who } = authorityLogged(line(409));
  assert.deepEqual({ level, appliance, named, code, who }, {
    ...{ level: "info", appliance: "0011223344556677", named: ticket, code: "quota-spent", who: undefined },
  });
  assert.equal(authorityLogged(line(503)).level, "error");
  const incident = authorityLogged(
    '{"event":"incident","incident":"ab","error":"Fault","message":"It failed"}',
  );
  assert.deepEqual([incident.level, incident.incident, incident.code, incident.message], [
    ...["error", "ab", "Fault", "It failed"],
  ]);
});
