import type { Examples } from "./views.ts";

type Json = Readonly<Record<string, unknown>>;

/** A run that failed, the latest one, with the first job of it that failed, and a dead letter, or else the latest delivery; by the read API, which `ask` reads. */
export async function findExamples(ask: (path: string) => Promise<unknown>): Promise<Examples> {
  const { runs } = (await ask("/api/v1/runs?result=failure&limit=1")) as { runs: readonly Json[] };
  const id = String(runs[0]?.["id"]);
  const run = (await ask(`/api/v1/runs/${id}`)) as Json;
  const jobs = run["jobs"] as readonly Json[];
  const failed = jobs.find(({ result }) => result === "failure") ?? jobs[0];
  const names = { project: run["project"], pipeline: run["pipeline"], stage: failed?.["stage"], job: failed?.["name"] };
  const stated = Object.entries(names).filter(([, value]) => typeof value === "string");
  const list = async (filter: string) =>
    ((await ask(`/api/v1/deliveries?limit=1${filter}`)) as { deliveries: readonly Json[] }).deliveries;
  const [delivery] = [...(await list("&outcome=dead_letter")), ...(await list(""))];
  return { run: id, delivery: String(delivery?.["id"]), ...(Object.fromEntries(stated) as Examples) };
}
