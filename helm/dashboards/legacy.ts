import { dashboard } from "./layout.ts";
import { beforeTests, pipelineCount, testsWithoutRestarts } from "./legacy-sql.ts";
import type { SqlQuery } from "./model.ts";
import { better, graph, stat } from "./panels.ts";
import { table } from "./table.ts";
import { baseUrl, dataSourceVariable, postgres, sqlVariable } from "./variables.ts";

function sql(rawSql: string, format: SqlQuery["format"] = "table"): SqlQuery {
  return { rawSql, rawQuery: true, editorMode: "code", format };
}

const chosen = "$__timeFilter(created_at) AND mp.project = '$project'";
const onMaster = `${chosen} AND mp.is_master = true`;
const datasource = postgres;

const figures = [
  stat({
    title: "Pipelines on the default branch",
    description: "Pipelines of the default branch that were created in the time range.",
    unit: "short",
    datasource,
    queries: [sql(pipelineCount)],
    width: 5,
  }),
  stat({
    title: "Before the tests",
    description: "Time of a pipeline that is not its tests: building, waiting, deploying. Default branch only.",
    unit: "s",
    datasource,
    queries: [sql(beforeTests)],
    width: 7,
  }),
  stat({
    title: "Tests without restarts",
    description:
      "From the start of the first test job to the end of the last, where nothing was restarted. Default branch only.",
    unit: "s",
    datasource,
    queries: [sql(testsWithoutRestarts)],
    width: 7,
  }),
  stat({
    title: "Without restarts",
    description: "Share of the default branch's pipelines that needed no restart.",
    unit: "percentunit",
    datasource,
    queries: [
      sql(`SELECT avg(CASE WHEN mp.has_restarts THEN 0 ELSE 1 END)
FROM metrics_pipeline mp
WHERE ${onMaster}`),
    ],
    thresholds: better(0.8, 0.95),
    width: 5,
  }),
];

const graphs = [
  graph({
    title: "Pipelines",
    description: "Pipelines that were created, by interval: of the default branch, elsewhere, and those with restarts.",
    unit: "short",
    datasource,
    queries: [
      sql(
        `SELECT
$__timeGroupAlias(created_at, $__interval),
count(*) FILTER (WHERE mp.is_master) AS "default branch",
count(*) FILTER (WHERE NOT mp.is_master) AS "elsewhere",
count(*) FILTER (WHERE mp.has_restarts) AS "with restarts"
FROM metrics_pipeline mp
WHERE ${chosen}
GROUP BY 1
ORDER BY 1`,
        "time_series",
      ),
    ],
    bars: true,
    interval: "1h",
    decimals: 0,
    width: 12,
  }),
  graph({
    title: "Durations",
    description: "Median of the whole pipeline and of its tests, by interval. Default branch only.",
    unit: "s",
    datasource,
    queries: [
      sql(
        `SELECT
$__timeGroupAlias(created_at, $__interval),
PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY mp.duration) AS "pipeline",
PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY mp.duration_e2e) AS "tests"
FROM metrics_pipeline mp
WHERE ${onMaster}
GROUP BY 1
ORDER BY 1`,
        "time_series",
      ),
    ],
    interval: "1h",
    width: 12,
  }),
];

function percentiles(view: string, more = ""): string {
  return `SELECT
mj.name,
count(*) AS "Runs",
PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY mj.duration) AS "p50",
PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY mj.duration) AS "p95"${more}
FROM metrics_pipeline mp
JOIN ${view} mj ON mj.pipeline_id = mp.pipeline_id
WHERE ${onMaster}
GROUP BY mj.name
ORDER BY 2 DESC, 1`;
}

const steps = `,
PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY mj.duration_pull) AS "Pull p50",
PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY mj.duration_up_without_pull) AS "Up p50",
PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY mj.duration_e2e) AS "Tests p50"`;

const seconds = (...names: readonly string[]) => names.map((name) => ({ name, unit: "s" as const }));

const tables = [
  table({
    title: "Builds",
    description: "Build jobs of the default branch's pipelines: the last attempt of each that ran.",
    datasource,
    queries: [sql(percentiles("metrics_build"))],
    columns: [{ name: "Runs", unit: "short" }, ...seconds("p50", "p95")],
    labels: ["name"],
    width: 12,
  }),
  table({
    title: "Failed tests",
    description: "Every failed attempt of a test job of the default branch's pipelines.",
    datasource,
    queries: [sql(percentiles("metrics_job_failed"))],
    columns: [{ name: "Runs", unit: "short" }, ...seconds("p50", "p95")],
    labels: ["name"],
    width: 12,
  }),
  table({
    title: "Tests",
    description:
      "Test jobs of the default branch's pipelines: the last attempt of each that ran, and the steps inside where they were sent.",
    datasource,
    queries: [sql(percentiles("metrics_job", steps))],
    columns: [{ name: "Runs", unit: "short" }, ...seconds("p50", "p95", "Pull p50", "Up p50", "Tests p50")],
    labels: ["name"],
    width: 24,
  }),
];

/** The panels of the older pipeline collector, over its tables, which are views now. */
export const legacyPipelines = dashboard({
  uid: "pipegauge-legacy-pipelines",
  title: "Pipegauge: legacy pipelines",
  description: "The panels of the older pipeline collector, straight from PostgreSQL (docs/grafana-legacy.md).",
  tags: ["legacy"],
  from: "now-30d",
  variables: [
    dataSourceVariable(postgres, "PostgreSQL"),
    sqlVariable({
      name: "project",
      label: "Project",
      query: "SELECT DISTINCT project FROM metrics_pipeline WHERE $__timeFilter(created_at) ORDER BY 1",
    }),
    baseUrl,
  ],
  sections: [
    { title: "In the time range", panels: figures },
    { title: "Over time", panels: graphs },
    { title: "Jobs", panels: tables },
  ],
});
