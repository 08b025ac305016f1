import { json, number, sha, tokens, uuid } from "./text.ts";

const { n, date, clock } = tokens;
const api = "https://api.github.com/repos/lumen-labs/orchard";
const html = "https://github.com/lumen-labs/orchard";

/** The addresses that GitHub adds to every repository it mentions; a delivery of a run mentions it three times. */
const addressed =
  "archive assignees blobs branches collaborators comments commits compare contents contributors deployments downloads " +
  "events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels languages merges " +
  "milestones notifications pulls releases stargazers statuses subscribers subscription tags teams trees";

/**
 * A finished `workflow_run` event, about 20 kB as GitHub sends them. The run's id is the delivery's.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run
 */
export function githubWorkflowRun(begun: Date) {
  const body = json({
    action: "completed",
    workflow_run: workflowRun(begun),
    workflow: {
      id: 88_120_553,
      node_id: "W_kwDOJfUcR84FQKdp",
      name: "verify",
      path: ".github/workflows/verify.yml",
      state: "active",
      created_at: "2024-02-11T09:14:07.000Z",
      updated_at: "2024-02-11T09:14:07.000Z",
      url: `${api}/actions/workflows/88120553`,
      html_url: `${html}/blob/main/.github/workflows/verify.yml`,
      badge_url: `${html}/workflows/verify/badge.svg`,
    },
    repository: { ...repository(), ...settings },
    organization: account("lumen-labs", 71_022_913, "Organization"),
    sender: account("tessa-moor", 9_310_447, "User"),
  });
  return {
    provider: "github",
    path: "/webhooks/github",
    headers: {
      "Content-Type": "application/json",
      "User-Agent": "GitHub-Hookshot/6f1a0c3",
      Accept: "*/*",
      "X-GitHub-Delivery": uuid,
      "X-GitHub-Event": "workflow_run",
      "X-GitHub-Hook-ID": "447120938",
      "X-GitHub-Hook-Installation-Target-ID": "642210573",
      "X-GitHub-Hook-Installation-Target-Type": "repository",
      "X-Hub-Signature-256": `sha256=${tokens.signature}`,
    },
    body,
    jobs: 0,
  } as const;
}

function workflowRun(begun: Date) {
  const time = (seconds: number) => `${new Date(begun.getTime() + seconds * 1000).toISOString().slice(0, 19)}Z`;
  const run = `${api}/actions/runs/${n}`;
  return {
    id: number(n),
    name: "verify",
    node_id: `WFR_kwLOJ${n}`,
    head_branch: "main",
    head_sha: sha,
    path: ".github/workflows/verify.yml",
    display_title: "Ripen apples only in season",
    run_number: 5127,
    event: "push",
    status: "completed",
    conclusion: "success",
    workflow_id: 88_120_553,
    check_suite_id: number(n),
    check_suite_node_id: `CS_kwDOJ${n}`,
    url: run,
    html_url: `${html}/actions/runs/${n}`,
    pull_requests: [],
    created_at: time(0),
    updated_at: `${date}T${clock}Z`,
    actor: account("tessa-moor", 9_310_447, "User"),
    run_attempt: 1,
    referenced_workflows: [],
    run_started_at: time(0),
    triggering_actor: account("tessa-moor", 9_310_447, "User"),
    jobs_url: `${run}/jobs`,
    logs_url: `${run}/logs`,
    check_suite_url: `${api}/check-suites/${n}`,
    artifacts_url: `${run}/artifacts`,
    cancel_url: `${run}/cancel`,
    rerun_url: `${run}/rerun`,
    previous_attempt_url: null,
    workflow_url: `${api}/actions/workflows/88120553`,
    head_commit: {
      id: sha,
      tree_id: "c81f5a02d7e94b36a0f2186dbb35e7c94fd01a68",
      message: "Ripen apples only in season\n\nPears keep their own calendar.",
      timestamp: time(-40),
      author: { name: "Tessa Moor", email: "tessa@example.com" },
      committer: { name: "Tessa Moor", email: "tessa@example.com" },
    },
    repository: repository(),
    head_repository: repository(),
  };
}

/** What only the delivery's own repository says of itself. */
const settings = {
  created_at: "2023-10-02T07:55:31Z",
  updated_at: "2026-05-20T16:01:12Z",
  pushed_at: "2026-05-21T08:30:44Z",
  clone_url: `${html}.git`,
  git_url: "git://github.com/lumen-labs/orchard.git",
  ssh_url: "git@github.com:lumen-labs/orchard.git",
  homepage: "https://orchard.example.com",
  size: 20_418,
  stargazers_count: 37,
  watchers_count: 37,
  forks_count: 4,
  open_issues_count: 12,
  language: "TypeScript",
  has_issues: true,
  has_projects: false,
  has_wiki: false,
  has_pages: false,
  archived: false,
  disabled: false,
  license: null,
  allow_forking: true,
  is_template: false,
  topics: ["fruit", "scheduling"],
  visibility: "private",
  default_branch: "main",
  custom_properties: {},
};

function repository() {
  const urls = Object.fromEntries(addressed.split(" ").map((what) => [`${what}_url`, `${api}/${what}{/id}`]));
  return {
    id: 642_210_573,
    node_id: "R_kgDOJkdPDQ",
    name: "orchard",
    full_name: "lumen-labs/orchard",
    private: true,
    owner: account("lumen-labs", 71_022_913, "Organization"),
    html_url: html,
    description: "Decides what is picked, and when",
    fork: false,
    url: api,
    ...urls,
  };
}

function account(login: string, id: number, type: string) {
  const url = `https://api.github.com/users/${login}`;
  const lists = "followers following gists starred subscriptions organizations repos events received_events".split(" ");
  return {
    login,
    id,
    node_id: `U_kgDO${id}`,
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    gravatar_id: "",
    url,
    html_url: `https://github.com/${login}`,
    ...Object.fromEntries(lists.map((list) => [`${list}_url`, `${url}/${list}`])),
    type,
    user_view_type: "public",
    site_admin: false,
  };
}
