import type { Context } from "koa";
import { decodeJson } from "../../adapters/json.ts";
import { AppError } from "../../core/errors.ts";
import type { Observation } from "../../core/model.ts";
import { parseRunCounterName } from "../../metrics/legacy-names.ts";
import { readBody } from "../body.ts";
import type { Services } from "../services.ts";
import { recordOnce } from "./record-once.ts";
import { respondUnauthorized, checkKey } from "./psk-auth.ts";
import { createNameBudget } from "./name-budget.ts";
import type { Millis } from "../../core/time.ts";
import { joinLabels } from "../../core/series.ts";
import type { Increment } from "../../core/increment.ts";

export const runCounter = "run-counter";

/** A body has two properties. Bytes. */
const bodyMaxBytes = 1024 * 1024;

interface ReportedRun {
  readonly name: string;
  readonly success: boolean;
}

/**
 * `POST /metrics` of the run counter: one finished run of the pipeline `name`. Responds 201 with the body, after the commit.
 * https://github.com/release-engineering/pipeline-run-prometheus-counter#http-endpoints
 */
export function createRunCounterRoute(services: Services): (ctx: Context) => Promise<void> {
  const { store, config, clock, metrics } = services;
  const names = createNameBudget({ store, metric: "runCounter", seriesEach: 2, seriesMax: config.seriesMax });
  return async (ctx) => {
    const refusal = checkKey(ctx, config);
    if (refusal !== undefined) {
      metrics.countDelivery(runCounter, "unauthorized", 0);
      return respondUnauthorized(ctx, refusal);
    }
    const maxBytes = Math.min(bodyMaxBytes, config.bodyMaxBytes);
    const body = await readBody(ctx, { maxBytes, budget: services.bodies });
    const receivedAt = clock();
    const reported = readRun(body);
    const request = { provider: runCounter, receivedAt, bytes: body.length };
    await names.admit(reported.name, (isNew) =>
      recordOnce(ctx, services, { ...request, observe: (run) => toObservation(run, reported, receivedAt, isNew) }),
    );
    ctx.status = 201;
    ctx.body = reported;
  };
}

/** Throws `invalid`, with the older tool's texts where it had one. */
function readRun(body: Uint8Array): ReportedRun {
  const decoded = decodeJson(body);
  if (!decoded.ok) throw new AppError("invalid", `The input must be valid JSON: the ${decoded.problems.join("; ")}`);
  const input = decoded.value;
  if (typeof input !== "object" || input === null || Array.isArray(input))
    throw new AppError("invalid", "The input must be a JSON object");
  if (Object.keys(input).toSorted().join() !== "name,success")
    throw new AppError("invalid", "The input JSON object must only contain the name and success properties");
  const { name, success } = input as Record<string, unknown>;
  if (typeof success !== "boolean") throw new AppError("invalid", "The success value must be a boolean");
  if (typeof name !== "string") throw new AppError("invalid", "The name value must be a string");
  const named = parseRunCounterName(name);
  if (!named.ok) throw new AppError("invalid", `The name value ${named.problems.join("; ")}`);
  return { name, success };
}

function toObservation(run: string, { name, success }: ReportedRun, receivedAt: Millis, isNew: boolean): Observation {
  const result = success ? "success" : "failure";
  const increments: Increment[] = [{ metric: "runCounter", labels: joinLabels(name, result), count: 1 }];
  // The series of the other status starts at 0 with the first run.
  if (isNew)
    increments.push({ metric: "runCounter", labels: joinLabels(name, success ? "failure" : "success"), count: 0 });
  return {
    provider: runCounter,
    source: runCounter,
    run,
    version: { epoch: 0, clock: receivedAt, rank: 1 },
    facts: { pipeline: name, nativeStatus: result, state: "finished", result, finishedAt: receivedAt },
    completion: "run",
    extension: { increments },
  };
}
