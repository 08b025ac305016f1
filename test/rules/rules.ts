import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { parse } from "yaml";

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Group {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly Rule[];
}

/** Where the chart keeps the rules. */
export const rulesFolder = fileURLToPath(new URL("../../helm/pipegauge/rules", import.meta.url));

export const ruleFiles: readonly string[] = readdirSync(rulesFolder).toSorted();

export const groups: readonly Group[] = ruleFiles.flatMap(
  (file) => (parse(readFileSync(join(rulesFolder, file), "utf8")) as { groups: Group[] }).groups,
);

const rules = groups.flatMap((group) => group.rules);

export const alerts = rules.flatMap((rule) => (rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }]));
export const recordings = rules.flatMap((rule) =>
  rule.record === undefined ? [] : [{ ...rule, record: rule.record }],
);
