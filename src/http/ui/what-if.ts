import type { RunnerUse } from "../../answers/runner-use.ts";
import type { WhatIf } from "../../answers/what-if.ts";
import type { Shown } from "../answers.ts";
import { cutText, formatCost, formatCount, formatDuration, formatShare, untrusted } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { section, table, type Column } from "./layout.ts";
import { renderShown } from "./shown.ts";
import type { Query } from "./span.ts";
import type { Page } from "./view.ts";

interface Question {
  readonly runnerClass: string | undefined;
  readonly targetSeconds: number;
  readonly percentile: number;
  readonly given: Query;
  readonly classes: readonly RunnerUse[];
}

/** How many runners of a class would be enough for a wished wait, from the jobs of the span. */
export function whatIfSection(page: Page, whatIf: Shown<WhatIf>, question: Question): Html {
  const { targetSeconds, percentile, runnerClass } = question;
  return section(
    "what-if",
    "How many runners are enough",
    [
      questionForm(page, question),
      renderShown(whatIf, page.now, ({ least, rows, jobs, peakRunning }) => {
        const ofClass = runnerClass === undefined ? "without a runner class" : untrusted(runnerClass, 60);
        if (jobs === 0) return html`<p>No job ${ofClass} became ready in this span.</p>`;
        return [
          html`<p><strong>${formatCount(least)} runners</strong> of ${ofClass} are the least with which ${percentile} % of ${formatCount(jobs)} jobs wait at most ${formatDuration(targetSeconds)}. At most ${formatCount(peakRunning)} worked at a time.</p>`,
          table(
            "Waits by number of runners",
            describeColumns(rows),
            rows.map((row) => toRow(row, rows, least)),
          ),
        ];
      }),
    ],
    "The jobs of the span, scheduled again on another number of runners.",
  );
}

const hasCost = (rows: WhatIf["rows"]) => rows.some(({ cost }) => cost !== null);

function describeColumns(rows: WhatIf["rows"]): readonly Column[] {
  const columns: readonly Column[] = [["Runners"], ["Wait p50, p95", "number"], ["Busy", "number"]];
  return hasCost(rows) ? [...columns, ["Cost", "number"]] : columns;
}

function toRow(row: WhatIf["rows"][number], rows: WhatIf["rows"], least: number): readonly Content[] {
  const { runners, waitP50, waitP95, busyShare, cost } = row;
  const cells: readonly Content[] = [
    [
      formatCount(runners),
      runners === least && html` <span class="badge good"><span aria-hidden="true">✓</span> enough</span>`,
    ],
    [formatDuration(waitP50), html`<span class="sub">p95 ${formatDuration(waitP95)}</span>`],
    formatShare(busyShare),
  ];
  return hasCost(rows) ? [...cells, cost === null ? "" : formatCost(cost)] : cells;
}

function questionForm({ links }: Page, { given, classes, runnerClass, targetSeconds, percentile }: Question): Html {
  const shown = new Set(["runner_class", "target", "percentile"]);
  const kept = Object.entries(given).map(
    ([name, value]) => !shown.has(name) && html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const named = classes.flatMap((one) => (one.runnerClass === null ? [] : [one.runnerClass]));
  const options = [...new Set(runnerClass === undefined ? named : [runnerClass, ...named])];
  return html`<form method="get" action="${links.toView("runners")}">
<label>Runner class <select name="runner_class"><option value="">${runnerClass === undefined ? "without labels" : "the busiest"}</option>${options.map((name) => html`<option value="${name}"${name === runnerClass && html` selected`}>${cutText(name, 32)}</option>`)}</select></label>
<label>Seconds <input name="target" inputmode="numeric" value="${targetSeconds}"></label>
<label>Percent of jobs <input name="percentile" inputmode="numeric" value="${percentile}"></label>
${kept}<button>Compute</button></form>`;
}
