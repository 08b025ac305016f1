import type { FailureShare } from "../../answers/failures.ts";
import type { AnswerQuery } from "../../core/store/index.ts";
import type { Shown } from "../answers.ts";
import { formatAgo, formatCount, formatDuration, formatShare, untrusted } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { section, table, type Column } from "./layout.ts";
import { renderShown } from "./shown.ts";
import type { Page } from "./view.ts";

export function findFailureClasses(
  { ask, services }: Page,
  query: AnswerQuery,
  name: string,
): Promise<Shown<readonly FailureShare[]>> {
  return ask(`failures ${name}`, async () => (await services.store.read("failures", query)).items);
}

const columns: readonly Column[] = [
  ["What went wrong"],
  ["Jobs", "number"],
  ["Share", "number"],
  ["Work", "number"],
  ["Reasons of the CI system", "wide"],
  ["Newest", "number"],
];

export function failureClassesSection(page: Page, failures: Shown<readonly FailureShare[]>): Html {
  return section(
    "failures",
    "What went wrong",
    renderShown(failures, page.now, (classes) =>
      classes.length === 0
        ? html`<p>No job failed in this span.</p>`
        : table(
            "Failed jobs by class",
            columns,
            classes.map((one) => toRow(page, one)),
          ),
    ),
    "Jobs that failed or were cancelled, by the reason, the exit code, the failed step and their names.",
  );
}

/** Reasons of a class that are listed. */
const reasonsMax = 3;

function toRow({ links, now }: Page, failure: FailureShare): readonly Content[] {
  const { failureClass, jobs, runs, share, seconds, reasons, exampleRunId, lastAt } = failure;
  const listed = reasons
    .slice(0, reasonsMax)
    .map(({ reason, jobs: count }, i) => [
      i > 0 && ", ",
      untrusted(reason ?? "none given", 60),
      ` (${formatCount(count)})`,
    ]);
  return [
    failureClass.replaceAll("_", " "),
    [formatCount(jobs), html`<span class="sub">in ${formatCount(runs)} runs</span>`],
    formatShare(share),
    formatDuration(seconds),
    listed,
    html`<a href="${links.toView(`runs/${exampleRunId}`)}">${formatAgo(lastAt, now)}</a>`,
  ];
}
