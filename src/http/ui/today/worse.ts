import type { Change, ChangeKind } from "../../../answers/change.ts";
import type { Shown } from "../../answers.ts";
import { renderShown } from "../shown.ts";
import { formatAgo, formatDuration, formatPercent, untrusted } from "../format.ts";
import { html, type Content, type Html } from "../html.ts";
import { section, table, type Column } from "../layout.ts";
import { pipelineLink } from "../run-table.ts";
import type { Page } from "../view.ts";
import type { Choice } from "./choice.ts";

/** Changes that are listed. */
const listedMax = 6;

export function findWorse({ ask, services }: Page, { span, filter, name }: Choice): Promise<Shown<readonly Change[]>> {
  return ask(`changes ${name}`, async () => {
    const { items } = await services.store.read("changes", { ...span, filter });
    return items.filter(isWorse).slice(0, listedMax);
  });
}

function isWorse({ what, before, after }: Change): boolean {
  return what === "success" ? after < before : after > before;
}

const words: Readonly<Record<ChangeKind, string>> = {
  duration: "takes longer",
  success: "succeeds less often",
  queue: "waits longer",
};

const columns: readonly Column[] = [["What"], ["How"], ["Before", "number"], ["Now", "number"], ["Since", "number"]];

export function worseSection(page: Page, worse: Shown<readonly Change[]>): Html {
  return section(
    "worse",
    "Got worse",
    renderShown(worse, page.now, (changes) =>
      changes.length === 0
        ? html`<p><span class="badge good"><span aria-hidden="true">✓</span> nothing</span> No job, pipeline or queue became lastingly worse in this span.</p>`
        : table(
            "What became worse",
            columns,
            changes.map((change) => toRow(page, change)),
          ),
    ),
    "Changes that are hardly by chance, the greatest first.",
  );
}

function toRow(page: Page, change: Change): readonly Content[] {
  const { what, before, after, at, runId } = change;
  const format = (value: number): Content => (what === "success" ? formatPercent(value) : formatDuration(value));
  return [
    nameChanged(page, change),
    words[what],
    format(before),
    format(after),
    html`<a href="${page.links.toView(`runs/${runId}`)}">${formatAgo(at, page.now)}</a>`,
  ];
}

/** A job, a pipeline, or the queue of a class of runners. */
function nameChanged(page: Page, change: Change): Content {
  const { jobName, runnerClass, project, pipeline, stage, what } = change;
  if (what === "queue") {
    const link = page.links.toView("runners", { runner_class: runnerClass ?? undefined });
    return html`<a href="${link}">${untrusted(runnerClass ?? "jobs without a runner class", 60)}</a><span class="sub">runners</span>`;
  }
  if (jobName === null) return pipelineLink(page, { project, pipeline });
  const names = {
    project: project ?? undefined,
    pipeline: pipeline ?? undefined,
    stage: stage ?? undefined,
    job_name: jobName,
  };
  const below = [project, pipeline === project ? null : pipeline].filter((name) => name !== null).join(" / ");
  return html`<a href="${page.links.toView("jobs/one", names)}">${untrusted(jobName, 60)}</a><span class="sub">${untrusted(below)}</span>`;
}
