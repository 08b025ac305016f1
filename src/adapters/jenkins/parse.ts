import type { Parsed, RawRequest } from "../../core/adapter.ts";
import type { Observation, RunFacts } from "../../core/model.ts";
import { omitUndefined, type Undefinable } from "../omit-undefined.ts";
import { httpUrl } from "../url.ts";
import { readBody } from "./body.ts";
import { detailOf } from "./detail.ts";
import { buildPath, placeOf, refOf, runId, type Multibranch } from "./names.ts";
import { checkNotification, type Notification } from "./schema.ts";
import { meaningOf, type Meaning } from "./status.ts";
import { timingOf, type Timing } from "./timing.ts";

/** Within a build later phases win. COMPLETED's timestamp is never earlier than STARTED's: it is start + duration. */
const ranks = { queued: 1, started: 2, completed: 3, finalized: 4 } as const;

/** One delivery to what it says of its build. */
export function parse(request: RawRequest, source: string): Parsed {
  const body = readBody(request);
  if (body.kind !== "build") return body;
  const checked = checkNotification(body.value);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems };
  const { build } = checked.value;
  const path = buildPath(checked.value);
  if (path === undefined) return { kind: "invalid", problems: [noPath] };
  const meaning = meaningOf({ phase: build.phase, status: build.status ?? "" });
  if (meaning === undefined)
    return { kind: "invalid", problems: [`build.phase is not known: ${JSON.stringify(build.phase.slice(0, 60))}`] };
  const observation = observe({
    source,
    id: runId(path),
    identity: identityOf(checked.value, path, multibranchOf(request.query)),
    meaning,
    timing: timingOf(meaning, build, request.receivedAt),
  });
  const { problems } = meaning;
  return { kind: "observed", observations: [observation], ...(problems.length > 0 ? { problems } : {}) };
}

const noPath =
  "build.url is missing or does not end in the number of the build, and url and build.number do not tell it either";

/** One delivery, read. */
interface Run {
  readonly source: string;
  readonly id: string;
  readonly identity: Undefinable<RunFacts>;
  readonly meaning: Meaning;
  readonly timing: Timing;
}

function observe({ source, id, identity, meaning, timing }: Run): Observation {
  const { phase, result, nativeStatus } = meaning;
  const { queuedAt, startedAt } = timing.moments;
  const { clock, execution, finishedAt, durationSeconds } = timing;
  const state = phase === "queued" ? "pending" : phase === "started" ? "executing" : "finished";
  return {
    provider: "jenkins",
    source,
    run: id,
    queuedAt,
    startedAt,
    version: { epoch: 0, clock, rank: ranks[phase] },
    execution,
    completion: result === null ? undefined : id,
    facts: omitUndefined<RunFacts>({ ...identity, nativeStatus, state, result, finishedAt, durationSeconds }),
  };
}

function identityOf(notification: Notification, path: string, multibranch: Multibranch): Undefinable<RunFacts> {
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
