import type { Answer, ReadingCall } from "../reading/create-reading-command.ts";
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

export async function answerRuns({ read, query, now, options }: ReadingCall): Promise<Answer> {
  const document = await read("runs", query);
  const columns: readonly Column<Item>[] = [
    { title: "RUN", align: "right", get: (run) => getString(run, "id") },
    { title: "RESULT", get: formatResult },
    { title: "PROJECT", get: (run) => getString(run, "project") || "-", least: 14 },
    { title: "PIPELINE", get: describePipeline, least: 10, drop: 2 },
    { title: "REF", get: (run) => getString(run, "ref") || "-", least: 8, drop: 1 },
    { title: "DURATION", align: "right", get: (run) => formatSeconds(getNumber(run, "duration_seconds")) },
    { title: "QUEUE", align: "right", get: (run) => formatSeconds(getNumber(run, "queue_seconds")), drop: 3 },
    { title: "SEEN", get: (run) => formatAge(getString(run, "first_seen_at"), now) },
    { title: "TITLE", get: (run) => getString(run, "title"), least: 12, drop: 4 },
  ];
  return { document, lines: () => describeList(document, columns, getItems(document, "runs"), options) };
}

/** GitLab's pipelines without a name are called like their project. */
function describePipeline(run: Item): string {
  const pipeline = getString(run, "pipeline");
  return pipeline === getString(run, "project") ? "" : pipeline;
}
