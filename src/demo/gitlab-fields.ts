import { hashToHex, hashToUuid } from "./random.ts";
import type { DemoDelivery, Run } from "./story.ts";
import type { World } from "./world.ts";
import type { Millis } from "../core/time.ts";

export const host = "https://gitlab.example.com";

export interface RunContext {
  readonly run: Run;
  readonly world: World;
  readonly base: number;
}

/** Each run has a merge request of its own: the one that it tests, or the one whose merge it tests. */
export function numberMergeRequest({ run, world }: RunContext): number {
  return world.numberBase + run.index;
}

export function describeProject(project: string) {
  return {
    id: 400 + project.length,
    name: project.split("/").at(-1),
    web_url: `${host}/${project}`,
    path_with_namespace: project,
    default_branch: "main",
    visibility_level: 0,
  };
}

/** The project, the commit and its author, as both hooks have them. */
export function describeRun({ plan: { project }, sha, title, author, at, cause }: Run) {
  const name = project.split("/").at(-1);
  const starter = cause === "schedule" ? "project_412_bot_7d1f" : author;
  return {
    user: { id: 10 + starter.length, name: starter, username: starter, avatar_url: null, email: "[REDACTED]" },
    project: describeProject(project),
    commit: {
      id: sha,
      message: `${title}\n`,
      title,
      timestamp: new Date(at - 40_000).toISOString(),
      author: { name: author },
    },
    repository: { name, homepage: `${host}/${project}` },
  };
}

/** A request with the headers that GitLab sends. */
export function createGitlabDelivery(
  { world }: RunContext,
  event: string,
  key: string,
  at: Millis,
  body: object,
): DemoDelivery {
  const headers = {
    "content-type": "application/json",
    "user-agent": "GitLab/18.6.1",
    "x-gitlab-event": event,
    "x-gitlab-instance": host,
    "x-gitlab-event-uuid": hashToUuid(`${world.key}/event/${key}`),
    "x-gitlab-webhook-uuid": hashToUuid(`${world.key}/webhook/${hashToHex(key, 8)}`),
    "idempotency-key": hashToUuid(`${world.key}/gitlab/${key}`),
  };
  return { provider: "gitlab", at, headers, body: JSON.stringify(body) };
}
