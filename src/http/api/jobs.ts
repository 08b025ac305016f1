import type { JobFilter, JobPage, JobRunFilter, RunJob } from "../../core/store/index.ts";
import { runResults, states } from "../../core/states.ts";
import type { Services } from "../services.ts";
import { decodeJobCursor, encodeJobCursor } from "./cursor.ts";
import { defineEndpoint } from "./endpoint.ts";
import * as f from "./fields.ts";
import { jobFields } from "./job-fields.ts";
import {
  createChoice,
  cursor,
  limit,
  runFilter,
  createChoices,
  text,
  time,
  timeForms,
  type Parsed,
} from "./parameters.ts";
import { refKinds, runFields } from "./runs.ts";

/** What jobs are filtered by, listed or summarised. */
export const jobParameters = {
  ...runFilter,
  ref: text("Branch or tag"),
  ref_kind: createChoice(refKinds, "Kind of ref"),
  trigger: text("Trigger event of the run, as the provider names it"),
  job_name: text("Name of the job"),
  search: text("A part of the job's name; case of A to Z is ignored"),
  stage: text("Stage of the job"),
  task_type: createChoice(["build", "test", "deploy"], "What the job does, by the configured rules"),
  runner_class: text("Kind of runner"),
};

/** The conditions of a request on runs, and those on jobs. */
export function splitFilter(parameters: Parsed<typeof jobParameters>): {
  readonly runs: JobRunFilter;
  readonly jobs: JobFilter;
} {
  const { source, provider, project, pipeline, ref, trigger, search, stage } = parameters;
  const { ref_kind: refKind, default_branch: defaultBranch } = parameters;
  const { job_name: jobName, task_type: taskType, runner_class: runnerClass } = parameters;
  return {
    runs: { source, provider, project, pipeline, ref, refKind, trigger, defaultBranch },
    jobs: { jobName, search, stage, taskType, runnerClass },
  };
}

const jobsParameters = {
  ...jobParameters,
  runner: text("Machine or agent that ran it"),
  state: createChoices(states, "One or more values, separated by commas"),
  result: createChoices(runResults, "One or more values, separated by commas"),
  since: time(`Jobs of runs first seen at or after this time: ${timeForms}`),
  until: time(`Jobs of runs first seen before this time: ${timeForms}`),
  limit: limit(200, 50, "Jobs per page"),
  cursor,
};

/** Fields of the run by which a job is found again. */
const namesOfRun = ["source", "provider", "project", "pipeline", "ref", "ref_kind", "default_branch", "sha", "trigger"];

export const runJobFields: readonly f.Field<RunJob>[] = [
  ["run_id", ({ run }) => run.id, { ...f.positive, description: "Pipegauge's id of the run" }],
  ...runFields
    .filter(([name]) => namesOfRun.includes(name))
    .map(([name, get, ...rest]): f.Field<RunJob> => [name, ({ run }) => get(run), ...rest]),
  ...jobFields.map(([name, get, ...rest]): f.Field<RunJob> => [name, (listed) => get(listed.job), ...rest]),
];

const job = f.defineView(runJobFields);

const page = f.defineView<JobPage>([
  ["jobs", ({ items }) => items.map(job.render), f.createArraySchema("RunJob")],
  ["next_cursor", ({ next }) => encodeJobCursor(next), f.nextCursor],
]);

export const jobSchemas = { RunJob: job.schema, JobPage: page.schema };

/** Throws `invalid` for a wrong cursor. */
export function findJobs(services: Services, parameters: Parsed<typeof jobsParameters>): Promise<JobPage> {
  const { runs, jobs } = splitFilter(parameters);
  const { since, until, runner, state: jobStates, result: results } = parameters;
  return services.store.read("jobs", {
    limit: parameters.limit,
    after: decodeJobCursor(parameters.cursor),
    runs: { ...runs, since, until },
    jobs: { ...jobs, runner, states: jobStates, results },
  });
}

export const listJobs = defineEndpoint({
  id: "listJobs",
  path: "/api/v1/jobs",
  summary: "Jobs, those of the most recently first seen run first",
  parameters: jobsParameters,
  schema: "JobPage",
  respond: async (services, parameters) => page.render(await findJobs(services, parameters)),
});
