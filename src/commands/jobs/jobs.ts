import type { Answer, ReadingCall } from "../reading/create-reading-command.ts";
import { describeFailure } from "../reading/describe-failure.ts";
import { describeList } from "../reading/describe-list.ts";
import {
  formatAge,
  formatResult,
  formatSeconds,
  getItems,
  getNumber,
  getString,
  type Item,
} from "../reading/format.ts";
import type { Column } from "../reading/table.ts";

export async function answerJobs({ read, query, now, options }: ReadingCall): Promise<Answer> {
  const document = await read("jobs", query);
  const columns: readonly Column<Item>[] = [
    { title: "RUN", align: "right", get: (job) => getString(job, "run_id") },
    { title: "RESULT", get: formatResult },
    { title: "PROJECT", get: (job) => getString(job, "project") || "-", least: 12, drop: 1 },
    { title: "JOB", get: (job) => getString(job, "name") || "-", least: 12 },
    { title: "STAGE", get: (job) => getString(job, "stage"), least: 8, drop: 4 },
    { title: "DURATION", align: "right", get: (job) => formatSeconds(getNumber(job, "duration_seconds")) },
    { title: "QUEUE", align: "right", get: (job) => formatSeconds(getNumber(job, "queue_seconds")), drop: 3 },
    { title: "FINISHED", get: (job) => describeEnd(job, now), drop: 2 },
    { title: "RUNNER", get: (job) => getString(job, "runner_class"), least: 8, drop: 5 },
    { title: "WHY", get: describeFailure, least: 12 },
  ];
  return { document, lines: () => describeList(document, columns, getItems(document, "jobs"), options) };
}

function describeEnd(job: Item, now: number): string {
  const at = getString(job, "finished_at");
  return at === "" ? "-" : formatAge(at, now);
}
