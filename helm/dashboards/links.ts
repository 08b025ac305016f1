import type { DataLink } from "./model.ts";

/** Values in an address are written so that `/`, `&` and spaces in names do no harm. */
function field(label: string): string {
  return `\${__data.fields.${label}:percentencode}`;
}

function series(label: string): string {
  return `\${__field.labels.${label}:percentencode}`;
}

const detail = "/d/pipegauge-pipeline";

/** From a row of a table to its pipeline. */
export const toPipeline: readonly DataLink[] = [
  {
    title: "Pipeline detail",
    url: `${detail}?var-provider=${field("provider")}&var-project=${field("project")}&var-pipeline=${field("pipeline")}&\${datasource:queryparam}&\${base_url:queryparam}&\${__url_time_range}`,
    targetBlank: false,
  },
  {
    title: "Its runs",
    url: `\${base_url}/ui/runs?provider=${field("provider")}&project=${field("project")}&pipeline=${field("pipeline")}`,
    targetBlank: true,
  },
];

/** From a row of a table to its project. */
export const toProject: readonly DataLink[] = [
  {
    title: "Overview of the project",
    url: `/d/pipegauge-overview?var-provider=${field("provider")}&var-project=${field("project")}&\${datasource:queryparam}&\${base_url:queryparam}&\${__url_time_range}`,
    targetBlank: false,
  },
];

/** From a series by result to the runs behind it. */
export const toRunsOfResult: readonly DataLink[] = [
  {
    title: "Runs with this result",
    url: `\${base_url}/ui/runs?result=${series("result")}`,
    targetBlank: true,
  },
];

/** From a source to its recent deliveries. */
export const toDeliveries: readonly DataLink[] = [
  {
    title: "Its deliveries",
    url: `\${base_url}/ui/deliveries?source=${field("source")}`,
    targetBlank: true,
  },
];
