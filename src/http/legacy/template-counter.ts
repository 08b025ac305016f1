import type { Context } from "koa";
import { AppError } from "../../core/errors.ts";
import type { Observation } from "../../core/model.ts";
import { cleanText } from "../../core/clean-text.ts";
import { parseTemplateName } from "../../metrics/legacy-names.ts";
import { readBody } from "../body.ts";
import type { Services } from "../services.ts";
import { recordOnce } from "./record-once.ts";
import { respondUnauthorized, checkOptionalKey } from "./psk-auth.ts";
import { createNameBudget } from "./name-budget.ts";
import { readFields, type TemplateFields } from "./template-fields.ts";
import { parseStarted, untimedReasons } from "./template-started.ts";
import type { Millis } from "../../core/time.ts";
import type { RunResult } from "../../core/states.ts";
import { cutLabel, joinLabels } from "../../core/series.ts";
import type { Increment } from "../../core/increment.ts";

export const templateCounter = "template-counter";

/** A body has four fields. Bytes. */
const bodyMaxBytes = 1024 * 1024;

/** The values of `CI_JOB_STATUS`, in GitLab's and other spellings: https://docs.gitlab.com/ci/variables/predefined_variables/ */
const results: ReadonlyMap<string, RunResult> = new Map<string, RunResult>([
  ["success", "success"],
  ["failed", "failure"],
  ["failure", "failure"],
  ["canceled", "cancellation"],
  ["cancelled", "cancellation"],
  ["skipped", "skip"],
]);

/**
 * `GET` and `POST` of `/steps` and `/jobs`: one use of a CI template, as query, form or JSON. Responds 200 without a
 * body, after the commit. https://github.com/kyronio/ci-templates-metrics#receiving-metrics
 */
export function createTemplateCounterRoute(services: Services): (ctx: Context) => Promise<void> {
  const { store, config, clock, metrics } = services;
  const names = createNameBudget({ store, metric: "templateUses", seriesEach: 1, seriesMax: config.seriesMax });
  return async (ctx) => {
    if (ctx.method === "HEAD") return respondMethodNotAllowed(ctx);
    const refusal = checkOptionalKey(ctx, config);
    if (refusal !== undefined) {
      metrics.countDelivery(templateCounter, "unauthorized", 0);
      return respondUnauthorized(ctx, refusal);
    }
    const maxBytes = Math.min(bodyMaxBytes, config.bodyMaxBytes);
    const body = await readBody(ctx, { maxBytes, budget: services.bodies });
    const receivedAt = clock();
    const fields = readFields(new URLSearchParams(ctx.querystring), body);
    const named = parseTemplateName(fields.name);
    if (!named.ok) throw new AppError("invalid", `name ${named.problems.join("; ")}`);
    const started = parseStarted(fields.started, receivedAt);
    const [startedAt, reason] = typeof started === "number" ? [started, undefined] : [undefined, started];
    const bytes = body.length > 0 ? body.length : ctx.querystring.length;
    const note = reason === undefined ? null : `${untimedReasons[reason]}: no duration was observed`;
    await names.admit(named.value, () =>
      recordOnce(ctx, services, {
        provider: templateCounter,
        receivedAt,
        bytes,
        reason: note,
        clock: reason === "future" ? "dropped" : undefined,
        observe: (run) => toObservation(run, fields, named.value, startedAt, receivedAt),
      }),
    );
    ctx.set("Cache-Control", "no-store");
    if (reason !== undefined) metrics.countUntimedUse(reason);
    if (note !== null) ctx.set("Warning", `199 pipegauge "${note}"`);
    ctx.status = 200;
    ctx.body = "";
  };
}

/** A HEAD request must not count as a use. */
function respondMethodNotAllowed(ctx: Context): void {
  ctx.status = 405;
  ctx.set("Allow", "GET, POST");
}

function toObservation(
  run: string,
  { project, status, name: pipeline }: TemplateFields,
  name: string,
  startedAt: Millis | undefined,
  receivedAt: Millis,
): Observation {
  const [projectLabel, statusLabel] = [cutLabel(cleanText(project)), cutLabel(cleanText(status))];
  const increments: Increment[] = [
    { metric: "templateUses", labels: joinLabels(name, projectLabel, statusLabel), count: 1 },
    { metric: "templateJobs", labels: statusLabel, count: 1 },
  ];
  if (startedAt !== undefined) {
    const seconds = (receivedAt - startedAt) / 1000;
    increments.push({ metric: "templateDuration", labels: joinLabels(name, statusLabel), count: 1, seconds });
  }
  return {
    provider: templateCounter,
    source: templateCounter,
    run,
    version: { epoch: 0, clock: receivedAt, rank: 1 },
    startedAt,
    facts: {
      project,
      pipeline,
      nativeStatus: status,
      state: "finished",
      // Unknown statuses count as failure.
      result: results.get(status.toLowerCase()) ?? "failure",
      finishedAt: receivedAt,
    },
    completion: "run",
    extension: { increments },
  };
}
