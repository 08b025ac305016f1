import type { StoredJob } from "../../core/store/index.ts";
import type { Millis } from "../../core/time.ts";
import { html, type Html } from "./html.ts";

/** A span of time in which a job did something; `tone` is its colour. */
interface Bar {
  readonly from: Millis;
  readonly to: Millis;
  readonly tone: "gate" | "wait" | "good" | "bad" | "quiet" | "busy";
}

/** The executions of one job of a run, in the order of their starts. */
export interface Lane {
  readonly stage: string | null;
  readonly name: string | null;
  readonly jobs: readonly [StoredJob, ...StoredJob[]];
}

/** Groups executions by stage and name, those that never started last; jobs without a name stay apart. */
export function groupLanes(jobs: readonly StoredJob[]): Lane[] {
  const lanes = new Map<string, { stage: string | null; name: string | null; jobs: [StoredJob, ...StoredJob[]] }>();
  for (const job of jobs) {
    const { stage, name, nativeId } = job;
    const key = JSON.stringify(name === null ? [nativeId] : [stage, name]);
    const lane = lanes.get(key);
    if (lane === undefined) lanes.set(key, { stage, name, jobs: [job] });
    else lane.jobs.push(job);
  }
  const isWaiting = ({ jobs: [first] }: Lane) => Number(first.startedAt === null);
  return [...lanes.values()].toSorted((a, b) => isWaiting(a) - isWaiting(b));
}

/** How the bars of all lanes lie beside each other. */
export interface Timeline {
  readonly from: Millis;
  readonly to: Millis;
  /** Whether spans in which nothing happened are drawn shorter than they were. */
  readonly isCut: boolean;
  readonly draw: (lane: Lane) => Html;
}

/** `undefined`: no job has a time. */
export function createTimeline(lanes: readonly Lane[], now: Millis): Timeline | undefined {
  const barsOf = new Map(lanes.map((lane) => [lane, lane.jobs.flatMap((job) => listBars(job, now))]));
  const bars = [...barsOf.values()].flat();
  if (bars.length === 0) return undefined;
  const busy = mergeSpans(bars);
  const scale = createScale(busy);
  const draw = (lane: Lane) => drawBars(barsOf.get(lane) ?? [], scale.place);
  return { from: busy[0]?.from ?? now, to: busy.at(-1)?.to ?? now, isCut: scale.isCut, draw };
}

/** Its wait is not `started - queued`: a provider may queue a job long before it is ready, and states what it waited. */
function listBars(job: StoredJob, now: Millis): Bar[] {
  const { startedAt, finishedAt, queuedAt, queueSeconds, durationSeconds, gatedAt, gateOpenedAt, state } = job;
  const bars: Bar[] = [];
  if (gatedAt !== null) bars.push({ from: gatedAt, to: gateOpenedAt ?? queuedAt ?? now, tone: "gate" });
  if (startedAt === null) {
    if (state === "pending" && queuedAt !== null) bars.push({ from: queuedAt, to: now, tone: "wait" });
    return bars.filter(({ from, to }) => to > from);
  }
  if (queueSeconds !== null) bars.push({ from: startedAt - queueSeconds * 1000, to: startedAt, tone: "wait" });
  const end = finishedAt ?? (durationSeconds === null ? now : startedAt + durationSeconds * 1000);
  bars.push({ from: startedAt, to: Math.max(end, startedAt + 1), tone: chooseTone(job) });
  // Above its work, because the CI system repeated them while the job went on.
  for (const [from, to] of job.detail?.tries ?? [])
    if (from !== null && to !== null) bars.push({ from, to, tone: "bad" });
  return bars.filter(({ from, to }) => to > from);
}

function chooseTone({ result, finishedAt }: StoredJob): Bar["tone"] {
  if (result === "success") return "good";
  if (result === "failure" || result === "error" || result === "timeout") return "bad";
  return finishedAt === null && result === null ? "busy" : "quiet";
}

interface Span {
  readonly from: Millis;
  readonly to: Millis;
}

/** The spans in which anything happened, without overlap, in their order. */
function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: { from: Millis; to: Millis }[] = [];
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

/** The width of the drawing, in its own units. */
const width = 1000;
/** A gap that is longer than this part of all work is cut to this part of it: a run that is started again after days. */
const gapShare = 0.2;

/** Places moments from 0 to `width`. */
function createScale(busy: readonly Span[]): { readonly place: (at: Millis) => number; readonly isCut: boolean } {
  const work = busy.reduce((sum, { from, to }) => sum + to - from, 0);
  const gapMax = work * gapShare;
  const starts: number[] = [];
  let drawn = 0;
  let isCut = false;
  for (const [i, { from, to }] of busy.entries()) {
    const gap = from - (busy[i - 1]?.to ?? from);
    isCut ||= gap > gapMax;
    starts.push(drawn + Math.min(gap, gapMax));
    drawn += Math.min(gap, gapMax) + to - from;
  }
  const place = (at: Millis): number => {
    const i = Math.max(
      0,
      busy.findLastIndex(({ from }) => from <= at),
    );
    const offset = Math.max(0, at - (busy[i]?.from ?? at));
    return (((starts[i] ?? 0) + offset) / Math.max(1, drawn)) * width;
  };
  return { place, isCut };
}

/** A bar is never too thin to be seen. */
const thinnest = 3;

function drawBars(bars: readonly Bar[], place: (at: Millis) => number): Html {
  return html`<svg class="lane" viewBox="0 0 ${width} 10" preserveAspectRatio="none" aria-hidden="true">${bars.map(
    ({ from, to, tone }) => {
      const size = Math.max(thinnest, place(to) - place(from));
      const x = Math.min(place(from), width - size);
      return html`<rect class="fill-${tone}" x="${x.toFixed(1)}" y="${tone === "gate" ? 4 : 0}" width="${size.toFixed(1)}" height="${tone === "gate" ? 2 : 10}"></rect>`;
    },
  )}</svg>`;
}
