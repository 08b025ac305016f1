import type { Parsed, RawRequest } from "../../core/adapter.ts";
import type { Millis, Observation, RunFacts, Version } from "../../core/model.ts";
import { said, type Sayable } from "../said.ts";
import { httpUrl } from "../url.ts";
import { readBody } from "./body.ts";
import { detailOf } from "./detail.ts";
import { buildPath, placeOf, refOf, runId, type Multibranch } from "./names.ts";
import { checkNotification, type Notification } from "./schema.ts";
import { meaningOf, type Meaning } from "./status.ts";
import { timingOf, type Timing } from "./timing.ts";

/**
 * Later phases win whatever their timestamps say: what is said before the end has no clock at all, so a STARTED that is
 * sent in the middle of a build, or late, never outlives its result.
 */
const ranks = { queued: 1, started: 2, finalizedEnd: 3, completed: 4, finalized: 5 } as const;

/**
 * A job that is deleted and made again counts its builds from 1, under the old addresses. COMPLETED and FINALIZED of one
 * build lie closer together than this, two builds of one number as a rule further apart.
 */
const completionWithin = 12 * 60 * 60 * 1000;

/** One delivery to what it says of its build. */
export function parse(request: RawRequest, source: string): Parsed {
  const body = readBody(request);
  if (body.kind !== "build") return body;
  const checked = checkNotification(body.value);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems };
  const { build } = checked.value;
  const path = buildPath(checked.value);
  if (path === undefined) return { kind: "invalid", problems: ["build.url is missing, and so are url and number"] };
  const meaning = meaningOf({ phase: build.phase, status: build.status ?? "", duration: build.duration ?? 0 });
  const run: Run = {
    source,
    id: runId(path),
    identity: identityOf(checked.value, path, multibranchOf(request.query)),
    meaning,
    timing: timingOf(meaning, build, request.receivedAt),
    clock: build.timestamp ?? 0,
  };
  return { kind: "observed", observations: observe(run) };
}

/** One delivery, read. */
interface Run {
  readonly source: string;
  readonly id: string;
  readonly identity: Sayable<RunFacts>;
  readonly meaning: Meaning;
  readonly timing: Timing;
  readonly clock: Millis;
}

function observe(run: Run): [Observation, ...Observation[]] {
  const { meaning, timing } = run;
  const { phase, result } = meaning;
  if (phase === "queued" || phase === "started") {
    const state = phase === "queued" ? "pending" : "executing";
    const version = { epoch: 0, clock: 0, rank: ranks[phase] };
    return [observation(run, version, factsOf(run, { state, result: null, finishedAt: null }))];
  }
  const clock = Math.max(0, run.clock);
  const { finishedAt, durationSeconds } = timing;
  const finished = factsOf(run, { state: "finished", result, finishedAt, durationSeconds });
  if (phase === "completed") return [completed(run, { epoch: 0, clock, rank: ranks.completed }, finished)];
  // FINALIZED has the last word on the result and a worse one than COMPLETED on when the build ended: two statements.
  const corrected = factsOf(run, { result, durationSeconds });
  return [
    completed(run, { epoch: 0, clock: 0, rank: ranks.finalizedEnd }, finished),
    observation(run, { epoch: 0, clock, rank: ranks.finalized }, corrected),
  ];
}

function observation({ source, id, timing }: Run, version: Version, facts: Partial<RunFacts>): Observation {
  const { queuedAt, startedAt } = timing.moments;
  return { provider: "jenkins", source, run: id, queuedAt, startedAt, version, facts };
}

function completed(run: Run, version: Version, facts: Partial<RunFacts>): Observation {
  // Without a timestamp the arrival stands for the end, and a delivery that is sent again later must not look new.
  const within = run.clock <= 0 ? undefined : completionWithin;
  return { ...observation(run, version, facts), completion: run.id, completionWithin: within };
}

function factsOf({ identity, meaning }: Run, progress: Sayable<RunFacts>): Partial<RunFacts> {
  return said<RunFacts>({ ...identity, ...progress, nativeStatus: meaning.nativeStatus });
}

function identityOf(notification: Notification, path: string, multibranch: Multibranch): Sayable<RunFacts> {
  const { build } = notification;
  const place = placeOf(notification.url, path, multibranch);
  const [number] = /\d+(?=\/$)/.exec(path.slice(-20)) ?? [];
  return {
    project: place.project,
    pipeline: place.project,
    number: typeof build.number === "number" ? String(build.number) : number,
    ...refOf(place, build.scm),
    url: httpUrl(build.full_url) ?? httpUrl(build.url),
    detail: detailOf(build),
  };
}

/** `?multibranch=true` (or `false`) in the endpoint's URL settles what the path alone cannot tell. */
function multibranchOf(query: URLSearchParams): Multibranch {
  const given = query.get("multibranch")?.toLowerCase();
  return given === "true" ? true : given === "false" ? false : undefined;
}
