import type { RedMain } from "../../../answers/red-main.ts";
import type { StoredRun } from "../../../core/store/index.ts";
import { dayMillis } from "../../../core/time.ts";
import { findRuns } from "../../api/runs.ts";
import { computeStaleBefore } from "../../stale.ts";
import type { Shown } from "../../answers.ts";
import { renderShown } from "../shown.ts";
import { formatAgo, formatCount, untrusted } from "../format.ts";
import { html, type Content, type Html } from "../html.ts";
import { section, table, type Column } from "../layout.ts";
import { failureResults, pipelineLink } from "../run-table.ts";
import type { Page } from "../view.ts";
import type { Choice } from "./choice.ts";

/** A default branch that is red. */
interface Broken {
  readonly branch: Pick<RedMain, "source" | "project" | "pipeline" | "ref">;
  readonly since: number;
  readonly isFlaky: boolean;
  /** The run that made it red; undefined: it is not stored any more. */
  readonly firstBad: Pick<StoredRun, "id" | "number" | "nativeId" | "sha" | "firstSeenAt"> | undefined;
  readonly failures: number;
  readonly latest: Pick<StoredRun, "id" | "number" | "nativeId"> | undefined;
}

export interface BrokenBranches {
  readonly branches: readonly Broken[];
  /** More are red than are listed. */
  readonly more: number;
  /** Default branches that had a result. */
  readonly all: number;
}

/** Branches that are listed, those first that are red for longest; and failures that are counted for each. */
const listedMax = 8;
const failuresMax = 50;
/** How far back results are looked for, whatever span the figures have: what is broken now does not depend on it. */
const days = 7;

export function findBroken(page: Page, { filter }: Choice): Promise<Shown<BrokenBranches>> {
  const { ask, services, now } = page;
  return ask(`broken ${JSON.stringify(filter)}`, async () => {
    const query = { since: now - days * dayMillis, until: now, filter };
    const { items } = await services.store.read("redMain", query);
    const red = items
      .filter(({ openSince }) => openSince !== null)
      .toSorted((a, b) => (a.openSince ?? 0) - (b.openSince ?? 0));
    const branches = await Promise.all(red.slice(0, listedMax).map(async (branch) => toBroken(page, branch)));
    return { branches, more: Math.max(0, red.length - listedMax), all: items.length };
  });
}

async function toBroken({ services }: Page, branch: RedMain): Promise<Broken> {
  const { source, project, pipeline, ref, openSince, firstBadRunId, periods } = branch;
  const since = openSince ?? 0;
  const names = { source, project: project ?? undefined, pipeline: pipeline ?? undefined, ref: ref ?? undefined };
  const [bad, failed] = await Promise.all([
    firstBadRunId === null
      ? undefined
      : services.store.read("run", { id: firstBadRunId, staleBefore: computeStaleBefore(services) }),
    findRuns(services, { ...names, result: failureResults, default_branch: true, limit: failuresMax }),
  ]);
  const after = failed.items.filter(({ finishedAt }) => (finishedAt ?? 0) >= since);
  const pick = ({ id, number, nativeId, sha, firstSeenAt }: StoredRun) => ({ id, number, nativeId, sha, firstSeenAt });
  return {
    branch: { source, project, pipeline, ref },
    since,
    isFlaky: periods.some((period) => period.until === null && period.flakySeconds > 0),
    firstBad: bad && pick(bad.run),
    failures: after.length,
    latest: after[0] && pick(after[0]),
  };
}

const columns: readonly Column[] = [
  ["Pipeline"],
  ["Red since", "number"],
  ["First bad commit"],
  ["Failures", "number"],
  ["Kind"],
];

export function brokenSection(page: Page, broken: Shown<BrokenBranches>): Html {
  return section(
    "broken",
    "Broken now",
    renderShown(broken, page.now, ({ branches, more, all }) => {
      if (all === 0) return html`<p>No run of a default branch had a result in the last ${days} days.</p>`;
      if (branches.length === 0)
        return html`<p><span class="badge good"><span aria-hidden="true">✓</span> green</span> ${formatCount(all)} default branches with results in the last ${days} days.</p>`;
      const rest = more > 0 && html`<p class="more">${formatCount(more)} more are red.</p>`;
      return [
        table(
          "Red default branches",
          columns,
          branches.map((one) => toRow(page, one)),
        ),
        rest,
      ];
    }),
    "Default branches whose last result is a failure, those first that are red for longest.",
  );
}

function toRow(page: Page, { branch, since, isFlaky, firstBad, failures, latest }: Broken): readonly Content[] {
  const { links, now } = page;
  const runs = links.toView("runs", {
    source: branch.source,
    project: branch.project ?? undefined,
    pipeline: branch.pipeline ?? undefined,
    default_branch: "true",
    result: failureResults.join(),
    since: new Date(Math.min(since, firstBad?.firstSeenAt ?? since)).toISOString(),
  });
  const count = failures >= failuresMax ? `${failuresMax} or more` : formatCount(failures);
  return [
    pipelineLink(page, branch, branch.ref ?? undefined),
    formatAgo(since, now),
    firstBad === undefined
      ? html`<span class="none">not stored any more</span>`
      : html`<a href="${links.toView(`runs/${firstBad.id}`)}">${nameCommit(firstBad)}</a>`,
    [
      html`<a href="${runs}">${count}</a>`,
      latest !== undefined &&
        failures > 1 &&
        html`<span class="sub"><a href="${links.toView(`runs/${latest.id}`)}">the last one</a></span>`,
    ],
    isFlaky
      ? html`<span class="badge busy" title="Some of its failures passed later, in a rerun or on the same commit">flaky</span>`
      : html`<span class="badge bad">broken</span>`,
  ];
}

function nameCommit({ sha, number, nativeId }: NonNullable<Broken["firstBad"]>): Html {
  return sha === null ? untrusted(number ?? nativeId, 24) : html`<code>${untrusted(sha.slice(0, 10))}</code>`;
}
