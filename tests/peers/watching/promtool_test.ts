/** Alert rules and dashboard before Prometheus' own tool: it reads them, and each alert comes when it should and not before. @module */

import assert from "node:assert/strict";
import { stringify } from "yaml";
import { alerts, questions } from "../../script/_figures.ts";
import { inFolder } from "../../script/_flashseal.ts";
import { cases } from "./_alert_cases.ts";
import { isMissing, run } from "./_programs.ts";

const ignore = isMissing("promtool", "prometheus");
const PROMETHEUS = new URL("../../../deploy/prometheus/", import.meta.url).pathname;
const RULES = `${PROMETHEUS}flashseal.rules.yml`;

Deno.test({
  name: "promtool reads the alert rules, the scrape configuration and every question of the dashboard",
  ignore,
  async fn() {
    const rules = await run("promtool", "check", "rules", RULES);
    assert.equal(rules.code, 0, rules.out + rules.err);
    assert.match(rules.out, new RegExp(`${alerts().length} rules found`));
    const scrape = await run("promtool", "check", "config", `${PROMETHEUS}scrape.yml`);
    assert.equal(scrape.code, 0, scrape.out + scrape.err);
    await inFolder(async (folder) => {
      // A question is an expression like any other: promtool reads it as a recording rule.
      const group = {
        name: "dashboard",
        rules: questions().map(({ expr }, index) => ({
          record: `question:${index}`,
          expr: expr.replaceAll("$instance", ".*"),
        })),
      };
      await Deno.writeTextFile(`${folder}/questions.yml`, stringify({ groups: [group] }));
      const read = await run("promtool", "check", "rules", `${folder}/questions.yml`);
      assert.equal(read.code, 0, read.out + read.err);
    });
  },
});

Deno.test({
  name: "each alert comes at what it is about, and stays away while all is well",
  ignore,
  async fn() {
    assert.deepEqual(
      [...new Set(cases.map(({ alert }) => alert))].sort(),
      alerts().map(({ alert }) => alert).sort(),
    );
    await inFolder(async (folder) => {
      const tests = cases.flatMap(({ alert, minutes, bad, good }) =>
        [[bad, true], [good, false]].map(([series, comes]) => ({
          name: `${alert} ${comes ? "comes" : "stays away"}`,
          interval: "1m",
          input_series: Object.entries(series as Record<string, string>).map(([name, values]) => ({
            series: name,
            values,
          })),
          // Whether it comes, by the series that Prometheus itself keeps of alerts.
          promql_expr_test: [{
            expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`,
            eval_time: `${minutes}m`,
            exp_samples: [{ labels: "{}", value: comes ? 1 : 0 }],
          }],
        }))
      );
      await Deno.writeTextFile(
        `${folder}/test.yml`,
        stringify({ rule_files: [RULES], evaluation_interval: "1m", tests }),
      );
      const ran = await run("promtool", "test", "rules", `${folder}/test.yml`);
      assert.equal(ran.code, 0, ran.out + ran.err);
    });
  },
});
