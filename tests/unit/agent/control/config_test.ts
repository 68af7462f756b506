import assert from "node:assert/strict";
import { DEFAULT_WIRING, parseConfig, writeConfig } from "../../../../agent/mod.ts";
import {
  Malformed,
  parseApplianceId,
  parseOwnerId,
  parseProductId,
} from "../../../../bootloader/wire/mod.ts";

const config = {
  version: 1 as const,
  origin: "https://127.0.0.1:8443",
  appliance: parseApplianceId("a1".repeat(8)),
  owner: parseOwnerId("b2".repeat(8)),
  name: "Line 1",
  sealKeyFile: "/keys/seal",
  statusPort: 0,
  stations: [{
    name: "station-1",
    product: parseProductId("c3".repeat(8)),
    driver: "model" as const,
    boards: "boards",
  }],
};

Deno.test("parseConfig() gives back what writeConfig() wrote, with the defaults filled in", () => {
  const { stations, ...rest } = parseConfig(writeConfig(config));
  const { stations: _, ...others } = config;
  assert.deepEqual(rest, { ...others, zone: "UTC" });
  assert.deepEqual(stations, [{ ...config.stations[0], wiring: DEFAULT_WIRING, listenMs: 50 }]);
});

const bad: readonly (readonly [string, (text: string) => string, RegExp])[] = [
  ["text that is no JSON", () => "{", /it is not JSON/],
  ["an unknown key", (text) => text.replace('"name"', '"nam": 1, "name"'), /nam/],
  ["a plain http origin", (text) => text.replace("https:", "http:"), /origin/],
  ["an appliance id that is none", (text) => text.replace("a1a1", "zz"), /appliance/],
  ["a driver that is not built in", (text) => text.replace('"model"', '"jtag"'), /driver/],
  ["no station at all", (text) => text.replace(/"stations": \[[^]*\]/, '"stations": []'), /stations/],
];
for (const [name, spoil, message] of bad) {
  Deno.test(`parseConfig() refuses ${name} and names it`, () => {
    assert.throws(() => parseConfig(spoil(writeConfig(config))), (error: unknown) => {
      assert.ok(error instanceof Malformed);
      assert.match(error.message, message);
      return true;
    });
  });
}
