import type { StoredRun } from "../../core/store/index.ts";
import { externalLink, formatDuration, formatTime, untrusted } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { section } from "./layout.ts";
import { pipelineLink, stateCell } from "./run-table.ts";
import type { Page } from "./view.ts";

/** A name and its value; left out where the value is not known. */
type Fact = readonly [name: string, value: Content];

/** What is known of a run besides its jobs. */
export function runFacts(page: Page, run: StoredRun, parent: StoredRun | undefined): Html {
  const { links } = page;
  const heading = html`${pipelineLink(page, run)} ${untrusted(run.number ?? run.nativeId, 24)}`;
  const facts: readonly Fact[] = [
    ["Ref", run.ref !== null && [refLink(page, run, run.ref), describeRef(run)]],
    ["Commit", run.sha !== null && html`<code>${untrusted(run.sha.slice(0, 12))}</code>`],
    ["Change", run.change !== null && untrusted(run.change, 24)],
    ["Trigger", run.trigger !== null && [untrusted(run.trigger, 40), describeStarter(run)]],
    ["Queued", formatTimeOrNothing(run.queuedAt)],
    ["Started", formatTimeOrNothing(run.startedAt)],
    ["Finished", formatTimeOrNothing(run.finishedAt)],
    ["Waited", run.queueSeconds !== null && formatDuration(run.queueSeconds)],
    ["Ran", run.durationSeconds !== null && formatDuration(run.durationSeconds)],
    ["Part of", run.parent !== null && parentLink(page, run.parent, parent)],
    [
      "Source",
      [untrusted(run.source, 40), run.provider !== run.source && html` <span class="soft">${run.provider}</span>`],
    ],
    ["Counted", run.corrected && "with an earlier result: the provider changed it later"],
  ];
  const shown = facts.filter(([, value]) => value !== false);
  const elsewhere = [
    run.url !== null && externalLink(run.url, `Open in ${run.provider}`),
    html`<a href="${links.toServer(`api/v1/runs/${run.id}`)}">JSON</a>`,
  ].filter((link) => link !== false);
  return section("run", heading, [
    run.title !== null && html`<p class="title">${untrusted(run.title, 200)}</p>`,
    html`<p>${stateCell(run)}</p>`,
    html`<dl class="facts">${shown.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`,
    html`<p class="more">${elsewhere.map((link, i) => [i > 0 && " · ", link])}</p>`,
  ]);
}

function formatTimeOrNothing(at: number | null): Content {
  return at !== null && formatTime(at);
}

function refLink({ links }: Page, { project }: StoredRun, ref: string): Html {
  return html`<a href="${links.toView("runs", { project: project ?? undefined, ref })}">${untrusted(ref)}</a>`;
}

function describeRef({ refKind, defaultBranch }: StoredRun): Content {
  const kind = refKind !== null && refKind !== "branch" && refKind.replaceAll("_", " ");
  return joinNotes([kind, defaultBranch === true && "default branch"]);
}

function describeStarter({ startedBy, restartedBy }: StoredRun): Content {
  const bot = (by: StoredRun["startedBy"]) => (by === "bot" ? "by a bot" : "by a person");
  return joinNotes([startedBy !== null && bot(startedBy), restartedBy !== null && `again ${bot(restartedBy)}`]);
}

function joinNotes(notes: readonly (string | false)[]): Content {
  const given = notes.filter((note) => note !== false);
  return given.length > 0 && html` <span class="soft">${given.join(", ")}</span>`;
}

function parentLink({ links }: Page, nativeId: string, parent: StoredRun | undefined): Html {
  if (parent === undefined) return untrusted(nativeId, 24);
  const name = `${parent.pipeline ?? ""} ${parent.number ?? parent.nativeId}`.trim();
  return html`<a href="${links.toView(`runs/${parent.id}`)}">${untrusted(name)}</a>`;
}
