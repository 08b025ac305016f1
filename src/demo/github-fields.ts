import { hashToUuid } from "./random.ts";
import type { DemoDelivery, Run } from "./story.ts";
import type { World } from "./world.ts";
import type { Millis } from "../core/time.ts";

const host = "https://github.com";

export interface RunContext {
  readonly run: Run;
  readonly world: World;
  readonly base: number;
}

export function toFileName({ plan }: Run): string {
  return plan.pipeline.toLowerCase().replaceAll(" ", "-");
}

export function createRepository({ plan: { project } }: Run) {
  const [owner = "", name = ""] = project.split("/");
  return {
    id: 771_000_000 + project.length,
    name,
    full_name: project,
    private: true,
    owner: { ...createUser(owner), type: "Organization" },
    html_url: `${host}/${project}`,
    fork: false,
    default_branch: "main",
  };
}

export function createUser(login: string) {
  return { login, id: 30_000 + login.length, html_url: `${host}/${login}`, type: "User", site_admin: false };
}

export function createGithubDelivery(
  { run, world }: RunContext,
  event: string,
  key: string,
  at: Millis,
  body: object,
): DemoDelivery {
  const headers = {
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/7a1b9c2",
    "x-github-delivery": hashToUuid(`${world.key}/github/${key}`),
    "x-github-event": event,
    "x-github-hook-id": "480112233",
    "x-github-hook-installation-target-type": "organization",
  };
  const sent = { ...body, repository: createRepository(run), sender: createUser(run.author) };
  return { provider: "github", at, headers, body: JSON.stringify(sent) };
}

/** `2026-11-20T10:11:00Z` */
export function formatTime(at: Millis): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}
