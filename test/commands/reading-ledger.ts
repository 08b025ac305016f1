import { type JobInput, pipelineHook } from "../support/payloads/gitlab.ts";
import type { TestServer } from "../support/server/server.ts";

/** A name as somebody chooses it who wants to be mistaken for another line: colours, a line of its own, another direction. */
export const hostile =
  "e2e\u001b[31m\r\nRUN 1  ✓ success \u202efdp.exe\u009b2J\u200b \u{1f468}\u200d\u{1f469}\u200d\u{1f467} 日本語 e\u0301 שלום";

interface Run {
  readonly id: number;
  readonly status: string;
  readonly minutesAgo: number;
  readonly jobs: readonly JobInput[];
  readonly project?: string;
  readonly ref?: string;
}

/** `2026-11-20 10:00:00 UTC`, as GitLab writes it, so many minutes before now. */
function minutesAgo(minutes: number): string {
  const [day = "", time = ""] = new Date(Date.now() - minutes * 60_000).toISOString().split("T");
  return `${day} ${time.slice(0, 8)} UTC`;
}

function createHook({ id, status, minutesAgo: age, jobs, project = "team/shop", ref = "main" }: Run): object {
  const hook = pipelineHook(
    status,
    jobs,
    {
      id,
      status,
      ref,
      created_at: minutesAgo(age + 5),
      finished_at: minutesAgo(age),
      duration: 240,
      queued_duration: 4,
      url: `https://gitlab.example.com/${project}/-/pipelines/${id}`,
    },
    {
      project: {
        path_with_namespace: project,
        web_url: `https://gitlab.example.com/${project}`,
        default_branch: "main",
      },
    },
  ) as { builds: Record<string, unknown>[] };
  for (const build of hook.builds) {
    build["created_at"] = minutesAgo(age + 5);
    build["started_at"] = minutesAgo(age + 4);
    build["finished_at"] = minutesAgo(age + 1);
  }
  return hook;
}

const job = (id: number, name: string, status: string, reason?: string): JobInput => {
  return { id, name, status, started: "10:01", finished: "10:04", ...(reason === undefined ? {} : { reason }) };
};

/** Two runs of the default branch, the second red, one with names that are chosen to deceive, and a dead letter. */
export async function fillReadingLedger(server: TestServer): Promise<void> {
  const lint = (id: number) => job(id, "lint", "success");
  const runs: readonly Run[] = [
    { id: 700, status: "success", minutesAgo: 330, jobs: [lint(1), job(2, "unit", "success")] },
    { id: 701, status: "failed", minutesAgo: 210, jobs: [lint(3), job(4, "unit", "failed", "script_failure")] },
    {
      id: 702,
      status: "failed",
      minutesAgo: 150,
      jobs: [job(5, hostile, "failed", "job_execution_timeout")],
      project: "team/very-long-name-of-a-project-that-does-not-fit-into-a-narrow-terminal",
      ref: hostile,
    },
  ];
  for (const run of runs) await server.deliver("gitlab", createHook(run) as Record<string, unknown>);
  await server.deliver("gitlab", "{");
  // In the middle of an hour, so that the ages that are printed stay the same while the tests run.
  const at = Date.now() - 150 * 60_000;
  const { knex } = server.store.connection;
  await knex("runs").update({ first_seen_at: at });
  await knex("deliveries").update({ received_at: at });
}
