/** The example configurations before the programs' own parsers, and against what else in deploy/ relies on them. @module */

import assert from "node:assert/strict";
import { parse } from "yaml";
import { parseConfig } from "../../../agent/mod.ts";
import { initialConfig, parseAuthorityConfig } from "../../../authority/mod.ts";
import { Malformed } from "../../../bootloader/wire/mod.ts";

const DEPLOY = new URL("../../../deploy/", import.meta.url).pathname;
const ignore = Deno.permissions.querySync({ name: "read" }).state !== "granted";
if (ignore) console.log("the examples are read from disk: deno task test");

const read = (path: string) => Deno.readTextFileSync(DEPLOY + path);
const authority = () => read("examples/authority.config.json");
const agent = () => read("examples/agent.config.json");

Deno.test({
  name: "the example of the authority is what init makes, but for its addresses and figures",
  ignore,
  fn() {
    const { listen, metrics, ...rest } = parseAuthorityConfig(authority());
    const { listen: initially, ...others } = initialConfig;
    assert.deepEqual(rest, others);
    assert.deepEqual([listen.host, listen.port === initially.port, metrics?.host], [
      "0.0.0.0",
      true,
      "127.0.0.1",
    ]);
    assert.throws(() => parseAuthorityConfig(authority().replace('"metrics"', '"metric"')), Malformed);
  },
});

Deno.test({
  name: "figures of the authority are off unless config.json says otherwise, and then on loopback",
  fn() {
    assert.equal(initialConfig.metrics, undefined);
    const text = JSON.stringify({ ...initialConfig, metrics: { port: 9 } });
    assert.deepEqual(parseAuthorityConfig(text).metrics, { host: "127.0.0.1", port: 9 });
  },
});

Deno.test({
  name: "the example of the agent is read; a mistake in it is named",
  ignore,
  fn() {
    const { stations } = parseConfig(agent());
    assert.deepEqual(stations.map(({ name, product }) => [name, product]), [
      ["station-1", null],
      ["station-2", "0123456789abcdef"],
    ]);
    assert.throws(
      () => parseConfig(agent().replace('"statusPort": 8080', '"statusPort": 80800')),
      /statusPort/,
    );
  },
});

Deno.test({
  name: "Prometheus looks where the examples say, and the units' folders hold what the examples name",
  ignore,
  fn() {
    const { scrape_configs: jobs } = parse(read("prometheus/scrape.yml")) as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    const targets = Object.fromEntries(jobs.map((job) => [job.job_name, job.static_configs[0]!.targets]));
    const { metrics } = parseAuthorityConfig(authority());
    const { statusPort, sealKeyFile } = parseConfig(agent());
    assert.deepEqual(targets, {
      "flashseal-authority": [`${metrics!.host}:${metrics!.port}`],
      "flashseal-agent": [`127.0.0.1:${statusPort}`],
    });
    const unit = read("systemd/flashseal-agent.service");
    const folder = /--dir (\S+)/.exec(unit)?.[1];
    assert.equal(sealKeyFile, `${folder}.seal-key`);
    assert.match(unit, new RegExp(`^ReadWritePaths=${folder?.replace(/\/[^/]*$/, "")}$`, "m"));
  },
});
