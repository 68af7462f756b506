/**
 * Figures as Prometheus reads them, and the names and labels that rules and dashboard ask for.
 *
 * @module
 */
import assert from "node:assert/strict";
import { parse } from "yaml";

/** Every figure by its name, with the values that each label has. */
export type Figures = Map<string, Map<string, Set<string>>>;

/** Reads the text format; only what both programs write is known. */
export function readFigures(
  text: string,
): { readonly figures: Figures; readonly values: Map<string, number> } {
  const figures: Figures = new Map();
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    const declared = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (declared !== null) {
      const ends = declared[2] === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
      for (const end of ends) figures.set(declared[1] + end, new Map());
    }
    if (line === "" || line.startsWith("#")) continue;
    const sample = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    assert.ok(sample !== null, `no sample: ${line}`);
    const [, name = "", labels = "", value] = sample;
    const known = figures.get(name);
    assert.ok(known !== undefined, `${name} has no TYPE`);
    for (const [, label = "", text = ""] of labels.matchAll(/([a-z]+)="((?:[^"\\]|\\.)*)"/g)) {
      const seen = known.get(label) ?? new Set();
      known.set(label, seen.add(text));
    }
    values.set(line.slice(0, line.lastIndexOf(" ")), Number(value));
  }
  return { figures, values };
}

/** Labels that Prometheus gives to every series. */
const OF_PROMETHEUS = new Set(["job", "instance"]);

/** Says what an expression asks for that no process tells: a name, a label, or a value of a label. */
export function missingIn(expression: string, figures: Figures): string[] {
  const missing: string[] = [];
  const labels = new Set<string>();
  for (const [, name = "", selectors = ""] of expression.matchAll(/\b(flashseal_[a-z_]+)(?:\{([^}]*)\})?/g)) {
    const known = figures.get(name);
    if (known === undefined) {
      missing.push(name);
      continue;
    }
    for (const label of known.keys()) labels.add(label);
    for (const [, label = "", operator, value = ""] of selectors.matchAll(/([a-z]+)(=~|!=|=)"([^"]*)"/g)) {
      if (OF_PROMETHEUS.has(label)) continue;
      if (!known.has(label)) missing.push(`${name}{${label}}`);
      else if (operator === "=" && !known.get(label)!.has(value)) {
        missing.push(`${name}{${label}="${value}"}`);
      }
    }
  }
  for (const [, list = ""] of expression.matchAll(/\b(?:by|on|ignoring|without)\s*\(([^)]*)\)/g)) {
    for (const label of list.split(",").map((each) => each.trim())) {
      if (!OF_PROMETHEUS.has(label) && !labels.has(label)) missing.push(`by ${label}`);
    }
  }
  return missing;
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: { readonly summary: string };
    }[];
  }[];
}

const DEPLOY = new URL("../../deploy/", import.meta.url).pathname;

/** Every alert of the rules. */
export function alerts() {
  const { groups } = parse(Deno.readTextFileSync(`${DEPLOY}prometheus/flashseal.rules.yml`)) as Rules;
  return groups.flatMap(({ rules }) => rules);
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly type: string;
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}

/** Every question of the dashboard. */
export function questions() {
  const { panels } = JSON.parse(
    Deno.readTextFileSync(`${DEPLOY}grafana/flashseal.dashboard.json`),
  ) as Dashboard;
  return panels.flatMap(({ title, targets }) => (targets ?? []).map((target) => ({ title, ...target })));
}
