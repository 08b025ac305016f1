import { jobsAndFlakiness } from "./jobs.ts";
import { legacyPipelines } from "./legacy.ts";
import type { Dashboard } from "./model.ts";
import { overview } from "./overview.ts";
import { pipelineDetail } from "./pipeline.ts";
import { serviceHealth } from "./service.ts";
import { templateUsage } from "./templates.ts";

/**
 * Every dashboard by its file in `helm/pipegauge/dashboards`. The files are what Grafana loads; they are written by
 * `UPDATE_GOLDEN=1 npx mocha test/dashboards/files.test.ts`.
 */
export const dashboards: Readonly<Record<string, Dashboard>> = {
  "overview.json": overview,
  "pipeline-detail.json": pipelineDetail,
  "jobs-and-flakiness.json": jobsAndFlakiness,
  "service-health.json": serviceHealth,
  "legacy-pipelines.json": legacyPipelines,
  "template-usage.json": templateUsage,
};
