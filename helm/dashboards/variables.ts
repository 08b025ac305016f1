import type { DataSource, Variable } from "./model.ts";

export const prometheus: DataSource = { type: "prometheus", uid: "${datasource}" };
/** Under another name than Prometheus', because dashboards hand their variables to each other. */
export const postgres: DataSource = { type: "grafana-postgresql-datasource", uid: "${postgres}" };

/** Which data source of a kind the panels ask. */
export function dataSourceVariable({ type, uid }: DataSource, label: string): Variable {
  return {
    name: uid.slice(2, -1),
    label,
    type: "datasource",
    description: "The data source that all panels ask.",
    query: type,
    regex: "",
    refresh: 1,
    hide: 0,
    includeAll: false,
    multi: false,
    current: {},
    options: [],
  };
}

interface QueryVariable {
  readonly name: string;
  readonly label: string;
  readonly query: string;
  readonly regex?: string;
  /** One value at a time, for names and SQL texts in which several make no sense. */
  readonly single?: true;
}

/** Kinds of questions, as the data source numbers them. */
const [labelValues, metricNames] = [1, 2];

/** Values that Prometheus knows. Several may be chosen; all of them are `.*`, which needs no list of names. */
export function promVariable({ name, label, query, regex = "", single }: QueryVariable): Variable {
  const choice =
    single === true ? { includeAll: false, multi: false } : { includeAll: true, multi: true, allValue: ".*" };
  return {
    name,
    label,
    type: "query",
    datasource: prometheus,
    definition: query,
    query: { qryType: query.startsWith("metrics(") ? metricNames : labelValues, query, refId: `variable-${name}` },
    regex,
    // Whenever the time range changes: names come and go.
    refresh: 2,
    sort: 1,
    hide: 0,
    ...choice,
    current: {},
    options: [],
  };
}

/** Values that PostgreSQL knows; one at a time. */
export function sqlVariable({ name, label, query }: QueryVariable): Variable {
  return {
    name,
    label,
    type: "query",
    datasource: postgres,
    definition: query,
    query,
    regex: "",
    refresh: 2,
    sort: 1,
    hide: 0,
    includeAll: false,
    multi: false,
    current: {},
    options: [],
  };
}

const defaultUrl = "http://127.0.0.1:8080";

/** Where browsers find Pipegauge: for links to its page and its read API. */
export const baseUrl: Variable = {
  name: "base_url",
  label: "Pipegauge URL",
  type: "textbox",
  description: "Where your browser finds Pipegauge, without a slash at the end; for links only.",
  query: defaultUrl,
  hide: 0,
  current: { text: defaultUrl, value: defaultUrl },
  options: [{ selected: true, text: defaultUrl, value: defaultUrl }],
};

const [leftOut, counted] = ["left out", "counted"];
/** Which pipelines' runs are not counted: those of children, or (nothing is called so) none. */
const excluded = { [leftOut]: ".+ ▸ .+", [counted]: "▸" };

/** Whether runs that are part of another one are counted. */
export const children: Variable = {
  name: "children",
  label: "Child runs",
  type: "custom",
  description: "Whether runs that are part of another one count: GitLab's child pipelines.",
  query: Object.entries(excluded)
    .map(([text, value]) => `${text} : ${value}`)
    .join(", "),
  hide: 0,
  includeAll: false,
  multi: false,
  current: { text: leftOut, value: excluded[leftOut] },
  options: Object.entries(excluded).map(([text, value]) => ({ selected: text === leftOut, text, value })),
};

const runs = "cicd_pipeline_runs_total";

/** Each asks only for what the ones before it leave. */
export const provider = promVariable({ name: "provider", label: "Provider", query: `label_values(${runs}, provider)` });
export const project = promVariable({
  name: "project",
  label: "Project",
  query: `label_values(${runs}{provider=~"$provider"}, project)`,
});
export const pipeline = promVariable({
  name: "pipeline",
  label: "Pipeline",
  query: `label_values(${runs}{provider=~"$provider", project=~"$project"}, pipeline)`,
});
export const defaultBranch = promVariable({
  name: "default_branch",
  label: "Default branch",
  query: `label_values(${runs}{provider=~"$provider", project=~"$project", pipeline=~"$pipeline"}, default_branch)`,
});
export const taskType = promVariable({
  name: "task_type",
  label: "Task type",
  query:
    'label_values(cicd_job_runs_total{provider=~"$provider", project=~"$project", pipeline=~"$pipeline"}, task_type)',
});
