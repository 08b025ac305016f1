import type { JobSummaryGroup, SummaryGroup } from "../../core/store/index.ts";
import type { Shown } from "../answers.ts";
import { summarizeJobs } from "../api/job-summary.ts";
import type { runFilter, Parsed } from "../api/parameters.ts";
import { countRuns, summarize, toSuccessRatio } from "../api/summary.ts";
import { describeChange } from "./change.ts";
import { formatCount, formatDuration, formatShare, untrusted } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { section, table, type Column } from "./layout.ts";
import { pipelineName } from "./pipeline-name.ts";
import { renderShown } from "./shown.ts";
import type { Query } from "./span.ts";
import type { Page } from "./view.ts";

export interface ComparedSpans {
  readonly now: { readonly since: number; readonly until: number };
  readonly before: { readonly since: number; readonly until: number };
}

/** The same group in both spans. */
interface Mover<G> {
  readonly after: G;
  readonly earlier: G;
  /** Seconds by which the span took longer, of all its runs or jobs together; below 0: shorter. */
  readonly seconds: number;
}

export interface Movers {
  readonly pipelines: Shown<readonly Mover<SummaryGroup>[]>;
  readonly jobs: Shown<readonly Mover<JobSummaryGroup>[]>;
}

type Filter = Parsed<typeof runFilter>;

const listedMax = 12;

export async function findMovers(
  { ask, services }: Page,
  { now, before }: ComparedSpans,
  filter: Filter,
  name: string,
): Promise<Movers> {
  const [pipelines, jobs] = await Promise.all([
    ask(`pipelines that moved ${name}`, async () => {
      const options = { ...filter, by: ["project", "pipeline"], sort: "runs", children: false, limit: 1000 } as const;
      const after = await summarize(services, { ...options, ...now });
      const earlier = await summarize(services, { ...options, ...before });
      const nameGroup = ({ project, pipeline }: SummaryGroup) => JSON.stringify([project, pipeline]);
      return pickMovers(after.groups, earlier.groups, nameGroup);
    }),
    ask(`jobs that moved ${name}`, async () => {
      const options = { ...filter, by: ["job"] as const, sort: "jobs", limit: 1000 } as const;
      const after = await summarizeJobs(services, { ...options, by: ["job"], ...now });
      const earlier = await summarizeJobs(services, { ...options, by: ["job"], ...before });
      return pickMovers(after.groups, earlier.groups, ({ keys }) => JSON.stringify(keys));
    }),
  ]);
  return { pipelines, jobs };
}

/** Those whose median moved most, multiplied by how often they ran. */
function pickMovers<G extends Pick<SummaryGroup, "results" | "duration">>(
  after: readonly G[],
  earlier: readonly G[],
  nameGroup: (group: G) => string,
): readonly Mover<G>[] {
  const past = new Map(earlier.map((group) => [nameGroup(group), group]));
  const movers = after.flatMap((group): Mover<G>[] => {
    const before = past.get(nameGroup(group));
    if (before?.duration === undefined || group.duration === undefined) return [];
    const seconds = (group.duration.p50 - before.duration.p50) * countRuns(group.results);
    return seconds === 0 ? [] : [{ after: group, earlier: before, seconds }];
  });
  return movers.toSorted((a, b) => Math.abs(b.seconds) - Math.abs(a.seconds)).slice(0, listedMax);
}

const columns: readonly Column[] = [
  ["Name"],
  ["Runs before, span", "number wide"],
  ["Success before, span", "number wide"],
  ["Median before", "number"],
  ["Median of the span", "number"],
  ["Change"],
  ["All together", "number"],
];

export function moversSections(page: Page, { pipelines, jobs }: Movers, { since, until }: Query): Html {
  const note = "By the difference of the median, multiplied by the number of runs of the span.";
  const pipelineLink = ({ project = null, pipeline = null }: SummaryGroup): Content => {
    const names = { project: project ?? undefined, pipeline: pipeline ?? undefined };
    return html`<a href="${page.links.toView("pipelines/one", { ...names, since, until })}">${pipelineName({ project, pipeline })}</a>`;
  };
  const jobLink = ({ keys }: JobSummaryGroup): Content => {
    const read = (key: "project" | "pipeline" | "stage" | "job_name") =>
      typeof keys[key] === "string" ? keys[key] : undefined;
    const [project, pipeline] = [read("project"), read("pipeline")];
    const names = { project, pipeline, stage: read("stage"), job_name: read("job_name") };
    const below = [project, pipeline === project ? undefined : pipeline].filter((one) => one !== undefined);
    return html`<a href="${page.links.toView("jobs/one", { ...names, since, until })}">${untrusted(names.job_name, 60)}</a><span class="sub">${untrusted(below.join(" / "))}</span>`;
  };
  return html`${section("pipelines", "Pipelines that moved most", renderMovers(page, pipelines, pipelineLink), note)}${section("jobs", "Jobs that moved most", renderMovers(page, jobs, jobLink), note)}`;
}

function renderMovers<G extends Pick<SummaryGroup, "results" | "duration">>(
  page: Page,
  movers: Shown<readonly Mover<G>[]>,
  nameGroup: (group: G) => Content,
): Content {
  return renderShown(movers, page.now, (listed) =>
    listed.length === 0
      ? html`<p>Nothing finished in both spans, or all of it as fast as before.</p>`
      : table(
          "Greatest differences",
          columns,
          listed.map(({ after, earlier, seconds }) => [
            nameGroup(after),
            `${formatCount(countRuns(earlier.results))}, ${formatCount(countRuns(after.results))}`,
            [formatShare(toSuccessRatio(earlier.results)), ", ", formatShare(toSuccessRatio(after.results))],
            formatDuration(earlier.duration?.p50),
            formatDuration(after.duration?.p50),
            describeChange("duration", after.duration?.p50, earlier.duration?.p50),
            [seconds > 0 ? "+" : "−", formatDuration(Math.abs(seconds))],
          ]),
        ),
  );
}
