import type { Parsed, RawRequest } from "../../core/adapter.ts";
import type { Observation, RunFacts } from "../../core/model.ts";
import { omitUndefined, type Undefinable } from "../omit-undefined.ts";
import { toHttpUrl } from "../url.ts";
import { decodeBody } from "./decode-body.ts";
import { readMultibranch, type Multibranch } from "./fields.ts";
import { findBuildPath, findRef, namePipeline, nameRun } from "./names.ts";
import { checkNotification, type Notification } from "./schema.ts";
import { findUnknownStatus, interpretStatus } from "./status.ts";
import { summarizeBuild } from "./summarize-build.ts";
import { measureRun } from "./timing.ts";

/** Parses one delivery, which is about one build. */
export function parse(request: RawRequest, source: string): Parsed {
  const body = decodeBody(request);
  if (body.kind !== "build") return body;
  const checked = checkNotification(body.value);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems };
  const { build } = checked.value;
  const path = findBuildPath(checked.value);
  if (path === undefined) return { kind: "invalid", problems: [noPath] };
  const native = interpretStatus({ phase: build.phase, status: build.status ?? "" });
  if (native === undefined)
    return { kind: "invalid", problems: [`build.phase is unknown: ${JSON.stringify(build.phase.slice(0, 60))}`] };
  const { state, result, nativeStatus } = native;
  const timing = measureRun(native, build, request.receivedAt);
  const { finishedAt, durationSeconds } = timing;
  const id = nameRun(path);
  const identity = describeRun(checked.value, path, readMultibranch(request.query));
  const observation: Observation = {
    provider: "jenkins",
    source,
    run: id,
    queuedAt: timing.moments.queuedAt,
    startedAt: timing.moments.startedAt,
    version: { epoch: 0, clock: timing.clock, rank: native.rank },
    execution: timing.execution,
    completion: result === null ? undefined : id,
    facts: omitUndefined<RunFacts>({ ...identity, nativeStatus, state, result, finishedAt, durationSeconds }),
  };
  const unknown = findUnknownStatus(native);
  return { kind: "observed", observations: [observation], ...(unknown.length > 0 ? { problems: unknown } : {}) };
}

const noPath =
  "build.url is missing or does not end in the number of the build, and url and build.number do not contain it either";

function describeRun(notification: Notification, path: string, multibranch: Multibranch): Undefinable<RunFacts> {
  const { build } = notification;
  const name = namePipeline(notification.url, path, multibranch);
  const [number] = /\d+(?=\/$)/.exec(path.slice(-20)) ?? [];
  return {
    project: name.pipeline,
    pipeline: name.pipeline,
    number: typeof build.number === "number" ? String(build.number) : number,
    ...findRef(name, build.scm),
    url: toHttpUrl(build.full_url) ?? toHttpUrl(build.url),
    detail: summarizeBuild(build),
  };
}
