/** Rows that views of one thing are about. Empty where the ledger is. */
export interface Examples {
  /** Ids of runs, the worst first. */
  readonly run?: string;
  /** The id of a delivery, where there is one of those that were not understood. */
  readonly delivery?: string;
  readonly project?: string;
  readonly pipeline?: string;
  readonly stage?: string;
  readonly job?: string;
}

export interface ListedView {
  readonly name: string;
  /** Relative to `/ui/`; `undefined` where it needs something that the ledger does not have. */
  readonly address: (examples: Examples) => string | undefined;
  /** Of the response, where it is not 200. */
  readonly status?: number;
}

function toAddress(path: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${path}?${new URLSearchParams(given).toString()}`;
}

/** Every view of the page, with what is held by the browser's tests and measured by the bench: a new view is one line here. */
export const listedViews: readonly ListedView[] = [
  { name: "today", address: () => "" },
  { name: "today-all", address: () => "?branches=all&since=30d" },
  { name: "runs", address: () => "runs" },
  { name: "runs-filtered", address: () => "runs?result=failure,error,timeout&since=30d" },
  { name: "runs-searched", address: () => "runs?search=ch&sort=duration" },
  { name: "run", address: ({ run }) => run && `runs/${run}` },
  { name: "pipelines", address: () => "pipelines?since=30d" },
  {
    name: "pipeline",
    address: ({ project, pipeline }) => toAddress("pipelines/one", { project, pipeline, since: "30d" }),
  },
  { name: "jobs", address: () => "jobs?since=30d" },
  {
    name: "job",
    address: ({ project, pipeline, stage, job }) =>
      toAddress("jobs/one", { project, pipeline, stage, job_name: job, since: "30d" }),
  },
  { name: "runners", address: () => "runners?since=30d" },
  { name: "waste", address: () => "waste?since=30d&by=job" },
  { name: "compare", address: () => "compare?since=30d" },
  { name: "sources", address: () => "sources" },
  { name: "deliveries", address: () => "deliveries" },
  { name: "dead-letters", address: () => "deliveries?outcome=dead_letter" },
  { name: "delivery", address: ({ delivery }) => delivery && `deliveries/${delivery}` },
  { name: "sign-in", address: () => "login" },
  { name: "no-such-run", address: () => "runs/999999999999", status: 404 },
  { name: "no-such-view", address: () => "nowhere", status: 404 },
  { name: "wrong-parameter", address: () => "runs?cursor=x", status: 400 },
];
