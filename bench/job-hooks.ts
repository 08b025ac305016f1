import { secret } from "./payloads.ts";
import { cpuSeconds, watchOthers } from "./procfs.ts";
import { atMost, disturbance, equal, info, median, millis, ratio, whole, type Extent, type Finding } from "./report.ts";
import { startPipegauge, workingDirectory, type Server } from "./server.ts";

/** Jobs of a run in the one group and in the other, and jobs in each group. */
const sizes = [10, 5000] as const;
const jobsTotal = 5000;
const ratioMax = 1.5;
/** Deliveries under way at a time. */
const concurrency = 32;
/** No series may be folded: names are made up. */
const seriesMax = 100_000;

/** What a Job Hook reports: a job that the run has, or another try of one under a new id. */
const kinds = ["known", "new"] as const;

/** GitLab's Job Hook on runs of 10 and of 5,000 jobs, by turns: what one costs must not depend on how many jobs its run has. */
export async function measureJobHooks({ quick }: Extent): Promise<Finding[]> {
  const directory = workingDirectory();
  const environment = { PIPEGAUGE_MAX_SERIES: String(seriesMax) };
  const server = await startPipegauge(directory, `${directory}/pipegauge.db`, environment);
  const others = watchOthers([server.pid]);
  const began = process.cpuUsage();
  let refused = 0;
  const post = async (body: object) => void (refused += (await accepted(server, body)) ? 0 : 1);
  try {
    for (const size of sizes) await postConcurrently(pipelineHooks(size), post);
    const costs = new Map<string, number[]>();
    for (let round = 0; round <= (quick ? 2 : 5); round++) {
      for (const kind of kinds) {
        for (const size of round % 2 === 0 ? sizes : sizes.toReversed()) {
          const before = cpuSeconds(server.pid);
          const hooks = jobHooks(size, kind, round);
          await postConcurrently(hooks, post);
          const each = ((cpuSeconds(server.pid) - before) * 1000) / hooks.length;
          // The first round warms up.
          if (round > 0) costs.set(`${kind} ${size}`, [...(costs.get(`${kind} ${size}`) ?? []), each]);
        }
      }
    }
    const { user, system } = process.cpuUsage(began);
    const cost = (kind: string, size: number) => median(costs.get(`${kind} ${size}`) ?? []);
    const [few, many] = sizes;
    return [
      ...kinds.flatMap((kind) => [
        ...sizes.map((size) =>
          info(`processor time of a Job Hook, ${kind} job, run of ${whole(size)} jobs`, millis(cost(kind, size))),
        ),
        atMost(
          `run of ${whole(many)} jobs / of ${whole(few)}, ${kind} job`,
          cost(kind, many) / cost(kind, few),
          ratioMax,
          ratio,
        ),
      ]),
      equal("deliveries that were not accepted", refused, 0),
      disturbance(others((user + system) / 1e6)),
    ];
  } finally {
    await server.stop();
  }
}

async function accepted({ host }: Server, body: object): Promise<boolean> {
  const headers = { "content-type": "application/json", "x-gitlab-token": secret };
  const answer = await fetch(`http://${host}/webhooks/gitlab`, { method: "POST", headers, body: JSON.stringify(body) });
  return answer.status === 202 && (await answer.text()).includes("accepted");
}

async function postConcurrently(bodies: readonly object[], post: (body: object) => Promise<void>): Promise<void> {
  const left = bodies.values();
  const work = async () => {
    for (const body of left) await post(body);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}

const project = {
  path_with_namespace: "bench/jobs",
  default_branch: "main",
  web_url: "https://gitlab.example.com/bench/jobs",
};

/** The jobs of a group, each with the run that it is of. Both groups have the same names, so the same series. */
function createJobs(size: number) {
  return Array.from({ length: jobsTotal }, (_, i) => ({
    pipeline: size * 1_000_000 + Math.floor(i / size),
    id: size * 1_000_000 + i,
    name: `job ${i}`,
  }));
}

/** One Pipeline Hook a run, with all its jobs. */
function pipelineHooks(size: number): object[] {
  const created_at = moment(-600);
  const all = createJobs(size);
  const runs = Array.from({ length: jobsTotal / size }, (_, i) => all.slice(i * size, (i + 1) * size));
  return runs.map((jobs) => ({
    object_kind: "pipeline",
    object_attributes: { id: jobs[0]?.pipeline, ref: "main", status: "running", source: "push", created_at },
    project,
    builds: jobs.map((job) => ({ id: job.id, name: job.name, stage: "test", status: "created", created_at })),
  }));
}

/** A hook for each job: it goes on, or is tried again. Each round tells something new. */
function jobHooks(size: number, kind: (typeof kinds)[number], round: number): object[] {
  const tries = kind === "new" ? (round + 1) * jobsTotal : 0;
  const build_created_at = moment(-600);
  const build_started_at = moment(-500 + round);
  return createJobs(size).map(({ pipeline, id, name }) => ({
    object_kind: "build",
    pipeline_id: pipeline,
    build_id: id + tries,
    build_name: name,
    build_stage: "test",
    build_status: "running",
    build_created_at,
    build_started_at,
    project,
  }));
}

function moment(seconds: number): string {
  return `${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
