import type { FlakyJob } from "../../../answers/flaky.ts";
import type { Shown } from "../../answers.ts";
import { renderShown } from "../shown.ts";
import { formatAgo, formatCost, formatCount, formatDuration, untrusted } from "../format.ts";
import { html, type Content, type Html } from "../html.ts";
import { section, table, type Column } from "../layout.ts";
import type { Page } from "../view.ts";
import type { Choice } from "./choice.ts";

/** Jobs that are listed. */
const listedMax = 6;

export function findFlaky(
  { ask, services }: Page,
  { span, filter, name }: Choice,
): Promise<Shown<readonly FlakyJob[]>> {
  return ask(`flaky ${name}`, async () => {
    const { store, config } = services;
    const { items } = await store.read("flaky", { ...span, filter, prices: config.prices });
    const flaked = items.filter(({ flakes }) => flakes > 0);
    return flaked.toSorted((a, b) => b.wastedSeconds - a.wastedSeconds).slice(0, listedMax);
  });
}

const columns: readonly Column[] = [["Job"], ["Flaked", "number"], ["Price", "number"], ["Last", "number"]];

export function flakySection(page: Page, choice: Choice, flaky: Shown<readonly FlakyJob[]>): Html {
  return section(
    "flaky",
    "Flaky jobs",
    renderShown(flaky, page.now, (jobs) =>
      jobs.length === 0
        ? html`<p><span class="badge good"><span aria-hidden="true">✓</span> none</span> No job failed and passed on the same code in this span.</p>`
        : table(
            "Flaky jobs",
            columns,
            jobs.map((job) => toRow(page, choice, job)),
          ),
    ),
    "Failed and passed on the same code, on any branch; the most expensive first.",
  );
}

function toRow(page: Page, { given }: Choice, job: FlakyJob): readonly Content[] {
  const { project, pipeline, stage, jobName, flakes, executions, wastedSeconds, cost, lastAt, runIds, state } = job;
  const link = page.links.toView("jobs/one", {
    project: project ?? undefined,
    pipeline: pipeline ?? undefined,
    stage: stage ?? undefined,
    job_name: jobName,
    since: given["since"],
    until: given["until"],
  });
  const below = [project, pipeline === project ? null : pipeline].filter((name) => name !== null).join(" / ");
  const [newest] = runIds;
  return [
    html`<a href="${link}">${untrusted(jobName, 60)}</a>${state === "broken" && html` <span class="badge bad">broken</span>`}<span class="sub">${untrusted(below)}</span>`,
    html`<a href="${link}">${formatCount(flakes)}</a><span class="sub">of ${formatCount(executions)}</span>`,
    [formatDuration(wastedSeconds), cost !== null && html`<span class="sub">${formatCost(cost)}</span>`],
    newest === undefined
      ? formatAgo(lastAt, page.now)
      : html`<a href="${page.links.toView(`runs/${newest}`)}">${formatAgo(lastAt, page.now)}</a>`,
  ];
}
